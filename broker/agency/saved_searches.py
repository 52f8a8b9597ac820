"""Searches of the log that our officers keep here under a name: `state/searches.json`, texts of searches alone."""

from __future__ import annotations

import json
import re

from broker.agency.delivery import write_atomically
from broker.agency.workspace import Workspace
from broker.errors import BadInput

_SEARCHES = "searches.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def saved_searches(place: Workspace) -> dict[str, str]:
    try:
        content = json.loads((place.state / _SEARCHES).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return {str(name): str(text) for name, text in content.items()} if isinstance(content, dict) else {}


def keep_search(place: Workspace, name: str, text: str) -> None:
    if not _NAME.fullmatch(name):
        hint = "small letters, digits and hyphens, such as emergencies-of-the-month"
        raise BadInput("search-name", "a search can't be called so", field="save", hint=hint)
    kept = saved_searches(place) | {name: text}
    write_atomically(place.state / _SEARCHES, json.dumps(kept, sort_keys=True, indent=1).encode())


def saved_search(place: Workspace, name: str) -> str:
    kept = saved_searches(place)
    if name not in kept:
        hint = f"kept are {', '.join(sorted(kept))}" if kept else "`--save NAME` keeps one"
        raise BadInput("search-not-kept", "no search is kept under this name", field="saved", hint=hint)
    return kept[name]
