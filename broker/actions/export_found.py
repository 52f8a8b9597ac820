"""What a search of the log finds, to take along: every matter with its leaf, a page at a time, logged as an export.

An officer gets what they could open one by one. A leaf says openly what it says; who looked is in the matter, of the
officer's own agency, and what was told is of the officer's own records where another agency looked.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection, select

from broker.actions.open_matters import open_matter
from broker.actions.search_log import Officer, cursor_at, hit_of, note, place_after, query_of, ready, said_in, told
from broker.parts import Parts
from broker.store import auditmarks
from broker.store.audit_tables import audit_entries
from broker.store.auditmarks import Search
from broker.store.engine import Released
from broker.wire.audit_search import EXPORT_PAGE, Exported, ExportedMatter


def export_found(parts: Parts, text: str, *, by: Officer, cursor: bytes | None = None) -> Released[Exported]:
    """One page of what `text` finds, the latest first. Raises `BadInput` for a search that can't be read."""
    query = query_of(text, by)
    parts = ready(parts)
    about = (by.org, query.digest, "export")
    with parts.store.look() as connection:
        older = place_after(parts, cursor, about=about) if cursor else None
        asked = Search(query, by.agency)
        places = auditmarks.found(connection, parts.keyring, asked, most=EXPORT_PAGE + 1, older=older)
        opened = [open_matter(parts, connection, entry_id) for _, entry_id in places[:EXPORT_PAGE]]
        leaves = [_leaf(connection, one.id) for one in opened]
    made = partial(
        Exported,
        v=1,
        agency=by.org,
        matters=tuple(
            ExportedMatter(hit=hit_of(one, by.agency), leaf=leaf) for one, leaf in zip(opened, leaves, strict=True)
        ),
        said=said_in(parts.policies, opened),
        origin=parts.settings.origin,
        more=cursor_at(parts, places[EXPORT_PAGE - 1], about=about) if len(places) > EXPORT_PAGE else None,
    )
    return told(parts, note(parts, by, "exported", found=len(opened), about={"query": query.digest}), made)


def _leaf(connection: Connection, entry_id: bytes) -> str:
    leaf = connection.execute(select(audit_entries.c.leaf).where(audit_entries.c.id == entry_id)).scalar_one()
    return bytes(leaf).decode()
