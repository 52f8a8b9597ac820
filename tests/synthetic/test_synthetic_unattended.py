"""The questions by which it is counted how many wait for a person are those of a working day."""

from __future__ import annotations

from pathlib import Path

from demonstration import brackwater

from broker.synthetic.unattended import QUESTIONS, caseload


def test_everybody_asks_about_their_own_caseload(written: Path) -> None:
    """The figure is of questions that nobody would ask."""
    asked = caseload(brackwater(), written, seed=2026)
    assert len(asked) == QUESTIONS
    assert asked == caseload(brackwater(), written, seed=2026) != caseload(brackwater(), written, seed=1)
    assert all(question.query["dob"] and question.query["postcode"] for question in asked)
    assert {question.role for question in asked} == {story.role for story in brackwater().stories}
