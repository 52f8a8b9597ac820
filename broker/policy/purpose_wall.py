"""What the broker will never be used for, whatever a policy file says: the purposes it can have are a list in the code.

    purposes: {early_help: ...}          loads
    purposes: {benefit_fraud: ...}       doesn't: not on the list, and no file can add to the list

Every purpose on the list helps the person asked about, or keeps somebody safe. Police, immigration and benefit
enforcement, landlords, debt collectors, advertisers and the merely curious have no purpose here, so they can't ask.
A purpose on the list can't be turned into another by its words either: what a purpose and an agreement say of
themselves, why a clause is needed, who asks, and under which power, are read for the words of those uses. Words can
always be found that are not on a list; the list of purposes is the wall, the words are its plaster. Saying what a
purpose is *not* for is done under `not_for`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from broker.policy.agreement import Agreement
from broker.policy.gateways import Gateways
from broker.policy.strict_yaml import Place
from broker.policy.vocabulary import Vocabulary

HELPING = frozenset(
    {
        "early_help",
        "early_years",
        "child_safeguarding",
        "care_leaver_support",
        "education_support",
        "employment_support",
        "housing_support",
        "money_advice",
        "adult_safeguarding",
        "adult_social_care",
        "carer_support",
        "disability_support",
        "direct_care",
        "hospital_discharge",
        "mental_health_support",
        "substance_use_support",
        "domestic_abuse_support",
        "resettlement_support",
        "crime_prevention",
    }
)
"""The purposes that a place may choose from. To add one is a change of the code, with its review."""

# Where one of these begins a word, or stands inside one: `enforc` is in "enforcement" and in "reenforce".
_INSIDE = {
    "enforc": "enforcement",
    "prosecut": "enforcement",
    "surveil": "surveillance",
    "sanction": "sanctions",
    "fraud": "fraud",
    "immigra": "immigration",
    "asylum": "immigration",
    "deport": "immigration",
    "landlord": "landlords",
    "bailiff": "debt collection",
    "curio": "curiosity",
    "nosiness": "curiosity",
    "marketing": "marketing",
    "advertis": "marketing",
    "journalis": "the press",
    "superuser": "curiosity",
    "overpay": "benefit enforcement",
    "arrest": "enforcement",
    "vetting": "vetting",
    "snoop": "curiosity",
}
# Only as whole words, one after the other.
_WORDS = {
    "border force": "immigration",
    "home office": "immigration",
    "right to rent": "immigration",
    "debt collection": "debt collection",
    "debt recovery": "debt collection",
    "debt collector": "debt collection",
    "tenant referencing": "landlords",
    "tenant screening": "landlords",
    "credit check": "marketing",
    "personal interest": "curiosity",
    "benefit integrity": "benefit enforcement",
    "benefit compliance": "benefit enforcement",
    "compliance of claimants": "benefit enforcement",
    "claimant compliance": "benefit enforcement",
    "benefit cheat": "benefit enforcement",
    "benefit cheats": "benefit enforcement",
    "right to work checks": "immigration",
    "right to reside": "immigration",
    "no recourse": "immigration",
    "hostile environment": "immigration",
    "compliant environment": "immigration",
    "visa": "immigration",
    "visas": "immigration",
    "illegal working": "immigration",
    "vet tenants": "landlords",
    "vet new tenants": "landlords",
    "evict tenants": "landlords",
    "rent recovery": "debt collection",
    "stop and search": "enforcement",
    "gather intelligence": "surveillance",
    "gathering intelligence": "surveillance",
    "admin": "curiosity",
    "administrator": "curiosity",
    "sysadmin": "curiosity",
}


def walled(text: str) -> str:
    """Which use behind the wall `text` speaks of; empty when none. Case, accents and hidden letters don't help."""
    plain = unicodedata.normalize("NFKD", text)
    seen = "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Cf")).casefold()
    if any(c.isalpha() and not unicodedata.name(c, "").startswith("LATIN ") for c in seen):
        return "something in letters that only look like ours"
    words = re.findall(r"[^\W\d_]+", seen)
    inside = next((use for stem, use in _INSIDE.items() if any(stem in word for word in words)), "")
    said = f" {' '.join(words)} "
    return inside or next((use for phrase, use in _WORDS.items() if f" {phrase} " in said), "")


def check_words(vocabulary: Vocabulary) -> Iterator[tuple[Place, str]]:
    """Purposes are on the list, and neither they nor who asks speak of a use behind the wall."""
    for name, purpose in vocabulary.purposes.items():
        place: Place = ("purposes", name)
        if name not in HELPING:
            yield place, _unlisted(name)
        for text in (purpose.label, purpose.lawful_basis):
            yield from _spoken(place, f"purpose `{name}`", text)
    for name, role in vocabulary.roles.items():
        yield from _spoken(("roles", name), f"role `{name}`", f"{name} {role.label}")
    for name, agency in vocabulary.agencies.items():
        yield from _spoken(("agencies", name), f"agency `{name}`", f"{name} {agency.name}")


def check_powers(gateways: Gateways) -> Iterator[tuple[Place, str]]:
    """Powers serve purposes on the list, and are no powers of a use behind the wall."""
    for name, gateway in gateways.gateways.items():
        place: Place = ("gateways", name)
        yield from (((*place, "purposes"), _unlisted(one)) for one in gateway.purposes if one not in HELPING)
        yield from _spoken(place, f"gateway `{name}`", f"{name} {gateway.label}")


def check_purposes(agreement: Agreement) -> Iterator[tuple[Place, str]]:
    """An agreement's purposes are on the list, and what it says that it is for speaks of no use behind the wall."""
    yield from _spoken(("title",), "the agreement's title", agreement.title)
    about = " / ".join((agreement.summary, *agreement.who_it_is_about))
    yield from _spoken(("summary",), "the agreement's summary, or whom it is about", about, also="landlords")
    for n, share in enumerate(agreement.share):
        yield from _spoken(("share", n, "why"), f"{share.id}: its reason", share.why, also="landlords")
    for n, purpose in enumerate(agreement.purposes):
        place: Place = ("purposes", n)
        if purpose.id not in HELPING:
            yield (*place, "id"), _unlisted(purpose.id)
        for text in (purpose.statement, purpose.benefit):
            yield from _spoken(place, f"purpose `{purpose.id}`", text)


def _unlisted(name: str) -> str:
    return f"purpose `{name}`: the broker has no such purpose, and no file can add one; use one of its own or remove it"


def _spoken(place: Place, what: str, text: str, *, also: str = "") -> Iterator[tuple[Place, str]]:
    """`also` may be spoken of: an agreement that keeps people in their homes tells of their landlord."""
    use = walled(text)
    if use and use != also:
        yield place, f"{what}: it speaks of {use}, which the broker is never for; remove it, or say it under `not_for`"
