"""The agencies at work in the demonstration: they deliver their exports, and their caseworkers ask."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from broker.agency.cli import main as broker_agency
from broker.agency.edges import Edges, real_edges
from broker.agency.posting import open_post
from broker.agency.upload import rejected_rows
from broker.agency.workspace import read_workspace
from broker.errors import Unavailable
from broker.synthetic.parties import Parties
from broker.synthetic.population import Story
from broker.synthetic.sources import SHAPES
from broker.wire.answer import Answer
from broker.wire.fields import parse


@dataclass(frozen=True)
class Delivered:
    """What became of one source's export."""

    source: str
    kept: int
    rejected: int


def deliver(
    parties: Parties,
    export: Path,
    *,
    progress: Callable[[int], None],
    edges: Edges | None = None,
    chunk_rows: int = 250,
) -> Delivered:
    """Sends one export as its agency would with `broker-agency send`; `progress` is told of rows as they are kept."""
    agency = export.parent.parent.name
    post = open_post(read_workspace(parties.home(agency)), edges or real_edges())
    given = post.read(export, None)
    prepared = post.prepare(given)
    delivery = post.begin(given, prepared, chunk_rows=chunk_rows, again=False)
    encode = post.encode_rows(delivery, prepared)
    with post.upload(delivery, encode, progress=lambda receipt: progress(receipt.kept + receipt.rejected)) as upload:
        closed = upload.run(now=post.edges.seconds)
    refused = len(rejected_rows(delivery.receipts()))
    return Delivered(closed.status.source, closed.status.kept, refused + len(prepared.rejected))


def ask(parties: Parties, story: Story, folder: Path, *, edges: Edges | None = None) -> Answer:
    """The answer to a story's question, asked with `broker-agency ask`. Raises `Unavailable` when there is none."""
    code, out = run(parties, story, folder, as_json=True, edges=edges)
    if code != 0:
        raise Unavailable("question-failed", f"story {story.id} got no answer, exit code {code}")
    return parse(Answer, out)


def run(parties: Parties, story: Story, folder: Path, *, as_json: bool, edges: Edges | None = None) -> tuple[int, str]:
    """`broker-agency ask` for a story: its exit code and what it printed."""
    about = folder / f"about-{story.id}.json"
    about.write_text(json.dumps(story.query), encoding="utf-8")
    command = ["ask", "--workspace", str(parties.home(story.agency)), "--purpose", story.purpose, "--as", story.staff]
    command += ["--relation", "allocated", "--perpetrator-view", "no", "--case", f"CASE-{story.id}"]
    command += ["--about", str(about)]
    if not as_json and story.agency == "council" and story.role == "council.social_worker":
        command += ["--names", str(parties.home("council") / "csc" / SHAPES["csc"].file)]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = broker_agency([*command, *(["--json"] if as_json else [])], edges)
    return code, out.getvalue()
