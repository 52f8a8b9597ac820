"""The broker asks the linkage unit to compare sealed evidence, and believes nothing that it did not sign.

    unit.comparison(ticket, envelope)      one question's licence: exactly two calls
        .weigh(Compare(...), envelopes)    24 envelopes, then 40, shuffled, filled up with the question's own

The broker can't open an envelope; it learns weights. A call is sent once: the linkage unit counts before it answers, so
what got lost is asked anew, with a new ticket.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx2

from broker import observe
from broker.errors import BrokerError, Conflict, NotAllowed, QuotaReached, Unavailable, Untrusted
from broker.keys import assertion, context, signing, wallet
from broker.keys.messages import RequestSigner
from broker.keys.trust import Trust
from broker.linkage.steps import QUESTION, Compare, Pair, Weight, pair
from broker.wire.comparison import SIZES, Call, CompareAnswer, Compared, CompareRequest
from broker.wire.fields import AnyWire, encode64, parse
from broker.wire.question import Ticket

TIMEOUT = httpx2.Timeout(10.0, connect=3.0)
_KINDS: dict[int, type[BrokerError]] = {403: NotAllowed, 409: Conflict, 429: QuotaReached}
RELAYED = frozenset({"ticket-used", "ticket-expired", "ticket-unknown", "quota-reached"})
"""What the asker can do something about; anything else of the linkage unit is an outage to them."""


@dataclass(frozen=True)
class LinkageUnit:
    """The linkage unit at `url`, as one broker talks to it."""

    url: str
    trust: Trust
    signer: RequestSigner
    http: httpx2.Client
    now: Callable[[], dt.datetime]
    random: Callable[[int], bytes] = field(repr=False)

    def comparison(self, ticket: Ticket, envelope: bytes) -> Comparison:
        """The comparisons that one question's ticket pays for."""
        return Comparison(self, ticket, envelope)

    def send(self, path: str, body: bytes, *, relayed: frozenset[str] = RELAYED) -> bytes:
        """The body of a successful answer. Raises `Unavailable`, or the error of a code that is `relayed`."""
        is_fresh = self._carry()
        response = self._signed(path, body)
        if response.status_code == 401 and not is_fresh:
            # It has another signing key by now, and knows no credential that it gave under the old one.
            self.signer.wallet.keep(wallet.origin(self.url), None)
            self._carry()
            response = self._signed(path, body)
        if response.status_code == 200:
            return response.content
        raise _problem(response, relayed)

    def _carry(self) -> bool:
        """Has an access credential of the linkage unit; whether it had to be fetched."""

        def post(fields: Mapping[str, str], form: bytes) -> bytes:
            response = self._send(assertion.PATH, form, fields)
            if response.status_code != 200:
                raise _problem(response, frozenset())
            return response.content

        return wallet.carry(self.signer, wallet.origin(self.url), now=self.now(), random=self.random, post=post)

    def _signed(self, path: str, body: bytes) -> httpx2.Response:
        nonce, created = encode64(self.random(16)), self.now()
        fields = self.signer.headers("POST", self.url + path, body=body, nonce=nonce, created=created)
        return self._send(path, body, fields | {"content-type": "application/json"})

    def _send(self, path: str, body: bytes, fields: Mapping[str, str]) -> httpx2.Response:
        try:
            return self.http.post(self.url + path, content=body, headers=dict(fields))
        except httpx2.RequestError:
            raise outage() from None

    def verify(self, kind: type[AnyWire], body: bytes, *, label: bytes) -> AnyWire:
        """The answer in `body`, which the linkage unit signed under `label`. Raises `Unavailable` for anything else."""
        try:
            answer = parse(kind, body)
            signing.verify_any(answer, label, public_keys=self.trust.linkage_unit.signing_keys)
        except BrokerError as error:
            observe.unexpected("comparison.unverified", error)
            raise outage() from None
        return answer


@dataclass
class Comparison:
    """One question's licence: the first call, then the second, which brings back what the first one signed."""

    unit: LinkageUnit
    ticket: Ticket
    envelope: bytes = field(repr=False)
    earlier: CompareAnswer | None = None

    def __call__(self, wanted: Compare, envelopes: Mapping[bytes, bytes]) -> dict[Pair, Weight]:
        """The weights of every pivot with every other envelope, by record id.

        Raises `Unavailable` when there is no answer that verifies, `Conflict` or `QuotaReached` as the unit says.
        """
        call: Call = 1 if wanted.call == 1 else 2
        names = [*wanted.pivots, *wanted.others]
        order = shuffled([*names, *[QUESTION] * (SIZES[call] - len(names))], self.unit.random)
        held = {QUESTION: self.envelope, **envelopes}
        request = CompareRequest(
            v=1,
            ticket=self.ticket,
            call=call,
            envelopes=tuple(held[name] for name in order),
            pivots=tuple(order.index(name) for name in wanted.pivots),
            earlier=self.earlier,
        )
        answer = self._checked(request, self.unit.send("/v1/compare", request.model_dump_json().encode()))
        self.earlier = answer
        return weights_of(answer, order)

    def _checked(self, request: CompareRequest, body: bytes) -> CompareAnswer:
        answer = self.unit.verify(CompareAnswer, body, label=context.COMPARISON)
        digests = tuple(hashlib.sha256(one).hexdigest() for one in request.envelopes)
        said = (answer.ticket, answer.call, answer.model, answer.envelopes, answer.pivots)
        check_same(said, (self.ticket.id, request.call, self.unit.trust.model, digests, request.pivots))
        return answer


def weights_of(answer: Compared, order: Sequence[bytes]) -> dict[Pair, Weight]:
    """The weights of an answer by the names of its envelopes, in the order in which they were sent."""
    found: dict[Pair, Weight] = {}
    # What stands in several places fills the call up, and has one weight.
    columns = {name: column for column, name in enumerate(order)}
    for row, pivot in enumerate(answer.pivots):
        for name, column in columns.items():
            band = answer.bands[row][column]
            if name != order[pivot] and band != "u":
                bits, placeless = answer.bits[row][column] / 2, answer.placeless[row][column] / 2
                found[pair(order[pivot], name)] = Weight(bits, placeless, band in "xd", band == "d")
    return found


def shuffled(names: list[bytes], random: Callable[[int], bytes]) -> list[bytes]:
    """The same names in an order that says nothing."""
    return [name for _, name in sorted((random(16), name) for name in names)]


def check_same(said: tuple[object, ...], asked: tuple[object, ...]) -> None:
    """Raises `Unavailable` unless an answer is about what was asked."""
    if said != asked:
        observe.unexpected("comparison.unverified", Untrusted("comparison-other", "something else was answered"))
        raise outage()


def outage() -> Unavailable:
    """That the linkage unit gave no answer that can be believed."""
    hint = "ask again in a minute; nothing was disclosed"
    return Unavailable("linkage-unit-unavailable", "the linkage unit can't compare now", hint=hint)


def _problem(response: httpx2.Response, relayed: frozenset[str]) -> BrokerError:
    try:
        content = json.loads(response.content)
        code, detail, hint = (str(content.get(name, "")) for name in ("code", "detail", "hint"))
    except (ValueError, AttributeError, RecursionError):
        return outage()
    if code in relayed and response.status_code in _KINDS:
        return _KINDS[response.status_code](code, detail[:200], hint=hint[:200])
    observe.event("comparison.refused", code=code[:60], status=response.status_code)
    return outage()
