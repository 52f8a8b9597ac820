"""Where the next page begins is sealed: it can't be read, made up, changed, or carried to another list."""

from __future__ import annotations

import pytest

from broker.errors import BadInput
from broker.keys import cursors

KEY = b"k" * 32
PLACE = b"2026-11-22T09:30:00.000000Z" + b"i" * 16
ABOUT = ("council", "a" * 64)


def test_whom_it_was_given_to_goes_on_there() -> None:
    """The second page can't be read."""
    sealed = cursors.seal(KEY, PLACE, about=ABOUT)
    assert cursors.opened(KEY, sealed, about=ABOUT) == PLACE
    assert len(sealed) == len(PLACE) + cursors.TAG_BYTES
    assert b"2026" not in sealed


@pytest.mark.parametrize(
    ("key", "about"),
    [(b"l" * 32, ABOUT), (KEY, ("police", "a" * 64)), (KEY, ("council", "b" * 64)), (KEY, ("council" + "a" * 64, ""))],
    ids=["another broker", "another agency", "another question", "names run together"],
)
def test_it_is_of_use_nowhere_else(key: bytes, about: tuple[str, str]) -> None:
    """An agency reads on in a list that it never asked for."""
    with pytest.raises(BadInput):
        cursors.opened(key, cursors.seal(KEY, PLACE, about=ABOUT), about=about)


def test_it_can_not_be_changed_or_made_up() -> None:
    """Somebody walks through the log by counting."""
    sealed = cursors.seal(KEY, PLACE, about=ABOUT)
    changed = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
    for one in (*changed, b"", sealed[:-1], sealed + b"\0", PLACE, bytes(59)):
        with pytest.raises(BadInput):
            cursors.opened(KEY, one, about=ABOUT)
