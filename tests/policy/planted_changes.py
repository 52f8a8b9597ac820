"""Three changes to the policies of Brackwater, as somebody might propose them: a good one and two mistakes."""

from __future__ import annotations

from brackwater_policies import ISA, changed, files

PROTECTIONS = "protections.yaml"
OLD_COACH = "items: [eh.involvement, dw.involvement]"


def good() -> dict[str, str]:
    """The school nurse, who is asked about checks anyway, sees the last health visitor check too."""
    clause = "items: [hv.mandated_check]\n    to: [council.keyworker, council.social_worker"
    return changed(ISA[1], (clause, clause + ", nhs.school_nurse"))


def typo() -> dict[str, str]:
    """`as.carer` was meant; `as.care_package`, which is about health, was typed. It has a power, so that it loads."""
    return changed(ISA[1], (OLD_COACH, OLD_COACH.replace("]", ", as.care_package]")))


def dropped() -> dict[str, str]:
    """P5, the safe address, was deleted with the lines above it."""
    text = files()[PROTECTIONS]
    start, end = text.index("  - id: P5\n"), text.index("  - id: P6\n")
    return {**files(), PROTECTIONS: text[:start] + text[end:]}
