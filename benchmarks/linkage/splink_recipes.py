"""How Splink is set up for each data set: as its own demonstration notebooks do.

    febrl3, febrl4, historical     the notebooks of those names in Splink's documentation (docs/demos/examples/duckdb)
    generic                        several sources with different columns: the comparisons of its pseudopeople notebook
                                   and the pattern of blocking rules of its 50k notebook, over the columns that are held

`retain_intermediate_calculation_columns` is off throughout: it is for charts and only costs time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import splink.comparison_library as cl
from splink import SettingsCreator, block_on


@dataclass(frozen=True)
class Recipe:
    """A model to be estimated: its settings, and the notebook's training steps."""

    settings: Any
    deterministic: Sequence[Any]
    recall: float
    max_pairs: float
    training: Sequence[Any]
    without_frequencies: bool = False


def recipe(name: str, columns: Sequence[str], *, records: int) -> Recipe:
    """The set-up called `name`; `generic` uses those of its columns that are held."""
    made = {"febrl3": _febrl3, "febrl4": _febrl4, "historical": _historical, "generic": _generic, "scale": _scale}[name]
    return made(frozenset(columns), records)


def _febrl3(held: frozenset[str], records: int) -> Recipe:
    blocks = [block_on(name) for name in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")]
    comparisons = [
        cl.NameComparison("given_name"),
        cl.NameComparison("surname"),
        cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
    ]
    swapped = "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth"
    same = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth"), swapped]
    return Recipe(_settings("dedupe_only", blocks, comparisons), same, 0.9, 1e6, _sessions("date_of_birth", "postcode"))


def _febrl4(held: frozenset[str], records: int) -> Recipe:
    number = "soc_sec_id" in held
    blocks = [
        block_on("given_name", "surname"),
        "l.given_name = r.surname and l.surname = r.given_name",
        block_on("date_of_birth"),
        *([block_on("soc_sec_id")] if number else []),
        block_on("state", "address_1"),
        block_on("street_number", "address_1"),
        block_on("postcode"),
    ]
    comparisons = [
        cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
        cl.NameComparison("surname").configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison(
            "date_of_birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True
        ),
        *([cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2])] if number else []),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
    ]
    if not number:
        # No notebook has the set without its number; street and suburb make Splink better there (0.993 to 0.998).
        comparisons += [cl.JaroWinklerAtThresholds(name, [0.9, 0.8]) for name in ("address_1", "suburb")]
    other = block_on("soc_sec_id") if number else block_on("given_name", "surname", "postcode")
    same = [other, block_on("given_name", "surname", "date_of_birth")]
    sessions = _sessions("date_of_birth", "postcode")
    return Recipe(_settings("link_only", blocks, comparisons), same, 0.8, 1e6, sessions, without_frequencies=True)


def _historical(held: frozenset[str], records: int) -> Recipe:
    blocks = [
        block_on("substr(first_name,1,3)", "substr(surname,1,4)"),
        block_on("surname", "dob"),
        block_on("first_name", "dob"),
        block_on("postcode_fake", "first_name"),
        block_on("postcode_fake", "surname"),
        block_on("dob", "birth_place"),
        block_on("substr(postcode_fake,1,3)", "dob"),
        block_on("substr(postcode_fake,1,3)", "first_name"),
        block_on("substr(postcode_fake,1,3)", "surname"),
        block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
    ]
    both = "first_name_surname_concat"
    comparisons = [
        cl.ForenameSurnameComparison("first_name", "surname", forename_surname_concat_col_name=both),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.PostcodeComparison("postcode_fake"),
        cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
        cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
    ]
    same = [
        block_on("first_name", "surname", "dob"),
        block_on("substr(first_name,1,2)", "surname", "substr(postcode_fake,1,2)"),
        block_on("dob", "postcode_fake"),
    ]
    sessions = [block_on("first_name", "surname"), block_on("dob")]
    return Recipe(_settings("dedupe_only", blocks, comparisons), same, 0.6, 1e7, sessions, without_frequencies=True)


# Blocking rules of the generic set-up: used when all their columns are held.
_BLOCKS = (
    ("nhs",), ("nino",), ("upn",), ("phone",), ("email",),
    ("substr(forename,1,3)", "substr(surname,1,4)", "substr(dob,1,4)"),
    ("surname", "dob"), ("forename", "dob"), ("dob", "postcode"), ("dob", "street"),
    ("postcode", "forename"), ("postcode", "surname"), ("street", "forename", "surname"),
    ("forename", "surname", "town"), ("dob", "birth_place"), ("uprn", "forename"),
    ("forename", "house", "street"), ("surname", "house", "street"),
    ("substr(forename,1,2)", "substr(surname,1,2)", "substr(dob,1,4)", "sex"),
)  # fmt: skip
_WIDE = (("forename", "surname"), ("surname", "street"), ("forename", "street"))
_SAME = (("nhs",), ("nino",), ("upn",), ("forename", "surname", "dob"), ("forename", "surname", "postcode"))
_SESSIONS = (("forename", "surname"), ("dob",), ("postcode", "forename"), ("street", "forename"))


_SCALE_BLOCKS = (
    ("forename", "surname", "substr(dob,1,4)"), ("surname", "dob"), ("forename", "dob"), ("dob", "postcode"),
    ("postcode", "forename"), ("postcode", "surname", "substr(forename,1,1)"),
)  # fmt: skip


def _scale(held: frozenset[str], records: int) -> Recipe:
    """As `generic`, with six blocking rules: a fair pace for a million records."""
    settings = _settings("dedupe_only", [block_on(*rule) for rule in _SCALE_BLOCKS], _comparisons(held))
    same = [block_on("forename", "surname", "dob"), block_on("forename", "surname", "postcode")]
    sessions = [block_on("forename", "surname"), block_on("dob")]
    return Recipe(settings, same, 0.8, 1e6, sessions, without_frequencies=True)


def _generic(held: frozenset[str], records: int) -> Recipe:
    rules = [rule for rule in _BLOCKS if _columns_of(rule) <= held]
    # In a large set these are blocks of thousands.
    if records <= 100_000:
        rules += [rule for rule in _WIDE if _columns_of(rule) <= held]
    same = [rule for rule in _SAME if _columns_of(rule) <= held]
    sessions = [rule for rule in _SESSIONS if _columns_of(rule) <= held]
    settings = _settings("dedupe_only", [block_on(*rule) for rule in rules], _comparisons(held))
    return Recipe(
        settings,
        [block_on(*rule) for rule in same],
        0.8,
        1e7,
        [block_on(*rule) for rule in sessions],
        without_frequencies=True,
    )


def _columns_of(rule: Sequence[str]) -> set[str]:
    return {part.removeprefix("substr(").partition(",")[0] for part in rule}


def _comparisons(held: frozenset[str]) -> list[Any]:
    made: dict[str, Any] = {
        "forename": cl.NameComparison("forename").configure(term_frequency_adjustments=True),
        "middle": cl.ExactMatch("middle").configure(term_frequency_adjustments=True),
        "surname": cl.NameComparison("surname").configure(term_frequency_adjustments=True),
        "dob": cl.DateOfBirthComparison("dob", input_is_string=True, invalid_dates_as_null=True),
        "address": cl.DamerauLevenshteinAtThresholds("address").configure(term_frequency_adjustments=True),
        "sex": cl.ExactMatch("sex"),
        "birth_place": cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
        "email": cl.EmailComparison("email"),
    }
    # Beside a postcode, house, UPRN and phone only make families look alike: without them Splink is better (0.924 to
    # 0.979 on Brackwater). They still serve as blocks.
    if "street" in held:
        made["house"] = cl.ExactMatch("house").configure(term_frequency_adjustments=True)
        # Better than one text of the whole address, which the pseudopeople notebook has: movers are told from slips.
        made["street"] = cl.JaroWinklerAtThresholds("street", [0.9]).configure(term_frequency_adjustments=True)
        made["zip"] = cl.ExactMatch("zip").configure(term_frequency_adjustments=True)
    else:
        made["postcode"] = cl.PostcodeComparison("postcode")
    made |= {name: cl.DamerauLevenshteinAtThresholds(name, [1, 2]) for name in ("nhs", "nino", "upn")}
    return [comparison for name, comparison in made.items() if name in held]


def _settings(link_type: Any, blocks: Sequence[Any], comparisons: Sequence[Any]) -> Any:
    return SettingsCreator(
        unique_id_column_name="record",
        link_type=link_type,
        blocking_rules_to_generate_predictions=list(blocks),
        comparisons=list(comparisons),
    )


def _sessions(*columns: str) -> list[Any]:
    return [block_on(column) for column in columns]
