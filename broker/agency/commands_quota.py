"""`quota terms`, `quota allow` and `quota use`: more questions, or more to deliver, on the word of two people.

    broker-agency quota terms --use ask --more 3000 --from 2026-11-23 --to 2026-11-27 > terms.json     the agency
    broker-agency quota allow terms.json --secrets mine.json --as ... > one.json                       each granter
    broker-agency quota use terms.json one.json other.json                                             the agency

Both services are handed the same grant and check it for themselves. `use` may be run again: a grant counts once.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from broker.agency.client import Connection, open_http
from broker.agency.commands_grant import Key, TrustList, Who, own_key, read_listed
from broker.agency.delivery import write_atomically
from broker.agency.edges import Edges
from broker.agency.exits import Exit
from broker.agency.inputs import read_file
from broker.agency.options import HERE, AsJson, Folder, edges_of, workspace_in
from broker.agency.screen import Screen
from broker.agency.words import day
from broker.agency.workspace import Workspace
from broker.errors import BadInput, Untrusted
from broker.keys import context
from broker.keys.granting import check_quota_grant, quota_grant_of
from broker.wire.fields import canonical, parse
from broker.wire.grant import GrantSignature
from broker.wire.isoday import iso_day
from broker.wire.quota import QUESTIONS, UNITS, QuotaGrant, QuotaTaken, QuotaTerms

PATH = "/v1/quota-grants"
KEPT = "quota"
app = typer.Typer(help="More than the day's allowance, on the word of two people.", no_args_is_help=True)

UseOf = Annotated[str, typer.Option("--use", help="`ask` for questions, `post` for inputs of deliveries.")]
More = Annotated[int, typer.Option("--more", min=1, help="How many more a day: questions, or inputs.")]
First = Annotated[str, typer.Option("--from", help="The first UTC day, like 2026-11-23.")]
Last = Annotated[str, typer.Option("--to", help="The last UTC day; 31 days at most.")]
Terms = Annotated[Path, typer.Argument(help="The terms, as `quota terms` printed them.", dir_okay=False)]
Signature = Annotated[Path, typer.Argument(help="What a granter's `quota allow` printed.", dir_okay=False)]


@app.command()
def terms(command: typer.Context, use: UseOf, more: More, first: First, last: Last, workspace: Folder = HERE) -> int:
    """Prints terms for two granters to sign."""
    edges = edges_of(command)
    place = workspace_in(workspace, edges)
    if use not in UNITS:
        raise BadInput("use-unknown", "a use is `ask` or `post`", field="--use")
    about = {"place": place.place, "agency": place.agency, "use": use}
    days = {"first": iso_day(first, field="--from"), "last": iso_day(last, field="--to")}
    try:
        made = QuotaTerms.model_validate({"v": 1, "id": edges.random_bytes(16), **about, **days, "more": more})
    except ValueError:
        raise BadInput("grant-terms", "the days are not in order, or more than 31, or it is too much") from None
    typer.echo(made.model_dump_json())
    return Exit.ACCEPTED


@app.command()
def allow(command: typer.Context, terms: Terms, secrets: Key, who: Who, trust: TrustList) -> int:
    """For a granter: says what the terms allow, asks, and prints your signature."""
    edges = edges_of(command)
    listed = read_listed(trust, edges)
    granter, asked = listed.granter(who), parse(QuotaTerms, read_file(terms))
    if asked.place != listed.place or asked.last < edges.now().date():
        raise BadInput("grant-terms", "the terms are for another place, or have expired")
    listed.agency(asked.agency)
    typer.echo(_said(asked), err=True)
    typer.confirm("Do you allow this?", abort=True, err=True)
    key = own_key(granter, secrets, listed=listed, today=edges.now().date())
    signature = key.sign(context.QUOTA_GRANT + canonical(asked))
    typer.echo(GrantSignature(by=granter.id, signature=signature).model_dump_json())
    return Exit.ACCEPTED


@app.command()
def use(
    command: typer.Context, terms: Terms, one: Signature, other: Signature, workspace: Folder = HERE,
    json: AsJson = False,
) -> int:  # fmt: skip
    """Hands the grant to the linkage unit and to the broker. Run it again when one of them was down."""
    edges = edges_of(command)
    place = workspace_in(workspace, edges)
    trust, asked = place.read_trust(), parse(QuotaTerms, read_file(terms))
    signatures = [parse(GrantSignature, read_file(path)) for path in (one, other)]
    grant = quota_grant_of(asked, signatures, trust=trust)
    check_quota_grant(grant, trust, agency=place.agency, day=edges.now().date())
    hand_in(place, edges, grant)
    folder = place.state / KEPT
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(folder / f"{asked.id.hex()}.json", grant.model_dump_json().encode())
    days = f"from {asked.first.isoformat()} to {asked.last.isoformat()}"
    line = f"{asked.more:,} {UNITS[asked.use]} a day more, {days}: the linkage unit and the broker have it."
    Screen(json).result({"id": asked.id.hex(), **asked.model_dump(mode="json", include={"use", "more"})}, [line])
    return Exit.ACCEPTED


def hand_in(place: Workspace, edges: Edges, grant: QuotaGrant) -> None:
    """Hands `grant` to both services. Raises what `client.Connection.send` raises; it may be handed in again."""
    signer = place.desk_signer() if grant.terms.use == "ask" else place.delivery_signer()
    body = grant.model_dump_json().encode()
    with open_http(edges) as http:
        for party, url in (("the linkage unit", place.linkage_unit_url), ("the broker", place.broker_url)):
            answer = Connection(party, url, signer, http, edges).send("POST", PATH, body=body)
            with suppress(BadInput):
                if parse(QuotaTaken, answer).id == grant.terms.id:
                    continue
            raise Untrusted("answer-malformed", f"{party} did not say that it took this grant")


def _said(asked: QuotaTerms) -> str:
    unit, days = UNITS[asked.use], (asked.last - asked.first).days + 1
    usual = f"; the allowance is {QUESTIONS:,} a day unless the operators set another" if asked.use == "ask" else ""
    meaning = (
        "Each question is up to 30 guesses at a name, and up to 64 opened envelopes."
        if asked.use == "ask"
        else "Each input is a guess at a name, for an agency that works together with the broker."
    )
    return (
        f"{asked.more:,} {unit} a day more for `{asked.agency}` at {asked.place}, on {days} days from "
        f"{day(asked.first)} to {day(asked.last)}{usual}.\n{meaning}"
    )
