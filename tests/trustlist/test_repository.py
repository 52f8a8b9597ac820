"""Publishing: what is signed is what was proposed, and nothing is published that too few signed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from trust_lists import CUSTODIANS, MADE, ONLINE, key, write_trust_list
from trust_stand import Stand

from broker.errors import BrokerError, Conflict, Misconfigured, NotAllowed, Untrusted
from broker.trustlist import repository, written
from broker.trustlist.repository import USUAL


def propose(stand: Stand, **files: bytes | None) -> repository.Pending:
    targets = {f"epochs/{name}.json": data for name, data in files.items()}
    return repository.propose(stand.keys, targets=targets, now=stand.now)


def put(stand: Stand, path: str, data: bytes | None) -> repository.Pending:
    return repository.propose(stand.keys, targets={path: data}, now=stand.now)


def sign(stand: Stand, *numbers: int) -> repository.Pending:
    return [repository.sign(stand.keys, custodian=key(number)) for number in numbers][-1]


def publish(stand: Stand, online: int = ONLINE) -> int:
    return repository.publish(stand.keys, online=key(online), now=stand.now)


def test_a_change_takes_two_custodians_and_the_online_key(stand: Stand) -> None:
    """One person changes who is trusted, or nobody can."""
    waiting = propose(stand, e1=b"{}")
    assert (waiting.signed_by, waiting.enough, dict(waiting.files)) == ((), False, {"epochs/e1.json": b"{}"})
    assert sign(stand, 101).lacks == ("the list has 1 of 2 signatures",)
    with pytest.raises(Untrusted):
        publish(stand)
    assert stand.open().version == 1
    assert sign(stand, 103).signed_by == ("a.okoro", "c.tremaine")
    assert publish(stand) == 2
    assert stand.open().target("epochs/e1.json") == b"{}"
    assert not (stand.keys / "proposed").exists()


def test_proposals_add_up_until_they_are_published(stand: Stand) -> None:
    """A second change takes the first away, or keeps the signatures of the first."""
    propose(stand, e1=b"{}")
    sign(stand, 101)
    waiting = propose(stand, e2=b"[]")
    assert set(waiting.files) == {"epochs/e1.json", "epochs/e2.json"}
    assert waiting.signed_by == ()
    sign(stand, 101, 102)
    publish(stand)
    assert stand.open().targets == ("epochs/e1.json", "epochs/e2.json", "trust.json")


def test_a_file_goes_when_custodians_say_so(stand: Stand) -> None:
    """What was once signed can never be taken back."""
    propose(stand, e1=b"{}")
    sign(stand, 101, 102)
    publish(stand)
    assert propose(stand, e1=None).files == {"epochs/e1.json": None}
    sign(stand, 102, 103)
    publish(stand)
    assert stand.open().targets == ("trust.json",)


@pytest.mark.parametrize("spoil", [b"[]", None], ids=["changed", "gone"])
def test_what_was_changed_after_it_was_proposed_is_not_signed(stand: Stand, spoil: bytes | None) -> None:
    """A custodian reads one file and signs another."""
    propose(stand, e1=b"{}")
    sign(stand, 101)
    path = stand.keys / "proposed" / "files" / "epochs" / "e1.json"
    path.unlink() if spoil is None else path.write_bytes(spoil)
    for what in (lambda: sign(stand, 102), lambda: publish(stand)):
        with pytest.raises((Untrusted, Misconfigured)):
            what()


def test_a_proposal_that_was_overtaken_is_not_published(stand: Stand) -> None:
    """Two operators publish two versions 2, and half of the parties believe each."""
    propose(stand, e1=b"{}")
    sign(stand, 101, 102)
    late = stand.copy("late") / "proposed"
    publish(stand)
    late.rename(stand.keys / "proposed")
    with pytest.raises(Conflict) as caught:
        publish(stand)
    assert caught.value.code == "proposal-stale"
    repository.withdraw(stand.keys)
    assert stand.open().version == 2


def test_a_proposal_that_lay_too_long_is_not_published(stand: Stand) -> None:
    """A list is published that has expired."""
    propose(stand, e1=b"{}")
    sign(stand, 101, 102)
    stand.later(days=366)
    with pytest.raises(Conflict):
        publish(stand)


@pytest.mark.parametrize(
    ("name", "do", "code"),
    [
        ("a stranger signs", lambda s: sign(s, 109), "custodian-unknown"),
        ("the online key signs", lambda s: sign(s, ONLINE), "custodian-unknown"),
        ("a custodian publishes", lambda s: publish(s, 101), "trust-list-under-signed"),
        ("the trust document goes", lambda s: put(s, "trust.json", None), "target-needed"),
        ("a trust document that is none", lambda s: put(s, "trust.json", b"{}"), "trust-list-invalid"),
        ("a path that leads out", lambda s: put(s, "../x.json", b""), "target-path-invalid"),
        ("a custodian renews", lambda s: repository.renew(s.keys, online=key(101), now=s.now), "online-key-unknown"),
        ("a second one over it", lambda s: write_trust_list(s.folder, s.document), "trust-list-exists"),
    ],
)  # fmt: skip
def test_what_is_refused(stand: Stand, name: str, do: Callable[[Stand], object], code: str) -> None:
    """Whoever can write to the folder, or holds one key, does what it takes several for."""
    propose(stand, e1=b"{}")
    with pytest.raises(BrokerError) as caught:
        do(stand)
    assert caught.value.code == code, name


def test_nothing_is_proposed(stand: Stand) -> None:
    """Somebody signs nothing, or is told nothing."""
    for what in (lambda: sign(stand, 101), lambda: publish(stand), lambda: repository.pending(stand.keys)):
        with pytest.raises(Conflict):
            what()


@pytest.mark.parametrize(
    ("threshold", "custodians", "online", "code"),
    [
        (0, {"a": 1}, 3, "threshold-invalid"),
        (3, {"a": 1, "b": 2}, 3, "threshold-invalid"),
        (2, {"a": 1, "b": 1}, 3, "custodian-twice"),
        (2, {"a": 1, "b": 2}, 2, "custodian-twice"),
    ],
)
def test_a_root_that_makes_no_sense(
    stand: Stand, tmp_path: Path, threshold: int, custodians: dict[str, int], online: int, code: str
) -> None:
    """One person is two custodians, or nobody can sign enough."""
    with pytest.raises(Misconfigured) as caught:
        repository.create(
            tmp_path / "new",
            custodians={name: key(number) for name, number in custodians.items()},
            threshold=threshold,
            online=key(online),
            targets={"trust.json": json.dumps(stand.document).encode()},
            now=MADE,
        )
    assert caught.value.code == code
    assert not (tmp_path / "new").exists()


def test_the_same_keys_make_the_same_bytes(stand: Stand, tmp_path: Path) -> None:
    """A rehearsal made again differs, and nobody can tell whether it was changed."""
    other = Stand(tmp_path / "again")
    write_trust_list(other.folder, other.document, now=MADE, lifetimes=USUAL)
    for one in (stand, other):
        propose(one, e1=b"{}")
        sign(one, 102, 101)
        publish(one)
    files = [{p.relative_to(s.keys): p.read_bytes() for p in s.keys.rglob("*") if p.is_file()} for s in (stand, other)]
    assert files[0] == files[1]


def test_renewing_keeps_what_was_signed_and_two_snapshots(stand: Stand) -> None:
    """A year of renewals fills the disk, or makes a version of its own."""
    for _ in range(5):
        stand.later(days=6)
        assert repository.renew(stand.keys, online=key(ONLINE), now=stand.now) == stand.now + USUAL.online
        assert stand.open().version == 1
    assert len(list(stand.metadata.glob("*.snapshot.json"))) == written.SNAPSHOTS_KEPT
    assert stand.open().timestamp_version == 6


def test_the_yearly_renewal_of_the_root(stand: Stand) -> None:
    """The same custodians can't go on after a year."""
    stand.later(days=300)
    public = {name: key(number).public_key() for name, number in CUSTODIANS.items()}
    online = key(ONLINE).public_key()
    repository.change_root(stand.keys, custodians=public, threshold=2, online=online, now=stand.now)
    assert sign(stand, 102, 103).enough
    publish(stand)
    stand.later(days=300)
    stand.renews()
    assert stand.open().expires == stand.now + USUAL.online


def test_another_online_key_is_a_new_root(stand: Stand) -> None:
    """A stolen online key says for ever that an old list is of today."""
    public = {name: key(number).public_key() for name, number in CUSTODIANS.items()}
    new = key(110).public_key()
    repository.change_root(stand.keys, custodians=public, threshold=2, online=new, now=stand.now)
    sign(stand, 101, 102)
    with pytest.raises(NotAllowed):
        publish(stand)
    publish(stand, 110)
    stand.open()
    with pytest.raises(NotAllowed):
        stand.renews()


def test_times_are_whole_seconds(stand: Stand) -> None:
    """What is said in the file and what is compared differ by less than a second, sometimes."""
    stand.now += dt.timedelta(microseconds=987_654)
    stand.renews()
    assert stand.open().expires.microsecond == 0
