"""What a file may be: its size, its name, what it must never hold."""

from __future__ import annotations

import ast
import json
import re

from repository import PACKAGE, ROOT, files, modules, parsed, texts

MOST_LINES = 400
BANNED = {"utils", "helpers", "common", "misc", "core", "base", "manager", "service", "models"}

# Spelt in two halves, so that this file does not hold what it looks for.
PRIVATE = re.compile("-----BEGIN" + r"[A-Z ]* PRIVATE KEY-----|" + r'"secrets"\s*:\s*\{\s*"[\w.]+"\s*:\s*"[\w-]{40,}')
MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/" + r"\w|\.\./" + "shared")
REGISTRIES = (
    "pypi" + ".org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "proxy.golang" + ".org",
    "crates" + ".io",
)


def test_no_file_has_grown_past_one_idea() -> None:
    """A file over 400 lines is more than one idea; nobody dares to split it later."""
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in modules("broker", "tests", "benchmarks")}
    # The verifier that an auditor takes home is one file, and may have 500 (`test_audit_evidence.py`).
    del lines[PACKAGE / "audit" / "verify_audit.py"]

    assert [str(path.relative_to(ROOT)) for path, count in lines.items() if count > MOST_LINES] == []


def test_init_files_hold_a_docstring_and_nothing_else() -> None:
    """Code in an `__init__` runs whenever anything of the room is imported, and hides where names come from."""
    wrong = []
    for path in modules("broker"):
        if path.name == "__init__.py":
            [*body] = parsed(path).body
            if not (len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)):
                wrong.append(str(path.relative_to(ROOT)))

    assert wrong == []


def test_no_file_is_named_after_nothing() -> None:
    """A file that can't be named isn't one idea."""
    named = [path for path in modules("broker", "tests", "benchmarks") if path.stem in BANNED]

    assert named == []


def test_every_module_says_what_it_promises() -> None:
    """A reader who opens a file must not have to guess what it is for."""
    assert [str(path.relative_to(ROOT)) for path in modules("broker") if not ast.get_docstring(parsed(path))] == []


def test_no_private_key_is_in_any_file() -> None:
    """A secret in the repository is a secret for ever: git forgets nothing."""
    found = [str(path) for path, text in texts() if PRIVATE.search(text)]
    named = [path for path in files() if path.suffix in {".pem", ".key", ".p12", ".pfx"} or path.name == "secrets.json"]

    assert (found, named) == ([], [])


def test_the_keys_folder_holds_public_halves_only() -> None:
    """Everybody may read `keys/`; a field for a secret there would be filled in one day."""
    pages = {"README.md", "plan.md", "roles.md", "transcript.sig"}
    allowed = pages | {path.name for path in (ROOT / "keys").rglob("*.json")}
    secret = re.compile(r"private|secret|seed|mnemonic|passphrase", re.I)
    names = {
        name
        for path in (ROOT / "keys").rglob("*.json")
        for name in re.findall(r'"([^"]+)"\s*:', json.dumps(json.loads(path.read_bytes())))
    }

    assert {path.name for path in (ROOT / "keys").rglob("*") if path.is_file()} <= allowed
    assert [name for name in names if secret.search(name)] == []


def test_no_file_names_a_machine_or_a_registry() -> None:
    """What was built here must build anywhere, from whichever index `pip` is set up to use."""
    machines = [str(path) for path, text in texts() if MACHINE.search(text)]
    hosts = [f"{path}: {host}" for path, text in texts() for host in REGISTRIES if host in text]

    assert (machines, hosts) == ([], [])


def test_what_the_package_needs_is_in_the_package() -> None:
    """Data beside the code would be missing from the wheel."""
    data = [path for path in files() if path.is_relative_to(PACKAGE) and path.suffix in {".toml", ".csv", ".mako"}]

    assert {path.name for path in data} >= {"uk-person-1.toml", "uk_names.csv", "script.py.mako"}
