"""An agency's IG officer at the log: what the broker answers is checked, and our own staff have their names in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import fields

from broker.agency import pseudonyms
from broker.agency.client import ATTEMPTS, Connection, open_http
from broker.agency.edges import Edges
from broker.agency.free_text import read_written, to_one
from broker.agency.kept_answers import parsed
from broker.agency.receipts import check_event
from broker.agency.words import plain
from broker.agency.workspace import Workspace
from broker.audit.receipt import Verified
from broker.audit.sentence import Said, sentence
from broker.keys.sealed_words import About
from broker.wire.answer import ReceiptLeaf
from broker.wire.audit_queue import DecideLook, LookOutcome, LookReceipt, Queue, QueuedLook
from broker.wire.audit_search import (
    By,
    Counted,
    CountRequest,
    EntryRequest,
    EntryShown,
    Evidence,
    EvidenceRequest,
    Exported,
    Found,
    Hit,
    SearchRequest,
)
from broker.wire.challenge import Written
from broker.wire.fields import AnyWire, Wire
from broker.wire.london import in_london
from broker.wire.reading import ReadRequest

SOMEBODY = "a member of staff"
_SENTENCE = {one.name for one in fields(Said)} - {"at", "who", "words", "most", "zone"}


class Officer:
    """Somebody of the agency who looks through the log, and the names that its own staff have there.

    With `names` False, as for an auditor, staff are nobody by name, and nobody is found by theirs.
    """

    def __init__(self, place: Workspace, edges: Edges, staff: str, *, names: bool = True) -> None:
        key = place.read_secrets().bytes32("reference")
        self._place, self._edges = place, edges
        listed = place.staff if names else ()
        self._pseudonyms = {member.id: pseudonyms.staff(key, member.id) for member in listed}
        self._unnamed = "" if names else SOMEBODY
        self.ids = {pseudonym: name for name, pseudonym in self._pseudonyms.items()}
        self.names = {self._pseudonyms[member.id]: member.name or member.id for member in listed}
        self.staff = pseudonyms.staff(key, staff)

    def search(self, text: str, cursor: bytes | None = None) -> Found:
        """One page of what is found, the latest first; `cursor` is what the page before says in `more`."""
        asked = SearchRequest(v=1, staff=self.staff, text=self._translated(text), cursor=cursor)
        found = self.asks("/v1/audit/search", asked, Found)
        self.checks(found.receipt, "found", found=found.count)
        return found

    def entry(self, name: str) -> tuple[EntryShown, Verified]:
        """One entry, and what its proof proves. Raises `Untrusted` when that is something else."""
        shown = self.asks("/v1/audit/entry", EntryRequest(v=1, staff=self.staff, entry=name), EntryShown)
        self.checks(shown.receipt, "opened", found=1)
        expected = {"typ": shown.hit.typ, "id": shown.hit.id, "t": shown.hit.at, "org": shown.hit.agency}
        return shown, check_event(shown.leaf, shown.proof, trust=self._place.read_trust(), expected=expected)

    def exported(self, text: str, cursor: bytes | None = None) -> Exported:
        """One page of all that is found, with the leaves, to take along."""
        asked = SearchRequest(v=1, staff=self.staff, text=self._translated(text), cursor=cursor)
        page = self.asks("/v1/audit/export", asked, Exported)
        self.checks(page.receipt, "exported", found=len(page.matters))
        return page

    def called(self, staff: str) -> str:
        """What somebody of ours is called; others by what of them leaves their agency."""
        return self.names.get(staff) or (self._unnamed or staff if staff else "")

    def evidence(self, names: Sequence[str]) -> bytes:
        """A zip about entries that anybody checks offline."""
        asked = EvidenceRequest(v=1, staff=self.staff, entries=tuple(names))
        made = self.asks("/v1/audit/evidence", asked, Evidence)
        self.checks(made.receipt, "exported", found=len(set(names)))
        return made.content

    def counted(self, text: str, by: By) -> Counted:
        """How many there are of each value, the most first."""
        asked = CountRequest(v=1, staff=self.staff, text=self._translated(text), by=by)
        counted = self.asks("/v1/audit/statistics", asked, Counted)
        self.checks(counted.receipt, "counted", found=len(counted.counts))
        return counted

    def finds(self, text: str, pages: int) -> tuple[dict[str, object], list[str]]:
        """The hits of a search, for programs and in sentences."""
        hits, lines, cursor = list[dict[str, object]](), list[str](), None
        for _ in range(pages):
            found = self.search(text, cursor)
            hits += [self.content(hit) for hit in found.hits]
            lines += [self.line(hit, found.said) for hit in found.hits]
            cursor = found.more
            if cursor is None:
                break
        most = f"{found.most:,} or more" if found.count >= found.most else f"{found.count:,}"
        return {"count": found.count, "hits": hits}, [*lines, f"{len(hits):,} of {most}"]

    def opens(self, name: str) -> tuple[dict[str, object], list[str]]:
        """One entry, its proof checked."""
        shown, proven = self.entry(name)
        hit = shown.hit
        lines = [
            self.line(hit, shown.said),
            f"explained by: {plain(', '.join(hit.steps)) or 'nothing'}",
            *([f"not explained: {plain(', '.join(hit.missing))}"] if hit.missing else []),
            f"its decisions made again under the same agreements: {shown.decisions}",
            f"event {proven.index + 1:,} of {proven.size:,} in the signed log; the proof is checked",
        ]
        content: dict[str, object] = {
            "hit": self.content(hit),
            "decisions": shown.decisions,
            "index": proven.index,
            "size": proven.size,
        }
        return content, lines

    def counts(self, text: str, by: By) -> tuple[dict[str, object], list[str]]:
        """How many there are of each value."""
        counted = self.counted(text, by)
        lines = [f"{count:>10,}  {plain(value)}" for value, count in counted.counts]
        return {"by": by, "counts": dict(counted.counts)}, lines or ["nothing is found"]

    def reads_queue(self) -> Queue:
        """What waits for this agency's officers."""
        return self._queue("/v1/audit/queue", "queue")

    def reads_closed(self) -> Queue:
        """What this agency's officers have closed."""
        return self._queue("/v1/audit/closed", "notes")

    def note(self, one: QueuedLook) -> str:
        """What was written when it was closed; nobody reads that of their own look-up, as nobody closes it."""
        if one.note is None or one.hit.staff == self.staff:
            return ""
        us = self._place.agency
        sealed = Written(kind="because", writer=us, reader=us, reference=one.reference, words=one.note)
        return read_written(self._place, sealed).get("because", "")

    def decides(self, reference: str, outcome: LookOutcome | None, *, note: str | None) -> LookReceipt:
        """Takes an item, or closes it; the note is sealed to this agency itself."""
        trust, agency = self._place.read_trust(), self._place.agency
        words = to_one(trust, About("because", agency, agency, reference), {"because": note}) if note else None
        asked = DecideLook(v=1, id=self._edges.random_bytes(16), staff=self.staff, outcome=outcome, note=words)
        made = self.asks(f"/v1/audit/queue/{reference}", asked, LookReceipt, attempts=1)
        expected = {"typ": "alert", "act": "closed" if outcome else "opened", "org": agency}
        check_event(made.receipt.leaf, made.receipt.proof, trust=trust, expected=expected)
        return made

    def line(self, hit: Hit, words: dict[str, str]) -> str:
        """A look-up as a sentence, under its reference."""
        return plain(f"{hit.reference}  {self.sentence(hit, words)}")

    def sentence(self, hit: Hit, words: dict[str, str], most: int | None = None) -> str:
        """What happened, in one sentence; of what was told it names at most so many."""
        given = {name: getattr(hit, name) for name in _SENTENCE}
        at = in_london(dt.datetime.fromisoformat(hit.at)).isoformat()
        # What leaves another agency of its staff is for searching by, and nothing to read.
        who = " and ".join(self.names.get(one, SOMEBODY) for one in (*hit.others, hit.staff) if one)
        who = who.replace(f"{SOMEBODY} and {SOMEBODY}", "two members of staff")
        return plain(sentence(Said(at, **given, who=who, words=words, most=most, zone="")))

    def content(self, hit: Hit) -> dict[str, object]:
        """The same for programs, with our own id for whoever it was."""
        others = [self.ids.get(one, one) for one in hit.others]
        return hit.model_dump(mode="json") | {"staff": self.ids.get(hit.staff, hit.staff), "others": others}

    def asks(self, path: str, asked: Wire, kind: type[AnyWire], attempts: int = ATTEMPTS) -> AnyWire:
        """The broker's answer to a request that the review key signs."""
        with open_http(self._edges) as http:
            signer = self._place.review_signer()
            broker = Connection("the broker", self._place.broker_url, signer, http, self._edges, attempts)
            return parsed(kind, broker.send("POST", path, body=asked.model_dump_json(exclude_none=True).encode()))

    def checks(self, receipt: ReceiptLeaf, act: str, *, found: int) -> None:
        """Raises `Untrusted` unless the log holds that exactly this was looked for here."""
        expected = {"typ": "search", "act": act, "org": self._place.agency, "found": found}
        check_event(receipt.leaf, receipt.proof, trust=self._place.read_trust(), expected=expected)

    def _queue(self, path: str, act: str) -> Queue:
        told = self.asks(path, ReadRequest(v=1, staff=self.staff), Queue)
        expected = {"typ": "search", "act": act, "org": self._place.agency}
        check_event(told.receipt.leaf, told.receipt.proof, trust=self._place.read_trust(), expected=expected)
        return told

    def _translated(self, text: str) -> str:
        """`actor:` with an id of our own staff, as the broker knows them."""
        known = {f"actor:{name}": f"actor:{pseudonym}" for name, pseudonym in self._pseudonyms.items()}
        known |= {f"-{old}": f"-{new}" for old, new in known.items()}
        return " ".join(known.get(term, term) for term in text.split(" "))
