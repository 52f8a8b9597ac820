"""Evidence about three events of the example log, witnessed by two of three agencies: what its tests start from."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from example_log import VKEY, ExampleLog, example, sealables

from broker.audit import canonical, cosignature, verify_audit
from broker.audit.evidence import Shown, bundle
from broker.audit.tlogpolicy import of_list, write

NOW = dt.datetime(2026, 11, 22, 13, tzinfo=dt.UTC)
WITNESSED = int(dt.datetime(2026, 11, 22, 12, 30, tzinfo=dt.UTC).timestamp())
WITNESSES = {
    f"{name}.example/witness": Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    for number, name in enumerate(("council", "nhs", "police"), 101)
}
_LISTED = [(name.partition(".")[0], cosignature.vkey(name, key.public_key()), "") for name, key in WITNESSES.items()]
POLICY = write(of_list(VKEY, _LISTED, quorum=2))
ALONE = f"log {VKEY}\nquorum none\n"
COUNCIL, NHS, POLICE = WITNESSES

Files = dict[str, bytes]

# The tests check the same few signatures thousands of times; the function has no memory of its own.
verify_audit.ed25519 = functools.cache(verify_audit.ed25519)


def cosigned(note: str, names: Sequence[str] = (COUNCIL, NHS), *, at: int = WITNESSED) -> str:
    """The note with the lines of these witnesses."""
    return note + "".join(cosignature.cosign(note, name, at=at, private_key=WITNESSES[name]) for name in names)


def shown(log: ExampleLog, note: str, indices: Sequence[int] = (6, 7, 13)) -> list[Shown]:
    """Events of the log, with the purpose and all that is private of the first of them."""
    private = {sealable.leaf_bytes: tuple(sealable.disclosures.values()) for sealable in sealables()}
    found = []
    for index in indices:
        texts = private.get(log.leaves[index], ()) if index == indices[0] else ()
        found.append(Shown(log.leaves[index].decode(), log.proof(index).replace(log.note, note), texts))
    return found


def evidence(log: ExampleLog | None = None, *, note: str = "", policy: str = POLICY) -> bytes:
    """The zip, whatever log and checkpoint it is of. The verifier in it is cut short: nobody runs that one."""
    log = log or example()
    return bundle(shown(log, note or cosigned(log.note)), policy=policy, verifier=b"# cut short\n")


def relisted(files: Files) -> Files:
    """The same files under a manifest that lists them: what any forger does."""
    others = {path: data for path, data in files.items() if path != "manifest.json"}
    digests = {path: hashlib.sha256(data).hexdigest() for path, data in others.items()}
    return {**others, "manifest.json": canonical.encode({"v": 1, "kind": "audit-evidence", "files": digests})}


def verified(files: Files, policy: str | None = POLICY, *, seen: bytes | None = None) -> verify_audit.Report:
    """What the single-file verifier says an hour after the events."""
    trusted = verify_audit.parse_policy(policy.encode()) if policy is not None else None
    return verify_audit.check(files, trusted, now=NOW, seen=seen)


def refused(files: Files, policy: str | None = POLICY, *, seen: bytes | None = None) -> bool:
    """Whether it says that these do not verify; any error but its own would be raised."""
    try:
        verified(files, policy, seen=seen)
    except verify_audit.WRONG:
        return True
    return False
