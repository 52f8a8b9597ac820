"""The theorems: what is proven of every policy set, whatever its `invariants.yaml` says, so that no edit removes it.

T1 is the presumption of safe sharing: in the plain, safe case every scheduled item is released at its scheduled level,
where significant harm is suspected; what is told without that, a place says in its own sentences.
T2 to T4 say that raising risk never closes anything, that a protection never opens anything, and that emergency access
never closes anything. T5 and T6 compare the set with itself less one agreement, and less one rule. T7 is that the value
which the vocabulary declares for a fact that is not known is never more open than any other.
"""

from __future__ import annotations

from string import ascii_lowercase

from broker.policy.invariants import Invariants, Law
from broker.policy.vocabulary import Vocabulary

THEOREMS = Invariants.model_validate(
    {
        "schema": "broker/invariants/v1",
        "always": [
            {
                "id": "T1",
                "say": "In the plain, safe case, harm suspected, all that is scheduled is released as scheduled",
                "scheduled_only": "yes",
                "when": {
                    "agreement": "in_force",
                    "training": "current",
                    "relation": ["allocated", "team", "household"],
                    "break_glass": "no",
                    "match": "confirmed",
                    "record_age": "fresh",
                    "wishes": ["agrees", "not_asked"],
                    "risk": "significant_harm",
                    "objection": "none",
                    "restriction": "no",
                    "protection": "none",
                    "perpetrator_view": "no",
                    "deceased": "no",
                    "third_party": "no",
                },
                "outcome": "scheduled",
            }
        ],
        "laws": [
            {
                "id": "T2a",
                "say": "Raising the risk from none never closes anything",
                "fact": "risk",
                "from": "none",
                "to": ["concern", "significant_harm"],
                "never": "closes",
            },
            {
                "id": "T2b",
                "say": "Raising a concern to significant harm never closes anything",
                "fact": "risk",
                "from": "concern",
                "to": "significant_harm",
                "never": "closes",
            },
            {
                "id": "T3",
                "say": "Protecting a person never opens anything",
                "fact": "protection",
                "from": "none",
                "to": ["safe_address", "adopted", "witness"],
                "never": "opens",
            },
            {
                "id": "T4",
                "say": "Emergency access never closes anything",
                "fact": "break_glass",
                "from": "no",
                "to": "yes",
                "never": "closes",
            },
        ],
    }
)

ADDING_AN_AGREEMENT = ("T5", "Adding an agreement never closes anything")
ADDING_A_RULE = ("T6", "Adding a protection or an exception never opens anything")


def not_known(vocabulary: Vocabulary) -> tuple[Law, ...]:
    """T7 for each fact of `vocabulary`."""
    return tuple(
        Law.model_validate(
            {
                "id": f"T7{letter}",
                "say": f"Not knowing {fact.label} never opens anything",
                "fact": name,
                "from": fact.unknown,
                "to": tuple(value for value in fact.values if value != fact.unknown),
                "never": "closes",
            }
        )
        for letter, (name, fact) in zip(ascii_lowercase, vocabulary.facts.items(), strict=False)
    )
