"""Somebody reads a list of their agency's: the body of each such request, so that the log names who it was.

POST /v1/protections/read   /v1/rights/waiting   /v1/rights/taken   /v1/challenges/waiting   /v1/challenged
     /v1/refusals/silent/{day}   /v1/audit/queue   /v1/audit/closed

{"v":1,"staff":"..."}
"""

from __future__ import annotations

from typing import Literal

from broker.wire.fields import Pseudonym, Wire


class ReadRequest(Wire):
    """`staff` is the agency's pseudonym for whoever reads; it is a private field of the event."""

    v: Literal[1]
    staff: Pseudonym
