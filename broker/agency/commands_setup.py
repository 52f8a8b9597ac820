"""`init` and `doctor`: a folder to start from, and what is wrong with it. Neither sends anything about anybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated

import httpx2
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.agency import evidencekey, names, ownkeys, sniff
from broker.agency.client import open_http
from broker.agency.delivery import write_atomically
from broker.agency.edges import Edges
from broker.agency.exits import Exit, exit_for
from broker.agency.guess import guess_mapping
from broker.agency.inputs import read_file
from broker.agency.options import HERE, AsJson, Folder, edges_of, workspace_in
from broker.agency.screen import Screen
from broker.agency.words import day
from broker.agency.workspace import FILE_NAME, Workspace, check_scheme, read_workspace
from broker.errors import BrokerError, Misconfigured, Unavailable, Untrusted
from broker.keys.listed import KeyUse
from broker.keys.messages import RequestSigner
from broker.keys.sealing import hybrid_public_bytes
from broker.keys.secrets import numbered
from broker.keys.trustdiff import fingerprint
from broker.trustlist.verify import TrustList
from broker.vaults.passphrase import new_passphrase
from broker.vaults.secretfile import KEYS_LAST, Header, write_file, write_secrets
from broker.wire.fields import decode64, encode64

_SAMPLE_ROWS = 200
_LARGEST_DRIFT = 60
_SOON = dt.timedelta(days=2)
_QUESTIONS = {
    "agency": "Short name of your agency (as the sharing agreement has it)",
    "place": "Short name of the place",
    "broker_url": "Address of the broker",
    "linkage_unit_url": "Address of the linkage unit",
    "trust": "Folder of the trust list",
    "root": "Root file, as the custodians gave it to you",
    "secrets": "Secret file (made now if it does not exist)",
}
_USUAL = {"trust": "keys", "root": "root.json", "secrets": "secrets.json"}
FromFile = Annotated[Path | None, typer.Option("--from", help="Begin a mapping.toml for this export instead.")]
EvidenceKey = Annotated[
    Path | None, typer.Option("--evidence-key", help="File with the evidence key all agencies share.")
]

Reviewer = Annotated[bool, typer.Option("--reviewer", help="Also make a key for reviewing matches.")]
PassphraseFile = Annotated[
    Path | None, typer.Option("--passphrase-file", help="File with the passphrase to seal the keys with.")
]
Rehearsal = Annotated[bool, typer.Option("--rehearsal", help="Keys in the clear, which no live place takes.")]


def init(
    context: typer.Context,
    workspace: Folder = HERE,
    from_file: FromFile = None,
    evidence_key: EvidenceKey = None,
    reviewer: Reviewer = False,
    passphrase_file: PassphraseFile = None,
    rehearsal: Rehearsal = False,
) -> int:
    """Asks seven questions and writes agency.toml and new keys; or begins a mapping.toml for an export."""
    if from_file is not None:
        return _begin_mapping(from_file)
    if (workspace / FILE_NAME).exists():
        raise Misconfigured("workspace-exists", f"{workspace / FILE_NAME} exists already", hint="edit it instead")
    answers = {name: _ask(name, text) for name, text in _QUESTIONS.items()}
    # Before anything is written: without a passphrase nothing is begun.
    is_needed = not rehearsal and not (workspace / answers["secrets"]).exists()
    passphrase = new_passphrase(f"agency:{answers['agency']}", file=passphrase_file) if is_needed else None
    workspace.mkdir(parents=True, exist_ok=True)
    lines = [f"{name} = {_quoted(text)}" for name, text in answers.items()]
    if passphrase_file is not None:
        lines.append(f"passphrase_file = {_quoted(str(passphrase_file.absolute()))}")
    text = "\n".join([*lines, 'state = "state"', "live = false", "", *_STAFF_EXAMPLE]) + "\n"
    write_atomically(workspace / FILE_NAME, text.encode())
    place = read_workspace(workspace)
    print(f"Wrote {workspace / FILE_NAME}.")
    if not place.secrets_path.exists():
        values = _new_keys(edges_of(context), evidence_key, reviewer=reviewer)
        _write_keys(place, values, edges_of(context).now().date(), passphrase=passphrase)
        _print_public(place, values)
    return Exit.ACCEPTED


def doctor(context: typer.Context, workspace: Folder = HERE, json: AsJson = False) -> int:
    """Checks settings, keys, clock and connections. Sends nothing but an empty request for each party's health."""
    edges = edges_of(context)
    place = workspace_in(workspace, edges)
    lines, found, worst = [], [], Exit.ACCEPTED
    told: set[str] = set()
    for name, check in _checks(place, edges):
        try:
            said = check()
        except BrokerError as error:
            # What several checks rest on, such as the secret file, is a problem once.
            if str(error) in told:
                continue
            told.add(str(error))
            lines.append(f"PROBLEM  {name}: {error}")
            found.append({"check": name, "ok": False, "code": error.code, "message": str(error)})
            worst = max(worst, exit_for(error))
        else:
            lines.append(f"ok       {name}: {said}")
            found.append({"check": name, "ok": True, "message": said})
    Screen(json).result({"checks": found}, lines)
    return worst


_STAFF_EXAMPLE = (
    "# Who may ask. The id is your own and never leaves; the role is one of the sharing agreement.",
    "# [[staff]]",
    '# id = "j.doe"',
    '# role = "council.social_worker"',
    "# training_on = 2026-01-15",
)


def _ask(name: str, text: str) -> str:
    return str(typer.prompt(text, default=_USUAL.get(name))).strip()


def _quoted(text: str) -> str:
    return '"' + "".join(c if c.isprintable() else "" for c in text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _begin_mapping(path: Path) -> int:
    target = path.parent / "mapping.toml"
    if target.exists():
        raise Misconfigured("mapping-exists", f"{target} exists already", hint="edit it, or move it away")
    text, delimiter = sniff.find_delimiter(sniff.decode(read_file(path))[0], ())
    lines = [cells for _, cells in sniff.records(text, delimiter)]
    write_atomically(target, guess_mapping(lines[0], lines[1 : 1 + _SAMPLE_ROWS]).encode())
    print(f"Wrote {target}. Check every line of it, then run: broker-agency check {path}")
    return Exit.ACCEPTED


def _new_keys(edges: Edges, evidence_key: Path | None, *, reviewer: bool) -> dict[str, bytes]:
    names = ("delivery", "desk", *(("review",) if reviewer else ()), "reference", "seal")
    values = {name: edges.random_bytes(32) for name in names}
    return values | ({"evidence": _read_evidence_key(evidence_key)} if evidence_key is not None else {})


def _write_keys(place: Workspace, values: dict[str, bytes], today: dt.date, *, passphrase: bytes | None) -> None:
    owner = f"agency:{place.agency}"
    if passphrase is None:
        write_secrets(place.secrets_path, owner, created=today.isoformat(), values=values)
    else:
        header = Header(owner=owner, created=today, expires=today + KEYS_LAST)
        write_file(place.secrets_path, header, values=values, passphrase=passphrase)
    print(f"Wrote new keys to {place.secrets_path}. Keep a copy where only two people together can reach it.")


def _print_public(place: Workspace, values: dict[str, bytes]) -> None:
    print("For the operator's trust list (public, not secret):")
    publics = {}
    signing = {"delivery": place.delivery_key_id, "desk": place.desk_key_id, "review": place.review_key_id}
    for name, key_id in signing.items():
        if name in values:
            public = Ed25519PrivateKey.from_private_bytes(values[name]).public_key().public_bytes_raw()
            publics[key_id] = encode64(public)
    publics[ownkeys.key_id(place.agency, "seal", 1)] = encode64(hybrid_public_bytes(values["seal"]))
    for key_id, public_text in publics.items():
        print(f"  {key_id}  {public_text}")
    print("Write these down. When the operator rings you, they must be the same:")
    for key_id, public_text in publics.items():
        print(f"  fingerprint {fingerprint(public_text)} of {key_id}")
    if "evidence" not in values:
        print("Still missing: the evidence key that all agencies share. Once you are on the trust list another agency")
        print("shares it with you; then run: broker-agency evidence take FILE")


def _read_evidence_key(path: Path) -> bytes:
    try:
        value = decode64(read_file(path).decode("ascii").strip())
    except ValueError:
        value = b""
    if len(value) != 32:
        raise Misconfigured("secret-invalid", f"{path} does not hold a key of 32 bytes", hint="ask its holders again")
    return value


def _checks(place: Workspace, edges: Edges) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "settings", lambda: f"agency `{place.agency}` in `{place.place}`, live is {str(place.live).lower()}"
    yield "trust list", lambda: _trust_says(place.open_trust_list(), edges)
    yield "match-key scheme", lambda: _scheme(place)
    yield "secret file", lambda: f"{place.read_secrets().place}, readable by you only"
    yield "delivery key", lambda: _on_trust_list(place, place.delivery_signer(), "post")
    yield "desk key", lambda: _on_trust_list(place, place.desk_signer(), "ask")
    yield "review key", lambda: _review_key(place)
    yield "reference key", lambda: _held(place, "reference")
    yield "evidence key", lambda: _evidence(place)
    yield "seal key", lambda: _seal(place)
    yield "broker", lambda: _health(place.broker_url, edges)
    yield "linkage unit", lambda: _health(place.linkage_unit_url, edges)


def _trust_says(found: TrustList, edges: Edges) -> str:
    """Raises `Untrusted` when it is about to expire: then it is not being renewed, or does not arrive here."""
    left = found.expires - edges.now()
    if left < _SOON:
        said = f"the trust list expires in {left.total_seconds() / 3600:.0f} hours"
        raise Untrusted("trust-list-expiring", said, hint="copy the folder from the operator again; ask why it is old")
    trust, signers = found.trust, found.custodians
    return (
        f"place `{trust.place}`, version {found.version}, signed by {signers.threshold} of {len(signers.names)} "
        f"custodians, good until {day(found.expires)}; epoch {trust.epoch}, {len(trust.agencies)} agencies"
    )


def _scheme(place: Workspace) -> str:
    scheme = check_scheme(place.read_trust())
    names.check_table(scheme)
    return f"{scheme.name} {scheme.digest.hex()[:16]}"


def _held(place: Workspace, name: str) -> str:
    place.read_secrets().bytes32(name)
    return "held"


def _evidence(place: Workspace) -> str:
    trust, secrets = place.read_trust(), place.read_secrets()
    held = ownkeys.evidence_keys(secrets, trust)
    said = [f"epoch {epoch} is {evidencekey.check_words(key, trust.place, epoch)}" for epoch, key in held.items()]
    said += [f"epoch {epoch} is not held: take it" for epoch in trust.evidence_epochs if epoch not in held]
    return ", ".join(said)


def _seal(place: Workspace) -> str:
    """Raises `Untrusted` when what others seal to this agency could not be opened here."""
    secrets = place.read_secrets()
    held = [hybrid_public_bytes(secrets.bytes32(numbered("seal", number))) for number in secrets.numbers("seal")]
    if not held:
        return "none here: evidence keys are taken on another machine, or not at all"
    if place.read_trust().agency(place.agency).seal not in held:
        hint = "send the operator your public key, or restore the secret file"
        raise Untrusted("seal-key-other", "the agency's seal key on the trust list is another than ours", hint=hint)
    return "on the trust list"


def _review_key(place: Workspace) -> str:
    if not place.reviews():
        return "none here: matches are reviewed elsewhere, or not at all"
    return _on_trust_list(place, place.review_signer(), "review")


def _on_trust_list(place: Workspace, signer: RequestSigner, use: KeyUse) -> str:
    listed = place.read_trust().signing_key(signer.key_id, use)
    if listed.public_bytes_raw() != signer.private_key.public_key().public_bytes_raw():
        hint = "send the operator your public key, or restore the secret file"
        raise Untrusted("signing-key-other", f"`{signer.key_id}` on the trust list is another key than ours", hint=hint)
    return f"{signer.key_id} is on the trust list"


def _health(url: str, edges: Edges) -> str:
    with open_http(edges) as http:
        try:
            response = http.get(f"{url}/healthz")
        except httpx2.RequestError:
            hint = "check the address, the network and HTTPS_PROXY"
            raise Unavailable("no-answer", f"no answer at {url}", hint=hint) from None
    if response.status_code != 200:
        raise Unavailable("not-healthy", f"{url} answers with HTTP {response.status_code}")
    return f"{url} answers{_clock(response.headers.get('date', ''), edges.now())}"


def _clock(date: str, now: dt.datetime) -> str:
    """How far this machine's clock is from theirs. Raises `Untrusted` when signatures will be refused for it."""
    try:
        drift = (now - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError):
        return ""
    if abs(drift) > _LARGEST_DRIFT:
        hint = "set this machine's clock by a time server"
        raise Untrusted("clock-wrong", f"this machine's clock is {drift:+.0f} seconds off", hint=hint)
    return f", clocks {drift:+.0f} seconds apart"
