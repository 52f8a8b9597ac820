"""`broker keys make`, `seal`, `split`, `recover`: secrets of a party, in a file that is sealed under a passphrase.

    make      new secrets, and their public half on the screen for the operator
    seal      a clear file becomes a sealed one, or a sealed one gets another passphrase
    split     k as words for five custodians, shown one after the other and kept nowhere
    recover   k again, from the words of three of them

A passphrase comes from a credential, a file or the keyboard, and never from an argument. `split` and `recover` are for
a ceremony's machine: what they show is k.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from broker.audit.checkpoint import vkey
from broker.cli import keyfiles
from broker.cli.keyfiles import Passphrase, console
from broker.errors import BadInput, Conflict, Misconfigured
from broker.keys import custody, make
from broker.keys.dleq import public_point
from broker.keys.publics import AgencyPublic, BrokerPublic, CustodianPublic, GranterPublic, UnitPublic
from broker.keys.secrets import numbered
from broker.vaults.passphrase import find_passphrase, new_passphrase
from broker.vaults.secretfile import KEYS_LAST, Header, Kind, add_secrets, owner_of, read_file, seal_file, write_file
from broker.wire.fields import decode64

app = typer.Typer(no_args_is_help=True)
making = typer.Typer(no_args_is_help=True, help="New secrets of a party; its public half comes on the screen.")
app.add_typer(making, name="make")
_LINKAGE_KEY = "oprf"
_AGENCY, _ORIGIN = re.compile(r"[a-z][a-z0-9_]{0,39}"), re.compile(r"[a-z0-9][a-z0-9./-]{0,99}")
NewFile = Annotated[Path, typer.Argument(help="The secret file to write; it must not exist.")]
Clear = Annotated[bool, typer.Option("--clear", help="For a rehearsal: not sealed, and refused in a live place.")]
Out = Annotated[
    Path | None, typer.Option("--out", callback=keyfiles.free, help="Where to write the public half; else the screen.")
]
Name = Annotated[str, typer.Argument(help="Their name, in lower case without blanks.")]
SecretFile = Annotated[Path, typer.Argument(help="The secret file.", dir_okay=False)]
Number = Annotated[int, typer.Option("--epoch", help="Which epoch's k.", min=1)]


@making.command("broker")
def make_broker(
    file: NewFile,
    agencies: Annotated[str, typer.Option(help="The agencies' names, with commas.")] = "",
    origin: Annotated[str, typer.Option(help="The name of its audit log.")] = "broker.example/audit",
    clear: Clear = False,
    passphrase: Passphrase = None,
    out: Out = None,
) -> None:
    """The broker's own keys, and a key-encrypting key for each agency."""
    names = [one.strip() for one in agencies.split(",") if one.strip()]
    if not all(_AGENCY.fullmatch(one) for one in names) or not _ORIGIN.fullmatch(origin):
        hint = "agencies: lower case letters, digits and underlines; the log: like broker.example/audit"
        raise BadInput("name-invalid", "an agency or the audit log can't have such a name", hint=hint)
    secret = make.broker_secrets(names, keyfiles.random_bytes)
    audit_log = vkey(origin, make.ed25519(secret["audit_log"]).public_key())
    _write(file, "broker", values=secret, clear=clear, passphrase=passphrase)
    broker = make.broker_public(secret, audit_log=audit_log)
    keyfiles.write_public(BrokerPublic(party="broker", broker=broker), out)


@making.command("linkunit")
def make_linkunit(file: NewFile, clear: Clear = False, passphrase: Passphrase = None, out: Out = None) -> None:
    """The linkage unit's keys, k among them."""
    secret = make.linkage_unit_secrets(keyfiles.random_bytes)
    key, unit = make.linkage_key_public(secret), make.linkage_unit_public(secret)
    _write(file, "linkunit", values=secret, clear=clear, passphrase=passphrase)
    keyfiles.write_public(UnitPublic(party="linkage_unit", linkage_key=key, linkage_unit=unit), out)


@making.command("agency")
def make_agency(
    name: Annotated[str, typer.Argument(help="The agency's name.")],
    file: NewFile,
    evidence: Annotated[Path, typer.Option(help="A file with the shared evidence key, 32 bytes.")],
    sources: Annotated[str, typer.Option(help="Its sources' codes, with commas.")],
    clear: Clear = False,
    passphrase: Passphrase = None,
    out: Out = None,
) -> None:
    """An agency's keys, where its own client can't make them (`broker-agency init`)."""
    try:
        shared = evidence.read_bytes()
    except OSError:
        raise keyfiles.unreadable(evidence) from None
    secret = make.agency_secrets(keyfiles.random_bytes, evidence=shared)
    with keyfiles.named_well():
        agency = make.agency_public(secret, name, sources=sources.split(","))
    _write(file, f"agency:{name}", values=secret, clear=clear, passphrase=passphrase)
    keyfiles.write_public(AgencyPublic(party="agency", agency=agency), out)


@making.command("custodian")
def make_custodian(
    name: Name, file: NewFile, clear: Clear = False, passphrase: Passphrase = None, out: Out = None
) -> None:
    """The key by which a person signs changes of the trust list."""
    keyfiles.write_public(_signer("custodian", name, file, clear=clear, passphrase=passphrase), out)


@making.command("online")
def make_online(file: NewFile, clear: Clear = False, passphrase: Passphrase = None, out: Out = None) -> None:
    """The key that says every day that the trust list still holds. It can change nothing of it."""
    keyfiles.write_public(_signer("online", "online", file, clear=clear, passphrase=passphrase), out)


@making.command("granter")
def make_granter(
    granter_id: Annotated[str, typer.Argument(help="As the trust list has it: records_authority/j.whitlock")],
    file: NewFile,
    organisation: Annotated[str, typer.Option(help="The organisation's name, in full.")],
    clear: Clear = False,
    passphrase: Passphrase = None,
    out: Out = None,
) -> None:
    """The key of a person who may grant population runs and higher allowances."""
    secret = make.granter_secrets(keyfiles.random_bytes)
    with keyfiles.named_well():
        granter = make.granter_public(secret, granter_id, organisation=organisation)
    _write(file, f"granter:{granter_id}", values=secret, clear=clear, passphrase=passphrase)
    keyfiles.write_public(GranterPublic(party="granter", granter=granter), out)


@app.command()
def seal(file: SecretFile, passphrase: Passphrase = None, old: Annotated[Path | None, typer.Option(
    "--old-passphrase-file", help="A file with the passphrase it has now.")] = None,
) -> None:  # fmt: skip
    """Seals a clear secret file under a passphrase, or a sealed one under another passphrase."""
    owner = owner_of(file)
    new = new_passphrase(owner, file=passphrase)
    until = keyfiles.now().date() + KEYS_LAST
    serial = seal_file(file, new, owner=owner, passphrase=lambda: find_passphrase(owner, file=old), expires=until)
    keyfiles.told({}, [f"{file} is sealed (number {serial}); destroy every older copy of it"], as_json=False)


@app.command()
def split(file: SecretFile, epoch: Number = 1, passphrase: Passphrase = None) -> None:
    """Shows k as words for five custodians, one after the other. Each writes their own down and shows nobody."""
    secret = _linkage_key(file, epoch, passphrase)
    typer.confirm("Is nobody here but the custodians, and nothing recording?", abort=True)
    for number, words in enumerate(custody.split(secret), 1):
        typer.prompt(f"Custodian {number} of {custody.CUSTODIANS}, alone: Enter", default="", show_default=False)
        typer.echo(words)
        typer.prompt("Written down and read again? Enter clears the screen", default="", show_default=False)
        console.clear()
    keyfiles.told({}, [f"any {custody.NEEDED} of them bring k of epoch {epoch} back; try it: recover"], as_json=False)


@app.command()
def recover(
    file: SecretFile,
    public: Annotated[str, typer.Option(help="K of that epoch, as the trust list has it.")],
    epoch: Number = 1,
    passphrase: Passphrase = None,
) -> None:
    """Brings k back from three custodians' words into the linkage unit's secret file, if it is the published k."""
    point = _point(public)
    words = [
        str(typer.prompt(f"The words of custodian {number} of {custody.NEEDED}", hide_input=True)).strip()
        for number in range(1, custody.NEEDED + 1)
    ]
    secret = custody.recover(words, public=point)
    owner = owner_of(file)
    if owner != "linkunit":
        raise Misconfigured("secrets-wrong-owner", f"{file} does not hold the secrets of `linkunit`")
    add_secrets(
        file,
        {numbered(_LINKAGE_KEY, epoch): secret},
        owner=owner,
        passphrase=lambda: find_passphrase(owner, file=passphrase),
    )
    keyfiles.told(
        {}, [f"k of epoch {epoch} is in {file} again; now split it anew and destroy these words"], as_json=False
    )


def _signer(kind: str, name: str, file: Path, *, clear: bool, passphrase: Path | None) -> CustodianPublic:
    secret = keyfiles.random_bytes(32)
    public = {"party": kind, "name": name, "public": make.ed25519_public(secret)}
    with keyfiles.named_well():
        made = CustodianPublic.model_validate(public)
    owner = kind if kind == name else f"{kind}:{name}"
    _write(file, owner, values={kind: secret}, clear=clear, passphrase=passphrase)
    return made


def _write(file: Path, owner: str, *, values: Mapping[str, bytes], clear: bool, passphrase: Path | None) -> None:
    secret_passphrase = None if clear else new_passphrase(owner, file=passphrase)
    today = keyfiles.now().date()
    kind: Kind = "rehearsal" if clear else "live"
    header = Header(owner=owner, created=today, expires=today + KEYS_LAST, kind=kind)
    write_file(file, header, values=values, passphrase=secret_passphrase)


def _linkage_key(file: Path, epoch: int, passphrase: Path | None) -> bytes:
    held = read_file(file, owner="linkunit", passphrase=lambda: find_passphrase("linkunit", file=passphrase)).secrets
    if epoch not in held.numbers(_LINKAGE_KEY):
        raise Conflict("secret-missing", f"k of epoch {epoch} is not in {file}")
    secret = held.bytes32(numbered(_LINKAGE_KEY, epoch))
    public_point(secret)
    return secret


def _point(text: str) -> bytes:
    try:
        return decode64(text)
    except ValueError:
        raise BadInput("point-invalid", "K is not base64url as the trust list has it") from None
