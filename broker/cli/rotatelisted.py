"""The custodians' steps of a rotation: each proposes one change of the trust list, for them to sign.

An epoch's or a key's successor comes beside it first and alone later, so that nobody who reads the list at another
moment than somebody else finds something that they can't open or check.
"""

from __future__ import annotations

from collections.abc import Mapping

from broker.cli import keyfiles
from broker.cli.keyfiles import NEWLINE
from broker.cli.keyrecords import canonical_record, record_path
from broker.cli.places import epoch_record
from broker.cli.rotationsteps import Given, What
from broker.cli.trustlist import propose
from broker.errors import BadInput
from broker.keys import changes
from broker.keys.clientkeys import CLIENT, entry
from broker.keys.destroying import check_destroyed, check_gone
from broker.keys.listed import LinkageKey, UnitSeal
from broker.keys.publics import (
    SEAL,
    AgencyKeyPublic,
    ServiceKeyPublic,
    agency_key_of_lines,
    name_of,
    signing_key,
)
from broker.keys.trust import Trust
from broker.keys.updating import check_update
from broker.wire.destroyed import Destroyed
from broker.wire.fields import canonical
from broker.wire.update import UpdateToken


def do(given: Given) -> None:
    """One step. Raises `BadInput` for a wrong file, `Conflict` for a change that makes no sense."""
    if given.step == "record":
        _record(given)
    elif given.step == "unlist":
        propose(given.folder, given.root, None, change=_UNLISTED[given.what])
    elif given.what == What.K:
        _list_epoch(given)
    elif given.what == What.EVIDENCE:
        propose(given.folder, given.root, None, change=changes.next_evidence_epoch)
    elif given.what == What.AGENCY:
        _list_agency_key(given)
    else:
        _list_service_key(given)


_UNLISTED = {
    What.K: changes.closed_linkage_key,
    What.ENVELOPE: changes.closed_unit_seal,
    What.EVIDENCE: changes.closed_evidence_epoch,
}


def _list_epoch(given: Given) -> None:
    token = keyfiles.read_public(UpdateToken, given.one_file("the update token that `new` wrote"))
    key = LinkageKey(epoch=token.epoch, public=token.next_public)

    def files(trust: Trust) -> Mapping[str, bytes]:
        record = epoch_record(trust, key, keyfiles.now())
        return {record.path: canonical(record) + NEWLINE}

    def change(trust: Trust) -> Trust:
        check_update(token, trust)
        return changes.next_linkage_key(trust, key)

    propose(given.folder, given.root, None, change=change, files=files)


def _list_agency_key(given: Given) -> None:
    path = given.one_file("what `broker-agency keys new` printed")
    text = keyfiles.read_text(path)
    is_json = text.lstrip().startswith("{")
    key = keyfiles.read_public(AgencyKeyPublic, path) if is_json else agency_key_of_lines(text)
    if name_of(key.id) == SEAL:
        agency = key.id.partition("/")[0]
        propose(
            given.folder, given.root, None, change=lambda trust: changes.with_agency_seal(trust, agency, key.public)
        )
    elif name_of(key.id) == CLIENT:
        client = entry(key.id, key.public)
        propose(given.folder, given.root, None, change=lambda trust: changes.with_client_key(trust, client))
    else:
        propose(given.folder, given.root, None, change=lambda t: changes.with_agency_key(t, signing_key(key)))


def _list_service_key(given: Given) -> None:
    path = given.one_file("the public half that `new` wrote")
    if given.what == What.ENVELOPE:
        seal = keyfiles.read_public(UnitSeal, path)
        propose(given.folder, given.root, None, change=lambda trust: changes.next_unit_seal(trust, seal))
        return
    key = keyfiles.read_public(ServiceKeyPublic, path)
    if key.what != given.what:
        raise BadInput("public-other", f"{path} holds a key for `{key.what}`, not for `{given.what}`")
    propose(given.folder, given.root, None, change=lambda t: changes.with_service_key(t, key.what, key.public))


def _record(given: Given) -> None:
    """Records go on the list once their signatures are checked, and while the keys they name are not on it."""
    paths = [one for path in given.files for one in (sorted(path.glob("*.json")) if path.is_dir() else [path])]
    if not paths:
        raise BadInput("file-missing", "name the records, or the folder, that `close` or `destroy` wrote")
    records = [keyfiles.read_public(Destroyed, path) for path in paths]

    def files(trust: Trust) -> Mapping[str, bytes]:
        for record in records:
            check_destroyed(record, trust)
            check_gone(record, trust)
        return {record_path(one): canonical_record(one) for one in records}

    propose(given.folder, given.root, None, files=files)
