"""The broker's steps of a rotation, by the settings in BROKER_*: secrets into its vault, rows over, secrets out again.

A new secret is in the vault before anything is written under it; the record that one is destroyed is on the disk before
it goes. What was stopped or killed is given again and goes on. Questions are answered meanwhile.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from broker.actions import close_generation, open_generation, renew_records, reseal_evidence
from broker.actions.damaged import HINT
from broker.actions.evidence_progress import evidence_progress
from broker.cli import keyfiles
from broker.cli.keyfiles import console
from broker.cli.keyrecords import write_records
from broker.cli.rotationsteps import Given, What
from broker.cli.runs import Given as GivenParts
from broker.errors import Conflict, Misconfigured, Untrusted
from broker.keys.destroying import BROKER, destroyed_record
from broker.keys.make import ed25519_public
from broker.keys.publics import ServiceKeyPublic
from broker.keys.sealing import hybrid_public_bytes
from broker.keys.secrets import Secrets, numbered
from broker.keys.updating import open_update
from broker.parts import Parts
from broker.server import put_together
from broker.settings import Settings, load_settings
from broker.vaults.passphrase import find_passphrase
from broker.vaults.secretfile import add_secrets, destroy_secrets, replace_secrets
from broker.wire.grant import Grant
from broker.wire.update import UpdateToken

OWNER = "broker"
_RAISED = {
    What.K: open_generation.EPOCH,
    What.LABELS: open_generation.LABELS,
    What.KEKS: open_generation.KEKS,
}
_SERVICES = {What.BROKER_SEAL: "seal", What.BROKER_RECEIPT: "receipt", What.BROKER_REQUEST: "request"}
REPLACEABLE = {
    "handle": "handles of answers from before are not made again",
    "involvement": "handles of open answers are dead, people ask again",
    "guess": "alarms forget a week",
    "detail": "answers from before can't be explained any more, though the log still verifies",
}
"""Secrets that may be another one from one moment to the next, and what that costs."""
Progress = Callable[[int, int], None]


def do(given: Given, context: typer.Context) -> None:
    """One step. Raises what the action does: nothing is half done, or it goes on when it is given again."""
    _DO[given.step](given, _Operator(context))


class _Operator:
    """The broker's parts and vault, as they are at each moment: a step may change the vault."""

    def __init__(self, context: typer.Context | None) -> None:
        self._given = context.obj if context is not None and isinstance(context.obj, GivenParts) else None
        self.parts = self._put_together()

    @property
    def settings(self) -> Settings:
        return self.parts.settings

    @property
    def held(self) -> Secrets:
        return self.parts.keyring.held

    def add(self, values: Mapping[str, bytes]) -> None:
        """Adds secrets to the file, and begins again with them."""
        add_secrets(self.settings.secrets, values, owner=OWNER, passphrase=self._passphrase)
        self.parts = self._put_together()

    def replace(self, values: Mapping[str, bytes]) -> None:
        """Puts secrets in the place of earlier ones that nothing was written under, and begins again with them."""
        replace_secrets(self.settings.secrets, values, owner=OWNER, passphrase=self._passphrase)
        self.parts = self._put_together()

    def destroy(self, names: Iterable[str]) -> None:
        """Destroys secrets of the file. Raises `Misconfigured` naming what lives elsewhere."""
        wanted = set(names)
        elsewhere = sorted(wanted & (self.held.names - set(self.held.values)))
        destroy_secrets(self.settings.secrets, wanted, owner=OWNER, passphrase=self._passphrase)
        if elsewhere:
            raise Misconfigured("secret-elsewhere", f"destroy `{'`, `'.join(elsewhere)}` where it lives, in that token")

    def _put_together(self) -> Parts:
        return self._given.parts() if self._given else put_together(load_settings())

    def _passphrase(self) -> bytes:
        return find_passphrase(OWNER, file=self.settings.passphrase_file)


def _take(given: Given, operator: _Operator) -> None:
    token = keyfiles.read_public(UpdateToken, given.one_file("the update token that the linkage unit wrote"))
    parts = operator.parts
    factor = open_update(token, parts.trust, seal_keys=parts.keyring.seal_keys)
    name = numbered("update", token.epoch)
    lines = [f"the update token to epoch {token.epoch} fits, and is in {operator.settings.secrets} until it is closed"]
    if operator.held.values.get(name, factor) != factor and not _is_opened(parts, token.epoch):
        # Before the epoch is listed, the unit's signature alone speaks for a token: a stolen key may have signed it.
        operator.replace({name: factor})
        lines.append("it took the place of another one, which is destroyed: find out who made that")
    else:
        operator.add({name: factor})
    keyfiles.told({}, lines, as_json=False)


def _is_opened(parts: Parts, epoch: int) -> bool:
    with parts.store.look() as connection:
        return parts.at(connection).keysets.newest.generation.epoch >= epoch


def _open(given: Given, operator: _Operator) -> None:
    raised = {_RAISED[given.what]}
    planned = open_generation.planned(operator.parts, raised)
    lacking = [name for name in open_generation.needed(operator.parts, planned) if not name.startswith("update")]
    _make(operator, lacking)
    opened = open_generation.open_generation(operator.parts, raised)
    said = f"generation {opened.number} is open: epoch {opened.epoch}, labels {opened.label}, keks {opened.kek}"
    keyfiles.told({}, [said, "next: renew"], as_json=False)


def _renew(given: Given, operator: _Operator) -> None:
    if given.what == What.ENVELOPE:
        grant = keyfiles.read_public(Grant, given.one_file("the grant of two granters, from `broker linkage grant`"))
        with _bar("records") as progress:
            done = reseal_evidence.reseal_evidence(operator.parts, grant, progress=progress)
        said = f"{done.sealed} envelopes sealed again, {done.unusable} unusable, {done.left} left under the older key"
        keyfiles.told({}, [said], as_json=False)
        return
    with _bar("rows") as progress:
        left = renew_records.renew_records(operator.parts, progress=progress)
    keyfiles.told({}, [f"{left} rows are left of the older generation" + ("" if left else "; next")], as_json=False)
    spoilt = renew_records.damaged(operator.parts) if left else []
    keyfiles.told({}, [f"damaged: {source} {record.hex()}" for source, record in spoilt], as_json=False)
    if spoilt:
        source, record = spoilt[0]
        said = f"{len(spoilt)} records were left, as they don't open where they stand: first `{source}` {record.hex()}"
        raise Untrusted("records-damaged", said, hint=HINT)


def _terms(given: Given, operator: _Operator) -> None:
    out = given.needs_out("the terms for two granters")
    keyfiles.write_out(reseal_evidence.propose_reseal(operator.parts), out)
    keyfiles.told({}, [f"send {out} to two granters; each runs `broker-agency grant`"], as_json=False)


def _close(given: Given, operator: _Operator) -> None:
    out = given.needs_out("the signed records")
    closed = close_generation.close_generation(operator.parts)
    paths = write_records(closed.records, out)
    operator.destroy(closed.secrets)
    _said_destroyed(operator, closed.secrets, paths)


def _new(given: Given, operator: _Operator) -> None:
    out, name = given.needs_out("what the custodians are to list"), _SERVICES[given.what]
    numbers = operator.held.numbers(name)
    newest = numbered(name, max(numbers, default=1))
    listed = getattr(operator.parts.trust.broker, f"{name}s")
    # One that was made and never listed is given once more: its file may have been lost.
    if _public(operator.held, newest) in listed:
        newest = numbered(name, max(numbers, default=1) + 1)
        operator.add({newest: keyfiles.random_bytes(32)})
    public = ServiceKeyPublic(party="key", what=str(given.what), public=_public(operator.held, newest))
    out.unlink(missing_ok=True)
    keyfiles.write_public(public, out)
    lines = [f"`{newest}` is in {operator.settings.secrets}", f"{out} is for the custodians"]
    keyfiles.told({}, lines, as_json=False)


def _destroy(given: Given, operator: _Operator) -> None:
    out, name = given.needs_out("the signed records"), _SERVICES[given.what]
    listed = getattr(operator.parts.trust.broker, f"{name}s")
    # What was signed needs the public half only; what was sealed needs the key for as long as it is listed.
    needed = listed if name == "seal" else listed[-1:]
    by_number = {number: _public(operator.held, numbered(name, number)) for number in operator.held.numbers(name)}
    first = min((number for number, public in by_number.items() if public in needed), default=0)
    over = {number: public for number, public in by_number.items() if number < first}
    if not over:
        raise Conflict("nothing-over", f"no `{name}` is held that came before those of the trust list")
    at, key = int(operator.parts.now().timestamp()), operator.parts.keyring.receipt_key
    place = operator.parts.trust.place
    records = tuple(
        destroyed_record(place, BROKER, secret=(name, number), at=at, signing_key=key, public=public)
        for number, public in over.items()
    )
    paths, names = write_records(records, out), [numbered(name, number) for number in over]
    operator.destroy(names)
    _said_destroyed(operator, names, paths)


def _progress(given: Given, operator: _Operator) -> None:
    lines = [f"{name}: {said}" for name, said in _figures(operator.parts).items()]
    keyfiles.told({}, lines, as_json=False)


_DO: dict[str, Callable[[Given, _Operator], None]] = {
    "take": _take,
    "open": _open,
    "renew": _renew,
    "terms": _terms,
    "close": _close,
    "new": _new,
    "destroy": _destroy,
    "progress": _progress,
}


def replace(name: str) -> None:
    """Destroys the secret `name` of `REPLACEABLE` and makes another one."""
    settings = load_settings()
    passphrase = partial(find_passphrase, OWNER, file=settings.passphrase_file)
    # The parts are not put together: a broker that lost this secret must get another.
    destroy_secrets(settings.secrets, {name}, owner=OWNER, passphrase=passphrase)
    add_secrets(settings.secrets, {name: keyfiles.random_bytes(32)}, owner=OWNER, passphrase=passphrase)
    keyfiles.told({}, [f"`{name}` in {settings.secrets} is another one: restart the broker"], as_json=False)


def add_agency_key(agency: str, context: typer.Context) -> list[str]:
    """Makes what wraps the records of an agency that joins, in every open generation. Returns the names."""
    operator = _Operator(context)
    with operator.parts.store.look() as connection:
        generations = operator.parts.at(connection).keysets.generations
    names = sorted({numbered(f"kek.{agency}", one.kek) for one in generations} - operator.held.names)
    _make(operator, names)
    return names


def progress() -> dict[str, str]:
    """How far each rotation has come, in a line each."""
    return _figures(_Operator(None).parts)


def _figures(parts: Parts) -> dict[str, str]:
    with parts.store.look() as connection:
        opened = parts.at(connection).keysets.generations
    found = {"generations open": ", ".join(str(one.number) for one in opened)}
    found["rows under the older generation"] = f"{renew_records.left(parts):,}"
    found["envelopes under an older key"] = f"{reseal_evidence.left(parts):,}"
    found["envelopes that could not be sealed again"] = f"{reseal_evidence.unusable(parts):,}"
    for one in evidence_progress(parts).sources:
        both = f", {one.older_too:,} under the one before too" if one.older_too else ""
        found[f"evidence of {one.source}"] = f"{one.newest:,} of {one.records:,} under the newest key{both}"
    return found


def _make(operator: _Operator, names: list[str]) -> None:
    """New secrets: in the token where their predecessors live in one, else in the file."""
    outside = set(operator.held.keks)
    in_token = [name for name in names if name.startswith("kek.") and outside]
    if in_token:
        _make_in_token(operator.settings, in_token)
    operator.add({name: keyfiles.random_bytes(32) for name in names if name not in in_token})


def _make_in_token(settings: Settings, names: list[str]) -> None:
    if settings.hsm_module is None or settings.hsm_pin_file is None:
        raise Misconfigured("secret-elsewhere", f"make `{'`, `'.join(names)}` in the key service first, then again")
    from broker.vaults.pkcs11 import open_token

    token = open_token(settings.hsm_module, settings.hsm_label, pin=settings.hsm_pin_file)
    for name in names:
        token.make_kek(name)


def _public(held: Secrets, name: str) -> bytes:
    if name.partition(".")[0] == "seal":
        return hybrid_public_bytes(held.bytes32(name))
    if name in held.values:
        return ed25519_public(held.bytes32(name))
    return held.signing_key(name).public_key().public_bytes_raw()


def _said_destroyed(operator: _Operator, names: Iterable[str], paths: list[str]) -> None:
    lines = [f"`{name}` is gone from {operator.settings.secrets}" for name in names]
    lines += [f"for the trust list: {path}" for path in paths]
    lines.append("older copies of the secret file, and backups of it, hold them still: destroy those as well")
    keyfiles.told({}, lines, as_json=False)


@contextmanager
def _bar(what: str) -> Iterator[Progress | None]:
    """A bar where somebody looks, nothing where nobody does."""
    if not sys.stdout.isatty():
        yield None
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console) as bar:
        task = bar.add_task(what)
        yield lambda done, of: bar.update(task, completed=done, total=of)
