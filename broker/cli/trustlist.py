"""`broker keys`: what may be changed in a trust list, and how a change comes into force.

    init         a new one, at a ceremony of all custodians
    prepare      at the broker, before an agency joins
    add-agency suspend readmit leave add-granter set-model retire revoke    propose one change each
    custodians   proposes other custodians, or the yearly renewal of the root
    sign         a custodian looks at what is proposed, and signs
    publish      the online key puts in force what enough custodians signed
    renew        the online key says once more that nothing changed: every day, by a timer

Nobody changes anything alone. A proposal is an ordinary folder, `proposed/`, that may travel from one custodian to the
next; what is in force stays as it is until `publish`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from broker.cli import keyfiles, rootlines
from broker.cli.keyfiles import HERE, ROOT, Folder, Json, Passphrase, Root, Seen, opened, told
from broker.cli.places import Place, first_targets
from broker.errors import BadInput, Conflict, Misconfigured, Untrusted
from broker.keys import changes, trustdiff
from broker.keys.listed import Agency
from broker.keys.publics import AgencyPublic, CustodianPublic, GranterPublic, agency_of_lines
from broker.keys.trust import Trust, parse_trust
from broker.trustlist import issuers, repository, written
from broker.trustlist.repository import Pending
from broker.trustlist.written import TRUST
from broker.wire.london import moment_in_words

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The agency's name on the trust list.")]
KeyId = Annotated[str, typer.Argument(help="As `broker keys status` has it: council/desk-1, broker.receipt/3fa2b1c0.")]
Secrets = Annotated[Path, typer.Option("--secrets", help="Your secret file.", dir_okay=False)]
Public = Annotated[Path, typer.Argument(help="The public half that its owner printed.", dir_okay=False)]
Change = Callable[[Trust], Trust]
_SOURCE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ALONE, _ADVISED = 2, "we advise five custodians, of whom three must sign"


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
    plan: Annotated[Path, typer.Option(help="The place, its parties' public halves, the threshold (TOML).")],
    custodian: Annotated[list[Path], typer.Option(help="A custodian's secret file; give it once for each.")],
    online: Annotated[Path, typer.Option(help="The secret file of the online key.")],
    passphrase: Passphrase = None,
) -> None:
    """Makes a trust list, at a ceremony: every custodian is there and signs."""
    place = Place.read(plan)
    if place.threshold < _ALONE and not place.rehearsal:
        raise Misconfigured("threshold-invalid", f"{plan} lets one custodian change the list alone", hint=_ADVISED)
    people = [keyfiles.custodian_key(path, passphrase, rehearsal=place.rehearsal) for path in custodian]
    keys = dict(people)
    if len(keys) != len(people):
        hint = "give each custodian's own file once"
        raise Misconfigured("custodian-twice", "two of the secret files are of one custodian", hint=hint)
    moment = keyfiles.now()
    repository.create(
        folder,
        custodians=keys,
        threshold=place.threshold,
        online=keyfiles.online_key(online, passphrase, rehearsal=place.rehearsal),
        targets=first_targets(place, moment),
        now=moment,
    )
    root = folder / "metadata" / "1.root.json"
    listed = trustdiff.fingerprints(place.trust().model_dump(mode="json"))
    lines = [
        *(f"+ {name}: {print_}" for name, print_ in listed.items()),
        *rootlines.root_lines(None, written.newest_root(folder).signed),
        "Compare each fingerprint with its owner. If one differs, destroy the folder and begin anew.",
        f"The trust list of {place.place} is in {folder}; {place.threshold} of {len(keys)} custodians sign a change.",
        f"Every party pins {root}, SHA-256 {keyfiles.digest(root)}: read it out, let each write it down.",
    ]
    told({}, lines, as_json=False)


@app.command()
def prepare(
    context: typer.Context,
    agency: Annotated[str, typer.Argument(help="The agency that is to join.")],
) -> None:
    """At the broker, before an agency joins: makes what wraps its records, by the settings in BROKER_*."""
    from broker.cli.rotations import add_agency_key

    made = add_agency_key(agency, context)
    told({}, [f"`{name}` is in the broker's secrets" for name in made] or ["it is there already"], as_json=False)


@app.command("add-agency")
def add_agency(
    public: Public,
    source: Annotated[list[str] | None, typer.Option("--source", "-s", help="One of its sources' codes.")] = None,
    folder: Folder = HERE,
    root: Root = ROOT,
    seen: Seen = None,
) -> None:
    """Proposes that an agency joins, with the public keys that it printed."""
    text = keyfiles.read_text(public)
    agency: Agency
    if text.lstrip().startswith("{"):
        agency = keyfiles.read_public(AgencyPublic, public).agency
    else:
        agency = _printed(public, text, source or ())
    propose(folder, root, seen, change=lambda trust: changes.joined(trust, agency))


@app.command()
def suspend(agency: Name, folder: Folder = HERE, root: Root = ROOT, seen: Seen = None) -> None:
    """Proposes that an agency neither posts nor asks for now; what it posted stays usable."""
    propose(folder, root, seen, change=lambda trust: changes.suspended(trust, agency))


@app.command()
def readmit(agency: Name, folder: Folder = HERE, root: Root = ROOT, seen: Seen = None) -> None:
    """Proposes that a suspended agency posts and asks again."""
    propose(folder, root, seen, change=lambda trust: changes.readmitted(trust, agency))


@app.command()
def leave(agency: Name, folder: Folder = HERE, root: Root = ROOT, seen: Seen = None) -> None:
    """Proposes that an agency is gone: nothing of it is usable any more."""
    propose(folder, root, seen, change=lambda trust: changes.left(trust, agency))


@app.command()
def retire(key_id: KeyId, folder: Folder = HERE, root: Root = ROOT, seen: Seen = None) -> None:
    """Proposes that a key signs nothing new, once its successor is in use; what it signed counts."""
    propose(folder, root, seen, change=lambda trust: changes.retired(trust, key_id))


@app.command()
def revoke(key_id: KeyId, folder: Folder = HERE, root: Root = ROOT, seen: Seen = None) -> None:
    """Proposes that nothing a key ever signed counts: it was lost, stolen, or its holder left with it."""
    propose(folder, root, seen, change=lambda trust: changes.revoked(trust, key_id))


@app.command("add-granter")
def add_granter(public: Public, folder: Folder = HERE, root: Root = ROOT, seen: Seen = None) -> None:
    """Proposes a further person who may grant, or a granter's new key."""
    granter = keyfiles.read_public(GranterPublic, public).granter
    propose(folder, root, seen, change=lambda trust: changes.with_granter(trust, granter))


@app.command("set-model")
def set_model(
    digest: Annotated[str, typer.Argument(help="The SHA-256 of the match model's file, in hex.")],
    folder: Folder = HERE,
    root: Root = ROOT,
    seen: Seen = None,
) -> None:
    """Proposes another match model, as `broker linkage refit` printed it."""
    propose(folder, root, seen, change=lambda trust: changes.with_model(trust, digest))


@app.command()
def custodians(
    public: Annotated[list[Path], typer.Argument(help="The public halves of all custodians from then on.")],
    online: Annotated[Path, typer.Option(help="The public half of the online key from then on.")],
    threshold: Annotated[int, typer.Option(help="How many of them must sign a change.")],
    folder: Folder = HERE,
) -> None:
    """Proposes who the custodians are from then on; with the same ones, it renews the root for a year."""
    people = [keyfiles.read_public(CustodianPublic, path) for path in public]
    if len({one.name for one in people}) != len(people) or any(one.party != "custodian" for one in people):
        raise Conflict("change-impossible", "two custodians have one name, or a file is not a custodian's")
    publisher = keyfiles.read_public(CustodianPublic, online)
    if publisher.party != "online":
        hint = "it is what `broker keys make online` wrote"
        raise Conflict("change-impossible", f"{online} is a custodian's, and not the online key", hint=hint)
    pending = repository.change_root(
        folder,
        custodians={one.name: one.public_key() for one in people},
        threshold=threshold,
        online=publisher.public_key(),
        now=keyfiles.now(),
    )
    told({}, [*rootlines.proposed_root(folder, pending), *_waiting(pending, folder)], as_json=False)


@app.command()
def sign(
    secrets: Secrets,
    folder: Folder = HERE,
    root: Root = ROOT,
    passphrase: Passphrase = None,
    yes: Annotated[bool, typer.Option("--yes", help="Sign without being asked.")] = False,
) -> None:
    """Shows a custodian what is proposed, against the list that their own pinned root verifies, and signs it."""
    listed, pending = opened(folder, root, None), repository.pending(folder)
    version = f"{listed.trust.place}: version {listed.version} is in force, version {pending.version} is proposed"
    shown = [version, *_changes(listed.trust, pending), *rootlines.proposed_root(folder, pending)]
    told({}, shown, as_json=False)
    if not yes:
        typer.confirm("Have you compared each fingerprint with its owner, and do you sign this?", abort=True)
    # The folder may be shared: what is signed is what was shown, whatever happened to it meanwhile.
    again = repository.pending(folder)
    if again.files != pending.files or rootlines.proposed_root(folder, again) != rootlines.proposed_root(
        folder, pending
    ):
        raise Untrusted("proposal-changed", f"what is proposed in {folder} changed while you read it", hint="sign anew")
    _, key = keyfiles.custodian_key(secrets, passphrase, rehearsal=listed.trust.rehearsal)
    told({}, _waiting(repository.sign(folder, custodian=key), folder), as_json=False)


@app.command()
def publish(
    online: Annotated[Path, typer.Option(help="The secret file of the online key.")],
    folder: Folder = HERE,
    passphrase: Passphrase = None,
    as_json: Json = False,
) -> None:
    """Puts in force what enough custodians signed."""
    version = repository.publish(folder, online=keyfiles.online_key(online, passphrase), now=keyfiles.now())
    line = f"version {version} of the trust list is in force: copy the folder {folder} to every party"
    told({"version": version}, [line], as_json=as_json)


@app.command()
def renew(
    online: Annotated[Path, typer.Option(help="The secret file of the online key.")],
    folder: Folder = HERE,
    passphrase: Passphrase = None,
    as_json: Json = False,
) -> None:
    """Says for another week that the trust list still holds. Without it every process stops."""
    until = repository.renew(folder, online=keyfiles.online_key(online, passphrase), now=keyfiles.now())
    said = f"the trust list holds until {moment_in_words(until)}"
    told({"until": until.isoformat()}, [said], as_json=as_json)


@app.command()
def withdraw(folder: Folder = HERE) -> None:
    """Throws away what is proposed."""
    repository.withdraw(folder)
    told({}, ["nothing is proposed any more"], as_json=False)


def propose(
    folder: Path,
    root: Path,
    seen: Path | None,
    *,
    change: Change | None = None,
    files: Callable[[Trust], Mapping[str, bytes | None]] = lambda _: {},
) -> None:
    """Adds a change of the trust document, and other files, to what is proposed, and says who must sign.

    `files` is given the document as it will be; None is a file that goes.
    """
    listed = opened(folder, root, seen)
    trust = _as_proposed(folder) or listed.trust
    after = change(trust) if change else trust
    targets: dict[str, bytes | None] = {**files(after)}
    if change:
        targets[TRUST] = keyfiles.trust_bytes(after)
    pending = repository.propose(folder, targets=targets, now=keyfiles.now())
    lines = [*_changes(listed.trust, pending), *_waiting(pending, folder)]
    told({}, lines, as_json=False)


def _printed(path: Path, text: str, sources: list[str] | tuple[()]) -> Agency:
    """An agency by the lines that its client printed. Raises `BadInput` naming the file."""
    if not all(_SOURCE.fullmatch(one) for one in sources):
        hint = "lower case letters, digits and underlines, as the agreement has it"
        raise BadInput("name-invalid", "a source's code is not of the form they have", hint=hint)
    try:
        return agency_of_lines(text, sources=sources)
    except BadInput as error:
        raise BadInput(error.code, f"{path}: {error.message}", hint=error.hint, field=error.field) from None


def _as_proposed(folder: Path) -> Trust | None:
    try:
        data = repository.pending(folder).files.get(TRUST)
    except Conflict:
        return None
    return parse_trust(data) if data else None


def _changes(trust: Trust, pending: Pending) -> list[str]:
    data = pending.files.get(TRUST)
    lines = trustdiff.lines(trust, parse_trust(data)) if data else []
    for path, new in pending.files.items():
        lines += [] if path == TRUST else [f"{'-' if new is None else '+'} {path}"]
        if new is not None and path.startswith(issuers.FOLDER):
            lines += [f"    {said}" for said in issuers.sentences(issuers.parse_issuers(new, path))]
    return lines


def _waiting(pending: Pending, folder: Path) -> list[str]:
    signed = ", ".join(pending.signed_by) or "nobody"
    if pending.enough:
        return [f"signed by {signed}: enough. Next: broker keys publish --folder {folder} --online FILE"]
    return [
        f"signed by {signed}; not enough yet: {'; '.join(pending.lacks)}",
        f"Next, each custodian: broker keys sign --folder {folder} --secrets FILE",
    ]
