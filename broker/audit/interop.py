"""Events of the log as other systems read them: FHIR AuditEvent (IHE BALP, privacy disclosure) and OCSF.

    answer     a question            FHIR query                        OCSF datastore activity: query
    disclose   something was told    IHE BALP disclosure, by record    OCSF datastore activity: read
    deny       nothing was told      FHIR query that failed            OCSF datastore activity: read, failed
    ingest     records were posted   -                                 OCSF datastore activity: write
    retract    records were erased   -                                 OCSF datastore activity: delete

Only what is open in a leaf is in them: no private field, and instead of a person the record's name in that one leaf,
which no other leaf has. They are copies for searching and prove nothing; the log does. Field by field:
`docs/formats/audit-interop.md`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Event = Mapping[str, Any]
Resource = dict[str, Any]

_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_SNOMED = "http://snomed.info/sct"
_TERMS = "http://terminology.hl7.org/CodeSystem"
_BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PrivacyDisclosure.Source"
_OCSF_VERSION = "1.8.0"
_DATASTORE_ACTIVITY = 6005
_ACTIVITIES = {"answer": (4, "Query"), "disclose": (1, "Read"), "deny": (1, "Read")}
_ACTIVITIES |= {"ingest": (5, "Write"), "retract": (7, "Delete")}


def fhir(event: Event, origin: str) -> list[Resource]:
    """The FHIR R4 AuditEvents of one event as `check_leaf` gave it; `origin` is the log's. None of most types."""
    if event["typ"] == "disclose":
        return [_disclosure(event, origin, at=at, tag=tag) for at, tag in enumerate(event["tags"])]
    if event["typ"] not in ("answer", "deny"):
        return []
    agents = [_agent(event["org"], "110152", "Destination Role ID", asks=True)]
    if "role" in event:
        agents[0]["role"] = [{"text": event["role"]}]
    refused = event["typ"] == "deny"
    return [
        {
            **_head(event, origin, "110112", "Query", suffix=""),
            "action": "E",
            "outcome": "4" if refused else "0",
            **({"outcomeDesc": _clauses(event)} if refused else {}),
            "agent": agents,
            "entity": [_data(event)],
        }
    ]


def ocsf(event: Event, origin: str) -> list[Resource]:
    """The OCSF events of one event as `check_leaf` gave it; `origin` is the log's. None of most types."""
    if event["typ"] not in _ACTIVITIES:
        return []
    activity, name = _ACTIVITIES[event["typ"]]
    refused = event["typ"] == "deny"
    open_fields = {key: value for key, value in event.items() if key not in {"v", "typ", "id", "t", "org", "_sd"}}
    return [
        {
            "class_uid": _DATASTORE_ACTIVITY,
            "class_name": "Datastore Activity",
            "category_uid": 6,
            "category_name": "Application Activity",
            "activity_id": activity,
            "activity_name": name,
            "type_uid": _DATASTORE_ACTIVITY * 100 + activity,
            "severity_id": 1,
            "status_id": 2 if refused else 1,
            **({"status_detail": _clauses(event)} if refused else {}),
            "time": int(dt.datetime.fromisoformat(event["t"]).timestamp() * 1000),
            "metadata": {
                "version": _OCSF_VERSION,
                "uid": event["id"],
                "log_name": origin,
                "event_code": event["typ"],
                "product": {"name": "broker", "vendor_name": "broker"},
            },
            "actor": {"user": {"uid": event["org"], "org": {"uid": event["org"], "name": event["org"]}}},
            "src_endpoint": {"name": event["org"]},
            "database": {"name": event.get("source", origin), "type_id": 99, "type": "records"},
            "unmapped": open_fields,
        }
    ]


WRITERS: Mapping[str, Callable[[Event, str], list[Resource]]] = {"fhir": fhir, "ocsf": ocsf}
"""By the name of the format: what one event is in it."""


def _disclosure(event: Event, origin: str, *, at: int, tag: str) -> Resource:
    """That one record's source was told of to whom: the profile has one patient in each event."""
    patient = {
        "what": {"type": "Patient", "identifier": {"system": f"urn:{origin}:record-in-leaf", "value": tag}},
        "type": _coded("audit-entity-type", "1", "Person"),
        "role": _coded("object-role", "1", "Patient"),
    }
    return {
        **_head(event, origin, "110106", "Export", suffix=f"-{at}"),
        "meta": {"profile": [_BALP]},
        "subtype": [_coded("iso-21089-lifecycle", "disclose", "Disclose Record Lifecycle Event")],
        "action": "R",
        "outcome": "0",
        "agent": [
            _agent(origin, "110153", "Source Role ID"),
            _agent(event["org"], "110152", "Destination Role ID", asks=True),
            {"type": _concept(_SNOMED, "159541003"), "who": _named(event["source"]), "requestor": False},
        ],
        "entity": [patient, _data(event)],
    }


def _head(event: Event, origin: str, code: str, display: str, *, suffix: str) -> Resource:
    return {
        "resourceType": "AuditEvent",
        "id": f"{event['id']}{suffix}",
        "type": {"system": _DCM, "code": code, "display": display},
        "recorded": event["t"],
        "purposeOfEvent": [{"text": event["purpose"]}],
        "source": {
            "site": origin,
            "observer": _named(origin),
            "type": [_coded("security-source-type", "4", "Application Server")],
        },
    }


def _agent(name: str, code: str, display: str, *, asks: bool = False) -> Resource:
    kind = _concept(_DCM, code) | {"text": display}
    # The profile wants an address; ours is the agency's name on the trust list, as a URI.
    network = {"address": f"urn:agency:{name}", "type": "5"}
    return {"type": kind, "who": _named(name), "requestor": asks, "network": network}


def _data(event: Event) -> Resource:
    """What was told, or asked for: items, levels and clauses, never values."""
    details = [{"type": item, "valueString": f"{level} {clause}"} for item, level, clause in event.get("items", [])]
    named = {"what": {"identifier": {"value": event["id"]}}, "type": _coded("audit-entity-type", "2", "System Object")}
    return {**named, "role": _coded("object-role", "3", "Report"), **({"detail": details} if details else {})}


def _clauses(event: Event) -> str:
    rows: Sequence[Sequence[str]] = event.get("items", [])
    return "refused: " + ", ".join(sorted({clause for _, _, clause in rows}))


def _coded(system: str, code: str, display: str) -> Resource:
    return {"system": f"{_TERMS}/{system}", "code": code, "display": display}


def _concept(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def _named(name: str) -> Resource:
    return {"display": name}
