"""Settings from the environment: a wrong one stops the start and is named, without its value."""

from __future__ import annotations

from pathlib import Path

import pytest

from broker.errors import Misconfigured
from broker.linkunit.settings import load_settings


def test_the_environment_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """LINKUNIT_* is all it takes."""
    monkeypatch.setenv("LINKUNIT_SECRETS", "/run/secrets/linkunit.json")
    monkeypatch.setenv("LINKUNIT_QUESTIONS_PER_DAY", "7")
    monkeypatch.setenv("BROKER_PORT", "1")
    settings = load_settings()
    assert settings.secrets == Path("/run/secrets/linkunit.json")
    assert (settings.questions_per_day, settings.port) == (7, 8090)


@pytest.mark.parametrize(("name", "value"), [
    ("PORT", "70000"), ("POSTS_PER_DAY", "0"), ("QUESTIONS_PER_DAY", "-many-"), ("PUBLIC_URL", "unit.example"),
    ("PUBLIC_URL", "https://unit.example/"), ("EVALUATION_SECONDS_ASK", "3600"), ("MAX_POINTS", "60001"),
])  # fmt: skip
def test_a_wrong_one_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """The operator sees the name of the variable; the value, which could be a secret in the wrong place, stays out."""
    monkeypatch.setenv(f"LINKUNIT_{name}", value)
    with pytest.raises(Misconfigured, match=f"LINKUNIT_{name}") as caught:
        load_settings()
    assert value not in str(caught.value).replace(f"LINKUNIT_{name}", "") or value == "0"
