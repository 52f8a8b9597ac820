"""`encode`, `send`, `status` and `retract`: a file becomes a delivery, and a delivery reaches the broker.

A command line takes as many arguments as it has options, so these functions may take more than six.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from broker.agency import quality
from broker.agency.delivery import Delivery, all_deliveries, open_delivery
from broker.agency.encode import CHUNK_ROWS, MAX_CHUNK_ROWS, Encoder
from broker.agency.exits import Exit
from broker.agency.lock import alone
from broker.agency.logwatch import LogWatch, notes_in
from broker.agency.options import HERE, AsJson, File, Folder, MappingFile, edges_of, workspace_in
from broker.agency.outcome import Items, Sent, items_of, listed, rehearsal_lines, sent_content, sent_lines, status_line
from broker.agency.posting import Post, open_post
from broker.agency.ready import Prepared
from broker.agency.rejects import write_rejects
from broker.agency.screen import Screen, rows
from broker.agency.upload import read_status
from broker.errors import BadInput, NotFound

Encode = Callable[[Encoder, int], bytes]


@dataclass(frozen=True)
class _Sending:
    """A delivery to finish: how its chunks are made, where rejects.csv goes, and what its rows are called here."""

    delivery: Delivery
    encode: Encode
    folder: Path | None
    confirm_large: bool = False
    items: Items = field(default_factory=dict)
    references: Mapping[int, str] = field(default_factory=dict)


ChunkRows = Annotated[int, typer.Option(min=1, max=MAX_CHUNK_ROWS, help="Rows in one chunk.")]
Again = Annotated[bool, typer.Option("--again", help="Send a file once more that was delivered already.")]
Live = Annotated[bool, typer.Option("--live", help="Really send, before agency.toml says live = true.")]
ConfirmLarge = Annotated[
    bool, typer.Option("--confirm-large", help="Yes, this snapshot closes more than half of the records.")
]
FileOrFolder = Annotated[Path, typer.Argument(help="The export (CSV), or the folder that `encode` made.")]


def encode(
    context: typer.Context,
    file: File,
    mapping: MappingFile = None,
    workspace: Folder = HERE,
    chunk_rows: ChunkRows = CHUNK_ROWS,
    again: Again = False,
    json: AsJson = False,
) -> int:
    """Makes the chunks of a file without sending them; `send` the folder later. Needs the linkage unit."""
    edges = edges_of(context)
    screen, post = Screen(json), open_post(workspace_in(workspace, edges), edges)
    given = post.read(file, mapping)
    prepared = post.prepare(given)
    rejects = write_rejects(file.parent, prepared.rejected)
    with _alone(post, screen):
        delivery = post.begin(given, prepared, chunk_rows=chunk_rows, again=again)
        _make_chunks(post, screen, delivery, prepared)
    rejected = len({one.row for one in delivery.manifest.rejected})
    content = {"folder": str(delivery.folder), "chunks": delivery.manifest.chunks, "rejected": rejected, "sent": False}
    lines = [f"{rows(rejected)} can't be sent: see {rejects}"] if rejected else []
    lines.append(f"Made {delivery.folder}. Nothing was sent: `broker-agency send` that folder.")
    screen.result(content, lines)
    return Exit.SOME_REJECTED if rejected else Exit.ACCEPTED


def send(  # noqa: PLR0913
    context: typer.Context,
    file: FileOrFolder,
    mapping: MappingFile = None,
    workspace: Folder = HERE,
    chunk_rows: ChunkRows = CHUNK_ROWS,
    again: Again = False,
    live: Live = False,
    confirm_large: ConfirmLarge = False,
    json: AsJson = False,
) -> int:
    """Sends a file. Safe to run again at any time: it goes on where it stopped, and never sends twice."""
    edges = edges_of(context)
    screen, post = Screen(json), open_post(workspace_in(workspace, edges), edges)
    if file.is_dir():
        with _alone(post, screen):
            return _finish(post, screen, _Sending(open_delivery(file), _not_encoded, file, confirm_large))
    given = post.read(file, mapping)
    prepared = post.prepare(given)
    write_rejects(file.parent, prepared.rejected)
    if not (live or post.workspace.live):
        return _rehearse(screen, prepared, quality.report(given.table, prepared))
    with _alone(post, screen):
        delivery = post.begin(given, prepared, chunk_rows=chunk_rows, again=again)
        encode_rows = post.encode_rows(delivery, prepared)
        items = items_of(prepared)
        return _finish(post, screen, _Sending(delivery, encode_rows, file.parent, confirm_large, items=items))


def status(
    context: typer.Context,
    workspace: Folder = HERE,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask the broker.")] = False,
    json: AsJson = False,
) -> int:
    """Lists the deliveries of this workspace and, for unfinished ones, what the broker holds."""
    edges = edges_of(context)
    screen, post = Screen(json), open_post(workspace_in(workspace, edges), edges)
    deliveries = all_deliveries(post.workspace.state)
    lines = [listed(delivery) for delivery in deliveries]
    unfinished = [(delivery, line) for delivery, line in zip(deliveries, lines, strict=True) if not line["complete"]]
    if unfinished and not offline:
        with post.broker() as broker:
            for delivery, line in unfinished:
                try:
                    line["broker_chunks"] = len(read_status(broker, delivery.manifest.batch).chunks)
                except NotFound:
                    line["broker_chunks"] = 0
    screen.result({"deliveries": lines}, [status_line(line) for line in lines] or ["Nothing has been delivered yet."])
    return Exit.ACCEPTED


def retract(
    context: typer.Context,
    references: Annotated[list[str], typer.Argument(help="Your own references of the records.", metavar="REF...")],
    source: Annotated[str | None, typer.Option("--source", "-s", help="Their source, if you have several.")] = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Closes records at the broker, by your own references."""
    edges = edges_of(context)
    screen, post = Screen(json), open_post(workspace_in(workspace, edges), edges)
    sources = post.trust.agency(post.workspace.agency).sources
    if source is None and len(sources) != 1:
        raise BadInput("source-missing", "which source are these records of?", hint=f"--source {'|'.join(sources)}")
    with _alone(post, screen):
        delivery, refs = post.begin_retraction(source or sources[0], references)

        def encode_refs(encoder: Encoder, number: int) -> bytes:
            size = delivery.manifest.chunk_rows
            return encoder.encode_retractions(number, [*refs][size * (number - 1) : size * number])

        named = dict(enumerate(refs.values(), start=1))
        return _finish(post, screen, _Sending(delivery, encode_refs, None, references=named))


def _alone(post: Post, screen: Screen) -> AbstractContextManager[None]:
    return alone(post.workspace.state, lambda: screen.say("waiting for another delivery of this workspace to finish"))


def _make_chunks(post: Post, screen: Screen, delivery: Delivery, prepared: Prepared) -> None:
    with post.upload(delivery, post.encode_rows(delivery, prepared), progress=lambda receipt: None) as upload:
        for number in range(1, delivery.manifest.chunks + 1):
            upload.chunk(number)
            screen.say(f"chunk {number} of {delivery.manifest.chunks} made")


def _not_encoded(encoder: Encoder, number: int) -> bytes:
    hint = "give the file instead of the folder"
    raise BadInput("chunk-missing", f"chunk {number} of this delivery was not made or is too old", hint=hint)


def _rehearse(screen: Screen, prepared: Prepared, report: quality.Quality) -> int:
    content = {
        "ready": len(prepared.ready),
        "rejected": len(prepared.rejected),
        "sent": False,
        "findings": report.findings,
    }
    how = "add --live to send it, or set live = true in agency.toml once you are live"
    lines = rehearsal_lines(prepared, report)
    screen.result(content, [*lines, f"This was a rehearsal, nothing was sent: {how}."])
    return Exit.SOME_REJECTED if prepared.rejected else Exit.ACCEPTED


def _finish(post: Post, screen: Screen, sending: _Sending) -> int:
    """Sends what is left of a delivery and reports it; rejects.csv goes into its folder."""
    delivery = sending.delivery
    done = delivery.closed()
    closed = done
    if closed is None:
        with (
            screen.progress(delivery.manifest.chunks) as progress,
            post.upload(delivery, sending.encode, progress=progress) as upload,
        ):
            closed = upload.run(now=post.edges.seconds, confirm_large=sending.confirm_large)
            watch = LogWatch(post.workspace, post.trust, upload.broker.http, post.edges)
            watch.saw(notes_in(one.proof for one in delivery.receipts()[-1:] if one.proof))
    already = done is not None
    sent = Sent(delivery, closed, sending.folder, already, items=sending.items, references=sending.references)
    screen.result(sent_content(sent), sent_lines(sent))
    return Exit.SOME_REJECTED if sent.rejected() else Exit.ACCEPTED
