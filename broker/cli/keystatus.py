"""`broker keys verify` and `status`: whether all of it holds, and how far each change has come.

    verify    the whole chain: signatures, epochs, destroyed keys, ceremonies, known answers, what a secret file lacks
    status    who is on the trust list under which keys, what is proposed, and how far each rotation is

`verify` ends with 1 when something does not hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from broker.cli import keyfiles, rootlines
from broker.cli.expecting import expected
from broker.cli.keychecks import Checked, checks
from broker.cli.keyfiles import HERE, ROOT, Folder, Json, Passphrase, Root, Seen, opened, told
from broker.errors import Conflict, Untrusted
from broker.keys import changes
from broker.keys.make import ed25519_public
from broker.keys.secrets import Secrets as Held
from broker.keys.trustdiff import fingerprint
from broker.trustlist import repository, written
from broker.trustlist.verify import TrustList
from broker.wire.fields import encode64

app = typer.Typer(no_args_is_help=True)
Secrets = Annotated[Path | None, typer.Option("--secrets", help="Also a party's secret file.", dir_okay=False)]
AtBroker = Annotated[bool, typer.Option("--at-broker", help="Also rows and records, by the settings in BROKER_*.")]


@app.command()
def verify(
    folder: Folder = HERE,
    root: Root = ROOT,
    seen: Seen = None,
    secrets: Secrets = None,
    passphrase: Passphrase = None,
    as_json: Json = False,
) -> None:
    """Checks the trust list from the pinned root, and everything that is signed with it. Changes nothing."""
    listed = opened(folder, root, seen)
    found = [*checks(listed), *_secrets(listed, secrets, passphrase)]
    lines = [f"{'ok     ' if one.holds else 'PROBLEM'}  {one.name}: {one.said}" for one in found]
    told({"version": listed.version, "checks": [asdict(one) for one in found]}, lines, as_json=as_json)
    wrong = [one for one in found if not one.holds]
    if wrong:
        raise Untrusted("keys-wrong", f"{len(wrong)} of {len(found)} checks do not hold, the first of {wrong[0].name}")


@app.command()
def status(
    folder: Folder = HERE,
    root: Root = ROOT,
    seen: Seen = None,
    at_broker: AtBroker = False,
    as_json: Json = False,
) -> None:
    """Shows the trust list in force, what is proposed, and how far each rotation has come."""
    listed = opened(folder, root, seen)
    shown = _shown(listed) | {"proposed": _proposed(folder)}
    lines = list(_lines(shown))
    if at_broker:
        from broker.cli.rotations import progress

        figures = progress()
        shown["rotations"] = figures
        lines += [f"{name}: {said}" for name, said in figures.items()]
    told(shown, lines, as_json=as_json)


def _secrets(listed: TrustList, path: Path | None, passphrase: Path | None) -> Iterator[Checked]:
    if path is None:
        return
    trust, signers = listed.trust, rootlines.signers(written.newest_root(listed.folder).signed)
    held = keyfiles.read_secrets(path, passphrase, rehearsal=trust.rehearsal)
    party, _, name = held.owner.partition(":")
    if party in ("custodian", "online"):
        yield _signer(held, party, f"custodian {name}" if name else "online key", signers)
        return
    for one in expected(held, trust):
        yield Checked(f"secret {one.name}", one.fits, one.said, "" if one.fits else "keys-mismatch")


def _signer(held: Held, party: str, who: str, signers: Mapping[str, str]) -> Checked:
    """Whether the root names this key, of a custodian or the online key."""
    fits = signers.get(who) == fingerprint(encode64(ed25519_public(held.bytes32(party))))
    said = f"signs as {who}" if fits else f"the root in force names no such key as {who}"
    return Checked(f"secret {party}", fits, said, "" if fits else "keys-mismatch")


def _shown(listed: TrustList) -> dict[str, Any]:
    trust = listed.trust
    return {
        "place": trust.place,
        "version": listed.version,
        "until": listed.expires.isoformat(),
        "custodians": list(listed.custodians.names),
        "threshold": listed.custodians.threshold,
        "signers": rootlines.signers(written.newest_root(listed.folder).signed),
        "epochs": {str(one.epoch): encode64(one.public) for one in trust.linkage_keys},
        "evidence_epochs": list(trust.evidence_epochs),
        "envelope_keys": {str(one.number): fingerprint(encode64(one.public)) for one in trust.linkage_unit.seals},
        "services": {name: fingerprint(encode64(public)) for name, public in changes.service_key_ids(trust).items()},
        "agencies": {
            one.agency: {
                "status": one.status,
                "keys": {key.id: [key.use, key.status, fingerprint(encode64(key.public))] for key in one.keys},
            }
            for one in trust.agencies
        },
        "granters": {one.id: fingerprint(encode64(one.public)) for one in trust.granters},
    }


def _proposed(folder: Path) -> dict[str, Any] | None:
    try:
        pending = repository.pending(folder)
    except Conflict:
        return None
    files = [*(["the root"] if pending.root else []), *sorted(pending.files)]
    return {"files": files, "signed_by": list(pending.signed_by), "lacks": list(pending.lacks)}


def _lines(shown: dict[str, Any]) -> Iterator[str]:
    yield f"{shown['place']}: version {shown['version']} of the trust list, until {shown['until']}"
    yield f"custodians: {', '.join(shown['custodians'])}; {shown['threshold']} must sign a change"
    yield from (f"{who}: {print_}" for who, print_ in shown["signers"].items())
    for what, name in (("epoch of k", "epochs"), ("envelope key", "envelope_keys"), ("key", "services")):
        yield from (f"{what} {number}: {print_}" for number, print_ in shown[name].items())
    yield f"evidence epochs: {', '.join(map(str, shown['evidence_epochs']))}"
    for agency, one in shown["agencies"].items():
        yield f"{agency}: {one['status']}"
        yield from (f"  {key} ({use}): {status}, {print_}" for key, (use, status, print_) in one["keys"].items())
    yield from (f"granter {name}: {print_}" for name, print_ in shown["granters"].items())
    proposed = shown["proposed"]
    if proposed:
        signed = ", ".join(proposed["signed_by"]) or "nobody"
        lacks = f"; not enough yet: {'; '.join(proposed['lacks'])}" if proposed["lacks"] else ": enough"
        yield f"proposed: {', '.join(proposed['files'])}; signed by {signed}{lacks}"
