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
import hmac
import io
import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn


class Tampered(ValueError):
    """What was given does not verify. Each other error of `WRONG` means the same, without a word for it."""


class Usage(Exception):
    """It could not be checked at all."""


WRONG = (ValueError, TypeError, LookupError, RecursionError)


def unbase64(text: str, url: bool = False) -> bytes:
    plain = text.translate(str.maketrans("-_+/=", "+/!!!")) + "=" * (-len(text) % 4) if url else text
    data = base64.b64decode(plain.encode("ascii"), validate=True)
    return data if base64.b64encode(data).decode() == plain else _refuse("base64 with loose bits")


def number(text: str) -> int:
    return int(text) if re.fullmatch("0|[1-9][0-9]{0,18}", text) and int(text) < 2**63 else _refuse("misspelt number")


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


def must(holds: bool, otherwise: str, kind: type[Exception] = Tampered) -> None:
    if not holds:
        raise kind(otherwise)


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


def root_of(hashes: list[bytes]) -> bytes:
    """The root over leaf hashes: neighbours are joined, level by level; an odd last one goes up as it is."""
    while len(hashes) > 1:
        odd = hashes[-1:] if len(hashes) % 2 else []
        pairs = [hashes[at] + hashes[at + 1] for at in range(0, len(hashes) - 1, 2)]
        hashes = [hashlib.sha256(b"\x01" + pair).digest() for pair in pairs] + odd
    return hashes[0] if hashes else hashlib.sha256(b"").digest()


def root_by_proof(node: bytes, index: int, *, size: int, path: list[bytes]) -> bytes:
    must(0 <= index < size and (size > 1 or not path), "a proof is too long, or of an event that the log has not")
    if size == 1:
        return node
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        return root_of([root_by_proof(node, index, size=half, path=path[:-1]), path[-1]])
    return root_of([path[-1], root_by_proof(node, index - half, size=size - half, path=path[:-1])])


Key = tuple[str, bytes]  # the name of a key, and the four bytes that point to it
Placed = tuple[int, dict[str, Any], dict[str, Any]]  # an event's place, its open fields, and those that are shown


class Policy(NamedTuple):  # known logs and witnesses, and how many of which witnesses must have signed
    logs: dict[Key, bytes]
    witnesses: dict[Key, tuple[str, bytes]]
    groups: dict[str, tuple[int, list[str]]]
    quorum: str = ""

    def is_met(self, signed: dict[str, int], name: str) -> bool:
        least, members = self.groups.get(name, (1, []))
        return name == "none" or name in signed or sum(self.is_met(signed, one) for one in members) >= least


def parse_policy(data: bytes) -> Policy:
    policy, quorum, free = Policy({}, {}, {}), "", set[str]()  # `free`: in no group yet
    for line in data.decode("utf-8", "replace").split("\n"):
        match [] if line.lstrip(" \t").startswith("#") else re.findall(r"[^ \t]+", line):
            case ["log", vkey] | ["log", vkey, _] if parse_vkey(vkey, 1)[1] not in policy.logs.values():
                policy.logs.update([parse_vkey(vkey, 1)])
            case ["witness", name, vkey] | ["witness", name, vkey, _] if name not in {*policy.groups, "none"}:
                key, public = parse_vkey(vkey, 4)
                must(public not in {one for _, one in policy.witnesses.values()}, "a witness is named twice", Usage)
                policy.witnesses[key], policy.groups[name], free = (name, public), (1, []), free | {name}
            case ["group", name, least, *members] if name not in {*policy.groups, "none"}:
                least = {"all": str(len(members)), "any": "1"}.get(least, least)
                possible = [str(k + 1) for k in range(len(members))]
                fits = least in possible and len(set(members)) == len(members) and set(members) <= free
                must(fits, "a group asks for an impossible number, or of members not to be had", Usage)
                policy.groups[name], free = (int(least), members), free - set(members) | {name}
            case ["quorum", name] if not quorum and name in {*policy.groups, "none"}:
                quorum = name
            case [_, *_]:
                raise Usage(f"a line of the policy is malformed, unknown or there twice: {line!r}")
    must(bool(quorum), "the policy has no quorum line", Usage)
    return policy._replace(quorum=quorum)


def parse_vkey(vkey: str, kind: int) -> tuple[Key, bytes]:
    name, named, text = (*vkey.split("+", 2), "", "")[:3]
    material = unbase64(text) if re.fullmatch(r"[A-Za-z0-9+/]{44}", text) else b""
    key_id = hashlib.sha256(name.encode() + b"\n" + material).digest()[:4]
    if not is_name(name) or named != key_id.hex() or material[:1] != bytes([kind]) or point(material[1:]) is None:
        raise Usage(f"a verifier key is malformed, unsafe or not of type {kind}: {vkey!r}")
    return (name, key_id), material[1:]


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes
    witnessed: dict[str, int]  # which witnesses of the policy signed it, when (POSIX seconds)


def open_note(note: bytes, policy: Policy) -> Checkpoint:
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
        must(line[:2] == "\N{EM DASH} " and is_name(name) and len(signature) > 4, "a signature line is malformed")
        if key in policy.logs:
            sound, signed = ed25519(policy.logs[key], signature[4:], body), signed | {name}
        elif key in policy.witnesses:
            who, public = policy.witnesses[key]
            sound = ed25519(public, signature[12:], f"cosignature/v1\ntime {at}\n".encode() + body)
            witnessed[who] = max(at, witnessed.get(who, 0))
        else:
            continue  # of a key that we don't know
        must(sound, f"a signature does not fit the checkpoint: {name}")
    must(origin in signed and len(unbase64(root)) == 32, "the checkpoint is not signed by a known key of its log")
    must(policy.is_met(witnessed, policy.quorum), f"too few witnesses signed the checkpoint: {sorted(witnessed)}")
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
    event: dict[str, Any] = canonical(leaf)
    must(isinstance(event, dict) and len(leaf) <= 16384 and encoded(event.get("v")) == b"1", "no event of version 1")
    if not all(re.fullmatch(shape, event[key], re.ASCII) for key, shape in SHAPES.items()):
        raise Tampered("an event has a malformed id, time, type or organisation")
    digests = sorted({one for one in event["_sd"] if re.fullmatch(r"[\w-]{43}", one, re.ASCII)})
    must(event["_sd"] == digests, "the digests of an event are malformed")
    must(all(is_public(event[key]) for key in event if key != "_sd"), "an event holds more than words and numbers")
    dt.datetime.fromisoformat(event["t"])
    return event


def is_public(value: Any) -> bool:
    """Whether it is a word, a number or a list of them, which no name fits in and no terminal obeys."""
    one = re.fullmatch(WORD, value) if type(value) is str else type(value) is int and 0 <= value < 2**53
    return bool(one) or (isinstance(value, list) and all(map(is_public, value)))


def reveal(event: dict[str, Any], disclosures: Any) -> dict[str, Any]:
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


class Report(NamedTuple):  # what was proven
    checkpoint: Checkpoint
    events: list[Placed]
    root_at: Callable[[int], bytes] | None = None  # of a whole log: its root when it had so many events
    first: int = 0  # before this one it is pruned
    note: str = ""
    self_asserted: bool = False
    newest: dt.datetime = EPOCH  # the last sign of life: of a witness, or where none signed of the log itself


def check(files: dict[str, bytes], policy: Policy | None, *, now: dt.datetime, seen: bytes | None = None) -> Report:
    """Whatever `files` are: evidence, a whole log, or receipts. `seen` is a checkpoint of the log kept from earlier."""
    must(policy is not None or "manifest.json" in files, "it brings no keys: give --policy or --vkey", Usage)
    trusted = policy or parse_policy(files["policy.txt"])
    kind = check_evidence if "manifest.json" in files else check_log if "checkpoint" in files else check_receipts
    report = kind(files, trusted)
    at, slack, cosigned = (
        report.checkpoint,
        dt.timedelta(minutes=5),
        max(report.checkpoint.witnessed.values(), default=0),
    )
    last = max((dt.datetime.fromisoformat(event["t"]) for _, event, _ in report.events), default=EPOCH)
    newest = EPOCH + dt.timedelta(seconds=min(cosigned, 2**36)) if cosigned else last
    must(max(last, newest) <= now + slack, "something in it is from the future, or this computer's clock is wrong")
    must(last <= newest + slack, "an event says that it is later than the witnesses who saw it")
    if seen is not None:
        old = open_note(seen, trusted._replace(quorum="none"))
        must(old.size >= report.first, "the log is pruned, and what you saw is from before that", Usage)
        # Of one event's proof only a checkpoint of the same size can tell.
        root = report.root_at(old.size) if report.root_at else at.root if old.size == at.size else old.root
        must(old.origin == at.origin and root == old.root, "the log does not go on from the one seen: keep both")
    return report._replace(self_asserted=policy is None, newest=newest)


def check_receipts(files: dict[str, bytes], policy: Policy) -> Report:
    """One receipt, or an answer's as an agency keeps them."""
    content = json.loads(files["receipt.json"].decode("utf-8"), object_pairs_hook=_once)
    receipts = content["receipt"] if isinstance(content, dict) and "receipt" in content else [content]
    events = []
    for one in map(dict, receipts or _refuse("no receipt")):
        fields = {"v": int, "leaf": str, "proof": str, "disclosures": list}
        is_one = {key: type(value) for key, value in one.items() if key != "kind"} == fields and one["v"] == 1
        must(is_one, "not a receipt of version 1")
        proof = parse_proof(one["proof"].encode())
        at = open_note(proof[2], policy)
        events.append(_placed(one["leaf"].encode(), proof, one["disclosures"], at=at))
        must(one.get("kind", "") in ("", events[-1][1]["typ"]), "a receipt is of another kind than its event")
    return Report(at, events)


def _placed(leaf: bytes, proof: tuple[int, list[bytes], bytes], shown: Any, *, at: Checkpoint) -> Placed:
    root = root_by_proof(leaf_hash(leaf), proof[0], size=at.size, path=proof[1])
    must(root == at.root, f"event {proof[0]} is not in the log that was signed")
    event = parse_event(leaf)
    return proof[0], event, reveal(event, shown)


def check_evidence(files: dict[str, bytes], policy: Policy) -> Report:
    digests = {path: hashlib.sha256(data).hexdigest() for path, data in files.items() if path != "manifest.json"}
    listed = encoded({"v": 1, "kind": "audit-evidence", "files": digests})
    must(files["manifest.json"] == listed, "the files of the evidence are not those that its manifest lists")
    at, events = open_note(files["checkpoint"], policy), []
    known = {"README.txt", "verify_audit.py", "manifest.json", "policy.txt", "checkpoint", "index-proof.json"}
    for n in sorted(number(path[8:-5]) for path in files if path.startswith("entries/")):
        entry, proof, shown = f"entries/{n}.json", f"proofs/{n}.tlog-proof", f"disclosures/{n}.json"
        index, path, note = parse_proof(files[proof])
        must(index == n and note == files["checkpoint"], "a proof is of another event or checkpoint than it should be")
        shows = canonical(files[shown]) if shown in files else []
        events.append(_placed(files[entry], (n, path, note), shows, at=at))
        known |= {entry, proof, shown}
    must(bool(set(files) <= known and events), "the evidence holds a file that nobody would have checked, or no event")
    shown_events = {leaf_hash(files[path]): files[path] for path in files if path.startswith("entries/")}
    looks = check_looks(canonical(files["index-proof.json"]), shown_events) if "index-proof.json" in files else ""
    return Report(at, events, note=looks)


def check_looks(proof: Any, shown: dict[bytes, bytes]) -> str:
    """All looks at one record: what each index of the log, from the first on, has of it on each of its days."""
    (key, indexes), end, last, looks, tags = proof, 0, b"", list[bytes](), dict[str, bytes]()
    for leaf, answers in indexes:
        event, before = parse_event(leaf.encode()), leaf_hash(last).hex() if last else ""
        mine = (event["typ"], event["first"], event.get("before", "")) == ("index", end, before)
        must(mine and event["last"] >= end, "an index of the log is missing: the looks may not be all")
        for day, (text, place, path, given) in zip(event["days"], answers, strict=True):
            tag = hmac.digest(unbase64(key), b"tysc/seen/v1\0\0\0\0\n" + day.encode(), "sha256")[:16]
            row, found, tags[day] = unbase64(text), [*map(unbase64, given)], tag
            root = root_by_proof(leaf_hash(row), place, size=event["size"], path=[*map(unbase64, path)])
            mine = root.hex() == event["root"] and len(row) == 64 and row[:16] <= tag < row[16:32]
            digest = row[32:] if row[:16] == tag else hashlib.sha256().digest()
            whole = hashlib.sha256(b"".join(found)).digest() == digest and type(place) is int
            must(mine and whole, "an index has other looks at the record than are given")
            looks += found
        end, last = event["last"], leaf.encode()
    # Each index names the one before it, so that with the last all of them are in the signed log.
    must(leaf_hash(last) in shown, "the last index is not among the events that are proved")
    for node, data in shown.items():
        event = parse_event(data)
        tagged = event["t"][:10] in tags and tags[event["t"][:10]].hex() in event.get("seen", [])
        must(tagged == (node in looks), "an index lists what is no look, or leaves one out")
    return f"looks at the record among the first {end} events: {len(looks)}, shown here: {len({*looks} & shown.keys())}"


def check_log(files: dict[str, bytes], policy: Policy) -> Report:
    """A whole log as tiles: every byte of it. What was before its first tile is pruned, if an event says so."""
    checkpoint, leaves, edge = open_note(files["checkpoint"], policy), list[bytes](), list[list[bytes]]()
    size, expected = checkpoint.size, {"checkpoint": files["checkpoint"]}
    first = next((at for path, at, _ in _tiles("entries", size) if path in files), 0)
    for path, _, width in _tiles("entries", size, first):
        data, at = files[path], 0
        for _ in range(width):
            start, at = at + 2, at + 2 + int.from_bytes(data[at : at + 2], "big")
            leaves.append(data[start:at])
        must(at == len(data), "an entry bundle is cut off, or holds too few or too many events")
        expected[path] = data
    hashes = row = [leaf_hash(leaf) for leaf in leaves]
    for level in range(-(-size.bit_length() // 8)):
        here, there = first >> 8 * level, size >> 8 * level
        if level:
            # What a tile holds of pruned events is believed because the signed root needs it.
            data = files[next(_tiles(str(level), there, here & ~255))[0]] if here & 255 else b""
            edge.append([data[32 * at : 32 * at + 32] for at in range(here & 255)])
            row = climb(row, edge[-1:])
        for path, at, width in _tiles(str(level), there, here & ~255):
            expected[path] = b"".join(row[at - (here & ~255) : at - (here & ~255) + width])
    must(root_of(row) == checkpoint.root, "the events do not lead to the signed root: one was changed, or is missing")
    must(files == expected, "a hash tile is not what the events give, or a file belongs to no log")
    events = [(at, parse_event(leaf), dict[str, Any]()) for at, leaf in enumerate(leaves, first)]
    must(len({event["id"] for _, event, _ in events}) == len(events), "an event stands in the log twice")
    said = {"typ": "prune", "first": first, "root": root_of(climb([], edge)).hex()}
    says = not first or any(said.items() <= event.items() for _, event, _ in events if event["typ"] == "prune")
    must(says, "the log begins later than it did, and no event of it says so")
    root_at = lambda n: root_of(climb(hashes[: n - first], edge)) if n <= size else b""  # noqa: E731
    return Report(checkpoint, events, root_at, first, f"pruned: what was before event {first} is gone" if first else "")


def climb(row: list[bytes], edge: list[list[bytes]]) -> list[bytes]:
    """The hashes above `row`, each over 256 below it, level by level; before those of a level stand its pruned ones."""
    for gone in edge:
        row = gone + [root_of(row[at : at + 256]) for at in range(0, len(row), 256)]
    return row


def _tiles(level: str, size: int, start: int = 0) -> Iterator[tuple[str, int, int]]:
    """(path, first, width) of the tiles over `size` hashes of a level, from the one that begins at `start`."""
    for at in range(start, size, 256):
        digits, width = str(at // 256), min(256, size - at)
        name = re.sub(r"(\d{3})(?=\d)", r"x\1/", digits.zfill(-(-len(digits) // 3) * 3))
        yield f"tile/{level}/{name}" + (f".p/{width}" if width < 256 else ""), at, width


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
    must(same, "not a zip, or not byte for byte what its files give")
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
        report = check(read(asked.path), policy, now=now, seen=asked.seen.read_bytes() if asked.seen else None)
    except WRONG as error:
        sys.stdout.write(f"DOES NOT VERIFY: {error if isinstance(error, Tampered) else repr(error)}\n")
        return 1
    except (Usage, OSError) as error:
        sys.stderr.write(f"could not be checked: {error}\n")
        return 64
    except SystemExit as stop:  # argparse has said what is wrong, or has helped
        return 64 if stop.code else 0
    stale = asked.max_age is not None and now - report.newest > dt.timedelta(days=asked.max_age)
    sys.stdout.write(told(report, stale))
    return 2 if report.self_asserted else 3 if stale else 0


def read(path: Path) -> dict[str, bytes]:
    if path.is_dir():
        return {one.relative_to(path).as_posix(): one.read_bytes() for one in path.rglob("*") if one.is_file()}
    return {"receipt.json": path.read_bytes()} if path.suffix == ".json" else unpack(path.read_bytes())


def told(report: Report, stale: bool) -> str:
    lines, at, says = list[str](), report.checkpoint, "AGREES WITH ITSELF" if report.self_asserted else "VERIFIES"
    for index, event, shown in report.events if report.root_at is None else []:
        rest = {key: value for key, value in event.items() if key not in {"v", "typ", "id", "t", "org", "_sd"}}
        lines += [f"event {index}  {event['t']}  {event['org']}  {event['typ']}  {json.dumps(rest)}"]
        lines += [f"    shown: {name} = {json.dumps(value)}" for name, value in shown.items()]
    lines += [f"{says}: {len(report.events)} of the {at.size} events of {at.origin}, root {at.root.hex()}"]
    lines += [report.note] * bool(report.note)
    lines += [f"witnesses: {', '.join(sorted(at.witnessed)) or 'none'}; newest sign of life {report.newest}"]
    lines += ["STALE: that is longer ago than you allow"] * stale
    lines += ["SELF-ASSERTED: by the keys that came with it; get the policy from elsewhere"] * report.self_asserted
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], dt.datetime.now(dt.UTC)))  # noqa: TID251 - the edge, where this is a script
