"""A first mapping.toml from the names of a file's columns, for a person to check and finish.

Only names of columns and, for codes, the few values a column of codes holds are written down; nothing of a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from broker.agency import dates
from broker.agency.layout import WHO

# field: words of which one must be in the column's name; words that must not be.
_RULES: tuple[tuple[str, str, str], ...] = (
    ("nhs", r"nhs", ""),
    ("nino", r"\bnino\b|national insurance|\bni (number|no)\b", ""),
    ("upn", r"\bupn\b|unique pupil", "former"),
    ("uprn", r"\buprn\b", ""),
    ("postcode", r"post ?code|\bpcode\b", "worker|officer|team"),
    ("dob", r"\bdob\b|\bd o b\b|birth", "place|country|town"),
    ("sex", r"\bsex\b|gender", ""),
    (
        "middle_names",
        r"middle ?names?|middle ?initial|fore ?names? ?2|other (fore|first|given) ?names?|^other ?names?$",
        "",
    ),
    ("forename", r"fore ?names? ?\d?$|first ?name|given ?name", "preferred|known|alias|worker|officer|former"),
    ("surname", r"sur ?name|last ?name|family ?name", "former|previous|maiden|worker|officer"),
    ("full_name", r"^(full |client |person )?name$", ""),
    ("birth_place", r"(place|town|city) of birth|birth ?(place|town)", "country"),
    ("house", r"^(house|property|building) ?(no|num|number|name)?$|house (no|num|number|name)\b|\bpaon\b", ""),
    ("address", r"address|\baddr ?1?$|^line ?1$", "mail|worker|officer|team|line 2|line 3|address 2|address 3|town"),
    ("email", r"e ?mail", "worker|officer|coach|lead|keyworker|adviser"),
    ("phone", r"phone|mobile|\btel\b", "worker|officer|coach|lead|keyworker|adviser|priority"),
    ("reference", r"\b(id|ref|reference|number|no|num|adno|crn|key)\b", "parent|sibling|child|partner|mother|worker"),
)
_STAFF = "worker|officer|coach|lead|keyworker|adviser|priority"
_OTHERS: tuple[tuple[str, str, str], ...] = (
    (
        "known_as",
        r"known as|preferred|nick ?name|alias (fore|first|given)",
        "sur|family|language|contact|method|gender",
    ),
    ("former_forename", r"(former|previous|birth) (fore|first|given)", ""),
    ("former_surname", r"(former|previous|prev|maiden|birth|other) (sur|last|family)|\bmaiden\b", _STAFF),
    ("alias_surname", r"alias (sur|last|family)|known as (sur|last|family)", ""),
    ("alias", r"^alias(es)?( name)?( \d)?$|also known|^aka\b", ""),
    ("previous_postcode", r"(former|previous|prev|old|other) (post ?code|pcode)|(post ?code|pcode) ?[2-9]\b", _STAFF),
    ("previous_address", r"(former|previous|prev|old) address", ""),
    ("nhs_2", r"(second|other|old|previous) nhs|nhs (number|no) 2", ""),
    ("phone_2", r"(second|other|alternative) (phone|mobile|tel)|(phone|mobile|tel|telephone) ?2\b", _STAFF),
    ("email_2", r"(second|other|alternative) e ?mail|e ?mail ?2\b", _STAFF),
)
"""Further values of a person; looked for first, and in as many columns as fit."""
_INVOLVEMENT = (
    ("status", r"status", "cin|marital|plan|immigration"),
    ("started", r"^(start|started|opened|referral|allocated)|(start|referral|opened)( date)?$", "plan|cp|lac"),
    ("ended", r"^(end|ended|closed|closure)|(end|closed|ended)( date)?$", "plan|cp|lac|reason"),
    ("last_contact", r"last (contact|seen|visit|interview)", ""),
)
_LEAD = (
    ("phone", r"(worker|officer|coach|lead|keyworker|adviser).*(phone|tel)", ""),
    ("email", r"(worker|officer|coach|lead|keyworker|adviser).*e ?mail", ""),
    ("role", r"(worker|officer|coach|lead|keyworker|adviser).*(role|title)|job title|^(rank|grade)$", ""),
    ("team", r"\b(team|unit|hub|office|patch|station)\b", "phone|email"),
    ("name", r"worker|officer|coach|adviser|practitioner|\blead\b", "phone|tel|mail|role|title|team"),
)
_REACHED = ("phone", "email")
_COVERAGE = (
    ("as_of", r"extract|as (of|at)|report date|census", ""),
    ("from", r"cover\w* from", ""),
    ("to", r"cover\w* to", ""),
)
_MOST_SEXES = 8
_SEXES = {"f": "f", "female": "f", "m": "m", "male": "m"}
_SERVICE, _AREA, _DAY = "Name of the service", "Name of the area", "1900-01-01"
_PLACEHOLDERS = ('"my_source"', '"my_agency"', f'"{_SERVICE}"', f'"{_AREA}"', _DAY)


def guess_mapping(header: Sequence[str], sample: Sequence[Sequence[str]]) -> str:
    """The text of a mapping.toml that parses, from a file's `header` and a few rows; comments say what else to do."""
    others, left = _assign_all(_OTHERS, [name for name in header if name.strip()])
    person, left = _assign(_RULES, left)
    lead, left = _assign(_LEAD, left)
    _give_lead(person, lead, header)
    involvement, left = _assign(_INVOLVEMENT, left)
    coverage, left = _assign(_COVERAGE, left)
    if "reference" not in person and left:
        person["reference"] = left.pop(0)
    if {"forename", "surname"} <= set(person):
        person.pop("full_name", None)
    sections = [
        _TOP,
        _columns(person, others, left),
        f"[constants]\n# the name of the service, as others shall read it\nprovider = {_quoted(_SERVICE)}",
        _dates(header, sample, person.get("dob")),
        _sexes(header, sample, person.get("sex")),
        _section(
            "involvement",
            involvement,
            "Other words for the status than open, closed and the like go under [codes.status].",
        ),
        _section("lead", lead, "The practitioner to ring."),
        _coverage(coverage),
        _ITEMS,
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _give_lead(person: dict[str, str], lead: dict[str, str], header: Sequence[str]) -> None:
    """A telephone that stands after the practitioner's name is theirs: hundreds of people would seem to share one."""
    if "name" in lead:
        at = header.index(lead["name"])
        theirs = [one for one in _REACHED if one in person and one not in lead and header.index(person[one]) > at]
        lead |= {one: person.pop(one) for one in theirs}


def find_placeholder(text: str) -> tuple[int, str] | None:
    """(line, what stands there) of the first example that `guess_mapping` wrote and nobody has replaced, or None."""
    for number, line in enumerate(text.splitlines(), start=1):
        written = line.partition("#")[0]
        if found := next((example for example in _PLACEHOLDERS if example in written), None):
            return number, found.strip('"')
    return None


_TOP = """\
# Check every line, then run `broker-agency check`: it sends nothing.
source = "my_source"     # the code of the service in the sharing agreement
agency = "my_agency"     # the code of your organisation
delivery = "snapshot"    # "snapshot": the file holds everybody; "delta": only what has changed"""

_ITEMS = """\
# One section for each item of the agreement that this file holds. An item is there when its `when` column is not blank.
# [items."my_source.some_plan"]
# when = "Plan start"
# on = "Plan start"
# until = "Plan end"

# [[relationships]]
# column = "Mother ID"     # references of the same file, with `;` between
# kind = "parent"          # is the parent of this person
# evidence = "Known by"    # birth_record, court_order, school_record, professional_observed, self_reported, ...
# until = "Ended on"       # a relationship that has ended leads to nobody; `since` may be given too

# [protection]             # kinds: safe_address, witness, adopted
# kind = "Flag"
# review_by = "Flag review date"
# made_by = ["Flagged by", "Agreed by"]"""


def _assign(rules: Sequence[tuple[str, str, str]], columns: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """(field -> column, columns left): each rule takes the first column that fits."""
    found: dict[str, str] = {}
    left = list(columns)
    for name, wanted, unwanted in rules:
        for column in left:
            words = _words(column)
            if re.search(wanted, words) and not (unwanted and re.search(unwanted, words)):
                found[name] = column
                left.remove(column)
                break
    return found, left


def _assign_all(rules: Sequence[tuple[str, str, str]], columns: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """(column -> field, columns left): each column takes the first rule that fits."""
    found: dict[str, str] = {}
    for column in columns:
        words = _words(column)
        for name, wanted, unwanted in rules:
            if re.search(wanted, words) and not (unwanted and re.search(unwanted, words)):
                found.setdefault(column, name)
    return found, [column for column in columns if column not in found]


def _words(column: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)
    return " ".join(re.split(r"[^a-z0-9]+", spaced.lower())).strip()


def _columns(person: dict[str, str], others: dict[str, str], left: Sequence[str]) -> str:
    lines = ["[columns]          # column = field"]
    lines += [f"{_quoted(column)} = {_quoted(name)}" for name, column in person.items()]
    lines += [f"{_quoted(column)} = {_quoted(name)}     # a further value" for column, name in others.items()]
    if "reference" not in person:
        lines.append('"Reference" = "reference"     # name your own reference of the record')
    if not WHO & set(person):
        lines.append('"Surname" = "surname"         # name the columns that say who the record is about')
    lines += [f"# {_quoted(column)} = not used" for column in left]
    return "\n".join(lines)


def _dates(header: Sequence[str], sample: Sequence[Sequence[str]], column: str | None) -> str:
    order = dates.sniff(_values(header, sample, column)) if column else "none"
    note = f"# birth dates look {order}" if order in ("day-first", "month-first") else "# or say which: day-first, iso"
    return f'[dates]\nformats = ["auto"]     {note}'


def _sexes(header: Sequence[str], sample: Sequence[Sequence[str]], column: str | None) -> str:
    values = sorted({value.strip() for value in _values(header, sample, column) if value.strip()}) if column else []
    # More than a few values, or long ones, are not codes and may be names.
    if not values or len(values) > _MOST_SEXES or any(len(value) > 12 or not value.isalnum() for value in values):
        return ""
    guesses = ((value, _SEXES.get(value.casefold())) for value in values)
    lines = [f"# {_quoted(value)} = {_quoted(guess) if guess else 'f or m?'}" for value, guess in guesses]
    return "\n".join(["[codes.sex]     # take the # away where the guess is needed and right", *lines])


def _values(header: Sequence[str], sample: Sequence[Sequence[str]], column: str | None) -> list[str]:
    at = list(header).index(column) if column is not None and column in header else -1
    return [row[at] for row in sample if 0 <= at < len(row)]


def _section(name: str, found: dict[str, str], note: str) -> str:
    if not found:
        return f"# [{name}]     # {note}"
    return "\n".join([f"[{name}]", f"# {note}", *(f"{key} = {_quoted(column)}" for key, column in found.items())])


def _coverage(found: dict[str, str]) -> str:
    as_of = _quoted(found["as_of"]) if "as_of" in found else f"{_DAY}     # the day of the export"
    start = _quoted(found["from"]) if "from" in found else f"{_DAY}     # how far back the file goes"
    end = f"\nto = {_quoted(found['to'])}" if "to" in found else ""
    area = f"{{ constant = {_quoted(_AREA)} }}"
    lines = ["[coverage]         # for what time and area silence means: not known to us"]
    lines += [f"as_of = {as_of}", f"from = {start}{end}", f"area = {area}"]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """`text` as a TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'
