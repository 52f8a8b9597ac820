"""`grant` and `grant-status`: one of two people allows a population run, or evidence to be sealed again, having looked
at what it is for and how far it goes, and sees afterwards what it was used for.

Granters are people outside the broker's and the linkage unit's organisations. They run this on their own machine, with
nothing but the trust list, what the operator asks for, and their own key.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import httpx2
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.agency.client import open_http, problem
from broker.agency.edges import Edges
from broker.agency.exits import Exit
from broker.agency.grant_used import check_used, grant_alarms
from broker.agency.inputs import read_file
from broker.agency.options import AsJson, edges_of
from broker.agency.screen import Screen
from broker.audit import tree
from broker.errors import BadInput, Misconfigured, Unavailable, Untrusted
from broker.keys import context
from broker.keys.listed import Granter
from broker.keys.trust import Trust
from broker.trustlist.verify import open_trust_list
from broker.vaults.passphrase import Ask
from broker.vaults.vault import Where, open_file
from broker.wire.comparison import ENVELOPES
from broker.wire.counts import GrantStatement
from broker.wire.fields import canonical, parse
from broker.wire.grant import RESEAL, GrantSignature, GrantTerms
from broker.wire.london import moment_in_words

Terms = Annotated[Path, typer.Argument(help="The terms that the operator asks you to sign (JSON).", dir_okay=False)]
Digests = Annotated[
    Path | None, typer.Option("--digests", help="The list of records they are about: a SHA-256 in hex on each line.")
]
Key = Annotated[Path, typer.Option("--secrets", help="Your own secret file.")]
Who = Annotated[str, typer.Option("--as", help="Your id on the trust list, e.g. records_authority/j.whitlock.")]
Address = Annotated[str, typer.Option("--linkage-unit", help="The linkage unit's address, https://…")]
TrustList = Annotated[
    Path, typer.Option("--trust", help="Your copy of the trust list's folder; the root.json you pinned is beside it.")
]


def grant(
    command: typer.Context, terms: Terms, secrets: Key, who: Who, trust: TrustList, digests: Digests = None
) -> int:
    """Checks the terms of a population run against its list, says what they allow, and prints your signature.

    Terms to seal envelopes again have no list: leave --digests out.
    """
    listed = read_listed(trust, edges_of(command))
    granter = listed.granter(who)
    asked = parse(GrantTerms, read_file(terms))
    known = read_digests(read_file(digests)) if digests is not None else []
    check_terms(asked, known, place=listed.place, edges=edges_of(command))
    typer.echo(_said(asked), err=True)
    typer.confirm("Do you allow this?", abort=True, err=True)
    key = own_key(granter, secrets, listed=listed, today=edges_of(command).now().date())
    typer.echo(_signed(asked, granter, key).model_dump_json())
    return Exit.ACCEPTED


def grant_status(command: typer.Context, terms: Terms, url: Address, trust: TrustList, json: AsJson = False) -> int:
    """What has been used of a grant that you signed, by the linkage unit's count; ends with 7 on an alarm."""
    edges = edges_of(command)
    listed = read_listed(trust, edges)
    allowed = parse(GrantTerms, read_file(terms))
    used = _fetched(url, allowed.id, edges)
    check_used(used, listed, grant=allowed.id, now=edges.seconds())
    alarms = list(grant_alarms(used, allowed))
    content = used.model_dump(mode="json", include={"blocks", "openings", "different", "strangers", "last"})
    lines = [f"ALARM  {alarm.text}" for alarm in alarms]
    lines.append(
        f"{used.blocks:,} of {allowed.count:,} records, {used.openings:,} of {allowed.openings:,} openings: "
        f"{used.different:,} records compared, {used.strangers:,} of them strangers"
    )
    Screen(json).result(content | {"alarms": [{"kind": one.kind, "text": one.text} for one in alarms]}, lines)
    return Exit.ALARM if alarms else Exit.ACCEPTED


def _fetched(url: str, grant: bytes, edges: Edges) -> GrantStatement:
    with open_http(edges) as http:
        try:
            response = http.get(f"{url.rstrip('/')}/v1/grants/{grant.hex()}")
        except (httpx2.RequestError, httpx2.InvalidURL):
            raise Unavailable("no-answer", f"the linkage unit does not answer at {url}") from None
    if response.status_code != 200:
        raise problem(response, "the linkage unit")
    try:
        return parse(GrantStatement, response.content)
    except BadInput:
        raise Untrusted("statement-malformed", "the linkage unit's statement is not of the agreed form") from None


def read_digests(data: bytes) -> list[bytes]:
    """The digests in a list. Raises `BadInput` unless each is one and they are in order, none twice."""
    try:
        found = [bytes.fromhex(line) for line in data.decode("ascii").split()]
    except ValueError:
        raise BadInput("digests-invalid", "the list is not of SHA-256 digests in hex") from None
    if not found or any(len(one) != 32 for one in found) or found != sorted(set(found)):
        raise BadInput("digests-invalid", "the list is empty, out of order, or names a record twice")
    return found


def check_terms(terms: GrantTerms, digests: list[bytes], *, place: str, edges: Edges) -> None:
    """Raises `BadInput` unless the terms are about exactly this list, for this place, and still to come."""
    nodes = tree.reader(tree.append(0, map(tree.leaf_hash, digests), nodes=tree.reader({})))
    if (terms.count, terms.pivots) != (len(digests), tree.root(len(digests), nodes).hex()):
        raise BadInput("grant-other-list", "the terms are about another list of records than the one given")
    if terms.place != place or terms.expires <= edges.seconds():
        raise BadInput("grant-terms", "the terms are for another place, or have expired")


def _said(terms: GrantTerms) -> str:
    until = dt.datetime.fromtimestamp(terms.expires, dt.UTC)
    if terms.purpose == RESEAL:
        return (
            f"Evidence at {terms.place} is sealed again to the linkage unit's newest key, until "
            f"{moment_in_words(until)}:\n{terms.openings:,} openings of evidence; nothing is compared."
        )
    times = terms.openings / (ENVELOPES * terms.count)
    return (
        f"A population run at {terms.place} for the purpose `{terms.purpose}`, until {moment_in_words(until)}:\n"
        f"{terms.count:,} records, {terms.openings:,} openings of evidence, {times:.1f} times what one run needs."
    )


def read_listed(path: Path, edges: Edges) -> Trust:
    """The trust list in a folder, verified from the `root.json` pinned beside it, where what was seen is kept too.

    Raises `Untrusted` or `Misconfigured`.
    """
    beside = path.parent
    return open_trust_list(path, root=beside / "root.json", seen=beside / "trust-seen", now=edges.now()).trust


def own_key(
    granter: Granter, secrets: Path, *, listed: Trust, today: dt.date, ask: Ask | None = None
) -> Ed25519PrivateKey:
    """The key of one who may grant. Raises `Misconfigured` when it is not the `listed` one, or not fit for use.

    `ask` gives the passphrase of a sealed file; by default whoever sits at the terminal.
    """
    where = Where(secrets, seen=secrets.parent / "trust-seen")
    held = open_file(where, owner=f"granter:{granter.id}", rehearsal=listed.rehearsal, today=today, ask=ask)
    key = held.ed25519("grant")
    if key.public_key().public_bytes_raw() != granter.public:
        raise Misconfigured("keys-mismatch", f"the key in {secrets} is not the one on the trust list for {granter.id}")
    return key


def _signed(terms: GrantTerms, granter: Granter, key: Ed25519PrivateKey) -> GrantSignature:
    signature = key.sign(context.GRANT + canonical(terms))
    return GrantSignature(by=granter.id, signature=signature)
