"""A policy that doesn't check doesn't load, and the error names file, line, clause and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import brackwater_policies as place
import pytest
from brackwater_policies import ISA, changed, files, line_of
from hypothesis import given
from hypothesis import strategies as st

from broker.errors import BadInput, Misconfigured
from broker.policy.load import load_policies
from broker.policy.strict_yaml import MAX_BYTES, read

THREE = ISA[3]
VOC, GATE, PROT = "vocabulary.yaml", "gateways.yaml", "protections.yaml"

VECTORS = read("rejected.yaml", (Path(__file__).parents[1] / "vectors" / "policy" / "rejected.yaml").read_bytes()).data


@pytest.mark.parametrize("edit", VECTORS["yaml"], ids=lambda edit: edit["name"])
def test_surprising_yaml_is_refused(edit: dict[str, str]) -> None:
    """YAML says something else than its reader sees."""
    with pytest.raises(BadInput) as caught:
        load_policies(changed(edit["file"], (edit["old"], edit["new"])))
    assert caught.value.message.startswith(f"{edit['file']} line ")
    assert edit["says"] in caught.value.message


HIDING = ("Housing \u202etroppus\u202c", "Hou\u200bsing", '"Housing \\e[8msupport"', '"Hous\\b"', '"A\\0"')


@pytest.mark.parametrize("title", HIDING)
def test_text_that_hides_something_is_refused(title: str) -> None:
    """Whoever signs a change, or reads why something is withheld, sees another text than the file's."""
    with pytest.raises(BadInput, match="line 5: a character that doesn't show"):
        load_policies(changed(THREE, ("title: Housing support\n", f"title: {title}\n")))


@pytest.mark.parametrize("edit", VECTORS["content"], ids=lambda edit: edit["says"][:60])
def test_what_does_not_check_does_not_load(edit: dict[str, str]) -> None:
    """A policy with this mistake decides about people."""
    file = edit["file"]
    with pytest.raises(BadInput) as caught:
        load_policies(changed(file, (edit["old"], edit["new"])))
    said = [line for line in caught.value.message.splitlines() if edit["says"] in line]
    assert said, caught.value.message
    named = re.match(rf"{file} line (\d+): ", said[0])
    assert named
    if "at" in edit:
        lines = files()[file].splitlines(keepends=True)
        assert abs(int(named[1]) - next(n for n, line in enumerate(lines, 1) if edit["at"] in line)) <= 2


def test_all_findings_are_listed_at_once() -> None:
    """An author corrects one mistake only to meet the next."""
    edits = (("eh.involvement]", "eh.x]"), ("to: [council.housing_officer]", "to: [council.clerk]"))
    with pytest.raises(BadInput) as caught:
        load_policies(changed(THREE, *edits))
    lines = caught.value.message.splitlines()
    assert len(lines) == 2
    assert str(caught.value) == caught.value.message
    assert f"{THREE} line {line_of(THREE, 'hl.involvement, hs.involvement')}: A3.1" in lines[0]


def test_the_values_of_a_policy_are_not_repeated() -> None:
    """An error message carries what somebody typed into a field by mistake."""
    with pytest.raises(BadInput) as caught:
        load_policies(changed(THREE, ("duty_phone: 01632 960203", "duty_phone: Jane Doe's mobile")))
    assert "Jane" not in str(caught.value)


def test_baseloader_keeps_words_as_words() -> None:
    """`no` becomes False, `13_15` becomes 1315, 1.10 becomes 1.1."""
    sheet = read("x.yaml", "a: no\nb: 13_15\nc: 1.10\nd: 2026-04-01\ne: ~\nf: 0x10\ng: [on, null]\nh:\n")
    assert sheet.data == {
        "a": "no", "b": "13_15", "c": "1.10", "d": "2026-04-01", "e": "~", "f": "0x10", "g": ["on", "null"], "h": "",
    }  # fmt: skip
    facts = place.policies().vocabulary.facts
    assert facts["break_glass"].values == ("no", "yes")
    assert "13_15" in facts["age"].values


def test_an_unquoted_comma_does_not_split_a_label() -> None:
    """A label in a flow mapping loses its second half, or the half becomes a field."""
    with pytest.raises(BadInput, match="unknown field `and more`"):
        load_policies(changed(VOC, ("label: Early help is involved}", "label: Early help, and more}")))


def test_lines_count_from_one_and_fall_back_to_the_parent() -> None:
    """An error names a line on which nothing is wrong."""
    sheet = read("x.yaml", "a:\n  - b: c\n    d: e\n")
    assert [sheet.line(place) for place in (("a",), ("a", 0, "d"), ("a", 0, "missing"), (), ("z",))] == [1, 3, 2, 1, 1]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe", "not UTF-8 text"),
        ("a: \ud800", "not UTF-8 text"),
        ("a: \x00", "not readable as YAML"),
        ('a: "\\UFFFFFFFF"', "not readable as YAML"),
        ("%YAML 9.9\n---\na: b", "not readable as YAML"),
        ("[a]", "not a mapping"),
        ("text", "not a mapping"),
        ("", "not a mapping"),
        ("a: " + "[" * 50_000, "nesting deeper than 16"),
        ("a: b\n" + " " * MAX_BYTES, "longer than 512 KiB"),
    ],
)
def test_bytes_that_are_no_policy_are_refused(content: str | bytes, says: str) -> None:
    """Odd bytes stop the start with an error that isn't ours."""
    with pytest.raises(BadInput, match=says):
        read("x.yaml", content)


@given(st.one_of(st.binary(max_size=200), st.text(alphabet="ab:-[]{}&*!|>'\"#%@\n \\?,<", max_size=80)))
def test_any_bytes_are_read_or_refused(content: bytes | str) -> None:
    """A parser of outside bytes raises something that isn't our error."""
    try:
        assert isinstance(read("x.yaml", content).data, dict)
    except BadInput as error:
        assert error.message.startswith("x.yaml line ")


@pytest.mark.parametrize("file", [VOC, GATE, PROT])
def test_a_missing_file_stops_the_start(file: str) -> None:
    """The broker starts without its protections."""
    with pytest.raises(Misconfigured, match=file):
        load_policies({name: text for name, text in files().items() if name != file})


def test_no_agreement_stops_the_start() -> None:
    """The broker starts with nothing agreed."""
    with pytest.raises(Misconfigured, match="agreements"):
        load_policies({name: text for name, text in files().items() if not name.startswith("agreements/")})


def test_a_file_that_belongs_nowhere_is_refused() -> None:
    """An agreement in the wrong folder is ignored, and nobody notices."""
    with pytest.raises(BadInput, match=r"isa-2026-004\.yaml line 1: not a policy file"):
        load_policies({**files(), "isa-2026-004.yaml": "a: b"})


def test_files_that_are_not_yaml_are_left_alone() -> None:
    """The README of the folder stops the start."""
    assert load_policies({**files(), "README.md": "# Policies"}).digest == place.policies().digest


def test_the_digest_is_of_what_is_said() -> None:
    """A comment changes the digest, or a changed rule does not."""
    digest = place.policies().digest
    assert len(digest) == 64
    assert load_policies(changed(THREE, ("title: Housing", "# a comment\ntitle:   Housing"))).digest == digest
    assert load_policies({name: text.encode() for name, text in files().items()}).digest == digest
    assert load_policies(changed("examples/early-help.yaml", ("level: share", "level: refer"))).digest == digest
    assert load_policies(changed(THREE, ("window: P24M", "window: P25M"))).digest != digest
    assert load_policies(changed(PROT, ("breakable: 'yes'", "breakable: 'no'"))).digest != digest
