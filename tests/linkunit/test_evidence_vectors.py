"""`tests/vectors/evidence.json`: what agencies in other languages must make, and linkage units must read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from comparisons import SCHEME, atoms, question, record
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from unit_and_askers import TRUST, secret

from broker.agency.evidence import seal_info
from broker.agency.evidencekey import check_words
from broker.keys import sealing
from broker.keys.statement import LAYOUTS
from broker.keys.trust import parse_trust
from broker.linkunit.envelopes import Opener

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "evidence.json").read_text())
SEAL = X25519PrivateKey.from_private_bytes(secret("linkage_unit.seal"))
KEYS = {int(epoch): bytes.fromhex(key) for epoch, key in VECTORS["evidence_keys"].items()}
ACCEPTED = VECTORS["accepted"]


@pytest.mark.parametrize("vector", ACCEPTED, ids=[one["name"] for one in ACCEPTED])
def test_an_agency_states_exactly_this(vector: dict[str, Any]) -> None:
    """Byte for byte, signature and all; only the seal is fresh each time."""
    person, held = VECTORS["people"][vector["person"]], {epoch: KEYS[epoch] for epoch in vector["epochs"]}
    if vector["use"] == "post":
        envelope = record(person, agency=vector["agency"], ref=bytes.fromhex(vector["ref"]), evidence_keys=held)
    else:
        ticket = bytes.fromhex(vector["ticket"])
        envelope = question(person, agency=vector["agency"], ticket=ticket, evidence_keys=held)
    info = seal_info(VECTORS["place"], bytes.fromhex(VECTORS["scheme_digest"]))
    assert sealing.open_classical(envelope, SEAL, info=info).hex() == vector["statement"]
    assert len(envelope) == len(bytes.fromhex(vector["envelope"])) == LAYOUTS[len(held)].envelope_bytes


@pytest.mark.parametrize("vector", ACCEPTED, ids=[one["name"] for one in ACCEPTED])
def test_the_linkage_unit_reads_exactly_this(vector: dict[str, Any]) -> None:
    """An envelope that was made once opens for ever to what was stated."""
    trust = parse_trust(json.dumps(TRUST | {"evidence_epochs": [1, 2]}).encode())
    found = Opener(trust, SCHEME, (SEAL,)).open(bytes.fromhex(vector["envelope"]))
    assert (found.use, found.agency, found.version) == (vector["use"], vector["agency"], vector["version"])
    assert list(found.vectors) == vector["epochs"]
    held = [value is not None for value in atoms(VECTORS["people"][vector["person"]])]
    for slots in found.vectors.values():
        assert [any(slots[at : at + 16]) for at in range(0, len(slots), 16)] == held


def test_holders_of_a_key_read_out_these_letters() -> None:
    """Two clients in two languages must come to the same, or every telephone call is an alarm."""
    assert {str(epoch): check_words(key, VECTORS["place"], epoch) for epoch, key in KEYS.items()} == VECTORS["check"]
    assert VECTORS["scheme_digest"] == SCHEME.digest.hex()
