"""A change of agreements as an operator would send it, for the page on which it is read."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

from broker.wire.policy_change import ChangeTerms, Kind, Proposal, Simulated

_TEXT = """Policies 3f2a91d0c0de -> 9c01b77ec0de
5,971,968,000 requests compared, 2,048 end differently. Nothing is sampled.

IN THE PLAIN CASE
  1. Family keyworker (Brackwater Council), for early help: "Attendance (last four weeks)" [ed.attendance: personal]
     OPENS: is shown in full; until now it shows only whom to ring.
       1,536 requests; for example everything is plain. Decided by A1.5; until now by A1.4.
     OPENS: is shown reduced; until now it shows only whom to ring.
       512 requests; for example [whether it holds other people's details: yes]. Decided by A1.5, P8; until now by A1.4.

EVERY LINE THAT IS WRITTEN DIFFERENTLY
  agreements / ISA-2026-001 / share / A1.5 / level: "signpost" -> "share"

To sign: 7777777777777777777777777777777777777777777777777777777777777777
"""


def put_proposal(home: Path, today: dt.date) -> None:
    """Puts it where the desk finds it, under the name `2026-12`."""
    made = int(dt.datetime.combine(today, dt.time(), dt.UTC).timestamp())
    said = "Family keyworker (Brackwater Council), for early help: attendance"
    kind = Kind(said=said, before="signpost", after="share", opens=True, count=14)
    seen = Simulated(
        since=today - dt.timedelta(days=31), decisions=1_204, changed=17, opened=14, unreadable=0, kinds=(kind,), rest=3
    )
    terms = ChangeTerms(
        v=1, place="brackwater", old="3f" * 32, after="ab" * 16, new="9c" * 32, diff="77" * 32, back=False,
        text=hashlib.sha256(_TEXT.encode()).hexdigest(), sentences=71, software="1.0.0", simulated=seen, made=made,
        expires=made + 14 * 86_400,
    )  # fmt: skip
    folder = home / "proposals"
    folder.mkdir(exist_ok=True)
    (folder / "2026-12.json").write_text(Proposal(v=1, terms=terms, text=_TEXT).model_dump_json(), encoding="utf-8")
