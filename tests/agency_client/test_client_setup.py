"""Workspaces, `check`, `explain`, `doctor` and `init`: what works without a network, and how mistakes are told."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import threading

import httpx2
import pytest
from client_export import BAD_ROW, MAPPING, ROWS, write_export
from client_parties import Parties, counted, make_workspace, secret, trust_json
from trust_lists import change

from broker.agency import cli, mapping
from broker.agency.edges import Edges, real_edges
from broker.agency.lock import alone
from broker.agency.workspace import read_workspace
from broker.errors import Misconfigured
from broker.wire.fields import encode64


def test_check_needs_no_key_and_no_network(run, parties, export) -> None:
    """An analyst reads a report before any agreement is signed."""
    code, out, _ = run("check", export)
    assert code == 0
    assert "5 rows can be sent for csc, 0 rows can't." in out
    assert "Nothing was sent." in out
    assert json.loads((export.parent / "quality.json").read_text())["rows"] == 5
    assert "<h1>" in (export.parent / "quality.html").read_text()
    assert (export.parent / "rejects.csv").read_text(encoding="utf-8-sig") == "row,field,reason\n"
    assert parties.requests == []


def test_check_lists_rejects_without_values(run, tmp_path) -> None:
    """rejects.csv says where and why; it can be sent to a help desk."""
    unusable = ROWS[1].replace("Ada Marsh", "Robert Quillfeather")
    export = write_export(tmp_path / "exports", (ROWS[0], unusable, BAD_ROW))
    code, out, _ = run("check", export, "--out", tmp_path / "report", "--json")
    assert code == 4
    content = json.loads(out)
    assert [one["row"] for one in content["rejected"]] == [3, 4]
    text = (tmp_path / "report" / "rejects.csv").read_text(encoding="utf-8-sig")
    assert text.count("\n") == 3
    for value in ("Quillfeather", "ZY2", "C6", "1988"):
        assert value not in text + out


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"", 3), (b"\x00\x01\x02" * 50, 3), (b"Client ID,Nothing else\n1,2\n", 3), (b'a,"b\n', 3)],
)
def test_unusable_files_are_refused_whole(run, export, content, expected) -> None:
    """A file that can't be understood is refused with a reason, never a traceback."""
    export.write_bytes(content)
    code, out, err = run("check", export)
    assert (code, out) == (expected, "")
    assert err.startswith("broker-agency: ")
    assert "Traceback" not in err


def test_explain_says_what_leaves_and_for_whom(run, export) -> None:
    """Which fields become match keys, what leaves sealed, what the linkage unit and the broker see."""
    code, out, _ = run("explain", export, "2")
    assert code == 0
    said = " ".join(out.split())
    for text in ("NHS number", "date of birth + postcode", "csc.cp_plan", "Ada Marsh", "linkage unit", "never"):
        assert text in said
    assert "the person's name" in said
    assert "Siobhan" not in out
    protected = " ".join(run("explain", export, "4")[1].split())
    assert "not made, because this person is protected" in protected
    assert run("explain", export, "99")[0] == 3
    assert "Who sees what" in json.loads(run("explain", export, "2", "--json")[1])


def test_doctor_finds_nothing_wrong(run, parties) -> None:
    """A good workspace passes every check, and only health is asked."""
    code, out, _ = run("doctor")
    assert code == 0
    assert "PROBLEM" not in out
    assert {path for _, path in parties.requests} == {"/healthz"}


@pytest.mark.parametrize(
    ("name", "expected", "says"),
    [
        ("readable", 6, "others can read"),
        ("clock", 6, "clock is +3600 seconds off"),
        ("other key", 6, "another key than ours"),
        ("down", 5, "no answer at"),
        ("no trust", 6, "there is no metadata/timestamp.json in the trust list"),
        ("no desk key", 6, "`desk` is missing"),
    ],
)
def test_doctor_finds(run, parties, workspace, name, expected, says) -> None:
    """Each thing that commonly goes wrong is named, with what to do."""
    if name == "readable":
        (workspace / "secrets.json").chmod(0o644)
    elif name == "clock":
        late = (parties.now - dt.timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        parties.answers["healthz"] = lambda request: httpx2.Response(200, headers={"date": late})
    elif name == "down":

        def down(request: httpx2.Request) -> httpx2.Response:
            raise httpx2.ConnectError("x")

        parties.answers["healthz"] = down
    elif name == "no trust":
        (workspace / "keys" / "metadata" / "timestamp.json").unlink()
    else:
        _change_secrets(workspace, drop=name == "no desk key")
    code, out, _ = run("doctor")
    assert code == expected
    assert says in out
    assert "Traceback" not in out


def test_doctor_names_a_problem_once(run, workspace) -> None:
    """One wrong permission reads like five problems."""
    (workspace / "secrets.json").chmod(0o644)
    assert run("doctor")[1].count("PROBLEM") == 1


def _change_secrets(workspace, *, drop: bool) -> None:
    path = workspace / "secrets.json"
    content = json.loads(path.read_text())
    if drop:
        del content["secrets"]["desk"]
    else:
        content["secrets"]["delivery"] = encode64(secret("somebody else"))
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('agency = "council"', 'agency = "Council!"', "`agency`"),
        ('agency = "council"', "", "`agency` is missing"),
        ("https://broker.example", "http://broker.example", "does not begin with https://"),
        ("https://broker.example", "nonsense", "is not an address"),
        ("https://broker.example", "https://me:pw@broker.example", "is not an address"),
        ("live = true", 'live = "yes"', "`live`"),
        ("live = true", "live = true\ncolour = 1", "`colour` is not a setting"),
        ("training_on = 2026-01-15", 'training_on = 2026-01-15\nrelation = "team"', "takes no relation"),
        ("synthetic_numbers = true", 'synthetic_numbers = "some"', "`synthetic_numbers`"),
        ("training_on = 2026-01-15", 'training_on = "soon"', "training_on"),
        ("live = true", "live = ", "not valid TOML"),
    ],
)
def test_a_wrong_workspace_names_its_setting(workspace, old, new, says) -> None:
    """Whoever set it up reads the file and the setting, not a stack of calls."""
    path = workspace / "agency.toml"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(Misconfigured) as raised:
        read_workspace(workspace)
    assert says in str(raised.value)
    assert "agency.toml" in str(raised.value)


def test_http_is_for_this_machine_only(workspace) -> None:
    """The demonstration runs on one machine; anywhere else names of services must not travel in clear."""
    path = workspace / "agency.toml"
    path.write_text(path.read_text().replace("https://broker.example", "http://127.0.0.1:8000/"))
    assert read_workspace(workspace).broker_url == "http://127.0.0.1:8000"


def test_another_places_trust_list_is_refused(workspace) -> None:
    """Tokens of one place mean nothing in another."""
    change(workspace, json.loads(trust_json()) | {"place": "elsewhere"})
    with pytest.raises(Misconfigured) as raised:
        read_workspace(workspace).read_trust()
    assert raised.value.code == "trust-other-place"


def test_check_says_one_thing_everywhere(run, tmp_path) -> None:
    """The screen, the page, the JSON and rejects.csv count other rows than one another."""
    unknown = "C7,,Ferndale,,,,,,Ben Carver,01632 960222,21/10/2026,,,,"
    tomorrow = ROWS[1].replace("C2", "C8").replace("03/02/2026", "03/02/2026").replace(",,,,Ada", ",,23/11/2026,,Ada")
    export = write_export(tmp_path / "exports", (*ROWS, unknown, tomorrow, BAD_ROW))
    code, out, _ = run("check", export)
    folder = export.parent
    content = json.loads((folder / "quality.json").read_text())
    lines = (folder / "rejects.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    assert code == 4
    assert "5 rows can be sent for csc, 3 rows can't." in out and "3 of 8 rows can't be sent" in out
    assert (content["rows"], content["rejected"], len(content["rejects"]), len(lines)) == (5, 3, 3, 3)
    assert content["rejects_by_reason"] == {"too-little-known": 1, "date-wrong": 1, "person-missing": 1}
    assert lines[1] == "8,csc.cp_plan.on,is after today"
    page = (folder / "quality.html").read_text()
    assert all(reason in page for reason in ("too-little-known", "date-wrong", "person-missing"))


def test_a_day_after_today_is_refused(run, tmp_path) -> None:
    """A mistyped year makes a record the newest for ever, or says that a file covers what has not happened."""
    for line, field in (
        ("as_of = 2026-11-23", "coverage.as_of"),
        ("as_of = 2026-11-20\nto = 2027-01-01", "coverage.to"),
    ):
        export = write_export(tmp_path / field, ROWS[:1], MAPPING.replace("as_of = 2026-11-20", line))
        assert run("check", export)[0] == 3
        rejects = (export.parent / "rejects.csv").read_text(encoding="utf-8-sig")
        assert f"2,{field},is after today" in rejects
    later = MAPPING.replace('started = "Start"', 'last_contact = "Start"')
    export = write_export(tmp_path / "contact", (ROWS[0].replace("03/02/2026", "23/11/2026"),), later)
    assert run("check", export)[0] == 3


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('source = "csc"', 'source = "my_source"', "`my_source` is an example that nobody has replaced, line 1"),
        ("Children's social care", "Name of the service", "`Name of the service` is an example"),
        ("as_of = 2026-11-20", "as_of = 1900-01-01     # the day of the export", "`1900-01-01` is an example"),
        ('"Brackwater"', '"Name of the area"', "`Name of the area` is an example"),
    ],
)
def test_examples_in_a_mapping_are_refused(run, tmp_path, old, new, says) -> None:
    """What `init` wrote in for want of better is posted as the name of a service."""
    text = MAPPING.replace(old, new, 1).replace(
        "csc.cp_plan", "my_source.cp_plan" if "source" in old else "csc.cp_plan"
    )
    code, _, err = run("check", write_export(tmp_path / "exports", ROWS, text))
    assert code == 3
    assert says in err


def test_numbers_of_made_up_people_count_in_a_demonstration_only(run, workspace, parties, tmp_path, export) -> None:
    """Test people get into a live place by their numbers."""
    run("check", export, "--workspace", workspace)
    assert json.loads((export.parent / "quality.json").read_text())["fields"]["nhs"]["valid"] == 1
    path = workspace / "agency.toml"
    path.write_text(path.read_text().replace("synthetic_numbers = true\n", ""))
    run("check", export, "--workspace", workspace)
    nhs = json.loads((export.parent / "quality.json").read_text())["fields"]["nhs"]
    assert (nhs["valid"], nhs["placeholder"]) == (0, 1)
    about = tmp_path / "about.toml"
    about.write_text('nhs = "9990000018"\n')
    said = ("--relation", "team", "--perpetrator-view", "no")
    code, _, err = run("ask", "-p", "early_help", "--about", about, *said)
    assert code == 3 and "nhs: a number for made-up people" in err
    assert parties.requests == []


def _process(*arguments: str, typed: str) -> subprocess.CompletedProcess[str]:
    """The program as a user starts it, with `typed` at the keyboard."""
    command = [sys.executable, "-m", "broker.agency.cli", *arguments]
    return subprocess.run(command, input=typed, capture_output=True, text=True, check=False)


def test_the_person_is_read_from_standard_input(workspace) -> None:
    """Nothing about a person is an argument; what is wrong with what was piped in is told without repeating it."""
    said = ("--relation", "allocated", "--perpetrator-view", "no")
    arguments = ("ask", "--purpose", "early_help", "--workspace", str(workspace), *said)
    done = _process(*arguments, typed='{"forename": "Siobhan", "dob": "yesterday"}')
    assert (done.returncode, done.stdout) == (3, "")
    assert "dob" in done.stderr
    assert "Siobhan" not in done.stderr


def test_what_decides_is_asked_at_a_terminal(workspace, tmp_path) -> None:
    """A caseworker at the keyboard is sent away to look up options, or an answer that is none is taken."""
    about = tmp_path / "about.toml"
    about.write_text('forename = "Siobhan"\n')
    command = [sys.executable, "-m", "broker.agency.cli", "ask", "--purpose", "early_help", "--about", str(about)]
    keyboard, terminal = os.openpty()
    os.write(keyboard, b"friend\nteam\nyes\n")
    command += ["--workspace", str(workspace)]
    done = subprocess.run(command, stdin=terminal, capture_output=True, text=True, check=False, timeout=60)
    os.close(keyboard)
    os.close(terminal)
    assert (done.returncode, done.stdout.strip()) == (3, "")
    order = ("What are you to this person?", "my team is working with them", "alleged to have harmed", "too little to")
    places = [done.stderr.find(text) for text in order]
    assert -1 not in places and places == sorted(places), done.stderr


def test_deliveries_of_one_workspace_wait_for_each_other(tmp_path) -> None:
    """Two nightly jobs that overlap must not begin the same delivery twice."""
    order: list[str] = []
    is_waiting = threading.Event()

    def second() -> None:
        with alone(tmp_path, is_waiting.set):
            order.append("second")

    with alone(tmp_path, lambda: None):
        thread = threading.Thread(target=second)
        thread.start()
        assert is_waiting.wait(timeout=10)
        order.append("first")
    thread.join(timeout=10)
    assert order == ["first", "second"]


def test_usage_errors_exit_2(run, capsys) -> None:
    """Unknown commands, missing arguments and missing files are usage errors."""
    assert cli.main([], real_edges()) == 2
    assert cli.main(["nonsense"], real_edges()) == 2
    assert cli.main(["check"], real_edges()) == 2
    assert cli.main(["--help"], real_edges()) == 0
    assert run("check", "no/such/file.csv")[0] == 2
    assert "Traceback" not in capsys.readouterr().err


def test_no_workspace_says_what_to_do(tmp_path, capsys) -> None:
    """The first mistake everybody makes."""
    assert cli.main(["status", "--workspace", str(tmp_path)], Parties().edges()) == 2
    assert "run `broker-agency init` there" in capsys.readouterr().err


def test_a_fault_shows_no_traceback_and_no_value(export, tmp_path, capsys) -> None:
    """An unexpected exception is named as our fault, with where and without its words."""

    def broken() -> dt.datetime:
        raise RuntimeError("Siobhan Quillfeather")

    edges = Edges(now=broken, random_bytes=counted(), pause=lambda seconds: None)
    code = cli.main(["check", str(export)], edges)
    err = capsys.readouterr().err
    assert code == 1
    assert "this is a fault in broker-agency" in err
    assert "incident " in err
    assert "commands_check.py line" in err
    assert "Quillfeather" not in err
    assert "Traceback" not in err


def test_secrets_are_in_no_argument_and_no_repr(workspace) -> None:
    """Arguments are visible to other users of a machine, reprs end in logs."""
    place = read_workspace(workspace)
    for value in (place, place.read_secrets(), place.delivery_signer()):
        for name in ("delivery", "desk", "reference", "evidence"):
            assert secret(name).hex() not in repr(value)
            assert repr(secret(name))[2:-1] not in repr(value)


def test_unwritable_folders_are_told(export, tmp_path, capsys) -> None:
    """A read-only share is a problem of whoever runs it, not a fault."""
    blocked = tmp_path / "blocked"
    blocked.write_text("a file, not a folder")
    code = cli.main(["check", str(export), "--out", str(blocked / "x")], Parties().edges())
    assert code == 2
    assert "can't read or write" in capsys.readouterr().err


def test_workspace_fixture_matches_what_is_documented(tmp_path) -> None:
    """The example in the module's docstring can be used as it stands."""
    from broker.agency import workspace as module

    folder = make_workspace(tmp_path / "x")
    example = "\n".join(line[4:] for line in (module.__doc__ or "").splitlines() if line.startswith("    "))
    (folder / "agency.toml").write_text(example)
    assert read_workspace(folder).staff[0].role == "council.social_worker"
    assert os.path.isabs(read_workspace(folder.resolve()).state)


def test_mapping_of_the_fixture_is_valid() -> None:
    """The other tests rest on it."""
    assert mapping.parse(MAPPING.encode()).source == "csc"
