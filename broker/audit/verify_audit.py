#!/usr/bin/env python3
"""Checks what an audit log shows: offline, with this one file and Python 3.11 or later, nothing else.

    python3 verify_audit.py evidence.zip --policy policy.txt      evidence about some events
    python3 verify_audit.py exported-log --policy policy.txt      a folder: the whole log (C2SP tlog-tiles)
    python3 verify_audit.py receipt.json --vkey 'log.example/audit+ba46f2a9+AQOh...'

Take this file and the policy or key from elsewhere than what you check: evidence can't vouch for its own keys.

Exit codes: 0 everything verifies; 1 it was changed, or is not what it says; 2 it verifies, but only by the keys that
came with it; 3 it verifies, but its newest sign of life is older than --max-age days; 64 it could not be checked.

Formats: RFC 6962, 8785, 9901; C2SP signed-note, tlog-checkpoint, -tiles, -proof, -cosignature, -policy. Base64,
numbers, JSON and the zip have one spelling each, so that no bit is free.
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import hashlib
import io
import json
import re
import sys
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn


class Tampered(ValueError):
    """What was given does not verify. Each other error of `WRONG` means the same, without a word for it."""


class Usage(Exception):
    """It could not be checked at all."""


WRONG = (ValueError, TypeError, LookupError, RecursionError)


def unbase64(text: str, url: bool = False) -> bytes:
    """The bytes of RFC 4648 base64 with padding, or of base64url without."""
    plain = text.translate(str.maketrans("-_+/", "+/!!")) + "=" * (-len(text) % 4) if url else text
    data = base64.b64decode(plain.encode("ascii"), validate=True)
    return data if base64.b64encode(data).decode() == plain else _refuse("base64 with loose bits")


def number(text: str) -> int:
    return int(text) if re.fullmatch("0|[1-9][0-9]{0,17}", text) else _refuse("a number is misspelt")


def canonical(data: bytes) -> Any:
    """The value that `data` spells in RFC 8785, without numbers that are no integers."""
    value = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_float=_refuse, parse_constant=_refuse)
    return value if encoded(value) == data else _refuse("another spelling")


def encoded(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def _once(pairs: list[tuple[str, Any]]) -> Any:
    return dict(pairs) if len(dict(pairs)) == len(pairs) else _refuse("a key is there twice")


def _refuse(what: str) -> NoReturn:
    raise Tampered(f"not the one spelling: {what}")


# Ed25519 (RFC 8032), verification only, in extended coordinates.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
SMALL = {0, 1, P - 1, ORDER_8, P - ORDER_8}  # y of the points under which one signature fits many messages
Point = tuple[int, int, int, int]


def ed25519(public: bytes, signature: bytes, message: bytes) -> bool:
    key, s = point(public), int.from_bytes(signature[32:], "little")
    if key is None or len(signature) != 64 or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    x, y, z, _ = add(times(s, BASE), times(k, (P - key[0], key[1], 1, P - key[3])))
    x, y = x * pow(z, -1, P) % P, y * pow(z, -1, P) % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def point(data: bytes) -> Point | None:
    """The point of a public key, or None where no honest key is."""
    whole = int.from_bytes(data, "little")
    y, sign = whole % 2**255, whole >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    if len(data) != 32 or y >= P or y in SMALL or x * x % P != square:
        return None
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P


def add(one: Point, other: Point) -> Point:
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    return (b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P


def times(scalar: int, of: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    while scalar:
        found = add(found, of) if scalar & 1 else found
        of, scalar = add(of, of), scalar >> 1
    return found


BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little")) or (0, 1, 1, 0)


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: list[bytes]) -> bytes:
    """The root over leaf hashes: neighbours are joined, level by level; an odd last one goes up as it is."""
    while len(hashes) > 1:
        odd = hashes[-1:] if len(hashes) % 2 else []
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes) - 1, 2)] + odd
    return hashes[0] if hashes else hashlib.sha256(b"").digest()


def root_by_proof(node: bytes, index: int, *, size: int, path: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to."""
    last, left = size - 1, path[::-1]
    if not 0 <= index <= last:
        raise Tampered("a proof is for an event that the log is too short to hold")
    while last:
        if index % 2 or index < last:  # otherwise the last one stands alone, and goes up as it is
            node = node_hash(left.pop(), node) if index % 2 else node_hash(node, left.pop())
        index, last = index // 2, last // 2
    if left:
        raise Tampered("a proof is longer than the tree is high")
    return node


Key = tuple[str, bytes]  # the name of a key, and the four bytes that point to it


@dataclass(frozen=True)
class Policy:
    """Known logs and witnesses, and how many of which witnesses must have signed."""

    logs: dict[Key, bytes] = field(default_factory=dict)
    witnesses: dict[Key, tuple[str, bytes]] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = ""

    def is_met(self, signed: dict[str, int], name: str) -> bool:
        least, members = self.groups.get(name, (1, []))
        return name == "none" or name in signed or sum(self.is_met(signed, one) for one in members) >= least


def parse_policy(data: bytes) -> Policy:  # noqa: C901 - one case for each kind of line
    """Raises `Usage` for anything that is no policy."""
    policy, quorum, free = Policy(), "", set[str]()  # `free`: in no group yet
    for line in data.decode("utf-8", "replace").split("\n"):
        match re.findall(r"[^ \t]+", line):
            case [first, *_] if first.startswith("#"):
                pass
            case ["log", vkey] | ["log", vkey, _] if parse_vkey(vkey, 1)[1] not in policy.logs.values():
                policy.logs.update([parse_vkey(vkey, 1)])
            case ["witness", name, vkey] | ["witness", name, vkey, _] if name not in {*policy.groups, "none"}:
                key, public = parse_vkey(vkey, 4)
                if public in [known for _, known in policy.witnesses.values()]:
                    raise Usage("the policy names a witness twice")
                policy.witnesses[key], policy.groups[name], free = (name, public), (1, []), free | {name}
            case ["group", name, least, *members] if name not in {*policy.groups, "none"}:
                least = {"all": str(len(members)), "any": "1"}.get(least, least)
                possible = [str(k + 1) for k in range(len(members))]
                if least not in possible or len(set(members)) != len(members) or not set(members) <= free:
                    raise Usage("a group of the policy asks for an impossible number, or of members not to be had")
                policy.groups[name], free = (int(least), members), free - set(members) | {name}
            case ["quorum", name] if not quorum and name in {*policy.groups, "none"}:
                quorum = name
            case [_, *_]:
                raise Usage(f"a line of the policy is malformed, unknown or there twice: {line!r}")
    if not quorum:
        raise Usage("the policy has no quorum line")
    return replace(policy, quorum=quorum)


def parse_vkey(vkey: str, kind: int) -> tuple[Key, bytes]:
    name, named, text = (*vkey.split("+", 2), "", "")[:3]
    material = unbase64(text) if re.fullmatch(r"[A-Za-z0-9+/]{44}", text) else b""
    key_id = hashlib.sha256(name.encode() + b"\n" + material).digest()[:4]
    if not is_name(name) or named != key_id.hex() or material[:1] != bytes([kind]) or point(material[1:]) is None:
        raise Usage(f"a verifier key is malformed, unsafe or not of type {kind}: {vkey!r}")
    return (name, key_id), material[1:]


@dataclass(frozen=True)
class Checkpoint:
    """What a signed note says."""

    origin: str
    size: int
    root: bytes
    witnessed: dict[str, int]  # which witnesses of the policy signed it, when (POSIX seconds)


def open_note(note: bytes, policy: Policy) -> Checkpoint:  # noqa: C901 - one check after the other
    head, _, tail = note.decode("utf-8").rpartition("\n\n")
    lines, body = tail[:-1].split("\n"), (head + "\n").encode()
    if head.count("\n") != 2 or not tail.endswith("\n") or len(lines) > 64 or re.search(rb"[\x00-\x09\x0b-\x1f]", note):
        raise Tampered("the checkpoint is not three lines, an empty one and signatures")
    origin, size, root = head.split("\n")
    signed, witnessed = set[str](), dict[str, int]()
    for line in lines:
        name, _, text = line[2:].partition(" ")
        signature = unbase64(text)
        key, at = (name, signature[:4]), int.from_bytes(signature[4:12], "big")
        if line[:2] != "\N{EM DASH} " or not is_name(name) or len(signature) < 5:
            raise Tampered("a signature line is malformed")
        if key in policy.logs:
            sound, signed = ed25519(policy.logs[key], signature[4:], body), signed | {name}
        elif key in policy.witnesses:
            who, public = policy.witnesses[key]
            sound = ed25519(public, signature[12:], f"cosignature/v1\ntime {at}\n".encode() + body)
            witnessed[who] = max(at, witnessed.get(who, 0))
        else:
            continue  # of a key that we don't know
        if not sound:
            raise Tampered(f"a signature does not fit the checkpoint: {name}")
    if origin not in signed or not is_name(origin) or len(unbase64(root)) != 32:
        raise Tampered("the checkpoint is not signed by a known key of the log that it names")
    if not policy.is_met(witnessed, policy.quorum):
        raise Tampered(f"too few witnesses signed the checkpoint: {', '.join(sorted(witnessed)) or 'none'}")
    return Checkpoint(origin, number(size), unbase64(root), witnessed)


def is_name(name: str) -> bool:
    return name.isprintable() and re.fullmatch(r"[^\s+]+", name) is not None


def parse_proof(data: bytes) -> tuple[int, list[bytes], bytes]:
    """Index, hashes and checkpoint of a tlog-proof. One with an `extra` line is refused: nothing signs that."""
    head, _, note = data.decode("utf-8").partition("\n\n")
    first, index, *rest = [*head.split("\n"), ""]
    path = [unbase64(line) for line in rest[:-1]]
    if first != "c2sp.org/tlog-proof@v1" or index[:6] != "index " or {len(one) for one in path} - {32}:
        raise Tampered("a proof is malformed")
    return number(index[6:]), path, note.encode("utf-8")


WORD = r"[A-Za-z0-9*-][A-Za-z0-9._:@/+=#~*-]{0,199}"
SHAPES = {"id": "[0-9a-f]{32}", "org": WORD, "typ": WORD, "t": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"}
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def parse_event(leaf: bytes) -> dict[str, Any]:
    event = canonical(leaf)
    if not isinstance(event, dict) or len(leaf) > 16384 or type(event.get("v")) is not int or event["v"] != 1:
        raise Tampered("an event is not one of version 1")
    if not all(re.fullmatch(shape, str(event.get(key)), re.ASCII) for key, shape in SHAPES.items()):
        raise Tampered("an event has a malformed id, time, type or organisation")
    if event["_sd"] != sorted({one for one in event["_sd"] if re.fullmatch(r"[\w-]{43}", one, re.ASCII)}):
        raise Tampered("the digests of an event are malformed")
    if not all(is_public(value) for key, value in event.items() if key != "_sd"):
        raise Tampered("the open part of an event holds more than words and numbers")
    dt.datetime.fromisoformat(event["t"])
    return event


def is_public(value: Any) -> bool:
    """Whether it is a word, a number or a list of them, which no name fits in and no terminal obeys."""
    inner = isinstance(value, list) and all(map(is_public, value))
    return inner or (type(value) is int and value >= 0) or (type(value) is str and bool(re.fullmatch(WORD, value)))


def reveal(event: dict[str, Any], disclosures: Any) -> dict[str, Any]:
    """The private fields that are shown of an event, by name."""
    shown: dict[str, Any] = {}
    for text in disclosures if isinstance(disclosures, list) else [None]:
        parts = canonical(unbase64(text, url=True)) if isinstance(text, str) else None
        digest = base64.urlsafe_b64encode(hashlib.sha256(str(text).encode()).digest()).rstrip(b"=").decode()
        if digest not in event["_sd"] or not isinstance(parts, list) or [*map(type, parts[:2])] != [str, str]:
            raise Tampered("a disclosure belongs to another event, or was changed")
        salt, name, value = parts
        if len(salt) != 22 or not re.fullmatch(r"[a-z][a-z0-9_.]{0,63}", name) or name in event or name in shown:
            raise Tampered("a disclosure is not a salt, the name of a private field and a value")
        shown[name] = value
    return shown


@dataclass(frozen=True)
class Report:
    """What was proven: events by index, with their open and their shown fields; `hashes` are a whole log's."""

    checkpoint: Checkpoint
    events: list[tuple[int, dict[str, Any], dict[str, Any]]]
    hashes: list[bytes] | None = None
    self_asserted: bool = False

    def last_event(self) -> dt.datetime:
        return max((dt.datetime.fromisoformat(event["t"]) for _, event, _ in self.events), default=EPOCH)

    def newest(self) -> dt.datetime:
        """The last sign of life: of a witness, or where none signed of the log itself."""
        seen = max(self.checkpoint.witnessed.values(), default=0)
        return EPOCH + dt.timedelta(seconds=min(seen, 2**36)) if seen else self.last_event()


def check(files: dict[str, bytes], policy: Policy | None, *, now: dt.datetime, seen: bytes | None = None) -> Report:
    """Whatever `files` are: evidence, a whole log, or receipts. `seen` is a checkpoint of the log kept from earlier."""
    if policy is None and "manifest.json" not in files:
        raise Usage("a log or a receipt needs --policy or --vkey: it brings no keys")
    trusted = policy or parse_policy(files["policy.txt"])
    kind = check_evidence if "manifest.json" in files else check_log if "checkpoint" in files else check_receipts
    report = replace(kind(files, trusted), self_asserted=policy is None)
    at, slack = report.checkpoint, dt.timedelta(minutes=5)
    if max(report.last_event(), report.newest()) > now + slack:
        raise Tampered("something in it is from the future, or this computer's clock is wrong")
    if report.last_event() > report.newest() + slack:
        raise Tampered("an event says that it is later than the witnesses who saw it")
    if seen is not None:
        old = open_note(seen, replace(trusted, quorum="none"))
        whole, same = report.hashes is not None, old.size == at.size  # of one event's proof only the same size can tell
        root = root_of(report.hashes[: old.size]) if report.hashes else at.root if same else old.root
        if old.origin != at.origin or (whole and old.size > at.size) or root != old.root:
            raise Tampered("the log does not go on from the checkpoint that was seen: keep both")
    return report


def check_receipts(files: dict[str, bytes], policy: Policy) -> Report:
    """One receipt, or an answer's as an agency keeps them."""
    content = json.loads(files["receipt.json"].decode("utf-8"), object_pairs_hook=_once)
    receipts = content["receipt"] if isinstance(content, dict) and "receipt" in content else [content]
    found = list[Report]()
    for one in map(dict, receipts):
        fields = {"v": int, "leaf": str, "proof": str, "disclosures": list}
        if {key: type(value) for key, value in one.items() if key != "kind"} != fields or one["v"] != 1:
            raise Tampered("not a receipt of version 1")
        proof = parse_proof(one["proof"].encode())
        found.append(_placed(one["leaf"].encode(), proof, one["disclosures"], at=open_note(proof[2], policy)))
        if one.get("kind", "") not in ("", found[-1].events[0][1]["typ"]):
            raise Tampered("a receipt is of another kind than its event")
    return Report(found[-1].checkpoint, [one.events[0] for one in found])


def _placed(leaf: bytes, proof: tuple[int, list[bytes], bytes], shown: Any, *, at: Checkpoint) -> Report:
    """One event, once its proof leads to the root of the checkpoint."""
    if root_by_proof(leaf_hash(leaf), proof[0], size=at.size, path=proof[1]) != at.root:
        raise Tampered(f"event {proof[0]} is not in the log that was signed")
    event = parse_event(leaf)
    return Report(at, [(proof[0], event, reveal(event, shown))])


def check_evidence(files: dict[str, bytes], policy: Policy) -> Report:
    """A bundle, as `unpack` gives it."""
    digests = {path: hashlib.sha256(data).hexdigest() for path, data in files.items() if path != "manifest.json"}
    if files["manifest.json"] != encoded({"v": 1, "kind": "audit-evidence", "files": digests}):
        raise Tampered("the files of the evidence are not those that its manifest lists")
    at, events = open_note(files["checkpoint"], policy), []
    known = {"README.txt", "verify_audit.py", "manifest.json", "policy.txt", "checkpoint"}
    for entry in sorted(files, key=lambda path: (len(path), path)):
        if named := re.fullmatch(r"entries/(0|[1-9][0-9]{0,18})\.json", entry, re.ASCII):
            proof, shown = f"proofs/{named[1]}.tlog-proof", f"disclosures/{named[1]}.json"
            index, path, note = parse_proof(files[proof])
            if index != int(named[1]) or note != files["checkpoint"]:
                raise Tampered("a proof is of another event or checkpoint than its file says")
            shows = canonical(files[shown]) if shown in files else []
            events += _placed(files[entry], (index, path, note), shows, at=at).events
            known |= {entry, proof, shown}
    if set(files) - known or not events:
        raise Tampered("the evidence holds a file that nobody would have checked, or no event")
    return Report(at, events)


def check_log(files: dict[str, bytes], policy: Policy) -> Report:
    """A whole log as tiles: every byte of it."""
    checkpoint, leaves = open_note(files["checkpoint"], policy), list[bytes]()
    expected = {"checkpoint": files["checkpoint"]}
    for path, _, width in _tiles("entries", checkpoint.size):
        expected[path] = files[path]
        leaves += _bundle(expected[path], width)
    row = hashes = [leaf_hash(leaf) for leaf in leaves]
    if root_of(hashes) != checkpoint.root:
        raise Tampered("the events do not lead to the signed root: one was changed, moved, added or left out")
    level = 0
    while row:
        expected |= {path: b"".join(row[at : at + width]) for path, at, width in _tiles(str(level), len(row))}
        row, level = [root_of(row[at : at + 256]) for at in range(0, len(row) - 255, 256)], level + 1
    if files != expected:
        raise Tampered("a hash tile is not what the events give, or a file belongs to no log")
    events = [(at, parse_event(leaf), dict[str, Any]()) for at, leaf in enumerate(leaves)]
    if len({event["id"] for _, event, _ in events}) != len(events):
        raise Tampered("an event stands in the log twice")
    return Report(checkpoint, events, hashes)


def _tiles(level: str, size: int) -> list[tuple[str, int, int]]:
    """(path, first, width) of the tiles over `size` hashes of a level."""
    found = []
    for at in range(0, size, 256):
        digits, width = str(at // 256), min(256, size - at)
        name = re.sub(r"(\d{3})(?=\d)", r"x\1/", digits.zfill(-(-len(digits) // 3) * 3))
        found.append((f"tile/{level}/{name}" + (f".p/{width}" if width < 256 else ""), at, width))
    return found


def _bundle(data: bytes, count: int) -> list[bytes]:
    entries, at = [], 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        entries.append(data[start:at])
    if at != len(data) or len(entries) != count:
        raise Tampered("an entry bundle is cut off, or holds too few or too many events")
    return entries


def pack(files: dict[str, bytes]) -> bytes:
    """The one zip of these files: sorted, nothing compressed, no dates, the same on every system."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path in sorted(files):
            info = zipfile.ZipInfo(path)
            info.create_system = 3
            archive.writestr(info, files[path])
    return made.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a zip, which must be, byte for byte, what `pack` makes of them."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            small = sum(info.file_size for info in archive.infolist()) < len(data)
            files = {info.filename: archive.read(info) for info in archive.infolist()} if small else {}
            same = pack(files) == data
    except Exception:  # noqa: BLE001 - whatever the library stumbles over, it is no zip of ours
        same = False
    if not same:
        raise Tampered("not a zip, or not byte for byte what its files give")
    return files


def main(words: list[str], now: dt.datetime) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("path", type=Path, help="evidence (zip or folder), an exported log, or a receipt (.json)")
    parser.add_argument("--policy", type=Path, help="whom to believe (C2SP tlog-policy)")
    parser.add_argument("--vkey", help="or the log's verifier key alone")
    parser.add_argument("--seen", type=Path, help="a checkpoint of this log that you kept")
    parser.add_argument("--max-age", type=float, help="in days")
    try:
        asked = parser.parse_args(words)
        text = asked.policy.read_bytes() if asked.policy else f"log {asked.vkey}\nquorum none\n".encode()
        policy = parse_policy(text) if asked.policy or asked.vkey else None
        seen = asked.seen.read_bytes() if asked.seen else None
        report = check(read(asked.path), policy, now=now, seen=seen)
    except WRONG as error:
        sys.stdout.write(f"DOES NOT VERIFY: {error if isinstance(error, Tampered) else repr(error)}\n")
        return 1
    except (Usage, OSError) as error:
        sys.stderr.write(f"could not be checked: {error}\n")
        return 64
    except SystemExit as stop:  # argparse has said what is wrong, or has helped
        return 64 if stop.code else 0
    stale = asked.max_age is not None and now - report.newest() > dt.timedelta(days=asked.max_age)
    sys.stdout.write(told(report, stale))
    return 2 if report.self_asserted else 3 if stale else 0


def read(path: Path) -> dict[str, bytes]:
    """The files of a zip or folder, or the one receipt."""
    if path.is_dir():
        return {one.relative_to(path).as_posix(): one.read_bytes() for one in path.rglob("*") if one.is_file()}
    return {"receipt.json": path.read_bytes()} if path.suffix == ".json" else unpack(path.read_bytes())


def told(report: Report, stale: bool) -> str:
    lines, at, says = list[str](), report.checkpoint, "AGREES WITH ITSELF" if report.self_asserted else "VERIFIES"
    for index, event, shown in report.events if report.hashes is None else []:
        rest = {key: value for key, value in event.items() if key not in {"v", "typ", "id", "t", "org", "_sd"}}
        lines += [f"event {index}  {event['t']}  {event['org']}  {event['typ']}  {json.dumps(rest)}"]
        lines += [f"    shown: {name} = {json.dumps(value)}" for name, value in shown.items()]
    lines += [f"{says}: {len(report.events)} of the {at.size} events of {at.origin}, root {at.root.hex()}"]
    lines += [f"witnesses: {', '.join(sorted(at.witnessed)) or 'none'}; newest sign of life {report.newest()}"]
    lines += ["STALE: that is longer ago than you allow"] * stale
    lines += ["SELF-ASSERTED: by the keys that came with it; get the policy from elsewhere"] * report.self_asserted
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], dt.datetime.now(dt.UTC)))  # noqa: TID251 - the edge, where this is a script
