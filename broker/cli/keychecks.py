"""What `broker keys verify` looks at, beside the signatures of the trust list: everything else that is signed with it.

epochs       each open epoch has its record, with the same public point, place and scheme
destroyed    each record is of a party of this list, which no longer has that key in use; those that no listed key
             signed are told: the key that did was removed since, so the custodians alone vouch for them
ceremonies   each transcript's steps hold and enough custodians of that time signed it
vectors      this installation makes the tokens of the known answers
inventory    every key has an owner, a rotation and a cost
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from broker.errors import BrokerError, Misconfigured, NotFound, Untrusted
from broker.keys import tokenvectors
from broker.keys.destroying import BROKER, LINKAGE_UNIT, check_destroyed, check_gone
from broker.keys.inventory import parse_inventory
from broker.keys.trust import Trust
from broker.tokens import load_scheme
from broker.trustlist import roots, transcript
from broker.trustlist.verify import TrustList
from broker.wire.destroyed import Destroyed
from broker.wire.epoch import EpochRecord
from broker.wire.fields import parse
from broker.wire.london import moment_in_words

_K = "oprf"


@dataclass(frozen=True)
class Checked:
    """One check: its name, whether it holds, and what is said of it."""

    name: str
    holds: bool
    said: str
    code: str = ""


def checks(listed: TrustList) -> Iterator[Checked]:
    """Every check of an opened trust list and the files that are signed with it."""
    yield Checked("trust list", True, _standing(listed))
    for name, look in _LOOKS.items():
        try:
            yield Checked(name, True, look(listed))
        except BrokerError as error:
            yield Checked(name, False, str(error), error.code)


def _standing(listed: TrustList) -> str:
    people = listed.custodians
    signed = f"{people.threshold} of {len(people.names)} custodians ({', '.join(people.names)})"
    return f"version {listed.version}, signed by {signed}, until {moment_in_words(listed.expires)}"


def epoch_records(listed: TrustList) -> dict[int, EpochRecord]:
    """The records of all epochs, by number. Raises `BadInput` or `Untrusted` when one is not what it should be."""
    found = {}
    for path in listed.targets:
        if path.startswith("epochs/"):
            record = parse(EpochRecord, listed.target(path))
            if record.path != path or record.place != listed.trust.place:
                raise Untrusted("epoch-differs", f"`{path}` is the record of another epoch or place")
            found[record.epoch] = record
    return found


def destroyed_records(listed: TrustList) -> list[Destroyed]:
    """All records of destroyed keys. Raises `BadInput` when one is not what it should be."""
    return [parse(Destroyed, listed.target(path)) for path in listed.targets if path.startswith("destroyed/")]


def _epochs(listed: TrustList) -> str:
    records, trust = epoch_records(listed), listed.trust
    for key in trust.linkage_keys:
        record = records.get(key.epoch)
        if record is None or record.public != key.public:
            raise Untrusted("epoch-differs", f"epoch {key.epoch} has no record with the trust list's point")
        if (record.scheme, record.scheme_digest) != (trust.scheme, load_scheme(trust.scheme).digest.hex()):
            raise Untrusted("epoch-differs", f"epoch {key.epoch} began under another scheme than is in force")
    if sorted(records) != list(range(1, trust.epoch + 1)):
        raise Untrusted("epoch-differs", "the records of epochs are not those from 1 to the newest")
    return f"{len(records)}, of which open: {', '.join(map(str, trust.epochs))}"


def _destroyed(listed: TrustList) -> str:
    records, trust = destroyed_records(listed), listed.trust
    epochs, unsigned = epoch_records(listed), 0
    parties = {BROKER, LINKAGE_UNIT, *(agency.agency for agency in trust.agencies)}
    for record in records:
        if record.place != trust.place or record.party not in parties:
            raise Untrusted("destroyed-unsigned", "a record of a destroyed key is of a party that is not on this list")
        unsigned += not _is_signed(record, trust)
        check_gone(record, trust)
        is_k, epoch = (record.party, record.key) == (LINKAGE_UNIT, _K), epochs.get(record.number)
        if is_k and (epoch is None or epoch.public != record.public):
            raise Untrusted("destroyed-other", f"the destroyed k of epoch {record.number} is not the published one")
    done = {record.number for record in records if (record.party, record.key) == (LINKAGE_UNIT, _K)}
    waiting = [str(epoch) for epoch in range(1, min(trust.epochs)) if epoch not in done]
    said = [f"{len(records)} keys"]
    if unsigned:
        said.append(f"{unsigned} vouched for by the custodians only: what signed them is not listed any more")
    if waiting:
        said.append(f"no record yet for k of epoch {', '.join(waiting)}")
    return "; ".join(said)


def _is_signed(record: Destroyed, trust: Trust) -> bool:
    """Whether a key that is listed now signed it. Custodians checked that when they put it on the list."""
    try:
        check_destroyed(record, trust)
    except Untrusted:
        return False
    return True


def _ceremonies(listed: TrustList) -> str:
    found = 0
    known, needed = roots.everybody(listed.folder)
    for path in listed.targets:
        if path.startswith("ceremonies/") and not path.endswith(".sig.json"):
            signatures = listed.target(f"{path.removesuffix('.json')}.sig.json")
            checked = transcript.check(listed.target(path), signatures, needed=needed)
            for name, key in checked.custodians().items():
                if (name, key.public_bytes_raw()) not in known:
                    raise Untrusted("transcript-unsigned", f"`{path}` names a custodian whom no root of the list names")
            found += 1
    return f"{found} transcripts"


def _vectors(listed: TrustList) -> str:
    try:
        data = listed.target("vectors/tokens.json")
    except NotFound:
        return "none with this trust list"
    return f"{tokenvectors.check(data)} known answers"


def _inventory(listed: TrustList) -> str:
    path = listed.folder / "inventory.json"
    if not path.is_file():
        return "none in this folder"
    return f"{len(parse_inventory(_read(path)).keys)} keys"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise Misconfigured("file-unreadable", f"can't read {path}", hint="check the name") from None


_LOOKS: dict[str, Callable[[TrustList], str]] = {
    "epochs": _epochs,
    "destroyed": _destroyed,
    "ceremonies": _ceremonies,
    "vectors": _vectors,
    "inventory": _inventory,
}
