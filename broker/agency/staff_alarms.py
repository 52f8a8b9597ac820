"""What the broker counted and the audit log alarms on in this agency's own staff's questions, by its delivery key.

Each alarm is checked against the log before it is believed, and the pseudonym in it turned back into a name of
`agency.toml`. An alarm is no proof: a family may have had five addresses. It says of whom to ask why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from broker.agency import pseudonyms
from broker.agency.broker_calls import read_list
from broker.agency.edges import Edges
from broker.agency.receipts import check_alarm
from broker.agency.reconcile_deliveries import Alarm
from broker.agency.words import plain
from broker.agency.workspace import Workspace
from broker.errors import BrokerError, Untrusted
from broker.keys.trust import Trust
from broker.wire.alarm import Alarms
from broker.wire.reference import spoken_reference

PATH = "/v1/alarms/"
WALK, MANY = "staff-guesses", "staff-unusual"
_RULES = {
    "about-one-person": "asked about one person with {count} different addresses within a week",
    "address-only": "asked {count} times within a day with nothing but names and addresses, and found nobody",
    "unusual-hour": "asked the question by which the hour had {count}, more than three times what is usual for us",
    "unusual-day": "asked the question by which the day had {count}, more than three times what is usual for us",
}


def read_told(place: Workspace, edges: Edges, day: dt.date) -> tuple[Alarms | None, list[str]]:
    """What the broker says of a UTC day, not yet checked, or why it could not be read, as a note."""
    if not place.read_secrets().numbers("delivery"):
        return None, ["alarms about your staff were not read: they take the delivery key, which is not on this machine"]
    try:
        return read_list(place, edges, Alarms, signer=place.delivery_signer(), path=PATH + day.isoformat()), []
    except Untrusted:
        raise
    except BrokerError as error:
        return None, [f"alarms about your staff were not read: {error} [{error.code}]"]


def staff_alarms(told: Alarms, place: Workspace, *, trust: Trust, day: dt.date) -> Iterator[Alarm]:
    """The alarms among what the broker told of a UTC day. Raises `Untrusted` for what does not verify."""
    if (told.agency, told.day) != (place.agency, day):
        raise Untrusted("answer-other", "the broker's alarms are for another agency or day")
    key = place.read_secrets().bytes32("reference")
    names = {pseudonyms.staff(key, member.id): member.id for member in place.staff}
    for receipt in told.alarms:
        leaf = check_alarm(receipt, trust, agency=place.agency, day=day)
        rule, count, staff = (leaf.disclosed.get(name) for name in ("rule", "count", "staff"))
        did = _RULES.get(str(rule), "made {count} guesses by a rule that this version does not know")
        did = did.replace("{count}", plain(str(count)))
        who = plain(names.get(str(staff), f"somebody who is no longer listed ({staff})"))
        answer = spoken_reference(bytes.fromhex(str(leaf.event["answer"])))
        kind = MANY if str(rule).startswith("unusual") else WALK
        yield Alarm(kind, f"{who} {did}, up to answer {answer}: ask them why")
