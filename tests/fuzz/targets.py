"""Every parser of bytes from outside, by name: it reads them, or refuses them with one of our errors and no other."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from broker.agency import csvfile, mapping, sniff, typed
from broker.agency.desk.signin.client_key import new_key, parse_key
from broker.agency.desk.signin.development import development
from broker.agency.desk.signin.forms import parse_form
from broker.agency.desk.signin.vouching import Unvouched, signed_claims
from broker.audit import canonical, checkpoint, cosignature, query, tiles, tlogpolicy, verify, witnessing
from broker.audit.receipt import verify_receipt
from broker.errors import BrokerError
from broker.keys import assertion, dleq, jws, publics
from broker.keys.inventory import parse_inventory
from broker.keys.messages import Message, verify_request
from broker.keys.trust import parse_trust
from broker.linkage.model import parse_model
from broker.policy.load import load_policies
from broker.tokens import parse_scheme
from broker.trustlist.issuers import parse_issuers
from broker.wire import (
    audit_search,
    challenge,
    comparison,
    delivery,
    evaluation,
    hold,
    protection,
    question,
    quota,
    reseal,
    rights,
    verdict,
)
from broker.wire.fields import Wire, decode64, parse

Target = Callable[[bytes], object]
ROOT = Path(__file__).parents[2]
_VECTORS = ROOT / "tests" / "vectors"
_TODAY = dt.date(2026, 11, 22)
_NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
_TRUST = parse_trust(json.dumps(json.loads((_VECTORS / "trust.json").read_text())["accepted"]).encode())
_ISSUER, _PUBLIC = development("http://127.0.0.1:8450"), parse_key(new_key("Ed25519")).public
_KEYS = [_TRUST.broker.audit_log]
_MESSAGES: dict[str, type[Wire]] = {
    "chunk header": delivery.ChunkHeader,
    "row": delivery.Row,
    "payload": delivery.Payload,
    "close": delivery.CloseBatch,
    "question": question.Question,
    "verdict": verdict.VerdictRequest,
    "evaluate": evaluation.EvaluateRequest,
    "compare": comparison.CompareRequest,
    "blocks": comparison.BlockRequest,
    "reseal": reseal.ResealRequest,
    "challenge": challenge.ChallengeRequest,
    "right": rights.RightRequest,
    "hold": hold.HoldRequest,
    "protection": protection.ProtectionRequest,
    "quota grant": quota.QuotaGrant,
    "search": audit_search.SearchRequest,
}


def _message(kind: type[Wire]) -> Target:
    return lambda data: parse(kind, data)


def _alone() -> ModuleType:
    """The verifier that stands alone, as whoever was sent it runs it."""
    spec = importlib.util.spec_from_file_location("verify_alone", ROOT / "broker" / "audit" / "verify_audit.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_ALONE = _alone()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _signed(data: bytes) -> object:
    """Headers of a request, one a line, and its body after an empty one."""
    head, _, body = data.partition(b"\n\n")
    message = Message("POST", "https://broker.example/v1/questions")
    for line in head.decode("latin-1").split("\n"):
        name, _, value = line.partition(":")
        message.headers[name.strip()] = value.strip()
    return verify_request(message, body, find=_TRUST.caller_key, now=_NOW)


def _csv(data: bytes) -> object:
    head, _, table = data.partition(b"\n---\n")
    return csvfile.read(table, mapping.parse(head), today=_TODAY)


def _evidence(data: bytes) -> object:
    return _ALONE.check(_ALONE.unpack(data), None, now=_NOW)


TARGETS: dict[str, Target] = {
    **{name: _message(kind) for name, kind in _MESSAGES.items()},
    "signed request": _signed,
    "signed text": lambda data: jws.spelt(_text(data), header=("alg", "kid", "typ")),
    "credential given": lambda data: assertion.given(data, now=int(_NOW.timestamp())),
    "trust list": parse_trust,
    "public keys": lambda data: publics.agency_of_lines(_text(data), sources=("csc",)),
    "inventory": parse_inventory,
    "match model": parse_model,
    "scheme": parse_scheme,
    "agreement": lambda data: load_policies({"vocabulary.yaml": data, "agreements/a.yaml": data}),
    "proof of equality": dleq.parse_proof,
    "audit search": lambda data: query.parse(_text(data)),
    "checkpoint": lambda data: checkpoint.open_note(data, _KEYS),
    "verifier key": lambda data: checkpoint.parse_vkey(_text(data)),
    "cosignature": lambda data: cosignature.cosigned(data, ["w+" + "0" * 8 + "+" + "A" * 44]),
    "log policy": tlogpolicy.parse,
    "add-checkpoint": witnessing.parse,
    "entry bundle": tiles.parse_bundle,
    "tile": lambda data: tiles.tile_at(_text(data), 1000),
    "canonical JSON": canonical.decode,
    "receipt": lambda data: verify_receipt(_json(data), _KEYS),
    "log": lambda data: verify.verify_log({"checkpoint": data, "tile/entries/000.p/1": data}, _KEYS),
    "evidence": _evidence,
    "mapping": mapping.parse,
    "export": _csv,
    "encoding": sniff.decode,
    "what was typed": lambda data: typed.read_typed(typed.read_about(data), today=_TODAY),
    "issuers": lambda data: parse_issuers(data, "issuers.toml"),
    "form at the desk": parse_form,
    "word of an issuer": lambda data: signed_claims(_text(data), _ISSUER, [_PUBLIC], kinds=("jwt", "")),
    "base64url": lambda data: decode64(_text(data)),
}


def _json(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


REFUSALS: dict[str, tuple[type[Exception], ...]] = {
    "word of an issuer": (Unvouched,),
    "evidence": (_ALONE.Tampered, _ALONE.Usage),
    "base64url": (ValueError,),
}
"""What else than our own errors a target may raise: the file that stands alone has its own."""


def read(name: str, data: bytes) -> None:
    """Reads `data` as `name`. Raises whatever is not a refusal."""
    try:
        TARGETS[name](data)
    except (BrokerError, *REFUSALS.get(name, ())):
        return
