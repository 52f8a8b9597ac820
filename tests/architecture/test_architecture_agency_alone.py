"""The agency's code runs where no server is installed."""

from __future__ import annotations

import subprocess
import sys

from repository import ROOT, modules

_REFUSING = """
import importlib, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {
            "fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "psycopg", "structlog", "yaml", "jinja2",
            "pydantic_settings",
        }:
            raise ModuleNotFoundError(f"{name} is not installed at an agency")

sys.meta_path.insert(0, Refuse())
for module in sys.argv[1:]:
    importlib.import_module(module)
server = {"api", "actions", "parts", "store", "story", "linkage", "policy", "settings", "server", "linkunit", "cli"}
loaded = {name.split(".")[1] for name in sys.modules if name.startswith("broker.")}
print(*sorted(loaded & server))
"""


def agency_modules() -> list[str]:
    """Every module of the agency's room but the desk, which may use a web framework."""
    names = (path.relative_to(ROOT).with_suffix("").parts for path in modules("broker/agency"))
    dotted = (".".join(parts[:-1] if parts[-1] == "__init__" else parts) for parts in names)
    return [name for name in dotted if not name.startswith("broker.agency.desk")]


def test_every_agency_module_imports_without_the_servers_libraries() -> None:
    """An agency that installs `broker` alone gets a client that works, and no server code is reached by it."""
    found = agency_modules()
    run = subprocess.run(
        [sys.executable, "-c", _REFUSING, *found], capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert len(found) > 20
    assert (run.returncode, run.stderr, run.stdout.split()) == (0, "", [])
