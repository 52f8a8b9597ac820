"""One call to the broker by a command: something is recorded once, or a list is read."""

from __future__ import annotations

from typing import TypeVar

from broker.agency.acting import Acting
from broker.agency.client import Connection, open_http
from broker.agency.edges import Edges
from broker.agency.kept_answers import parsed
from broker.agency.workspace import Workspace
from broker.keys.messages import RequestSigner
from broker.wire.fields import Wire
from broker.wire.reading import ReadRequest

AnyWire = TypeVar("AnyWire", bound=Wire)


def record_once(
    place: Workspace, edges: Edges, kind: type[AnyWire], *, signer: RequestSigner, path: str, body: Wire
) -> AnyWire:
    """The broker's receipt, of `kind`, for `body`. Raises what the broker's refusal says."""
    with open_http(edges) as http:
        # A second attempt would be refused as a repetition.
        broker = Connection("the broker", place.broker_url, signer, http, edges, attempts=1)
        return parsed(kind, broker.send("POST", path, body=body.model_dump_json(exclude_none=True).encode()))


def read_list(place: Workspace, edges: Edges, kind: type[AnyWire], *, signer: RequestSigner, path: str) -> AnyWire:
    """What the broker shows at `path`, of `kind`. Raises what its refusal says."""
    with open_http(edges) as http:
        return parsed(kind, Connection("the broker", place.broker_url, signer, http, edges).send("GET", path))


def read_as(by: Acting, kind: type[AnyWire], *, signer: RequestSigner, path: str) -> AnyWire:
    """What the broker shows somebody of ours at `path`; that it was they who read it is in the log."""
    asked = ReadRequest(v=1, staff=by.staff).model_dump_json().encode()
    with open_http(by.edges) as http:
        broker = Connection("the broker", by.place.broker_url, signer, http, by.edges)
        return parsed(kind, broker.send("POST", path, body=asked))
