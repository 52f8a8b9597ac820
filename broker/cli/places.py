"""What a new place is made of, `place.toml`, and the first files of its trust list.

    place = "brackwater"
    threshold = 3
    broker = "broker.public.json"
    linkage_unit = "linkunit.public.json"
    agencies = ["council.public.json"]
    granters = ["adeyemi.public.json"]
    scheme = "uk-person-1"          # may be left out, as may `model`, the SHA-256 of the match model, and `rehearsal`

Files are looked for beside it. What they hold was printed by their parties: `broker keys make`, `broker-agency`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from broker import oprf
from broker.cli import keyfiles
from broker.cli.keyfiles import NEWLINE
from broker.errors import Misconfigured
from broker.keys.listed import Agency, Granter, LinkageKey
from broker.keys.publics import AgencyPublic, BrokerPublic, GranterPublic, UnitPublic
from broker.keys.trust import Trust, parse_trust
from broker.tokens import load_scheme, packaged
from broker.trustlist.written import TRUST
from broker.wire.epoch import SUITE, EpochRecord
from broker.wire.fields import canonical

_USUAL = "uk-person-1"


@dataclass(frozen=True)
class Place:
    """A place before its first trust list."""

    place: str
    threshold: int
    scheme: str
    model: str
    rehearsal: bool
    broker: BrokerPublic
    unit: UnitPublic
    agencies: tuple[Agency, ...]
    granters: tuple[Granter, ...]

    @staticmethod
    def read(plan: Path) -> Place:
        """The place that the file `plan` describes. Raises `Misconfigured` or `BadInput` naming what is wrong."""
        try:
            said = tomllib.loads(keyfiles.read_text(plan))
            beside = plan.parent
            scheme = str(said.get("scheme", _USUAL))
            return Place(
                place=str(said["place"]),
                threshold=int(said["threshold"]),
                scheme=scheme,
                model=str(said.get("model") or packaged_model(scheme)),
                rehearsal=said.get("rehearsal", False) is True,
                broker=keyfiles.read_public(BrokerPublic, beside / said["broker"]),
                unit=keyfiles.read_public(UnitPublic, beside / said["linkage_unit"]),
                agencies=tuple(
                    keyfiles.read_public(AgencyPublic, beside / name).agency for name in said.get("agencies", ())
                ),
                granters=tuple(
                    keyfiles.read_public(GranterPublic, beside / name).granter for name in said.get("granters", ())
                ),
            )
        except KeyError as error:
            raise _not_a_place(plan, f": {error.args[0]} is missing") from None
        except (tomllib.TOMLDecodeError, TypeError, ValueError):
            raise _not_a_place(plan, "") from None

    def trust(self) -> Trust:
        """The first trust document. Raises `Misconfigured` when the parts do not fit together."""
        # Not validated here but by `parse_trust`, whose errors say what does not fit.
        trust = Trust.model_construct(
            v=1,
            place=self.place,
            rehearsal=self.rehearsal,
            scheme=self.scheme,
            model=self.model,
            linkage_keys=(self.unit.linkage_key,),
            evidence_epochs=(1,),
            broker=self.broker.broker,
            linkage_unit=self.unit.linkage_unit,
            granters=self.granters,
            agencies=self.agencies,
        )
        return parse_trust(trust.model_dump_json().encode())


def _not_a_place(plan: Path, why: str) -> Misconfigured:
    hint = "see docs/for/operators.md for what stands in it"
    return Misconfigured("plan-invalid", f"{plan} does not describe a place{why}", hint=hint)


def packaged_model(scheme: str) -> str:
    """The SHA-256, in hex, of the match model that comes with a scheme. Raises `Misconfigured` when none does."""
    return hashlib.sha256(packaged(f"{scheme}.model.json")).hexdigest()


def first_targets(place: Place, now: dt.datetime) -> dict[str, bytes]:
    """The files of the first trust list: the trust document and the first epoch's record."""
    trust = place.trust()
    record = epoch_record(trust, trust.linkage_keys[0], now)
    return {TRUST: keyfiles.trust_bytes(trust), record.path: canonical(record) + NEWLINE}


def epoch_record(trust: Trust, key: LinkageKey, now: dt.datetime) -> EpochRecord:
    """The record of the epoch that begins with `key`. Raises `BadInput` for a scheme that is not packaged."""
    return EpochRecord(
        v=1,
        place=trust.place,
        epoch=key.epoch,
        public=oprf.check_point(key.public),
        suite=SUITE,
        scheme=trust.scheme,
        scheme_digest=load_scheme(trust.scheme).digest.hex(),
        opened=int(now.timestamp()),
    )
