"""From a file to a delivery that can be sent: where keys, trust list, rows and connections come together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from broker.agency import linkage_unit, pseudonyms
from broker.agency.blind import Blinder
from broker.agency.canaries import all_canaries, with_canaries
from broker.agency.client import Connection, open_http
from broker.agency.delivery import Delivery, Manifest, all_deliveries, create, find_latest
from broker.agency.edges import Edges
from broker.agency.encode import Encoder, chunk_of
from broker.agency.evidence import Sealer
from broker.agency.inputs import Input, read_input
from broker.agency.journal import Journal
from broker.agency.ownkeys import evidence_keys
from broker.agency.ready import Prepared, Preparer, prepare_table
from broker.agency.upload import Upload
from broker.agency.workspace import Workspace, check_scheme
from broker.errors import BadInput, Conflict, NotAllowed
from broker.keys.messages import RequestSigner
from broker.keys.trust import Trust
from broker.tokens import Scheme
from broker.wire.delivery import MAX_ROWS, ChunkReceipt
from broker.wire.evaluation import EvaluateAnswer, EvaluateRequest

Progress = Callable[[ChunkReceipt], None]


@dataclass(frozen=True)
class Post:
    """This agency as one that posts: its workspace, what it trusts, and its edges."""

    workspace: Workspace
    trust: Trust
    scheme: Scheme
    edges: Edges

    def reference_key(self) -> bytes:
        """The key of the agency's own pseudonyms."""
        return self.workspace.read_secrets().bytes32("reference")

    def read(self, path: Path, mapping: Path | None) -> Input:
        """An export of this agency. Raises what `inputs.read_input` raises."""
        synthetic = self.workspace.synthetic_numbers
        return read_input(path, mapping, today=self.edges.now().date(), synthetic_numbers=synthetic)

    def prepare(self, given: Input) -> Prepared:
        """The rows of a file, ready or rejected. Raises `NotAllowed` when it is not this agency's to post."""
        mapping = given.table.mapping
        if mapping.agency != self.workspace.agency:
            hint = f"this workspace is `{self.workspace.agency}`"
            raise NotAllowed("agency-differs", f"the mapping is of the agency `{mapping.agency}`", hint=hint)
        self._check_source(mapping.source)
        table = given.table
        if self.workspace.canaries:
            known = all_canaries(evidence_keys(self.workspace.read_secrets(), self.trust), self.trust)
            table = with_canaries(table, known, reference_key=self.reference_key())
        return prepare_table(table, Preparer(mapping.source, self.scheme, self.reference_key()))

    def begin(self, given: Input, prepared: Prepared, *, chunk_rows: int, again: bool) -> Delivery:
        """The delivery of a file: the one begun before, unless that is complete and it is to be sent again.

        Raises `BadInput` when no row may leave, `Conflict` when the rows are not those it was begun with.
        """
        mapping = given.table.mapping
        found = find_latest(self.workspace.state, given.file_digest, mapping_digest=given.mapping_digest)
        if found is not None and not (again and found.closed()):
            if not found.closed() and found.manifest.rows != len(prepared.ready):
                hint = f"move {found.folder} away, then run this again"
                raise Conflict("delivery-differs", "this client checks rows otherwise than when it began", hint=hint)
            return found
        if not prepared.ready:
            raise BadInput("nothing-to-send", "no row of the file can be sent", hint="see rejects.csv")
        manifest = Manifest(
            file=given.path.name,
            file_digest=given.file_digest,
            mapping_digest=given.mapping_digest,
            agency=mapping.agency,
            source=mapping.source,
            batch=self.edges.random_bytes(16),
            version=self._next_version(mapping.source),
            delivery=mapping.delivery,
            rows=len(prepared.ready),
            chunk_rows=chunk_rows,
            held=prepared.held,
            rejected=prepared.rejected,
        )
        return create(self.workspace.state, manifest)

    def begin_retraction(self, source: str, refs: Sequence[str]) -> tuple[Delivery, dict[bytes, str]]:
        """A delta delivery that retracts the records of these references; those by their pseudonyms, in its order."""
        self._check_source(source)
        names = dict(sorted((pseudonyms.reference(self.reference_key(), source, ref=ref), ref) for ref in refs))
        named = hashlib.sha256(b"retract" + b"".join(names)).hexdigest()
        mapping_digest = hashlib.sha256(source.encode()).hexdigest()
        found = find_latest(self.workspace.state, named, mapping_digest=mapping_digest)
        if found is not None and not found.closed():
            return found, names
        manifest = Manifest(
            file="retraction",
            file_digest=named,
            mapping_digest=mapping_digest,
            agency=self.workspace.agency,
            source=source,
            batch=self.edges.random_bytes(16),
            version=self._next_version(source),
            delivery="delta",
            rows=len(names),
            chunk_rows=MAX_ROWS,
        )
        return create(self.workspace.state, manifest), names

    @contextmanager
    def broker(self) -> Iterator[Connection]:
        """A connection to the broker, signed with the delivery key."""
        with open_http(self.edges) as http:
            signer = self.workspace.delivery_signer()
            yield Connection("the broker", self.workspace.broker_url, signer, http, self.edges)

    @contextmanager
    def upload(
        self, delivery: Delivery, encode: Callable[[Encoder, int], bytes], *, progress: Progress
    ) -> Iterator[Upload]:
        """The upload of `delivery`; `encode` makes a chunk that is not on disk yet."""
        with self.broker() as broker:
            unit = replace(broker, party="the linkage unit", url=self.workspace.linkage_unit_url)
            encoder = self._encoder(delivery.manifest, unit)
            yield Upload(delivery, broker, self.trust, lambda number: encode(encoder, number), progress)

    def encode_rows(self, delivery: Delivery, prepared: Prepared) -> Callable[[Encoder, int], bytes]:
        """Makes the chunks of a file's delivery."""

        def encode(encoder: Encoder, number: int) -> bytes:
            rows = chunk_of(prepared.ready, number, size=delivery.manifest.chunk_rows)
            return encoder.encode_chunk(number, rows, now=self.edges.seconds())

        return encode

    def _encoder(self, manifest: Manifest, unit: Connection) -> Encoder:
        signer = unit.signer
        journal = Journal(self.workspace.state, self.edges.seconds)
        blinder = make_blinder(self.trust, self.scheme, unit, journal=journal)
        return Encoder(manifest, blinder, make_sealer(self.trust, self.scheme, self.workspace, signer))

    def _check_source(self, source: str) -> None:
        if source not in self.trust.agency(self.workspace.agency).sources:
            hint = "ask the operator to add it to the trust list, or correct the mapping"
            raise NotAllowed("source-not-yours", f"`{source}` is not a source of your agency", hint=hint)

    def _next_version(self, source: str) -> int:
        """The time of the delivery in seconds, later than any version this source was sent before."""
        sent = (one.manifest.version for one in all_deliveries(self.workspace.state) if one.manifest.source == source)
        return max(self.edges.seconds(), 1 + max(sent, default=0))


def open_post(workspace: Workspace, edges: Edges) -> Post:
    """This agency, ready to post. Raises `Misconfigured` when trust list or scheme are not usable."""
    trust = workspace.read_trust()
    return Post(workspace, trust, check_scheme(trust), edges)


def make_blinder(trust: Trust, scheme: Scheme, unit: Connection, *, journal: Journal | None = None) -> Blinder:
    """A blinder that asks the linkage unit over `unit`, and notes in a delivery's `journal` what it had evaluated."""

    def evaluate(request: EvaluateRequest) -> EvaluateAnswer:
        if journal is None:
            return linkage_unit.evaluate(unit, request)
        return linkage_unit.evaluate_noted(unit, request, journal)

    return Blinder(trust, scheme, evaluate, unit.edges.random_bytes)


def make_sealer(trust: Trust, scheme: Scheme, workspace: Workspace, signer: RequestSigner) -> Sealer:
    """A sealer whose envelopes are signed like the requests they go with. Raises `Misconfigured` without a key."""
    return Sealer(
        workspace.agency,
        trust.place,
        scheme,
        evidence_keys(workspace.read_secrets(), trust),
        signer.private_key,
        trust.linkage_unit.seal_key,
    )
