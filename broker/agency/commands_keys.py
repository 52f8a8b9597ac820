"""`evidence` and `keys`: the key that agencies share, from one of them to the others, and an agency's own next keys.

A key is added beside its predecessor and takes its place when the trust list says so: nothing here stops anything that
works. What is printed is public; what is written to a file can be opened by the agencies it names.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from broker.agency import evidencekey
from broker.agency.delivery import write_atomically
from broker.agency.exits import Exit
from broker.agency.inputs import read_file
from broker.agency.options import HERE, AsJson, Folder, edges_of, workspace_in
from broker.agency.ownkeys import EVIDENCE, SEAL, key_id, one_signer
from broker.agency.screen import Screen
from broker.agency.workspace import Workspace
from broker.errors import BadInput, Conflict
from broker.keys import clientkeys
from broker.keys.clientkeys import CLIENT
from broker.keys.listed import Agency
from broker.keys.sealing import hybrid_public_bytes
from broker.keys.secrets import numbered
from broker.keys.trust import Trust
from broker.keys.trustdiff import fingerprint
from broker.vaults.private import read_private
from broker.wire.evidencekey import SharedEvidenceKey
from broker.wire.fields import encode64, parse

evidence = typer.Typer(help="The evidence key that all agencies share.", no_args_is_help=True)
keys = typer.Typer(help="This agency's own keys.", no_args_is_help=True)
What = Literal["delivery", "desk", "review", "seal"]
Epoch = Annotated[int, typer.Argument(help="The epoch it is for: the one after the newest on the trust list.", min=1)]
Out = Annotated[Path | None, typer.Option("--out", help="Where to write it; evidence-key-<epoch>.json by default.")]
ToWhom = Annotated[list[str], typer.Argument(help="The agencies that need it, as the trust list has them.")]
OfEpoch = Annotated[int | None, typer.Option("--epoch", help="Which key; the newest that is held by default.")]
Wrong = Annotated[int | None, typer.Option("--epoch", help="One that is not over, but is the wrong key.", min=1)]
Pem = Annotated[Path, typer.Argument(help="A private key in PEM: P-256, or RSA of 2048 bits or more.", dir_okay=False)]
KeyFile = Annotated[Path, typer.Argument(help="The file that its maker sent you.", dir_okay=False)]


@evidence.command()
def new(context: typer.Context, epoch: Epoch, out: Out = None, workspace: Folder = HERE, json: AsJson = False) -> int:
    """Makes the evidence key of an epoch, keeps it, and writes a file for the other agencies. One agency does this."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    secrets, trust = place.read_secrets(), place.read_trust()
    if epoch in secrets.numbers(EVIDENCE):
        hint = f"broker-agency evidence share AGENCY --epoch {epoch} gives it to one that lacks it"
        raise Conflict("evidence-key-held", f"an evidence key of epoch {epoch} is held already", hint=hint)
    if not evidencekey.may_be_shared(trust, epoch):
        raise BadInput("evidence-epoch", f"an evidence key of epoch {epoch} has no use now", field="EPOCH")
    # Who is suspended may have lost its seal key: it is given the evidence key when it is readmitted (`share`).
    others = [one for one in trust.agencies if one.agency != place.agency and one.status == "active"]
    if not others:
        raise BadInput("nobody-to-share", "there is no other agency on the trust list", hint="fetch it again")
    key = edges.random_bytes(evidencekey.KEY_BYTES)
    file = evidencekey.share(
        key, epoch, trust=trust, to=others, signer=place.delivery_signer(), now=edges.seconds()
    )  # fmt: skip
    # Before it leaves: a key that its maker lost would be held by the others alone.
    place.add_secrets({numbered(EVIDENCE, epoch): key})
    return _written(file, out, Screen(json))


@evidence.command()
def share(
    context: typer.Context, to: ToWhom, epoch: OfEpoch = None, out: Out = None, workspace: Folder = HERE,
    json: AsJson = False,
) -> int:  # fmt: skip
    """Writes a file with an evidence key that is held here, for agencies that lack it: one that joins, or lost it."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    secrets, trust = place.read_secrets(), place.read_trust()
    number = epoch or max(secrets.numbers(EVIDENCE), default=trust.evidence_epoch)
    key, signer = secrets.bytes32(numbered(EVIDENCE, number)), place.delivery_signer()
    takers = [_taker(trust, name) for name in dict.fromkeys(to)]
    file = evidencekey.share(key, number, trust=trust, to=takers, signer=signer, now=edges.seconds())
    return _written(file, out, Screen(json))


@evidence.command()
def take(context: typer.Context, file: KeyFile, workspace: Folder = HERE, json: AsJson = False) -> int:
    """Checks such a file and keeps the evidence key in it beside those that are held."""
    place = workspace_in(workspace, edges_of(context))
    shared = parse(SharedEvidenceKey, read_file(file))
    secrets, trust = place.read_secrets(), place.read_trust()
    taken = evidencekey.accept(shared, trust=trust, secrets=secrets, agency=place.agency)
    place.add_secrets({numbered(EVIDENCE, taken.epoch): taken.key})
    lines = [
        f"The evidence key of epoch {taken.epoch}, made by {taken.by}, is in {place.secrets_path}.",
        f"Ring {taken.by.partition('/')[0]} and compare: {taken.check}",
        "Your next delivery holds evidence under it. Send every source's whole file once.",
    ]
    Screen(json).result({"epoch": taken.epoch, "by": taken.by, "check": taken.check}, lines)
    return Exit.ACCEPTED


@evidence.command(name="list")
def held(context: typer.Context, workspace: Folder = HERE, json: AsJson = False) -> int:
    """The evidence keys that are held here, with the letters to compare by telephone."""
    place = workspace_in(workspace, edges_of(context))
    secrets, trust = place.read_secrets(), place.read_trust()
    found = [
        {
            "epoch": epoch,
            "open": epoch in trust.evidence_epochs,
            "check": evidencekey.check_words(secrets.bytes32(numbered(EVIDENCE, epoch)), trust.place, epoch),
        }
        for epoch in secrets.numbers(EVIDENCE)
    ]
    lines = [f"epoch {one['epoch']}  {one['check']}  {'in use' if one['open'] else 'not in use'}" for one in found]
    missing = [epoch for epoch in trust.evidence_epochs if epoch not in secrets.numbers(EVIDENCE)]
    lines += [f"epoch {epoch}  not held: ask another agency to share it" for epoch in missing]
    Screen(json).result({"held": found, "missing": missing}, lines)
    return Exit.ACCEPTED


@evidence.command()
def drop(context: typer.Context, epoch: Wrong = None, workspace: Folder = HERE, json: AsJson = False) -> int:
    """Destroys the evidence keys of epochs that are over, or one taken whose letters are not its maker's."""
    place = workspace_in(workspace, edges_of(context))
    trust, secrets = place.read_trust(), place.read_secrets()
    held = secrets.numbers(EVIDENCE)
    over = [one for one in held if one < min(trust.evidence_epochs)]
    if epoch is not None:
        secrets.bytes32(numbered(EVIDENCE, epoch))
        if not {*held} & {*trust.evidence_epochs} - {epoch}:
            hint = "nothing could be posted or asked without it"
            raise Conflict("evidence-key-needed", "no other evidence key in use is held here", hint=hint)
        over = [epoch]
    place.destroy_secrets({numbered(EVIDENCE, one) for one in over})
    lines = [f"The evidence key of epoch {one} is gone from {place.secrets_path}." for one in over]
    Screen(json).result({"destroyed": over}, lines or ["No evidence key here is of an epoch that is over."])
    return Exit.ACCEPTED


@keys.command(name="new")
def new_key(context: typer.Context, what: What, workspace: Folder = HERE, json: AsJson = False) -> int:
    """Makes this agency's next key beside the one in use, and prints its public half for the operator."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    # One that was destroyed here may be on the trust list still: its number is not given again.
    number = 1 + max([*place.read_secrets().numbers(what), _listed(place, what)])
    place.add_secrets({numbered(what, number): edges.random_bytes(32)})
    secrets = place.read_secrets()
    if what == SEAL:
        name, public = key_id(place.agency, SEAL, number), hybrid_public_bytes(secrets.bytes32(numbered(SEAL, number)))
    else:
        signer = one_signer(secrets, what, key_id(place.agency, what, 1), number=number)
        name, public = signer.key_id, signer.private_key.public_key().public_bytes_raw()
    lines = [
        f"A new {what} key is in {place.secrets_path}. The one before goes on until the trust list has the new one.",
        "For the operator's trust list (public, not secret):",
        f"  {name}  {encode64(public)}",
        f"Read out when the operator rings you: fingerprint {fingerprint(encode64(public))} of {name}",
    ]
    Screen(json).result({"id": name, "public": encode64(public)}, lines)
    return Exit.ACCEPTED


@keys.command(name="client")
def client_key(context: typer.Context, file: Pem, workspace: Folder = HERE, json: AsJson = False) -> int:
    """Takes in a client key from PEM, by which this agency's machines prove themselves, and prints its public half."""
    place = workspace_in(workspace, edges_of(context))
    secret = clientkeys.read_pem(read_private(file, what="private key"))
    held = place.read_secrets()
    if secret in (held.values[numbered(CLIENT, number)] for number in held.numbers(CLIENT)):
        raise Conflict("client-key-held", "this client key is held already", hint="make another one")
    number = 1 + max([*held.numbers(CLIENT), _listed(place, CLIENT)])
    made = clientkeys.of_secret(key_id(place.agency, CLIENT, number), secret)
    # On a second machine it may be listed already, under the number that the first one gave it.
    known = [one.id for one in place.read_trust().agency(place.agency).clients if one.public == made.public]
    if known:
        number, made = int(known[0].rpartition("-")[2]), replace(made, id=known[0])
    place.add_secrets({numbered(CLIENT, number): secret})
    public = encode64(made.public)
    lines = [
        f"The client key ({made.algorithm}) is in {place.secrets_path}; {file} is needed no more.",
        "Take it in on every machine of yours: once the trust list has it, none gets in without a client key.",
        "For the operator's trust list (public, not secret):",
        f"  {made.id}  {public}",
        f"Read out when the operator rings you: fingerprint {fingerprint(public)} of {made.id}",
    ]
    Screen(json).result({"id": made.id, "public": public}, lines)
    return Exit.ACCEPTED


@evidence.callback()
def _evidence() -> None:
    """The evidence key that all agencies share."""


@keys.callback()
def _keys() -> None:
    """This agency's own keys."""


def _written(file: SharedEvidenceKey, out: Path | None, screen: Screen) -> int:
    path = out or Path(f"evidence-key-{file.epoch}.json")
    write_atomically(path, f"{file.model_dump_json()}\n".encode())
    named = ", ".join(one.agency for one in file.sealed)
    lines = [
        f"Wrote {path}: the evidence key of epoch {file.epoch}, which only {named} can open.",
        f"Send it to them by any way. When they ring you, read out: {file.check}",
    ]
    screen.result({"file": str(path), "epoch": file.epoch, "check": file.check, "for": named.split(", ")}, lines)
    return Exit.ACCEPTED


def _taker(trust: Trust, name: str) -> Agency:
    for agency in trust.agencies:
        if agency.agency == name and agency.status == "active":
            return agency
    raise BadInput("agency-unknown", "the trust list has no such active agency", hint="fetch it again", field="AGENCY")


def _listed(place: Workspace, what: str) -> int:
    """The highest number under which the trust list has a key of this kind; 0 when it has none."""
    agencies = place.read_trust().agencies
    ids = [key.id.rpartition("-") for one in agencies if one.agency == place.agency for key in one.listed]
    of_kind = [last for first, _, last in ids if first == f"{place.agency}/{what}"]
    return max([int(last) for last in of_kind if last.isdecimal()], default=0)
