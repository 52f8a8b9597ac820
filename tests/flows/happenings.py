"""What happens in a place between two questions about Otto, and what must then be known of him."""

from __future__ import annotations

import json
import os
from functools import partial
from typing import Any

from flow_policies import varied
from people import OTTO, Row, export
from right_flows import decide, taken
from test_change_control import code_of, signed
from test_protections import protect, second
from world import AGENCIES, World

from broker.actions.change_policy import activate
from broker.actions.pause_sharing import pause_sharing
from broker.actions.propose_policy import propose_policy
from broker.wire.fields import encode64, parse
from broker.wire.pause import PauseRequest
from broker.wire.policy_change import PolicyChange

MEANWHILE = (
    *("nothing", "hours 30", "hours 192", "posted none objects_competent", "posted concern not_asked"),
    *("protected safe_address", "protected restriction", "protected witness"),
    *("objection", "objection upheld", "objection overridden", "restriction", "restriction lifted"),
    *("protects safe_address", "protects restriction", "lifts one", "lifts two"),
    *("agrees stricter", "agrees lapsed", "agrees written", "agrees written"),
    *("refused unbreakable", "refused leaking", "again"),
    *("pauses su", "pauses ac", "resumes one", "resumes two"),
)
GROUNDS = {"overridden": ("--ground", "compelling_grounds"), "lifted": ("--ground", "settled")}
KEPT_AWAY = {"safe_address", "witness", "adopted"}
OBJECTION = ("none", "pending", "upheld")


class Happenings:
    """`agreed` is which agreements are in force, `signed` every change that two people ever signed here."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.register: dict[str, str] = {}
        self.rights: dict[str, str] = {}
        self.agreed = "written"
        self.signed: list[tuple[str, PolicyChange]] = []
        self.paused: set[str] = set()

    def happens(self, then: str) -> None:
        """One of `MEANWHILE`: the method of its first word, with the others."""
        what, *details = then.split()
        self.world.later(minutes=2)
        getattr(self, what)(*details)

    def nothing(self) -> None:
        """Two minutes pass."""

    def hours(self, count: str) -> None:
        """Time passes."""
        self.world.later(hours=int(count))

    def posted(self, risk: str, wishes: str) -> None:
        """The services say something else of him."""
        known = {"risk": risk, "wishes": wishes}
        treatment = Row(OTTO, "S2", {"su.in_treatment": "2026-03-02"}, **known)
        self.world.agency("voluntary").posts(*export("su", [treatment]))
        self.world.agency("nhs").posts(*export("ac", [Row(OTTO, "A2", {"ac.attendances": "4"}, **known)]))

    def protected(self, kind: str) -> None:
        """The police protect him in a delivery."""
        self.world.agency("police").posts(*export("po", [Row(OTTO, "X9", protection=kind)]))
        self.register[f"posted {kind}"] = kind

    def protects(self, kind: str) -> None:
        """A member of staff of the council protects him, at once."""
        if f"set {kind}" not in self.register:
            protect(self.world, kind=kind).ok()
            self.register[f"set {kind}"] = kind

    def lifts(self, how_many: str) -> None:
        """What a member of staff set is lifted by two of them; one by themselves lifts nothing."""
        agrees = "sw" if how_many == "one" else "kw"
        for name, kind in [one for one in self.register.items() if one[0].startswith("set ")]:
            second(self.world, "lift-protection", staff="sw", kind=kind)
            if second(self.world, "lift-protection", "--agree", staff=agrees, kind=kind).code == 0:
                assert how_many == "two", "lifted by one person"
                del self.register[name]

    def objection(self, outcome: str = "") -> None:
        """He objects, and a colleague of whoever took it in may decide."""
        self._right("objection", "objection_pending", outcome)

    def restriction(self, outcome: str = "") -> None:
        """He asks that nothing be done with a record."""
        self._right("restriction", "restriction", outcome)

    def _right(self, right: str, kind: str, outcome: str) -> None:
        if right not in self.rights:
            self.rights[right] = str(taken(self.world, right)["reference"])
            self.register[right] = kind
        if outcome and decide(self.world, self.rights[right], outcome, *GROUNDS.get(outcome, ())).code == 0:
            if outcome == "upheld":
                self.register[right] = "objection_upheld"
            else:
                del self.register[right], self.rights[right]

    def agrees(self, variant: str) -> None:
        """Two people sign other agreements, and they come into force."""
        if variant == self.agreed:
            return
        was = variant in ("written", *(name for name, _ in self.signed))
        put = propose_policy(self.world.parts, varied(variant), back=was)
        self.signed.append((variant, signed(self.world, put.terms)))
        activate(self.world.parts, varied(variant), signed=self.signed[-1][1])
        self.agreed = variant

    def pauses(self, source: str) -> None:
        """A service tells nothing from now on."""
        assert (self._sharing("pause", source) == "") == (source not in self.paused)
        self.paused.add(source)

    def resumes(self, how_many: str) -> None:
        """Two people resume all that has paused; one by themselves resumes nothing."""
        for source in sorted(self.paused):
            self._sharing("resume", source, use="ask")
            if self._sharing("resume", source, staff="one" if how_many == "one" else "two") == "":
                assert how_many == "two", "resumed by one person"
                self.paused.remove(source)

    def _sharing(self, act: str, source: str, *, use: str = "review", staff: str = "one") -> str:
        agency = next(name for name, sources in AGENCIES.items() if source in sources)
        about = {"v": 1, "id": encode64(os.urandom(16)), "agency": agency, "staff": staff, "sources": [source]}
        asked = parse(PauseRequest, json.dumps({**about, "act": act}))
        return code_of(partial(pause_sharing, self.world.parts, asked, agency=agency, use=use))

    def refused(self, variant: str) -> None:
        """Somebody tries to bring agreements into force that break what must always be so."""
        assert code_of(partial(activate, self.world.parts, varied(variant))) == "policy-not-proven"

    def again(self) -> None:
        """Whoever kept what was signed hands it in once more."""
        for variant, change in self.signed:
            code = code_of(partial(activate, self.world.parts, varied(variant), signed=change))
            assert code in ("policy-in-force", "policy-overtaken", "diff-differs"), code

    def knows(self, record: dict[str, Any] | None) -> None:
        """Nothing of what protects him is missing from what was decided from, and nothing more is there."""
        if record is None:
            return
        kinds = set(self.register.values())
        # Who is in hiding has the protection too that reaches those who live with them.
        reaches = {"safe_address"} if kinds & {"safe_address", "witness"} else set()
        assert set(record["protection"]) == kinds & KEPT_AWAY | reaches
        assert record["restriction"] == ("yes" if "restriction" in kinds else "no")
        strongest = max((OBJECTION.index(one.partition("_")[2]) for one in kinds if "objection" in one), default=0)
        assert record["objection"] == OBJECTION[strongest]
