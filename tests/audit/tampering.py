"""Ways to tamper with an audit log, and how far five attackers get with each.

    rows     edits what is stored
    hashes   makes every hash and manifest again, and can sign nothing
    keys     signs with keys of their own, under the names of the log and of its witnesses
    older    brings back a checkpoint that the log and its witnesses once signed
    log      has the log's own signing key

`LEAVES` change the events before the log is made; `LOGS` and `EVIDENCE` change files after they were made.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from example_evidence import NHS, WITNESSED, WITNESSES, Files, cosigned, evidence, relisted
from example_log import LOG_KEY, ORIGIN, OTHER_KEY, ExampleLog, example, signed

from broker.audit import canonical, checkpoint, cosignature, tiles, verify_audit
from broker.audit.encoding import from_base64url, to_base64, to_base64url

LEVELS = ("rows", "hashes", "keys", "older", "log")
HONEST = example()
NOTE = cosigned(HONEST.note)
SEEN = cosigned(example(10).note).encode()
"""What an agency kept when the log had ten events."""
_OLDER = 8
Leaves = list[bytes]


def forged(note: str) -> str:
    """The note with lines under the witnesses' names, by keys of the attacker."""
    return note + "".join(cosignature.cosign(note, name, at=WITNESSED, private_key=OTHER_KEY) for name in WITNESSES)


def copied(note: str) -> str:
    """The note with the lines that the witnesses wrote under the honest one."""
    return note + NOTE[len(HONEST.note) :]


def sealed(leaves: Leaves, level: str) -> tuple[ExampleLog, str]:
    """The log that an attacker of this level makes of these leaves, and its checkpoint."""
    if level == "older":
        leaves = leaves[:_OLDER]
        return signed(leaves), cosigned(example(_OLDER).note)
    if level == "keys":
        log = signed(leaves, key=OTHER_KEY)
        return log, forged(log.note)
    log = signed(leaves)
    if level == "log":
        return log, copied(log.note)
    body = log.note.partition("\n\n")[0]
    return log, NOTE if level == "rows" else body + NOTE[NOTE.index("\n\n") :]


def log_of(leaves: Leaves, level: str) -> Files:
    """The exported log that an attacker shows."""
    if level == "rows":
        files = HONEST.files()
        return {**files, "checkpoint": NOTE.encode(), "tile/entries/000.p/14": tiles.bundle(leaves)}
    log, note = sealed(leaves, level)
    return {**log.files(), "checkpoint": note.encode()}


def evidence_of(level: str) -> Files:
    """The evidence that an attacker starts from; what they change in it comes after."""
    log, note = sealed(list(HONEST.leaves), level)
    if level in ("rows", "hashes", "older"):
        log, note = HONEST, NOTE
    return verify_audit.unpack(evidence(log, note=note))


# Events.


def edited(at: int, **changes: object) -> Callable[[Leaves], Leaves]:
    """One event with other fields; None takes one away."""

    def change(leaves: Leaves) -> Leaves:
        event = {**json.loads(leaves[at]), **changes}
        kept = {key: value for key, value in event.items() if value is not None}
        return [*leaves[:at], canonical.encode(kept), *leaves[at + 1 :]]

    return change


def respelt(at: int, old: bytes, new: bytes) -> Callable[[Leaves], Leaves]:
    """One event in another spelling."""
    return lambda leaves: [*leaves[:at], leaves[at].replace(old, new, 1), *leaves[at + 1 :]]


def digests_swapped(leaves: Leaves) -> Leaves:
    first, second = json.loads(leaves[5]), json.loads(leaves[6])
    return edited(6, _sd=first["_sd"])(edited(5, _sd=second["_sd"])(leaves))


LEAVES: dict[str, Callable[[Leaves], Leaves]] = {
    "an event edited: another agency": edited(7, org="homes"),
    "an event edited: other tags": edited(7, tags=["ab" * 16]),
    "an event edited: another clause": edited(7, items=[["school.involvement", "share", "early-help#9"]]),
    "a refusal made a release": edited(8, typ="disclose"),
    "a release made nothing": edited(7, typ="nothing", items=None, tags=None),
    "an event backdated": edited(6, t="2026-10-22T12:00:06.000006Z"),
    "an event put in the future": edited(6, t="2027-11-22T12:00:06.000006Z"),
    "an event under another id": edited(6, id="ee" * 16),
    "a field of the header left out": edited(7, purpose=None),
    "private digests left out": edited(6, _sd=[]),
    "private digests swapped between events": digests_swapped,
    "an event left out": lambda leaves: [*leaves[:5], *leaves[6:]],
    "the first event left out": lambda leaves: leaves[1:],
    "the last event left out": lambda leaves: leaves[:-1],
    "cut back to before what was seen": lambda leaves: leaves[:9],
    "an event put in": lambda leaves: [*leaves[:5], edited(5, id="ef" * 16)(leaves)[5], *leaves[5:]],
    "an event replayed": lambda leaves: [*leaves[:9], leaves[6], *leaves[10:]],
    "two events exchanged": lambda leaves: [*leaves[:6], leaves[7], leaves[6], *leaves[8:]],
    "all events rewritten": lambda leaves: [edited(at, org="homes")(leaves)[at] for at in range(len(leaves))],
    "everything wiped": lambda leaves: [],
    "an event with a repeated key": respelt(6, b'{"_sd"', b'{"v":1,"_sd"'),
    "an event with a space": respelt(6, b'":"', b'": "'),
    "an event with a float": respelt(6, b'"people":2', b'"people":2.0'),
    "an event too long": edited(6, agreements=["x" * 200] * 90),
    "no event at all": respelt(6, HONEST.leaves[6], b"[]"),
}


# Files of an exported log.


def _changed(path: str, change: Callable[[bytes], bytes]) -> Callable[[Files], Files]:
    return lambda files: {**files, path: change(files[path])} if path in files else {**files, "stray": b""}


def _dropped(prefix: str) -> Callable[[Files], Files]:
    return lambda files: {path: data for path, data in files.items() if not path.startswith(prefix)}


def _each(prefix: str, change: Callable[[bytes], bytes]) -> Callable[[Files], Files]:
    return lambda files: {path: change(data) if path.startswith(prefix) else data for path, data in files.items()}


LOGS: dict[str, Callable[[Files], Files]] = {
    "a hash tile is not what the events give": _each("tile/0/", lambda data: data[:32] + data[:32] + data[64:]),
    "a hash tile cut off": _each("tile/0/", lambda data: data[:-1]),
    "a hash tile taken away": _dropped("tile/0/"),
    "an entry bundle cut off": _each("tile/entries/", lambda data: data[:-1]),
    "an entry bundle taken away": _dropped("tile/entries/"),
    "a file that is no part of a log": lambda files: {**files, "tile/0/x001/000": b""},
    "the checkpoint taken away": _dropped("checkpoint"),
}


# Files of evidence.


def _renoted(change: Callable[[str], str]) -> Callable[[Files], Files]:
    """Another checkpoint, in its file and in every proof."""

    def renote(files: Files) -> Files:
        old = files["checkpoint"]
        new = change(old.decode()).encode()
        return {
            path: new if path == "checkpoint" else data.replace(old, new) if path.startswith("proofs/") else data
            for path, data in files.items()
        }

    return renote


def _line(index: int, change: Callable[[str], str]) -> Callable[[Files], Files]:
    """Another line of the checkpoint: 0 to 2 are signed, from 4 on they are signatures."""

    def relined(note: str) -> str:
        lines = note.split("\n")
        lines[index] = change(lines[index])
        return "\n".join(lines)

    return _renoted(relined)


def _swapped(one: str, other: str) -> Callable[[Files], Files]:
    return lambda files: {**files, one: files[other], other: files[one]}


def _disclosed(change: Callable[[list[object]], list[object]]) -> Callable[[Files], Files]:
    """Another disclosure in the place of the first."""

    def conceal(data: bytes) -> bytes:
        texts = json.loads(data)
        parts = json.loads(from_base64url(texts[0]))
        return canonical.encode([to_base64url(json.dumps(change(parts)).encode()), *texts[1:]])

    return _changed("disclosures/6.json", conceal)


def _older_note(_: str) -> str:
    return cosigned(example(10).note)


def _elsewhere(files: Files) -> Files:
    """A proof of another log that has the same events and the same key."""
    other = signed(list(HONEST.leaves), origin="other.example/audit")
    return {**files, "proofs/7.tlog-proof": other.proof(7).encode()}


def _padded(note: str) -> str:
    lines = (f"— stranger{n}.example {to_base64(bytes([n]) * 68)}\n" for n in range(62))
    return note + "".join(lines)


def _signed_by_its_namesake(note: str) -> str:
    key_id = checkpoint.key_id(ORIGIN, LOG_KEY.public_key())
    signature = OTHER_KEY.sign((note.partition("\n\n")[0] + "\n").encode())
    lines = note.split("\n")
    return "\n".join([*lines[:4], f"— {ORIGIN} {to_base64(key_id + signature)}", *lines[5:]])


def _rewitnessed(note: str) -> str:
    """The lines that the witnesses wrote under an older checkpoint."""
    return note[: len(HONEST.note)] + cosigned(example(10).note)[len(example(10).note) :]


def _retimed(line: str) -> str:
    name, _, text = line[2:].partition(" ")
    signature = bytearray(base64.b64decode(text))
    signature[11] ^= 1
    return f"— {name} {to_base64(bytes(signature))}"


def _one_witness_twice(note: str) -> str:
    own = note[: len(HONEST.note)]
    return own + 2 * cosignature.cosign(own, NHS, at=WITNESSED, private_key=WITNESSES[NHS])


_PROOF = "proofs/7.tlog-proof"
EVIDENCE: dict[str, Callable[[Files], Files]] = {
    "a disclosure of another event": lambda files: {**files, "disclosures/7.json": files["disclosures/6.json"]},
    "a disclosed value changed": _disclosed(lambda parts: [*parts[:2], "nobody"]),
    "a disclosed name changed": _disclosed(lambda parts: [parts[0], "about", parts[2]]),
    "a salt changed": _disclosed(lambda parts: ["A" * 22, *parts[1:]]),
    "a disclosure twice": _changed(
        "disclosures/6.json", lambda data: canonical.encode([*json.loads(data), json.loads(data)[0]])
    ),
    "a disclosure of no event": lambda files: {**files, "disclosures/9.json": b"[]"},
    "an event changed": _changed("entries/7.json", lambda data: data.replace(b'"org":"council"', b'"org":"homes"')),
    "an event respelt": _changed("entries/7.json", lambda data: data + b"\n"),
    "two events exchanged": _swapped("entries/6.json", "entries/7.json"),
    "two proofs exchanged": _swapped("proofs/6.tlog-proof", _PROOF),
    "a proof for another place": _changed(_PROOF, lambda data: data.replace(b"index 7\n", b"index 8\n")),
    "a hash of a proof left out": _changed(
        _PROOF, lambda data: b"\n".join(data.split(b"\n")[:2] + data.split(b"\n")[3:])
    ),
    "a hash of a proof with loose bits": _changed(_PROOF, lambda data: data.replace(b"=\n", b"\n", 1)),
    "an extra line in a proof": _changed(_PROOF, lambda data: data.replace(b"index", b"extra AAAA\nindex", 1)),
    "a proof of another log": _elsewhere,
    "an older checkpoint under newer proofs": _renoted(_older_note),
    "another size": _line(1, lambda line: str(int(line) + 1)),
    "a size with a nought before it": _line(1, lambda line: f"0{line}"),
    "another root": _line(2, lambda _: to_base64(bytes(32))),
    "another origin": _line(0, lambda _: "other.example/audit"),
    "an extension line": _line(2, lambda line: f"{line}\nmore"),
    "no signature of the log": _line(4, lambda _: "— stranger.example " + to_base64(bytes(68))),
    "the log's signature under another name": _line(4, lambda line: line.replace(ORIGIN, "other.example/audit")),
    "another key under the log's key id": _renoted(_signed_by_its_namesake),
    "a signature with loose bits": _line(4, lambda line: line.rstrip("=")),
    "sixty-five signatures": _renoted(_padded),
    "no witness": _renoted(lambda note: note[: len(HONEST.note)]),
    "one witness twice": _renoted(_one_witness_twice),
    "witnesses of an older checkpoint": _renoted(_rewitnessed),
    "a witness's time changed": _line(5, _retimed),
    "carriage returns": _renoted(lambda note: note.replace("\n", "\r\n")),
    "no last newline": _renoted(lambda note: note[:-1]),
    "an event's file taken away": _dropped("entries/7"),
    "a proof's file taken away": _dropped("proofs/7"),
    "a number with a nought before it": lambda files: {
        path.replace("/7.", "/07."): data for path, data in files.items()
    },
    "a file beside": lambda files: {**files, "entries/note.txt": b"trust me"},
    "a file above": lambda files: {**files, "../entries/6.json": b"{}"},
}


KINDS = [
    (family, name) for family, kinds in (("event", LEAVES), ("log", LOGS), ("evidence", EVIDENCE)) for name in kinds
]


def shown(kind: tuple[str, str], level: str) -> Files:
    """The files that an attacker of this level shows."""
    family, name = kind
    if family == "event":
        return log_of(LEAVES[name](list(HONEST.leaves)), level)
    if family == "log":
        return LOGS[name](log_of(list(HONEST.leaves), level))
    files = EVIDENCE[name](evidence_of(level))
    return files if level == "rows" else relisted(files)
