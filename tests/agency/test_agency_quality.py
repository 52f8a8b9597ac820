"""The quality report: true counts, plain findings, no values, and quick enough to run every night."""

from __future__ import annotations

import json

from agency_files import MAPPING, TODAY, content, line, read

from broker.agency import csvfile, mapping, quality
from broker.agency.matchkeys import evidence_atoms, match_keys
from broker.agency.quality import Quality, to_json
from broker.agency.qualitypage import to_html
from broker.agency.ready import Preparer, prepare_table
from broker.tokens import load_scheme

_ROWS = (
    line(),
    line(Client_ID="C2", First_name="Bob <b>", DOB="01/01/1990", NHS_No="9990000036"),
    line(Client_ID="C3", Flag="safe_address", Review="01/02/2027", Flagged_by="s1", Agreed_by="s2"),
    line(Client_ID="C4", DOB="01/01/1900", Postcode="NFA", NHS_No="", Gender=""),
    line(Client_ID="C4"),
    line(Client_ID="C6", CP_start="31/02/2020"),
)


def report(table: csvfile.Table) -> Quality:
    """The report of a table whose rows were prepared as for sending."""
    return quality.report(table, prepare_table(table, Preparer("csc", load_scheme(), bytes(32))))


def test_the_report_counts_what_is_there() -> None:
    """An agency would mend the wrong thing, or read another number than in rejects.csv."""
    quality = report(read(*_ROWS))
    assert (quality.rows, quality.rejected, quality.protected) == (3, 3, 1)
    nhs = quality.fields["nhs"]
    assert (nhs.held, nhs.valid, nhs.blank, nhs.placeholder, nhs.invalid) == (4, 3, 1, 0, 1)
    assert (quality.fields["dob"].placeholder, quality.first_january) == (1, 0.3333)
    assert quality.same_person == 2
    assert sum(quality.match_keys.values()) == quality.rows and list(quality.match_keys) == sorted(quality.match_keys)
    assert quality.rejects_by_reason == {"too-little-known": 1, "reference-repeated": 1, "date-wrong": 1}
    assert quality.warnings_by_reason == {"nhs-invalid": 1}
    for finding in ("3 of 6 rows can't be sent", "Field nhs: over a fifth", "2 rows share name and date of birth"):
        assert any(found.startswith(finding) for found in quality.findings)


def test_the_report_holds_no_values() -> None:
    """A report that is passed around would hold names."""
    quality = report(read(*_ROWS))
    for text in (to_json(quality), to_html(quality)):
        for value in ("nnabel", "mithson", "SMITH", "Bob", "9990000026", "9990000036", "ZY1", "1990", "C4", "Hara"):
            assert value not in text
    assert json.loads(to_json(quality))["facts"]["delimiter"] == "comma"


def test_the_page_escapes_and_loads_nothing() -> None:
    """A column name could run a script, or the page call home."""
    quality = report(read(line()))
    page = to_html(quality)
    assert page.startswith("<!doctype html>") and page.count("<table>") == 3
    assert "<script" not in page and "http" not in page and "src=" not in page
    empty = report(read())
    assert "Ways of being found" not in to_html(empty) and empty.first_january == 0


def test_column_names_are_escaped_on_the_page() -> None:
    """The name of a column would become part of the page."""
    data = content(line()).replace(b"Notes", b"<script>")
    page = to_html(report(csvfile.read(data, mapping.parse(MAPPING.encode()), today=TODAY)))
    assert "&lt;script&gt;" in page and "<script>" not in page


def test_contradictory_columns_and_useless_fields_are_found() -> None:
    """A column in two orders of day and month would be sent half wrong."""
    rows = (line(DOB="12/31/2010", NHS_No="1"), line(Client_ID="C2", DOB="31/12/2010", NHS_No="2"))
    findings = " ".join(report(read(*rows)).findings)
    assert "Column DOB: some dates have the day first" in findings
    assert "Field nhs: over a fifth" in findings


def test_an_order_that_the_mapping_says_is_not_doubted() -> None:
    """Whoever said that the day comes first is told every night that nobody knows."""
    said = MAPPING + '\n[dates]\nformats = ["iso", "day-first"]\n'
    rows = content(line(DOB="12/31/2010"), line(Client_ID="C2", DOB="31/12/2010"))
    found = report(csvfile.read(rows, mapping.parse(said.encode()), today=TODAY)).findings
    assert not any(finding.startswith("Column") for finding in found)


def test_guessed_birthdays_and_ambiguous_dates_are_found() -> None:
    """A file full of made-up birthdays, or one read with day and month swapped, would look good."""
    rows = [line(Client_ID=f"C{n}", DOB="01/01/2010", Start="", CP_start="") for n in range(60)]
    findings = " ".join(report(read(*rows)).findings)
    assert "100.0% of birth dates are on 1 January" in findings
    assert "Column DOB: no date tells" in findings
    assert "no date tells" not in " ".join(report(read(*rows, line(Client_ID="D1"))).findings)


def test_long_lists_are_cut_on_the_page() -> None:
    """A page with a hundred thousand rows would not open."""
    page = to_html(report(read(*(line() for _ in range(600)))))
    assert "and 99 more" in page


def test_every_one_of_two_thousand_rows_is_read_and_keyed() -> None:
    """A row is lost among many, or leaves without a match key."""
    surnames = [f"{first}{second}son" for first in "bcdfghjklm" for second in ("aa", "el", "ir", "on", "ut")]
    rows = [
        line(
            Client_ID=f"C{n}",
            Surname=surnames[n % 50] + surnames[n // 50 % 50],
            DOB=f"{n % 28 + 1:02}/{n % 12 + 1:02}/{1950 + n % 70}",
            Postcode=f"ZY{n % 9 + 1} {n % 10}AB",
        )
        for n in range(2_000)
    ]
    scheme = load_scheme()
    table = read(*rows)
    assert len(table.rows) == 2_000
    assert all(match_keys(row.person, scheme) for row in table.rows)
    assert all(any(evidence_atoms(row.person, scheme)) for row in table.rows)
