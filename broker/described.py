"""What an API says of itself: OpenAPI with the bodies that it takes, and a page of it without script.

    @app.post("/v1/holds", openapi_extra=described.takes(HoldRequest))

Bodies are read by us, under the limits of `broker.door` and after the signature, so the framework does not know them.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

_SCHEMAS = "#/components/schemas/"
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "instance"],
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "code", "detail", "hint", "field", "instance")},
        **{"status": {"type": "integer"}, "row": {"type": "integer"}, "errors": {"type": "array"}},
    },
}


def takes(kind: type[BaseModel], media_type: str = "application/json") -> dict[str, Any]:
    """What is added to a route's description: it takes a `kind`."""
    return {"requestBody": {"required": True, "content": {media_type: {"schema": _schema(kind)}}}}


@cache
def _schema(kind: type[BaseModel]) -> dict[str, Any]:
    return kind.model_json_schema(ref_template=_SCHEMAS + "{model}")


def describe(app: FastAPI) -> None:
    """Serves `/openapi.json` and `/docs`, made here: nothing of them comes from anybody else's server."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _mended(made())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    _docs_page(app)


def _mended(description: dict[str, Any]) -> dict[str, Any]:
    """With what bodies refer to among the schemas, and our problems where the framework says its own."""
    schemas = description.setdefault("components", {}).setdefault("schemas", {})
    for operation in (one for ways in description["paths"].values() for one in ways.values()):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            schemas |= content["schema"].get("$defs", {})
            content["schema"] = {name: value for name, value in content["schema"].items() if name != "$defs"}
        operation["responses"].pop("422", None)
        problem = {"application/problem+json": {"schema": {"$ref": f"{_SCHEMAS}Problem"}}}
        operation["responses"]["default"] = {"description": "A problem (RFC 9457)", "content": problem}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = _PROBLEM
    _say_base64(description)
    return description


def _say_base64(part: Any) -> None:
    """Bytes travel as unpadded base64url, which the framework does not know; lengths are in letters."""
    if isinstance(part, dict):
        if part.get("format") == "binary":
            del part["format"]
            part |= {"pattern": "^[A-Za-z0-9_-]*$", "contentEncoding": "base64url"}
            part |= {name: -(-4 * part[name] // 3) for name in ("minLength", "maxLength") if name in part}
        for inner in part.values():
            _say_base64(inner)
    elif isinstance(part, list):
        for inner in part:
            _say_base64(inner)


def _docs_page(app: FastAPI) -> None:
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'"

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(_render(app.openapi()), headers={"Content-Security-Policy": policy})


_STYLE = """
body { font: 1.125rem/1.5 sans-serif; color: #0b0c0c; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
pre { background: #f3f2f1; padding: 1rem; overflow: auto; white-space: pre-wrap }
"""


def _render(description: dict[str, Any]) -> str:
    title = html.escape(f"{description['info']['title']} {description['info']['version']}")
    parts = [f'<title>{title}</title><meta name="viewport" content="width=device-width"><style>{_STYLE}</style>']
    parts += ["<main>", f"<h1>{title}</h1>", _text(description["info"].get("description"))]
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            parts.append(f"<h2><code>{html.escape(f'{method.upper()} {path}')}</code></h2>")
            parts += [_text(operation.get("summary")), _text(operation.get("description"))]
            parts += [_details(name, operation.get(name)) for name in ("parameters", "requestBody", "responses")]
    parts.append("<h2>Schemas</h2>")
    parts += [_details(name, one) for name, one in description.get("components", {}).get("schemas", {}).items()]
    return '<!doctype html><html lang="en-GB"><meta charset="utf-8">' + "\n".join(parts) + "</main></html>"


def _text(text: str | None) -> str:
    return f"<p>{html.escape(text)}</p>" if text else ""


def _details(name: str, content: object) -> str:
    shown = html.escape(json.dumps(content, indent=1, ensure_ascii=False))
    return f"<details><summary>{html.escape(name)}</summary><pre>{shown}</pre></details>" if content else ""
