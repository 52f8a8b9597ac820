"""What people write to another agency: one length for each kind, and it opens for nobody else and as nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from broker.errors import BadInput, Untrusted
from broker.keys.sealed_words import LONGEST, About, Kind, open_words, seal_words, sealed_bytes
from broker.keys.sealing import hybrid_private, hybrid_public, hybrid_public_bytes

SEED, OTHER = b"\x21" * 32, b"\x22" * 32
PUBLIC = hybrid_public(hybrid_public_bytes(SEED))
ABOUT = About("challenge", "council", "voluntary", "7ZQF-1K0M-R/3")


@pytest.mark.parametrize("kind", sorted(LONGEST))
@pytest.mark.parametrize("text", ["", "yes", "Ærøskøbing " * 20])
def test_every_text_of_a_kind_has_one_length(kind: Kind, text: str) -> None:
    """The length of what is carried tells how much there was to say."""
    about = replace(ABOUT, kind=kind)
    sealed = seal_words({"need": text}, about, public_key=PUBLIC)
    assert len(sealed) == sealed_bytes(kind)
    keys = [hybrid_private(OTHER), hybrid_private(SEED)]
    assert open_words(sealed, about, private_keys=keys) == {"need": text}


def test_it_opens_for_nobody_else_and_as_nothing_else() -> None:
    """The broker puts one family's words in the place of another's, or gives them to another agency."""
    sealed = seal_words({"need": "to know"}, ABOUT, public_key=PUBLIC)
    changes = ({"kind": "because"}, {"writer": "school"}, {"reader": "nhs"}, {"reference": "7ZQF-1K0M-R/4"})
    for change in changes:
        with pytest.raises(Untrusted):
            open_words(sealed, replace(ABOUT, **change), private_keys=[hybrid_private(SEED)])  # type: ignore[arg-type]
    for wrong in (sealed[:-1], sealed[:-1] + b"\0", b"", bytes(len(sealed))):
        with pytest.raises(Untrusted):
            open_words(wrong, ABOUT, private_keys=[hybrid_private(SEED)])
    with pytest.raises(Untrusted):
        open_words(sealed, ABOUT, private_keys=[hybrid_private(OTHER)])


def test_what_does_not_fit_is_refused_and_not_cut() -> None:
    """The end of a reason is lost without a word."""
    with pytest.raises(BadInput) as caught:
        seal_words({"need": "x" * 2048}, ABOUT, public_key=PUBLIC)
    assert caught.value.code == "words-too-long"
