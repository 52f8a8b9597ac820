"""Match keys become masked tokens, and nobody but this agency sees what they are made of.

    here           x = input of a match key, r fresh for each       B = r * H1(x)
    linkage unit   under its key k and a mask s it cannot keep      E = (s k) * B, signed evaluation
    here           r removed                                        U = s k * H1(x), which only the broker can unmask

Points go out in random order over the whole chunk, each for itself, so that neither position nor repetition tells the
linkage unit which points belong to one person. Steps 1 to 4 below check its answer before anything is used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from broker import oprf
from broker.errors import BadInput, Untrusted
from broker.keys import context, signing
from broker.keys.trust import Trust
from broker.tokens import Scheme, oprf_input
from broker.wire.delivery import Token
from broker.wire.evaluation import MAX_POINTS, EvaluateAnswer, EvaluateRequest, Evaluation, Use

MatchKeys = Sequence[tuple[int, Sequence[str]]]
"""One record's match keys: number in the scheme, and the values of its atoms."""

_ORDER_BYTES = 16


@dataclass(frozen=True)
class Occasion:
    """What an evaluation is for: `id` is the 16-byte batch of a delivery or ticket of a question."""

    agency: str
    use: Use
    id: bytes


@dataclass(frozen=True)
class Blinder:
    """Makes tokens for one place and scheme. `evaluate` takes the request to the linkage unit and back."""

    trust: Trust
    scheme: Scheme
    evaluate: Callable[[EvaluateRequest], EvaluateAnswer]
    random_bytes: Callable[[int], bytes]

    def make_tokens(
        self, rows: Sequence[MatchKeys], occasion: Occasion, *, now: int
    ) -> tuple[Evaluation, list[tuple[Token, ...]]]:
        """The tokens of each row, in the order of `rows`, and the evaluation that the broker unmasks them with.

        `now` in seconds since 1970. Raises `BadInput` when there is nothing to blind or too much, `Untrusted` when the
        linkage unit's answer is not what it should be.
        """
        wanted = [(row, number, values) for row, keys in enumerate(rows) for number, values in keys]
        if not 1 <= len(wanted) <= MAX_POINTS:
            raise BadInput("points-count", f"a chunk needs between 1 and {MAX_POINTS} match keys")
        wanted = self._shuffled(wanted)
        inputs = [
            oprf_input(self.scheme, self.scheme.match_key(n), values, self.trust.place) for _, n, values in wanted
        ]
        blindings = [oprf.scalar(self.random_bytes(oprf.SCALAR_SEED_BYTES)) for _ in inputs]
        request = self._request(occasion, tuple(oprf.blind_each(inputs, blindings)))
        answer = self.evaluate(request)
        _check(answer, request, trust=self.trust, now=now)
        try:
            points = oprf.unblind_each(blindings, answer.points)
        except BadInput:
            raise Untrusted("evaluation-point", "the linkage unit returned something that is not a point") from None
        tokens: list[list[Token]] = [[] for _ in rows]
        for (row, number, _), point in zip(wanted, points, strict=True):
            tokens[row].append(Token(number=number, point=point))
        return answer.evaluation, [tuple(sorted(row, key=lambda token: token.number)) for row in tokens]

    def _shuffled(self, wanted: list[tuple[int, int, Sequence[str]]]) -> list[tuple[int, int, Sequence[str]]]:
        order = [(self.random_bytes(_ORDER_BYTES), index) for index in range(len(wanted))]
        return [wanted[index] for _, index in sorted(order)]

    def _request(self, occasion: Occasion, points: tuple[bytes, ...]) -> EvaluateRequest:
        return EvaluateRequest(
            v=1,
            agency=occasion.agency,
            use=occasion.use,
            id=occasion.id,
            epoch=self.trust.epoch,
            scheme=self.scheme.digest.hex(),
            points=points,
        )


def _check(answer: EvaluateAnswer, request: EvaluateRequest, *, trust: Trust, now: int) -> None:
    evaluation = answer.evaluation
    # 1. The linkage unit on our trust list signed it.
    signing.verify_any(evaluation, context.EVALUATION, public_keys=trust.linkage_unit.signing_keys)
    # 2. It is about exactly what we asked, or somebody answers us with an older evaluation.
    asked = (request.agency, request.use, request.id, request.epoch, request.scheme)
    if (evaluation.agency, evaluation.use, evaluation.id, evaluation.epoch, evaluation.scheme) != asked:
        raise Untrusted("evaluation-other", "the linkage unit answered another request than ours")
    # 3. One point came back for each that went out.
    if not evaluation.count == len(answer.points) == len(request.points):
        raise Untrusted("evaluation-count", "the linkage unit returned another number of points than it was sent")
    # 4. It is still good; our clock or theirs is wrong otherwise.
    if evaluation.expires <= now:
        raise Untrusted(
            "evaluation-expired", "the linkage unit's answer has expired already", hint="check this machine's clock"
        )
