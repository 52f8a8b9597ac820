"""Our events in other systems' formats: a stranger's FHIR library reads them, and the profiles' rules hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from example_log import ORIGIN, sealables

from broker.audit.interop import WRITERS, fhir, ocsf
from broker.audit.leaves import check_leaf

EVENTS = [check_leaf(one.leaf_bytes) for one in sealables()]
FHIR = [(event, one) for event in EVENTS for one in fhir(event, ORIGIN)]
OCSF = [(event, one) for event in EVENTS for one in ocsf(event, ORIGIN)]
VECTORS = Path(__file__).parents[1] / "vectors" / "audit"
TERMS = "http://terminology.hl7.org/CodeSystem"


def test_who_is_translated() -> None:
    """A question, a disclosure or a refusal is lost on the way."""
    assert [event["typ"] for event, _ in FHIR] == ["answer", "disclose", "deny"]
    assert [event["typ"] for event, _ in OCSF] == ["ingest", "answer", "disclose", "deny", "retract"]


@pytest.mark.parametrize("resource", [one for _, one in FHIR], ids=lambda one: one["type"]["display"])
def test_a_strangers_library_reads_our_fhir(resource: dict[str, Any]) -> None:
    """A resource is not FHIR at all (R4B, whose AuditEvent is that of R4)."""
    from fhir.resources.R4B.auditevent import AuditEvent

    read = AuditEvent.model_validate_json(json.dumps(resource))
    assert json.loads(read.model_dump_json())["id"] == resource["id"]


def test_field_by_field() -> None:
    """What other systems have stored for years is written otherwise from one version to the next."""
    kept = json.loads((VECTORS / "interop.json").read_text())
    assert kept == {"fhir": [one for _, one in FHIR], "ocsf": [one for _, one in OCSF]}
    # Two records of one answer, and a deny of another shape than the example's.
    [disclosed] = [event for event in EVENTS if event["typ"] == "disclose"]
    assert fhir({**disclosed, "items": []}, ORIGIN)[0]["entity"][1].keys() == {"what", "type", "role"}
    assert fhir({**disclosed, "typ": "untold"}, ORIGIN) == ocsf({**disclosed, "typ": "untold"}, ORIGIN) == []
    assert {name: write(disclosed, ORIGIN) for name, write in WRITERS.items()} == {
        "fhir": fhir(disclosed, ORIGIN), "ocsf": ocsf(disclosed, ORIGIN)
    }  # fmt: skip


def coded(concept: dict[str, Any]) -> tuple[str, str]:
    one = concept["coding"][0] if "coding" in concept else concept
    return one["system"], one["code"]


def test_a_disclosure_is_of_the_profile() -> None:
    """IHE BALP, PrivacyDisclosure.Source: what it requires, rule by rule."""
    event, one = next((event, one) for event, one in FHIR if event["typ"] == "disclose")
    assert coded(one["type"])[1] == "110106" and one["action"] == "R" and one["outcome"] == "0"
    assert (f"{TERMS}/iso-21089-lifecycle", "disclose") in map(coded, one["subtype"])
    by_type = {coded(agent["type"])[1]: agent for agent in one["agent"]}
    source, recipient, custodian = by_type["110153"], by_type["110152"], by_type["159541003"]
    assert source["who"] == one["source"]["observer"] and source["network"] and recipient["network"]
    assert recipient["who"]["display"] == event["org"] and custodian["who"]["display"] == event["source"]
    [patient] = [entity for entity in one["entity"] if coded(entity["type"]) == (f"{TERMS}/audit-entity-type", "1")]
    assert patient["what"]["type"] == "Patient" and patient["what"]["identifier"]["value"] == event["tags"][0]
    assert coded(patient["role"]) == (f"{TERMS}/object-role", "1")
    assert len(one["entity"]) == 2 and "modifierExtension" not in one
    assert [row["type"] for row in one["entity"][1]["detail"]] == [item for item, _, _ in event["items"]]


def test_each_record_is_a_disclosure_of_its_own() -> None:
    """Two people of one answer become one patient."""
    event = {**next(event for event in EVENTS if event["typ"] == "disclose"), "tags": ["aa" * 16, "bb" * 16]}
    found = fhir(event, ORIGIN)
    assert [one["entity"][0]["what"]["identifier"]["value"] for one in found] == event["tags"]
    assert len({one["id"] for one in found}) == 2 and all(len(one["id"]) <= 64 for one in found)


@pytest.mark.parametrize(("event", "one"), OCSF, ids=lambda one: one.get("typ", ""))
def test_what_ocsf_requires(event: dict[str, Any], one: dict[str, Any]) -> None:
    """OCSF 1.8.0, Datastore Activity: required attributes, and `at_least_one` of its constraints."""
    required = {"class_uid", "category_uid", "activity_id", "type_uid", "severity_id", "time", "metadata", "actor"}
    assert required | {"src_endpoint"} <= one.keys()
    assert one["type_uid"] == one["class_uid"] * 100 + one["activity_id"]
    assert one["class_uid"] // 1000 == one["category_uid"] and one["time"] > 1_795_000_000_000
    assert {"version", "product"} <= one["metadata"].keys() and one["metadata"]["uid"] == event["id"]
    assert one["database"]["type_id"] == 99 and one["actor"]["user"]["uid"] == event["org"]
    assert one["status_id"] == (2 if event["typ"] == "deny" else 1)


def test_a_stranger_s_schema_takes_our_ocsf() -> None:
    """A class, a code or a type is not what OCSF 1.8.0 has, and a collector throws the event away."""
    from jsonschema_rs import Draft202012Validator
    from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

    schemas = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.8.0"))
    judge = Draft202012Validator(schemas.get_class_schema(schemas.lookup_class_name_from_uid(6005), profiles=[]))
    for _, one in OCSF:
        assert [error.message for error in judge.iter_errors(one)] == []
        for wrong in ({**one, "activity_id": 77}, {**one, "time": "noon"}, {**one, "more": 1}):
            assert not judge.is_valid(wrong)
        for name in ("actor", "metadata", "src_endpoint", "severity_id"):
            assert not judge.is_valid({key: value for key, value in one.items() if key != name})


def test_a_refusal_says_which_clauses() -> None:
    """A security team sees a failure and not why."""
    for found in (FHIR, OCSF):
        one = next(one for event, one in found if event["typ"] == "deny")
        assert "early-help#2" in (one.get("outcomeDesc") or one.get("status_detail"))
