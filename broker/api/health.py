"""Is the process up, is it ready. Public, and they say nothing else."""

from __future__ import annotations

from fastapi import APIRouter

from broker.actions.witnessed import standing
from broker.parts import Parts
from broker.store import auditlog

PUBLIC = ("/healthz", "/readyz", "/docs", "/openapi.json")


def router(parts: Parts) -> APIRouter:
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz")
    def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "up"}

    @routes.get("/readyz")
    def readyz() -> dict[str, str]:
        """The trust list is of today, the database can be written and the audit log appended to; 503 otherwise.

        Where witnesses watch the log, `witnesses` says whether they are enough, too-few, or so long too few that
        questions are not answered (`stopped`).
        """
        fresh = parts.fresh()
        with parts.store.sequence() as connection:
            auditlog.size(connection)
        with parts.store.look() as connection:
            found = standing(fresh, connection)
        return {"status": "ready"} | ({} if found.state == "off" else {"witnesses": found.state})

    return routes
