"""Deliveries: idempotent, resumable, checked, and honest about what happened."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import httpx2
import pytest
from client_export import BAD_ROW, MAPPING, ROWS, write_export
from client_parties import Parties, PowerCut, problem, read_chunk

from broker.agency import delivery as deliveries

CHUNKED = ("--chunk-rows", "2")


def _deliveries(workspace: Path) -> list[deliveries.Delivery]:
    return deliveries.all_deliveries(workspace / "state")


def _ref_rows(parties: Parties) -> list[int]:
    return sorted(row.row for body in parties.chunks.values() for row in read_chunk(body)[1])


def test_sends_every_row_once_and_keeps_verified_receipts(run, parties, export, workspace) -> None:
    """A file reaches the broker whole, in chunks, and every chunk has a receipt on disk."""
    code, out, err = run("send", export, *CHUNKED)
    assert (code, out.strip()) == (0, "Delivered: 5 rows kept.")
    assert err.splitlines() == [
        f"chunk {n} of 3: {rows} kept" for n, rows in ((1, "2 rows"), (2, "2 rows"), (3, "1 row"))
    ]
    assert _ref_rows(parties) == [2, 3, 4, 5, 6]
    [delivery] = _deliveries(workspace)
    assert len(delivery.receipts()) == 3
    assert len(parties.closes) == 1
    assert parties.closes[0].chunks == tuple(receipt.digest for receipt in delivery.receipts())


def test_same_file_again_sends_nothing(run, parties, export) -> None:
    """Running a nightly job twice must not deliver twice."""
    run("send", export)
    before = len(parties.requests)
    code, out, _ = run("send", export)
    assert (code, out.strip()) == (0, "already delivered on 22 November 2026: nothing to send")
    assert len(parties.requests) == before


def test_again_makes_a_new_delivery_with_a_later_version(run, parties, export, workspace) -> None:
    """--again sends a new version of every record, also within the same second."""
    run("send", export)
    code, _, _ = run("send", export, "--again")
    first, second = _deliveries(workspace)
    assert code == 0
    assert second.manifest.version == first.manifest.version + 1
    assert second.manifest.batch != first.manifest.batch


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("at", range(1, 8))
def test_power_cut_at_any_request_loses_and_repeats_nothing(run, parties, export, workspace, at, moment) -> None:
    """Three evaluations, three chunks and a close: the power fails at each, before or after the other side acted."""
    parties.cut = (at, moment)
    with pytest.raises(PowerCut):
        run("send", export, *CHUNKED)
    stored = {path.name: path.read_bytes() for path in workspace.glob("state/deliveries/*/chunk-*.jsonl")}
    parties.cut = (0, "")
    code, out, _ = run("send", export, *CHUNKED)
    assert (code, out.strip()) == (0, "Delivered: 5 rows kept.")
    assert _ref_rows(parties) == [2, 3, 4, 5, 6]
    [delivery] = _deliveries(workspace)
    for name, body in stored.items():
        assert (delivery.folder / name).read_bytes() == body
    assert {deliveries.digest(delivery.chunk(n) or b"") for n in (1, 2, 3)} == set(parties.chunks)


def test_crash_between_any_two_files_is_finished_by_running_again(run, parties, export, workspace) -> None:
    """Whatever prefix of a delivery's files made it to the disk, the next run ends in the same state."""
    run("send", export, *CHUNKED)
    [delivery] = _deliveries(workspace)
    order = ["closed.json"]
    order += [name for n in (3, 2, 1) for name in (f"chunk-000{n}.receipt.json", f"chunk-000{n}.jsonl")]
    kept = dict(parties.receipts)
    for lost in range(1, len(order) + 1):
        for name in order[:lost]:
            (delivery.folder / name).unlink(missing_ok=True)
        (delivery.folder / ".chunk-0001.jsonl.tmp").write_bytes(b"half a chu")
        code, _, _ = run("send", export, *CHUNKED)
        assert code == 0
        assert delivery.closed() is not None
        assert len(delivery.receipts()) == 3
        if "chunk-0001.jsonl" not in order[:lost] and "chunk-0003.jsonl" not in order[:lost]:
            assert parties.receipts == kept


def test_an_expired_chunk_is_made_anew(run, parties, export, workspace) -> None:
    """A chunk that never arrived and is too old is encoded again; the broker takes it once."""
    parties.cut = (2, "before")
    with pytest.raises(PowerCut):
        run("send", export)
    [delivery] = _deliveries(workspace)
    old = delivery.chunk(1)
    parties.cut, parties.now = (0, ""), parties.now + dt.timedelta(days=1)
    code, _, _ = run("send", export)
    assert code == 0
    assert delivery.chunk(1) != old
    assert len(parties.chunks) == 1


def test_rejected_rows_are_listed_and_held(run, parties, tmp_path, workspace) -> None:
    """Rows refused here and by the broker are in rejects.csv, and a snapshot does not close their records."""
    export = write_export(tmp_path / "exports", (*ROWS, BAD_ROW))
    parties.reject = frozenset({4})
    code, out, _ = run("send", export)
    assert code == 4
    assert "2 rows were not taken" in out
    with (export.parent / "rejects.csv").open(encoding="utf-8-sig") as stream:
        listed = list(csv.DictReader(stream))
    assert [(row["row"], row["field"]) for row in listed] == [("4", "items.0"), ("7", "forename")]
    [delivery] = _deliveries(workspace)
    refs = {row.row: row.ref for row in read_chunk(delivery.chunk(1) or b"")[1]}
    assert refs[4] in parties.closes[0].held
    assert len(parties.closes[0].held) == 2


def test_a_file_sent_before_is_still_not_whole(run, parties, tmp_path) -> None:
    """Running a job again turns rejected rows into success."""
    export = write_export(tmp_path / "exports", (*ROWS, BAD_ROW))
    parties.reject = frozenset({2})
    first, again = run("send", export), run("send", export)
    assert (first[0], again[0]) == (4, 4)
    assert "already delivered on 22 November 2026: nothing to send" in again[1]
    assert first[1].splitlines()[1] == again[1].splitlines()[1] == f"2 rows were not taken: see {_rejects(export)}"
    assert "2,csc.cp_plan,no such item" in _rejects(export).read_text(encoding="utf-8-sig")


def _rejects(export: Path) -> Path:
    return export.parent / "rejects.csv"


def test_rehearses_until_live(run, parties, export, workspace) -> None:
    """The first file of a new agency leaves the building only when somebody says so."""
    text = (workspace / "agency.toml").read_text().replace("live = true", "live = false")
    (workspace / "agency.toml").write_text(text)
    code, out, _ = run("send", export)
    assert code == 0
    assert "This was a rehearsal, nothing was sent" in out
    assert parties.requests == []
    assert run("send", export, "--live")[0] == 0
    assert _ref_rows(parties) == [2, 3, 4, 5, 6]


def test_encode_then_send_the_folder(run, parties, export, workspace) -> None:
    """A machine that may not reach the broker makes the chunks, another sends them."""
    code, out, _ = run("encode", export, *CHUNKED, "--json")
    folder = Path(json.loads(out)["folder"])
    assert code == 0
    assert parties.chunks == {}
    assert run("send", folder)[0] == 0
    assert _ref_rows(parties) == [2, 3, 4, 5, 6]


def test_encode_says_what_it_leaves_out(run, tmp_path) -> None:
    """Rows that can't be sent are missed when the folder is sent from another machine."""
    code, out, _ = run("encode", write_export(tmp_path / "exports", (*ROWS, BAD_ROW)))
    assert code == 4
    assert out.startswith("1 row can't be sent: see ")


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_changed_chunk_is_not_sent(run, parties, export, workspace, is_folder) -> None:
    """A flipped bit in sealed evidence is signed with the request, accepted, and matches nobody for ever."""
    run("encode", export, *CHUNKED)
    [delivery] = _deliveries(workspace)
    path = delivery.folder / "chunk-0002.jsonl"
    body = bytearray(path.read_bytes())
    body[body.index(b'"evidence":"') + 40] ^= 1
    path.write_bytes(body)
    before = len(parties.requests)
    code, out, err = run("send", delivery.folder if is_folder else export)
    assert (code, out, len(parties.requests)) == (3, "", before)
    assert f"{path} is not what was encoded" in err and "encode again" in err and "[delivery-damaged]" in err


def test_ctrl_c_loses_nothing_and_says_so(run, parties, export) -> None:
    """Somebody who stops a delivery is not told that it can go on, or a nightly job takes it for a fault."""

    def stop(request: httpx2.Request) -> httpx2.Response:
        raise KeyboardInterrupt

    parties.answers["PUT"] = stop
    code, _, err = run("send", export)
    assert code == 5
    assert err.endswith("broker-agency: stopped: nothing is lost, run the same command again\n")
    del parties.answers["PUT"]
    assert run("send", export)[0] == 0


def test_a_reference_that_is_not_held_is_named(run, parties, export) -> None:
    """A mistyped reference reads like a record that was closed."""
    run("send", export)
    parties.held = {row.ref for body in parties.chunks.values() for row in read_chunk(body)[1]}
    code, out, _ = run("retract", "C1", "C77")
    assert code == 4
    assert out.splitlines() == ["Delivered: 0 rows kept, 1 retracted.", "1 not held: check the reference `C77`"]


def test_retract_closes_by_own_reference(run, parties, export) -> None:
    """A retraction names the same record as the delivery did, and nothing else."""
    run("send", export)
    sent = {row.ref: row.row for body in parties.chunks.values() for row in read_chunk(body)[1]}
    code, out, _ = run("retract", "C1", "C4")
    [(header, rows)] = [c for c in map(read_chunk, parties.chunks.values()) if c[0].delivery == "delta"]
    assert (code, header.evaluation) == (0, None)
    assert "2 retracted" in out
    assert {sent[row.ref] for row in rows} == {2, 5}
    assert all(row.retract for row in rows)


def test_status_tells_how_far(run, parties, export) -> None:
    """An unfinished delivery says so, with what the broker holds."""
    assert "Nothing has been delivered yet." in run("status")[1]
    parties.cut, parties.cut_counts = (3, "before"), "PUT"
    with pytest.raises(PowerCut):
        run("send", export, *CHUNKED)
    parties.cut = (0, "")
    code, out, _ = run("status")
    assert code == 0
    assert "2 of 3 chunks sent, the broker has 2: run `send` again to finish" in out
    run("send", export, *CHUNKED)
    assert json.loads(run("status", "--json")[1])["deliveries"][0]["complete"] is True


def _fails(status: int, code: str):
    return lambda request: problem(status, code, "as the party says it", hint="what to do")


def test_a_closed_batch_says_how_to_begin_again(run, parties, export) -> None:
    """Somebody is told what is wrong and not which command helps."""
    parties.answers["PUT"] = _fails(409, "batch-closed")
    code, _, err = run("send", export)
    assert code == 3
    assert "`broker-agency send FILE --again`" in err


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (503, "store-down", 5),
        (500, "internal", 5),
        (429, "quota-reached", 5),
        (403, "agency-unknown", 6),
        (401, "request-signature-invalid", 6),
        (409, "close-too-large", 3),
        (422, "scheme-unknown", 3),
    ],
)
def test_refusals_end_with_their_exit_code(run, parties, export, status, code, expected) -> None:
    """A nightly job tells from the exit code whether to wait, to call somebody or to mend the file."""
    parties.answers["PUT"] = _fails(status, code)
    exit_code, out, err = run("send", export)
    assert (exit_code, out) == (expected, "")
    assert f"broker-agency: as the party says it (what to do) [{code}]" in err


def test_network_failure_is_retried_then_temporary(run, parties, export) -> None:
    """A broken line is tried four times, and then nothing is lost."""

    def broken(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("x")

    parties.answers["PUT"] = broken
    code, _, err = run("send", export)
    assert code == 5
    assert "the broker does not answer" in err
    assert "nothing is lost: run the same command again" in err
    assert [method for method, _ in parties.requests].count("PUT") == 4
    del parties.answers["PUT"]
    assert run("send", export)[0] == 0


def test_raw_bodies_of_errors_are_never_shown(run, parties, export) -> None:
    """A proxy's error page may hold anything."""
    parties.answers["PUT"] = lambda request: httpx2.Response(502, text="<html>SECRET</html>")
    _, out, err = run("send", export)
    assert "SECRET" not in out + err


def test_a_forged_receipt_is_refused_and_not_kept(run, parties, export, workspace) -> None:
    """A receipt whose counts were changed, or whose proof is another's, stops the delivery."""
    run("send", export)
    [name] = parties.receipts
    good = parties.receipts[name]
    [delivery] = _deliveries(workspace)
    for update in ({"kept": good.kept - 1}, {"leaf": good.leaf.replace('"kept":5', '"kept":4')}, {"number": 2}):
        (delivery.folder / "closed.json").unlink(missing_ok=True)
        delivery.receipt_path(1).unlink(missing_ok=True)
        forged = good.model_copy(update={"proof": parties.log.prove(good.leaf), **update})
        parties.answers["PUT"] = _reply(forged)
        code, _, err = run("send", export)
        assert code == 6, err
        assert delivery.receipt(1) is None


def _reply(model):
    return lambda request: httpx2.Response(200, content=model.model_dump_json())


def test_refuses_files_that_are_not_ours(run, parties, tmp_path) -> None:
    """Another agency's mapping, or a source we do not post for, sends nothing."""
    other = write_export(tmp_path / "a", ROWS, MAPPING.replace('agency = "council"', 'agency = "police"'))
    assert run("send", other)[0] == 6
    source = MAPPING.replace('"csc"', '"eh"').replace("csc.cp_plan", "eh.cp_plan")
    assert run("send", write_export(tmp_path / "b", ROWS, source))[0] == 6
    assert parties.requests == []


def test_nothing_sendable_is_refused(run, parties, tmp_path) -> None:
    """A file of nothing but bad rows exits 3."""
    code, _, err = run("send", write_export(tmp_path / "exports", (BAD_ROW,)))
    assert code == 3
    assert "no row of the file can be sent" in err
    assert parties.requests == []
