"""What a party believes of a folder that anybody may have changed: nothing that is not proven, and why not."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trust_lists import CUSTODIANS, MADE, ONLINE, key, write_trust_list
from trust_stand import Stand
from tuf.api.metadata import Metadata, Root, Targets

from broker.errors import BrokerError, Misconfigured, NotFound, Untrusted
from broker.trustlist import made, repository, written
from broker.trustlist.repository import USUAL
from broker.trustlist.written import CustodianSigner
from broker.wire.fields import encode64

WEEK = dt.timedelta(days=7)


def refused(stand: Stand, seen: str = "seen") -> str:
    with pytest.raises((Untrusted, Misconfigured)) as caught:
        stand.open(seen)
    # What and where: the folder, or the file, is in the sentence.
    assert str(stand.folder) in str(caught.value) or "custodian" in str(caught.value)
    return caught.value.code


def force(stand: Stand, targets: Metadata[Targets]) -> None:
    """What whoever has the online key, and no custodian's, can publish."""
    number = targets.signed.version
    written.write(stand.metadata / f"{number}.targets.json", written.to_bytes(targets))
    timestamp, snapshot, _ = written.newest(stand.keys)
    numbers = (timestamp.signed.version + 1, snapshot.signed.version + 1, number)
    made.write_online(stand.keys, key(ONLINE), numbers=numbers, expires=stand.now + WEEK)


def next_targets(stand: Stand, *signers: int) -> Metadata[Targets]:
    """The next version, in which the police are active again, signed by these keys."""
    stand.document["agencies"][2]["status"] = "active"
    data = json.dumps(stand.document).encode()
    written.write_target(stand.keys, written.TRUST, data)
    found = made.next_targets(2, made.listed({written.TRUST: data}), stand.now + USUAL.targets)
    for number in signers:
        found.sign(CustodianSigner(key(number)), append=True)
    return found


def test_what_enough_custodians_signed_is_believed(stand: Stand) -> None:
    """Nobody can start, or whoever asks who signed is told something else."""
    found = stand.open()
    assert found.trust.agency("council").sources == ("csc", "eh")
    assert (found.version, found.root_version, found.expires) == (1, 1, MADE + WEEK)
    assert (found.custodians.names, found.custodians.threshold) == (tuple(CUSTODIANS), 2)
    assert found.targets == ("trust.json",)
    assert json.loads(found.target("trust.json")) == stand.document
    with pytest.raises(NotFound):
        found.target("epochs/0001.json")


def test_a_change_is_believed(stand: Stand) -> None:
    """A suspended agency goes on."""
    stand.open()
    stand.suspends("homes")
    found = stand.open()
    assert (found.version, [one.status for one in found.trust.agencies][1]) == (2, "suspended")


@pytest.mark.parametrize(
    ("what", "days"), [("the online key's word", 7), ("the custodians' word", 365), ("the root", 365)]
)
def test_an_expired_list_is_refused(stand: Stand, what: str, days: int) -> None:
    """Whoever keeps a party from hearing of changes keeps it on the old list for ever."""
    stand.now = MADE + dt.timedelta(days=days)
    if days > USUAL.online.days:
        stand.renews()
    assert refused(stand) == "trust-list-expired", what


def test_a_frozen_list_ends_however_well_it_is_signed(stand: Stand) -> None:
    """An agency was suspended, and the machine that is fed the folder of last week never learns it."""
    frozen = stand.copy("frozen")
    for _ in range(3):
        stand.later(days=2)
        stand.renews()
        stand.open("other party")
    stand.suspends("homes")
    stand.put_back(frozen)
    stand.now = MADE + WEEK - dt.timedelta(seconds=1)
    assert stand.open().version == 1
    stand.later(seconds=1)
    assert refused(stand) == "trust-list-expired"


@pytest.mark.parametrize("renewed", [False, True])
def test_a_list_that_was_rolled_back_is_refused(stand: Stand, renewed: bool) -> None:
    """Yesterday's folder makes a suspended agency active again."""
    before = stand.copy("before")
    if renewed:
        stand.renews()
    else:
        stand.suspends("homes")
    stand.open()
    stand.put_back(before)
    assert refused(stand) == "trust-list-rolled-back"
    assert stand.open("never seen").version == 1, "whoever has seen nothing yet can't know"


def test_an_older_version_under_a_newer_word_is_refused(stand: Stand) -> None:
    """The online key alone takes back what custodians signed."""
    stand.suspends("homes")
    stand.open()
    timestamp, snapshot, _ = written.newest(stand.keys)
    numbers = (timestamp.signed.version + 1, snapshot.signed.version + 1, 1)
    made.write_online(stand.keys, key(ONLINE), numbers=numbers, expires=stand.now + WEEK)
    assert refused(stand) == "trust-list-rolled-back"


@pytest.mark.parametrize(
    ("name", "signers"),
    [
        ("nobody", ()),
        ("one of two", (101,)),
        ("one, twice", (101, 101)),
        ("the online key as a second", (101, ONLINE)),
        ("a stranger as a second", (101, 109)),
    ],
)
def test_too_few_signatures_are_refused(stand: Stand, name: str, signers: tuple[int, ...]) -> None:
    """One custodian, or whoever keeps the online key, decides alone who is trusted."""
    stand.open()
    force(stand, next_targets(stand, *signers))
    assert refused(stand) == "trust-list-under-signed", name


def test_enough_signatures_are_believed_however_they_came(stand: Stand) -> None:
    """The table above proves nothing, because nothing that is published so is believed."""
    stand.open()
    force(stand, next_targets(stand, 101, 103))
    assert stand.open().version == 2


def test_a_target_that_was_changed_is_refused(stand: Stand) -> None:
    """A key is swapped in the file, and nobody signed that."""
    [path] = (stand.keys / "targets").glob("*.trust.json")
    path.write_bytes(path.read_bytes().replace(b'"status": "suspended"', b'"status": "active"   '))
    assert refused(stand) == "trust-list-invalid"


@pytest.mark.parametrize("file", ["1.targets.json", "1.snapshot.json", "timestamp.json"])
def test_metadata_that_was_changed_is_refused(stand: Stand, file: str) -> None:
    """A date, a digest or a version is changed, and nobody signed that."""
    path = stand.metadata / file
    content = json.loads(path.read_bytes())
    content["signed"]["expires"] = "2036-11-22T00:00:00Z"
    path.write_text(json.dumps(content))
    assert refused(stand) == "trust-list-under-signed"


@pytest.mark.parametrize(
    ("name", "spoil", "code"),
    [
        ("no folder", lambda s: shutil.rmtree(s.keys), "trust-list-missing"),
        ("no targets", lambda s: (s.metadata / "1.targets.json").unlink(), "trust-list-missing"),
        ("no trust document", lambda s: shutil.rmtree(s.keys / "targets"), "trust-list-missing"),
        ("no pinned root", lambda s: (s.folder / "root.json").unlink(), "trust-root-missing"),
        ("a root that everybody can change", lambda s: (s.folder / "root.json").chmod(0o666), "trust-root-writable"),
        ("no root but a file", lambda s: (s.folder / "root.json").write_text("{}"), "trust-list-invalid"),
        ("nowhere to remember", lambda s: (s.folder / "seen").write_text(""), "trust-seen-unwritable"),
    ],
)
def test_what_is_not_there_is_named(stand: Stand, name: str, spoil: Callable[[Stand], object], code: str) -> None:
    """An operator is told that something is wrong, and not which file."""
    spoil(stand)
    assert refused(stand) == code, name


def test_another_places_list_is_refused(stand: Stand, tmp_path: Path) -> None:
    """A folder with other custodians takes the place of ours."""
    other = tmp_path / "other"
    repository.create(
        other / "keys", custodians={"x": key(120), "y": key(121)}, threshold=2, online=key(122),
        targets={"trust.json": json.dumps(stand.document).encode()}, now=MADE,
    )  # fmt: skip
    stand.put_back(other / "keys")
    assert refused(stand) == "trust-list-under-signed"


def test_who_signs_the_list_is_not_on_it(tmp_path: Path) -> None:
    """A custodian's key is an agency's as well: what one of the two signs, the other did."""
    stand = Stand(tmp_path)
    stand.document["granters"][0]["public"] = encode64(key(101).public_key().public_bytes_raw())
    write_trust_list(tmp_path, stand.document, now=MADE, lifetimes=USUAL)
    assert refused(stand) == "trust-list-invalid"


def test_the_time_is_the_one_given(stand: Stand) -> None:
    """The library goes by this machine's clock again, whatever the caller says the time is."""
    stand.now = MADE - dt.timedelta(days=4000)
    assert stand.open().version == 1
    stand.now = MADE + dt.timedelta(days=4000)
    assert refused(stand) == "trust-list-expired"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file=st.sampled_from(["timestamp.json", "1.snapshot.json", "1.targets.json", "2.root.json"]),
    data=st.binary(max_size=60) | st.sampled_from([b"{}", b"[]", b'{"signed":{}}', b"[" * 5000, b'{"signatures":[]}']),
)
def test_whatever_the_bytes_the_error_is_ours(stand: Stand, file: str, data: bytes) -> None:
    """A damaged file ends a program in somebody else's exception."""
    path = stand.metadata / file
    before = path.read_bytes() if path.exists() else None
    path.write_bytes(data)
    try:
        with pytest.raises((Untrusted, Misconfigured)):
            stand.open(f"seen-{hashlib.sha256(file.encode() + data).hexdigest()}")
    finally:
        path.unlink() if before is None else path.write_bytes(before)


def test_two_programs_of_one_party_remember_together(stand: Stand) -> None:
    """Two commands at once forget which version was seen, or one of them fails."""
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: stand.open().version, range(24)))
    assert set(found) == {1}


class TestRoot:
    """Custodians change: the old ones and the new ones sign, each as many as their own root asks for."""

    def test_the_pinned_root_leads_to_the_newest(self, stand: Stand) -> None:
        """Whoever pinned the first root must set up every machine anew."""
        stand.open()
        self.propose(stand)
        for number in (101, 102, 107, 108):
            repository.sign(stand.keys, custodian=key(number))
        repository.publish(stand.keys, online=key(106), now=stand.now)
        found = stand.open("new machine")
        assert (found.root_version, found.version, found.custodians.names) == (2, 2, ("a.okoro", "d.novak", "e.silva"))
        assert stand.open() == found or stand.open().root_version == 2

    def test_who_left_signs_nothing_more(self, stand: Stand) -> None:
        """Two former custodians go on deciding."""
        self.test_the_pinned_root_leads_to_the_newest(stand)
        repository.propose(stand.keys, targets={"epochs/0001.json": b"{}"}, now=stand.now)
        with pytest.raises(BrokerError) as caught:
            repository.sign(stand.keys, custodian=key(102))
        assert caught.value.code == "custodian-unknown"

    def test_new_custodians_alone_change_no_root(self, stand: Stand) -> None:
        """Whoever writes to the folder makes themselves custodians."""
        stand.open()
        self.propose(stand)
        for number in (107, 108):
            repository.sign(stand.keys, custodian=key(number))
        with pytest.raises(Untrusted):
            repository.publish(stand.keys, online=key(106), now=stand.now)
        root = written.read(Root, stand.keys / "proposed" / "root.json")
        written.write(stand.metadata / "2.root.json", written.to_bytes(root))
        assert refused(stand) == "trust-list-under-signed"

    def test_a_root_that_is_gone_again_is_remembered(self, stand: Stand) -> None:
        """The folder of before brings dismissed custodians back."""
        before = stand.copy("before")
        self.test_the_pinned_root_leads_to_the_newest(stand)
        stand.put_back(before)
        assert refused(stand) in ("trust-list-under-signed", "trust-list-rolled-back")

    def propose(self, stand: Stand) -> None:
        public = {name: key(number).public_key() for name, number in NEXT.items()}
        repository.change_root(stand.keys, custodians=public, threshold=2, online=key(106).public_key(), now=stand.now)


NEXT = {"a.okoro": 101, "d.novak": 107, "e.silva": 108}
