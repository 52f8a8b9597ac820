"""Exports as they are: every kind of mess is either read, or refused with the row and the reason."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from agency_files import HEADER, MAPPING, TODAY, content, line, read

from broker.agency import csvfile, mapping
from broker.agency.cells import Cells
from broker.agency.content import Relative
from broker.agency.leaks import find_leak
from broker.agency.people import split_name
from broker.errors import BadInput

PARSED = mapping.parse(MAPPING.encode())


def test_a_good_row_is_read_whole() -> None:
    """A column is lost on the way."""
    table = read(line())
    assert not table.rejects and not table.warnings
    (row,) = table.rows
    assert (row.number, row.ref) == (2, "C1")
    assert (row.person.forename, row.person.surname, row.person.dob) == ("annabel", "smithson", "2014-03-12")
    assert (row.person.sex, row.person.postcode, row.person.nhs) == ("f", "ZY14AB", "9990000026")
    shared = row.content
    assert (shared.status, shared.provider, shared.age_band) == ("current", "Children's social care", "5_12")
    assert shared.lead == {"name": "Pat O'Hara", "role": "Social worker", "phone": "01632 960001"}
    assert (shared.started, shared.as_of) == (dt.date(2024, 2, 14), dt.date(2026, 11, 20))
    assert (shared.coverage_from, shared.coverage_to) == (dt.date(2024, 1, 1), dt.date(2026, 11, 20))
    assert shared.items == (
        {"item": "csc.cin_status", "code": "open"},
        {"item": "csc.cp_plan", "on": dt.date(2025, 2, 13)},
        {"item": "csc.missing_episodes", "count": 2},
    )
    assert shared.relationships == (Relative("C7", "parent"), Relative("C8", "parent"))
    assert repr(row) == "<Row 2>" and repr(shared) == "<RowContent>"
    assert "Smithson" not in repr(table) and "smithson" not in repr(table)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_are_told_from_the_file(encoding: str, delimiter: str) -> None:
    """An agency would have to know what its case system writes."""
    text = content(line(First_name="Zoë", Parents="")).decode().replace(",", delimiter)
    table = csvfile.read(text.encode(encoding), PARSED, today=TODAY)
    assert table.rows[0].person.forename == "zoe"
    expected = {"utf-8": "utf-8-sig"}.get(encoding, encoding)
    assert table.facts.encoding == expected
    assert table.facts.ignored == ("Notes",)


def test_quoted_cells_excel_hints_and_blank_lines_are_read() -> None:
    """A comma, a line break or a blank line in a file would shift every cell after it."""
    noted = line()[:-1] + ',"a note, with a comma\nand a line"'
    data = b"sep=,\r\n" + content(noted, ",,,", "", line(Client_ID="C2")).replace(b"\n", b"\r\n")
    table = csvfile.read(data, PARSED, today=TODAY)
    assert [row.ref for row in table.rows] == ["C1", "C2"]
    assert [row.number for row in table.rows] == [2, 5]


_FILES = [
    (b"", "file-empty"),
    (b"\xef\xbb\xbf \n\n", "file-empty"),
    (b",,,\n", "file-empty"),
    (b"\x81\x8d\x8f\x90", "file-encoding"),
    (b"\xff\xfea", "file-encoding"),
    (HEADER.encode() + b"\nC1,\x00", "file-nul"),
    (b"Annabel,Smithson,ZY1 4AB\nZo,Jones,ZY1 4AB\n", "columns-unknown"),
    (content().replace(b"Postcode", b"Post code"), "column-unknown"),
    (content().replace(b"Notes", b"surname "), "column-repeated"),
    (content('C1,"Annabel', line()), "file-quotes"),
    (content('C1,"Anna"bel,x'), "file-quotes"),
    (content('C1,"' + "x" * 140_000), "file-cell-huge"),
    (b'"' + b"x" * 140_000, "file-header"),
]


@pytest.mark.parametrize(("data", "code"), _FILES)
def test_a_file_that_can_not_be_understood_is_refused_whole(data: bytes, code: str) -> None:
    """Half a file would be sent, or a traceback shown, or a value repeated in the message."""
    with pytest.raises(BadInput) as caught:
        csvfile.read(data, PARSED, today=TODAY)
    assert caught.value.code == code
    assert not {"annabel", "smithson", "zy1 4ab", "xxxx"} & {part for part in str(caught.value).lower().split("`")}


def test_an_unknown_column_is_named_with_what_is_near_it() -> None:
    """A renamed column in a new version of a case system could not be found."""
    with pytest.raises(BadInput) as caught:
        csvfile.read(content().replace(b"Postcode", b"Post code"), PARSED, today=TODAY)
    assert "`Postcode`" in str(caught.value) and "near it: `Post code`" in str(caught.value)
    assert caught.value.field == "postcode"
    with pytest.raises(BadInput, match="nearly so"):
        csvfile.read(content().replace(b"Postcode", b"QQQQ"), PARSED, today=TODAY)


_REJECTS = [
    ({"Client_ID": ""}, "reference", "reference-missing"),
    ({"Client_ID": "NULL"}, "reference", "reference-missing"),
    ({"Client_ID": "x" * 201}, "reference", "reference-missing"),
    ({"First_name": "", "Surname": "", "DOB": "", "NHS_No": ""}, "forename", "person-missing"),
    ({"First_name": "x" * 201, "Surname": "", "DOB": "", "NHS_No": ""}, "forename", "person-missing"),
    ({"First_name": "BABY", "Surname": "UNKNOWN", "DOB": "01/01/1900", "NHS_No": "9"}, "forename", "person-missing"),
    ({"CP_start": "31/02/2020"}, "csc.cp_plan.on", "date-wrong"),
    ({"CP_end": "01/02/2020"}, "csc.cp_plan.until", "dates-out-of-order"),
    ({"Start": "soon"}, "started", "date-wrong"),
    ({"End": "01/02/2020"}, "ended", "dates-out-of-order"),
    ({"CIN": "Mother says so"}, "csc.cin_status.code", "code-unknown"),
    ({"Missing": "several"}, "csc.missing_episodes.count", "count-wrong"),
    ({"Missing": "999999"}, "csc.missing_episodes.count", "count-wrong"),
    ({"Parents": ";".join(f"P{n}" for n in range(31))}, "relationships", "relationships-too-many"),
    ({"Flag": "safe_address"}, "protection", "protection-incomplete"),
    (
        {"Flag": "safe_address", "Review": "01/02/2027", "Flagged_by": "s1", "Agreed_by": "S1"},
        "protection",
        "protection-incomplete",
    ),
    ({"Flag": "hidden"}, "protection.kind", "code-unknown"),
    ({"Worker": "Annabel Smithson"}, "lead.name", "content-leak"),
    ({"Notes": "x" * 5_000}, "", "cell-huge"),
]


@pytest.mark.parametrize(("changes", "field", "code"), _REJECTS)
def test_a_row_that_can_not_be_sent_says_why(changes: dict[str, str], field: str, code: str) -> None:
    """A wrong fact would be sent, or one bad row stop a thousand good ones."""
    table = read(line(**changes), line(Client_ID="C2"))
    assert [row.ref for row in table.rows] == ["C2"]
    (reject,) = table.rejects
    assert (reject.row, reject.field, reject.reason_code) == (2, field, code)
    assert not any(value in reject.reason for value in ("Annabel", "Smithson", "31/02", "Mother"))
    assert reject.reason[0].islower() and not reject.reason.endswith(".")


def test_a_row_with_too_many_items_is_refused() -> None:
    """The broker would refuse the whole chunk instead."""
    many = "".join(f'[items."csc.item_{n}"]\nwhen = "Missing"\n' for n in range(60))
    table = csvfile.read(content(line()), mapping.parse((MAPPING + many).encode()), today=TODAY)
    assert [reject.reason_code for reject in table.rejects] == ["items-too-many"]


def test_the_cells_of_a_row_show_nothing() -> None:
    """A name would end up in a traceback."""
    cells = Cells(2, ["Annabel"], {}, {}, PARSED, TODAY)
    assert repr(cells) == "<Cells of row 2>"


def test_ragged_rows_and_repeated_references_are_refused() -> None:
    """Cells would slide into the wrong column, or one record overwrite another."""
    table = read(line(), "C5,too,short", line(Client_ID="C6") + ",too long", line(Client_ID="C7") + ",,", line())
    assert [row.ref for row in table.rows] == ["C1", "C7"]
    assert [(reject.row, reject.reason_code) for reject in table.rejects] == [
        (3, "row-ragged"),
        (4, "row-ragged"),
        (6, "reference-repeated"),
    ]
    assert table.rejects[2].reason == "same reference as row 2"
    assert table.rejects[2].ref == "C1" and "C1" not in repr(table.rejects[2])


def test_wrong_details_of_the_person_are_left_out_and_counted() -> None:
    """A mistyped number would lose a child, or be used as if it were right."""
    table = read(line(NHS_No="9990000036", DOB="31/02/2014", Postcode="ZZ99 3VZ", Gender="?"))
    (row,) = table.rows
    assert (row.person.nhs, row.person.nhs_unchecked) == ("", "9990000036")
    assert (row.person.dob, row.person.postcode, row.person.sex) == ("", "", "")
    assert row.content.age_band == "unknown"
    assert [(warning.field, warning.code) for warning in table.warnings] == [
        ("dob", "dob-invalid"),
        ("sex", "sex-invalid"),
        ("nhs", "nhs-invalid"),
    ]
    assert dict(table.counts["postcode"]) == {"placeholder": 1}


def test_a_protection_is_read() -> None:
    """Somebody in a refuge would be posted with their address."""
    table = read(
        line(Flag="safe_address", Review="01/02/2027", Flagged_by="s1", Agreed_by="s2"), line(Client_ID="C2", Flag="No")
    )
    protected, free = table.rows
    assert protected.content.protections and not free.content.protections
    assert protected.content.protections == (
        {"kind": "safe_address", "review_by": dt.date(2027, 2, 1), "made_by": ["s1", "s2"]},
    )


def test_the_birthday_is_not_told_by_another_date() -> None:
    """A record that starts at birth would tell the date of birth."""
    table = read(line(Start="12/03/2014", CP_start="12/03/2014"))
    (row,) = table.rows
    assert row.content.started is None
    assert {"item": "csc.cp_plan"} in row.content.items
    assert [warning.code for warning in table.warnings] == ["is-date-of-birth"] * 2


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"provider": "Care for ANNABEL smith-son"}, "provider"),
        ({"provider": "Born 12 March 2014"}, "provider"),
        ({"provider": "Team 12/03/2014"}, "provider"),
        ({"coverage_area": "Flat 1, zy1 4ab"}, "coverage.area"),
        ({"lead": {"name": "Pat", "role": "999 000 0026"}}, "lead.role"),
        ({"lead": {"name": "Pat", "phone": "07700 900123"}}, "lead.phone"),
        ({"lead": {"name": "Pat", "email": "Anna@brackwater.test"}}, "lead.email"),
        ({"items": ({"item": "csc.cin_status", "code": "annabel_smithson"},)}, "csc.cin_status.code"),
        ({"items": ({"item": "csc.cp_plan", "on": dt.date(2014, 3, 12)},)}, "csc.cp_plan.on"),
        ({"started": dt.date(2014, 3, 12)}, "started"),
        ({"relationships": (Relative("C1", "annabel_smithson"),)}, "relationships.kind"),
        ({"lead": {"name": "Annabel Jones"}}, None),
        ({"lead": {"name": "Pat Smithson"}}, None),
        ({"coverage_area": "ZY1"}, None),
    ],
)
def test_a_persons_own_details_do_not_leave(changes: dict[str, object], name: str | None) -> None:
    """A name or number would reach the broker inside what is shared."""
    (row,) = read(line()).rows
    person = dataclasses.replace(row.person, phone="+447700900123", email="anna@brackwater.test")
    assert find_leak(person, dataclasses.replace(row.content, **changes)) == name  # type: ignore[arg-type]


def test_the_order_of_dates_is_taken_from_the_whole_column_and_file() -> None:
    """03/04 would be March in one column and April in the next."""
    american = {"DOB": "03/13/2014", "Start": "02/03/2024", "CP_start": "2025-02-13"}
    table = read(line(**american))
    assert table.facts.orders["DOB"] == "month-first" and table.facts.orders["Start"] == "ambiguous"
    assert table.rows[0].person.dob == "2014-03-13"
    assert table.rows[0].content.started == dt.date(2024, 2, 3)


def test_an_unborn_child_is_of_the_band_unborn_and_has_no_birthday() -> None:
    """An expected day would be taken for a day of birth."""
    (row,) = read(line(DOB="01/02/2027")).rows
    assert (row.person.dob, row.content.age_band) == ("", "unborn")


_OTHER = """
source = "po"
agency = "police"
[columns]
"ref" = "reference"
"name" = "full_name"
"unit" = "provider"
"dead" = "deceased"
"third" = "third_party"
"wish" = "wishes"
"risk" = "risk"
"wished" = "wishes_on"
"judged" = "risk_on"
[dates]
formats = ["auto"]
[codes.role]
"VIC" = "victim"
[codes."po.offences.role"]
"SUS" = "suspect"
[codes.risk]
"high" = "significant_harm"
"odd" = "purple"
[items."po.asb_incidents"]
count = "n"
role = "role"
[items."po.offences"]
count = "n"
role = "role2"
[items."po.bail_conditions"]
yes = "bail"
[items."po.intel_marker"]
when = "intel"
[[relationships]]
column = "kin"
kind_column = "kind"
separator = " "
[lead]
name = "oic"
role = "oicrole"
phone = "oicphone"
[involvement]
status = "status"
[coverage]
as_of = "asof"
from = "asof"
area = "area"
"""
_OTHER_ROW = {
    "ref": "1",
    "name": "SMITHSON, Annabel Jo",
    "unit": "PVP unit",
    "area": "Brackwater",
    "asof": "20 Nov 2026",
    "status": "closed",
}


def _read_other(**changes: str) -> csvfile.Table:
    parsed = mapping.parse(_OTHER.encode())
    row = _OTHER_ROW | changes
    columns = list(parsed.columns())
    data = "|".join(columns) + "\n" + "|".join(row.get(column, "") for column in columns)
    return csvfile.read(data.encode(), parsed, today=TODAY)


def test_full_names_roles_flags_and_kinds_of_relationship_are_read() -> None:
    """A police export would lose who was victim and who suspect."""
    given = {"n": "3", "role": "VIC", "role2": "SUS", "bail": "N", "intel": "y", "kin": "2 3 1", "kind": "Parent"}
    (row,) = _read_other(
        **given, dead="12/03/2020", third="Y", wish="agrees", risk="HIGH", oic="Sam Lee", oicphone="?",
        wished="3 Feb 2025", judged="19/11/2026",
    ).rows  # fmt: skip
    assert (row.person.forename, row.person.surname) == ("annabel", "smithson")
    shared = row.content
    assert shared.items == (
        {"item": "po.asb_incidents", "count": 3, "role": "victim"},
        {"item": "po.offences", "count": 3, "role": "suspect"},
        {"item": "po.bail_conditions", "yes": False},
        {"item": "po.intel_marker", "yes": True},
    )
    assert shared.relationships == (Relative("2", "parent"), Relative("3", "parent"))
    assert (shared.status, shared.deceased, shared.third_party) == ("historic", "yes", "yes")
    assert (shared.wishes, shared.risk) == ("agrees", "significant_harm")
    assert (shared.wishes_on, shared.risk_on) == (dt.date(2025, 2, 3), dt.date(2026, 11, 19))
    assert shared.lead == {"name": "Sam Lee", "role": "Practitioner"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"wished": "03/02/2027"}, "wishes_on"),
        ({"judged": "31/02/2026"}, "risk_on"),
        ({"bail": "perhaps"}, "po.bail_conditions.yes"),
        ({"kin": "2"}, "relationships.kind"),
        ({"status": "lost"}, "status"),
        ({"risk": "odd"}, "risk"),
        ({"risk": "drinks a lot"}, "risk"),
        ({"dead": "maybe"}, "deceased"),
        ({"unit": ""}, "provider"),
        ({"unit": "<b>unit</b>"}, "provider"),
        ({"area": ""}, "coverage.area"),
        ({"asof": ""}, "coverage"),
    ],
)
def test_words_that_are_not_agreed_are_refused(changes: dict[str, str], field: str) -> None:
    """Free text would travel as a code."""
    (reject,) = _read_other(**changes).rejects
    assert reject.field == field


def test_a_status_that_the_mapping_makes_up_is_refused() -> None:
    """A word nobody agreed on would reach the broker."""
    text = MAPPING.replace("[involvement]", '[codes.status]\n"x" = "purple"\n[involvement]\nstatus = "Notes"')
    table = csvfile.read(content(line(Notes="x")), mapping.parse(text.encode()), today=TODAY)
    assert [reject.field for reject in table.rejects] == ["status"]
    text = MAPPING.replace("[protection]", '[codes.protection]\n"x" = "purple"\n[protection]')
    table = csvfile.read(content(line(Flag="x")), mapping.parse(text.encode()), today=TODAY)
    assert [reject.field for reject in table.rejects] == ["protection.kind"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SMITH, Anna May", ("SMITH", "Anna May")),
        ("Anna May Smith", ("Smith", "Anna May")),
        ("Smith", ("Smith", "")),
        ("", ("", "")),
    ],
)
def test_full_names_are_split(text: str, expected: tuple[str, str]) -> None:
    """Forename and surname would change places."""
    assert split_name(text) == expected
