"""`explain`: an agency sees which of its values leave, in what form, and how many of each."""

from __future__ import annotations

from agency_files import MAPPING, TODAY, content, line

from broker.agency import csvfile, mapping
from broker.agency.explain import Part, explain_row
from broker.agency.quality import report
from broker.agency.ready import Preparer, prepare_table
from broker.tokens import load_scheme

SCHEME = load_scheme()
_MAPPED = MAPPING.replace('"DOB" = "dob"', '"DOB" = "dob"\n"Notes" = "former_surname"')


def _explained(**changes: str) -> dict[str, Part]:
    table = csvfile.read(content(line(**changes)), mapping.parse(_MAPPED.encode()), today=TODAY, synthetic_numbers=True)
    (row,) = table.rows
    ready = Preparer("csc", SCHEME, bytes(32)).prepare(row.number, row.ref, person=row.person, content=row.content)
    return {part.title.split(":")[0]: part for part in explain_row(row, ready, SCHEME)}


def test_other_values_are_told_by_kind_and_number() -> None:
    """An agency would not know that an earlier name leaves too, or read it on a shared screen."""
    parts = _explained(Notes="Quillfeather; Brightwater", First_name="Mohammed Imran")
    assert ("other surnames", "2 values, used for matching only") in parts["Stays here"].lines
    assert ("a first forename that is hardly used", "used for matching only") in parts["Stays here"].lines
    keys = dict(parts["Match keys"].lines)
    assert any("of them, because other values are held" in text for text in keys.values())
    evidence = dict(parts["Sealed evidence"].lines)
    assert "2 more of surname" in evidence["of them other values"]
    assert "1 more of sound of the forename" in evidence["of them other values"]
    text = str(parts).lower()
    assert not any(name in text for name in ("quillfeather", "brightwater", "imran", "mohammed", "smithson"))


def test_a_row_without_other_values_says_so() -> None:
    """A plain row would look as if more left than does."""
    parts = _explained()
    assert dict(parts["Sealed evidence"].lines)["of them other values"] == "none"
    assert not any(name.startswith("other ") for name, _ in parts["Stays here"].lines)
    assert all("of them" not in text for _, text in parts["Match keys"].lines)


def test_the_report_counts_who_has_other_values() -> None:
    """Nobody would see that the columns of earlier names are empty or not mapped."""
    rows = (line(Notes="Quillfeather"), line(Client_ID="C2"), line(Client_ID="C3", Notes="Smithson"))
    table = csvfile.read(content(*rows), mapping.parse(_MAPPED.encode()), today=TODAY, synthetic_numbers=True)
    found = report(table, prepare_table(table, Preparer("csc", SCHEME, bytes(32))))
    assert found.other_values == 1
    assert (found.fields["former_surname"].valid, found.fields["former_surname"].blank) == (2, 1)
