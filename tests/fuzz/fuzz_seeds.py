"""Something good to begin with for each target, so that what is tried is nearly right."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
_VECTORS = ROOT / "tests" / "vectors"
_HASH = "A" * 43


def _json(**content: object) -> bytes:
    return json.dumps(content).encode()


SEEDS: dict[str, bytes] = {
    "chunk header": _json(v=1, agency="council", source="csc", batch="A" * 22, number=1, delivery="delta", rows=1),
    "row": _json(row=1, ref="A" * 22, version=1, tokens=[], retract=True),
    "verdict": _json(v=1, id="A" * 22, agency="council", staff="S1", one="A" * 43, other="A" * 43, verdict="same"),
    "hold": _json(v=1, id="A" * 22, agency="council", staff="S1", act="lift", source="csc", ref="A" * 22),
    "search": _json(v=1, staff="S1", text="actor:council/8f2c src:nhs -is:emergency after:2026-11-01"),
    "audit search": b"actor:council/8f2c src:nhs -is:emergency after:2026-11-01",
    "signed request": (
        b"Content-Digest: sha-256=:" + b"A" * 43 + b"=:\n"
        b'Signature-Input: tysc=("@method" "@target-uri" "content-digest");created=1795337987;'
        b'keyid="council/desk-1";alg="ed25519";nonce="' + b"A" * 22 + b'";tag="tysc"\n'
        b"Signature: tysc=:" + b"A" * 86 + b"==:\n\n{}"
    ),
    "signed text": b"eyJhbGciOiJFZDI1NTE5IiwidHlwIjoiSldUIn0.e30." + b"A" * 86,
    "trust list": json.dumps(json.loads((_VECTORS / "trust.json").read_text())["accepted"]).encode(),
    "inventory": (ROOT / "keys" / "inventory.json").read_bytes(),
    "scheme": (ROOT / "broker" / "schemes" / "uk-person-1.toml").read_bytes(),
    "agreement": (ROOT / "policies" / "vocabulary.yaml").read_bytes()[:3000],
    "checkpoint": f"broker.example/audit\n5\n{_HASH}=\n\n\u2014 broker.example/audit {'A' * 90}==\n".encode(),
    "cosignature": f"broker.example/audit\n5\n{_HASH}=\n\n\u2014 w {'A' * 100}\n".encode(),
    "verifier key": b"broker.example/audit+00000000+" + b"A" * 44,
    "log policy": b"log broker.example/audit+00000000+"
    + b"A" * 44
    + b"\nwitness w w+00000000+"
    + b"A" * 44
    + b"\nquorum w\n",
    "add-checkpoint": f"old 0\n\nbroker.example/audit\n5\n{_HASH}=\n\n\u2014 a {'A' * 90}==\n".encode(),
    "tile": b"tile/0/x000/000.p/7",
    "entry bundle": b"\0\2{}\0\2{}",
    "canonical JSON": b'{"a":1,"b":["c",true]}',
    "mapping": b'source = "csc"\nagency = "council"\ndelivery = "snapshot"\n[columns]\n"Ref" = "ref"\n',
    "export": b'source = "csc"\nagency = "council"\n[columns]\n"Ref" = "ref"\n\n---\nRef,Born\n1,2\n',
    "encoding": "Zoë,é\r\n".encode("cp1252"),
    "what was typed": b'forename = "Ada"\nsurname = "Marsh"\ndob = "2014-07-19"\npostcode = "ZY47 7QX"\n',
    "issuers": b'[[issuer]]\nname = "n"\ntitle = "N"\nissuer = "https://n.example"\nclient_id = "d"\n'
    b'levels = { two = 2 }\nclaims = { staff = "sub" }\n',
    "form at the desk": b"surname=Marsh&dob=19+7+2014&why=Zo%C3%AB",
    "word of an issuer": b"eyJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiJzdyJ9.AAAA",
}


def mutated(seed: bytes) -> st.SearchStrategy[bytes]:
    """`seed` with a few bytes put in, taken out or changed."""
    edit = st.tuples(st.integers(0, max(len(seed), 1)), st.integers(0, 4), st.binary(max_size=4))

    def apply(edits: list[tuple[int, int, bytes]]) -> bytes:
        data = seed
        for at, out, put in edits:
            data = data[:at] + put + data[at + out :]
        return data

    return st.lists(edit, min_size=1, max_size=3).map(apply)
