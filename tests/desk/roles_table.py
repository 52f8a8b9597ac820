"""Who may what, found in the code: each page of the desk is asked for by somebody without a role, and says who may.

    PYTHONPATH=tests python tests/desk/roles_table.py --write      puts the tables into docs/roles.md

Of the broker and the linkage unit it is the use of the key that signs, read from their routes.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TypeGuard, get_args

from desk_of_world import OUR_PAGE
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from signing_in import SigningIn, make_council, signing_in

from broker import api
from broker.agency.desk.signin.session import PageNotYours, StepUpNeeded
from broker.agency.roles import DESK_ROLES
from broker.keys.listed import KeyUse
from broker.linkunit import routes as unit_routes

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "roles.md"
USES = set(re.findall("[a-z]+", str([get_args(one) for one in get_args(KeyUse)])))
ASKS = ("called", "may", "signing_key", "caller", "broker_caller", "admit")
"""What a route calls to learn who signed, and what for."""
NO_ROLE = {"claims": {"staff": "sub", "roles": "groups"}, "roles": {name: name for name in DESK_ROLES}}
"""An issuer that says what somebody does; of whoever has no groups it says nothing."""
OURS = ("/for-anybody", "/for-ig", "/fresh", "/fails", "/posted")
"""Pages of the tests themselves."""
Row = tuple[str, ...]
Asked = tuple[str, str, str | Row, str | Row]
"""Of a page: method, path, what it answers nobody, and the roles that it names to somebody who has none."""


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """(method, path) of every page, in the order of their paths."""
    inner = [one for route in app.routes for one in getattr(getattr(route, "original_router", None), "routes", [])]
    found = [route for route in [*app.routes, *inner] if isinstance(route, APIRoute)]
    pairs = {(method, route.path) for route in found for method in route.methods if route.path not in OURS}
    return sorted(pairs, key=lambda pair: (pair[1], pair[0]))


def asked_for(http: TestClient, method: str, path: str) -> str | Row:
    """The roles that a page names, or what it answers somebody who has none."""
    filled = re.sub(r"\{[^}]*\}", "1", path)
    headers = OUR_PAGE if method == "POST" else {}
    answer = http.request(method, filled, headers=headers, follow_redirects=False)
    if "x-roles" in answer.headers:
        return tuple(answer.headers["x-roles"].split(","))
    leads = answer.headers.get("location") == "/sign-in" or "url=/sign-in" in answer.text
    return "sign-in" if leads else f"{answer.status_code}"


def tells_roles(desk: SigningIn) -> None:
    """From now on the desk's answers say which roles a page named, and which asked for a step-up."""

    def roles(_: Request, error: Exception) -> Response:
        assert isinstance(error, PageNotYours)
        return PlainTextResponse("", status_code=403, headers={"x-roles": ",".join(error.roles)})

    desk.app.add_exception_handler(PageNotYours, roles)
    desk.app.add_exception_handler(StepUpNeeded, lambda *_: PlainTextResponse("", headers={"x-step-up": "1"}))


def desk_rows(home: Path) -> list[Asked]:
    """Every page."""
    desk = signing_in(home, **NO_ROLE)
    tells_roles(desk)
    nobody, http = desk.browser(), desk.signed_in()
    cookie = http.cookies["desk"]
    found = []
    for method, path in routes(desk.app):
        http.cookies.set("desk", cookie, domain="127.0.0.1")
        found.append((method, path, asked_for(nobody, method, path), asked_for(http, method, path)))
        if path == "/sign-out":
            http = desk.signed_in()
            cookie = http.cookies["desk"]
    return found


def key_rows() -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Of each route: party, method, path and the uses of keys that its code names; none where nobody has to sign."""
    for party, module in [*(("broker", one) for one in _api()), ("linkage unit", unit_routes)]:
        tree = ast.parse(inspect.getsource(module))
        functions = {one.name: one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
        prefix = next((_text(module, one.value) for one in ast.walk(tree) if _is_prefix(one)), "")
        for function in functions.values():
            for method, path in _declared(function, module):
                yield party, method, prefix + path, _uses(function, functions)


def _api() -> list[ModuleType]:
    names = sorted(one.name for one in pkgutil.iter_modules(api.__path__))
    return [importlib.import_module(f"{api.__name__}.{name}") for name in names]


def _is_prefix(node: ast.AST) -> TypeGuard[ast.keyword]:
    return isinstance(node, ast.keyword) and node.arg == "prefix"


def _declared(function: ast.FunctionDef | ast.AsyncFunctionDef, module: ModuleType) -> Iterator[tuple[str, str]]:
    for mark in function.decorator_list:
        is_call = isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and bool(mark.args)
        if is_call and mark.func.attr in ("get", "post", "put", "delete"):
            yield mark.func.attr.upper(), _text(module, mark.args[0])


def _text(module: ModuleType, node: ast.expr) -> str:
    """What stands there: a text, or the name of one."""
    return str(eval(compile(ast.Expression(node), "route", "eval"), vars(module)))


def _uses(function: ast.AST, known: Mapping[str, ast.AST]) -> tuple[str, ...]:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    # A long route is a function of its own in the same file.
    inside = [node for one in calls if _name(one) in known for node in ast.walk(known[_name(one)])]
    calls += [node for node in inside if isinstance(node, ast.Call)]
    asking = [
        one for one in calls if _name(one) in ("called", "may", "signing_key", "caller", "broker_caller", "admit")
    ]
    if not asking:
        return ()
    if any(_name(one) == "broker_caller" for one in asking):
        return ("the broker's request key",)
    values = [value for one in asking for value in (*one.args, *(each.value for each in one.keywords))]
    parts = [node for value in values for node in ast.walk(value)]
    named = {str(node.value) for node in parts if isinstance(node, ast.Constant)} & USES
    named |= (
        {"what is asked for"}
        if any(isinstance(node, ast.Attribute) and node.attr == "use" for node in parts)
        else set()
    )
    return tuple(sorted(named)) or ("any key",)


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def desk_table(asked: Sequence[Asked]) -> str:
    heads = ("page", *(name.lower() for name in DESK_ROLES.values()))
    rows: list[Row] = []
    for method, path, nobody, named in asked:
        if nobody != "sign-in":
            continue
        may = DESK_ROLES if isinstance(named, str) else named
        rows.append((f"`{method} {path}`", *("yes" if role in may else "" for role in DESK_ROLES)))
    return _markdown(heads, rows)


def key_table() -> str:
    rows = [(party, f"`{method} {path}`", ", ".join(uses) or "public") for party, method, path, uses in key_rows()]
    return _markdown(
        ("party", "route", "signed with a key for"), sorted(rows, key=lambda row: (row[0], row[1].split()[1], row[1]))
    )


def _markdown(heads: Sequence[str], rows: Sequence[Row]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def written(text: str, asked: Sequence[Asked]) -> str:
    """The page with its tables as the code has them now."""
    for name, table in (("desk", desk_table(asked)), ("keys", key_table())):
        before, start, rest = text.partition(f"<!-- {name}: made by tests/desk/roles_table.py -->\n")
        after = rest.partition("<!-- end -->")[2]
        text = f"{before}{start}\n{table}\n<!-- end -->{after}"
    return text


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        made = written(PAGE.read_text(encoding="utf-8"), desk_rows(make_council(Path(folder)).home("council")))
    if "--write" in sys.argv:
        PAGE.write_text(made, encoding="utf-8")
    else:
        print(made)
