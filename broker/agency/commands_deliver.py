"""`encode`, `send`, `status` and `retract`: a file becomes a delivery, and a delivery reaches the broker.

A command line takes as many arguments as it has options, so these functions may take more than six.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

from broker.agency import quality
from broker.agency.commands_check import summary
from broker.agency.delivery import Closed, Delivery, RejectedRow, all_deliveries, open_delivery
from broker.agency.encode import CHUNK_ROWS, MAX_CHUNK_ROWS, Encoder
from broker.agency.exits import Exit
from broker.agency.inputs import read_input
from broker.agency.lock import alone
from broker.agency.options import HERE, AsJson, File, Folder, MappingFile, edges_of, workspace_in
from broker.agency.posting import Post, open_post
from broker.agency.ready import Prepared
from broker.agency.rejects import write_rejects
from broker.agency.screen import Screen, rows
from broker.agency.upload import read_status, rejected_rows
from broker.agency.words import day_of, moment
from broker.errors import BadInput, NotFound

Encode = Callable[[Encoder, int], bytes]
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
    screen, post = Screen(json), open_post(workspace_in(workspace), edges_of(context))
    given = read_input(file, mapping, today=post.edges.now().date())
    prepared = post.prepare(given)
    write_rejects(file.parent, prepared.rejected)
    with _alone(post, screen):
        delivery = post.begin(given, prepared, chunk_rows=chunk_rows, again=again)
        _make_chunks(post, screen, delivery, prepared)
    content = {"folder": str(delivery.folder), "chunks": delivery.manifest.chunks, "sent": False}
    screen.result(content, [f"Made {delivery.folder}. Nothing was sent: `broker-agency send` that folder."])
    return Exit.SOME_REJECTED if delivery.manifest.rejected else Exit.ACCEPTED


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
    screen, post = Screen(json), open_post(workspace_in(workspace), edges_of(context))
    if file.is_dir():
        with _alone(post, screen):
            delivery = open_delivery(file)
            return _finish(post, screen, delivery, encode=_not_encoded, folder=file, confirm_large=confirm_large)
    given = read_input(file, mapping, today=post.edges.now().date())
    prepared = post.prepare(given)
    write_rejects(file.parent, prepared.rejected)
    if not (live or post.workspace.live):
        return _rehearse(screen, prepared, quality.report(given.table))
    with _alone(post, screen):
        delivery = post.begin(given, prepared, chunk_rows=chunk_rows, again=again)
        encode_rows = post.encode_rows(delivery, prepared)
        return _finish(post, screen, delivery, encode=encode_rows, folder=file.parent, confirm_large=confirm_large)


def status(
    context: typer.Context,
    workspace: Folder = HERE,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask the broker.")] = False,
    json: AsJson = False,
) -> int:
    """Lists the deliveries of this workspace and, for unfinished ones, what the broker holds."""
    screen, post = Screen(json), open_post(workspace_in(workspace), edges_of(context))
    deliveries = all_deliveries(post.workspace.state)
    listed = [_listed(delivery) for delivery in deliveries]
    unfinished = [(delivery, line) for delivery, line in zip(deliveries, listed, strict=True) if not line["complete"]]
    if unfinished and not offline:
        with post.broker() as broker:
            for delivery, line in unfinished:
                try:
                    line["broker_chunks"] = len(read_status(broker, delivery.manifest.batch).chunks)
                except NotFound:
                    line["broker_chunks"] = 0
    screen.result(
        {"deliveries": listed}, [_status_line(line) for line in listed] or ["Nothing has been delivered yet."]
    )
    return Exit.ACCEPTED


def retract(
    context: typer.Context,
    references: Annotated[list[str], typer.Argument(help="Your own references of the records.", metavar="REF...")],
    source: Annotated[str | None, typer.Option("--source", "-s", help="Their source, if you have several.")] = None,
    workspace: Folder = HERE,
    json: AsJson = False,
) -> int:
    """Closes records at the broker, by your own references."""
    screen, post = Screen(json), open_post(workspace_in(workspace), edges_of(context))
    sources = post.trust.agency(post.workspace.agency).sources
    if source is None and len(sources) != 1:
        raise BadInput("source-missing", "which source are these records of?", hint=f"--source {'|'.join(sources)}")
    with _alone(post, screen):
        delivery, refs = post.begin_retraction(source or sources[0], references)

        def encode_refs(encoder: Encoder, number: int) -> bytes:
            size = delivery.manifest.chunk_rows
            return encoder.encode_retractions(number, refs[size * (number - 1) : size * number])

        return _finish(post, screen, delivery, encode=encode_refs, folder=None, confirm_large=False)


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
    lines = summary(prepared, report)
    content = {
        "ready": len(prepared.ready),
        "rejected": len(prepared.rejected),
        "sent": False,
        "findings": report.findings,
    }
    how = "add --live to send it, or set live = true in agency.toml once you are live"
    screen.result(content, [*lines, f"This was a rehearsal, nothing was sent: {how}."])
    return Exit.SOME_REJECTED if prepared.rejected else Exit.ACCEPTED


def _finish(
    post: Post, screen: Screen, delivery: Delivery, *, encode: Encode, folder: Path | None, confirm_large: bool
) -> int:
    """Sends what is left of a delivery and reports it; rejects.csv goes into `folder`."""
    done = delivery.closed()
    if done is None:
        with (
            screen.progress(delivery.manifest.chunks) as progress,
            post.upload(delivery, encode, progress=progress) as upload,
        ):
            closed = upload.run(now=post.edges.seconds, confirm_large=confirm_large)
    else:
        closed = done
    every = [*delivery.manifest.rejected, *rejected_rows(delivery.receipts())]
    rejects = _rejected_lines(every, folder)
    if done is not None:
        lines = [f"already delivered on {day_of(done.at)}: nothing to send"]
    else:
        lines = [_sent_line(delivery, closed), *rejects]
    screen.result({**_result(delivery, closed), "already": done is not None}, lines)
    return Exit.SOME_REJECTED if every and done is None else Exit.ACCEPTED


def _rejected_lines(every: list[RejectedRow], folder: Path | None) -> list[str]:
    """Lists the rejected rows in rejects.csv, or here when there is no file to lay it beside."""
    if folder is None:
        return [f"row {one.row} was not taken: {one.reason}" for one in every]
    path = write_rejects(folder, every)
    return [f"{rows(len({one.row for one in every}))} were not taken: see {path}"] if every else []


def _sent_line(delivery: Delivery, closed: Closed) -> str:
    """What the verified receipts add up to."""
    receipts = delivery.receipts()
    kept, retracted, refused = (
        sum(getattr(one, name) for one in receipts) for name in ("kept", "retracted", "rejected")
    )
    parts = [f"{rows(kept)} kept"]
    parts += [f"{retracted:,} retracted"] if retracted else []
    parts += [f"{refused:,} rejected by the broker"] if refused else []
    parts += [f"{closed.status.closed_records:,} older records closed"] if closed.status.closed_records else []
    return f"Delivered: {', '.join(parts)}."


def _result(delivery: Delivery, closed: Closed) -> dict[str, Any]:
    status = closed.status
    return {
        "sent": True,
        "source": status.source,
        "batch": status.batch.hex(),
        "delivered_at": closed.at,
        "kept": status.kept,
        "retracted": status.retracted,
        "rejected": status.rejected + len(delivery.manifest.rejected),
        "closed_records": status.closed_records,
        "folder": str(delivery.folder),
    }


def _listed(delivery: Delivery) -> dict[str, Any]:
    manifest, closed = delivery.manifest, delivery.closed()
    return {
        "file": manifest.file,
        "source": manifest.source,
        "begun": manifest.version,
        "batch": manifest.batch.hex(),
        "rows": manifest.rows,
        "chunks": manifest.chunks,
        "receipts": len(delivery.receipts()),
        "complete": closed is not None,
        "completed": closed.at if closed else None,
        "folder": str(delivery.folder),
    }


def _status_line(line: dict[str, Any]) -> str:
    what = f"{line['source']} {line['file']}: {rows(line['rows'])}, begun {moment(line['begun'])}"
    if line["complete"]:
        return f"{what}, complete {moment(line['completed'])}"
    held = f", the broker has {line['broker_chunks']}" if "broker_chunks" in line else ""
    return f"{what}, {line['receipts']} of {line['chunks']} chunks sent{held}: run `send` again to finish"
