"""Protection reaches the children whom a protected person lives with: a school tells where a mother is.

From a protected person to their children, and from a protected parent or carer to the child who was asked about and
that child's brothers and sisters. Never to a partner or former partner, who may be whom the protection is against.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from broker.story.held import HeldPerson

HIDING_WHERE = frozenset({"safe_address", "witness"})
REACHES_AS = frozenset({"safe_address"})
"""What reaches a child hides where they are, not that they are: help for the child goes on."""
CHILDREN = frozenset({"child", "step_child", "foster_child", "ward", "grandchild", "cared_for"})
PARENTS = frozenset({"parent", "step_parent", "foster_carer", "guardian", "grandparent", "carer"})
SIBLINGS = frozenset({"sibling", "half_sibling"})
_MINORS = frozenset({"unborn", "0_4", "5_12", "13_15", "16_17"})


def carried(people: Sequence[HeldPerson]) -> list[HeldPerson]:
    """The people, the one asked about first, each with the protections that reach them."""
    subject, relatives = people[0], people[1:]
    is_minor = any(record.payload.age_band in _MINORS for record in subject.records)
    near = PARENTS | SIBLINGS if is_minor else frozenset()
    hides = _hides(subject) or any(_hides(one) for one in relatives if one.relationship in near)
    own = REACHES_AS if hides else frozenset()
    reached = CHILDREN | (SIBLINGS if is_minor else frozenset())
    return [
        replace(subject, protections=subject.protections | own),
        *(replace(one, protections=one.protections | own) if one.relationship in reached else one for one in relatives),
    ]


def _hides(person: HeldPerson) -> bool:
    return bool(person.protections & HIDING_WHERE)
