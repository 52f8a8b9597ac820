"""Text in, checked `Policies` out. Reading the folder is done by whoever calls; this room touches no file.

    load_policies({"vocabulary.yaml": "...", "agreements/isa-2026-001.yaml": "...", ...})

Every error is `BadInput` (or `Misconfigured`, when a file is missing) and names the file, the line, the clause and
what to do. All findings of all files are listed together. A policy that doesn't check doesn't load.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from pydantic import ValidationError

from broker.errors import BadInput, Misconfigured
from broker.policy.agreement import Agreement, Share
from broker.policy.agreement_check import check_agreement
from broker.policy.crosscheck import Finding, check_gateways, check_protections, check_vocabulary
from broker.policy.embargoes import NO_EMBARGOES, Embargoes, check_embargoes
from broker.policy.gateways import Gateways
from broker.policy.invariants import NO_INVARIANTS, Invariants, check_invariants
from broker.policy.policies import Policies, Schedule
from broker.policy.protections import Protections
from broker.policy.rules import from_limit, global_rules
from broker.policy.sentences import sentence
from broker.policy.strict_yaml import Place, Sheet, read
from broker.policy.vocabulary import Vocabulary
from broker.policy.vocabulary_check import check_consistent
from broker.policy.written import Written

AnyWritten = TypeVar("AnyWritten", bound=Written)

FILES = ("vocabulary.yaml", "gateways.yaml", "protections.yaml")
INVARIANTS = "invariants.yaml"
EMBARGOES = "embargoes.yaml"


def load_policies(files: Mapping[str, str | bytes]) -> Policies:
    """The policies that `files` ({path below the policies folder: content}) hold; other than YAML is left alone.

    `examples/` is not part of the policies or their digest. Raises `BadInput` and `Misconfigured`.
    """
    return from_sheets(sheets_of(files))


def from_sheets(sheets: Mapping[str, Sheet]) -> Policies:
    """The policies that `sheets`, the files as read, hold. Raises `BadInput`."""
    vocabulary = typed(sheets["vocabulary.yaml"], Vocabulary)
    # All further checks look things up in it.
    _refuse(_named(sheets["vocabulary.yaml"], check_consistent(vocabulary)))
    gateways = typed(sheets["gateways.yaml"], Gateways)
    protections = typed(sheets["protections.yaml"], Protections)
    agreements = {file: typed(sheet, Agreement) for file, sheet in sheets.items() if file.startswith("agreements/")}
    invariants = typed(sheets[INVARIANTS], Invariants) if INVARIANTS in sheets else NO_INVARIANTS
    embargoes = typed(sheets[EMBARGOES], Embargoes) if EMBARGOES in sheets else NO_EMBARGOES
    found = [
        *_named(sheets["vocabulary.yaml"], check_vocabulary(vocabulary)),
        *_named(sheets["gateways.yaml"], check_gateways(gateways, vocabulary)),
        *_named(sheets["protections.yaml"], check_protections(protections, vocabulary)),
        *(_named(sheets[INVARIANTS], check_invariants(invariants, vocabulary)) if INVARIANTS in sheets else ()),
        *(_named(sheets[EMBARGOES], check_embargoes(embargoes, vocabulary)) if EMBARGOES in sheets else ()),
        *_ids(sheets, protections, agreements),
    ]
    for file, agreement in agreements.items():
        found += _named(sheets[file], check_agreement(agreement, vocabulary, gateways))
    _refuse(found)
    by_id = {agreement.id: agreement for agreement in sorted(agreements.values(), key=lambda a: a.id)}
    exceptions = {name: tuple(from_limit(e, vocabulary) for e in a.exceptions) for name, a in by_id.items()}
    return Policies(
        digest=_digest(sheets),
        vocabulary=vocabulary,
        gateways=MappingProxyType(gateways.gateways),
        agreements=MappingProxyType(by_id),
        protections=protections,
        rules=global_rules(protections, vocabulary),
        exceptions=MappingProxyType(exceptions),
        schedule=_schedule(by_id),
        invariants=invariants,
        embargoes=embargoes,
    )


def typed(sheet: Sheet, kind: type[AnyWritten]) -> AnyWritten:
    """What `sheet` says, as a `kind`. Raises `BadInput` with the line of everything that is wrong."""
    try:
        return kind.model_validate(sheet.data)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        raise _invalid(_named(sheet, ((problem["loc"], sentence(problem)) for problem in problems))) from None


def sheets_of(files: Mapping[str, str | bytes]) -> dict[str, Sheet]:
    """The policy files among `files` as read, by name. Raises `BadInput` and `Misconfigured`."""
    missing = [file for file in FILES if file not in files]
    wanted = [file for file in sorted(files) if file.endswith((".yaml", ".yml")) and not file.startswith("examples/")]
    agreements = [file for file in wanted if file.startswith("agreements/")]
    if missing or not agreements:
        what = ", ".join(missing) or "agreements/*.yaml"
        raise Misconfigured("policy-missing", f"no {what} among the policies", hint="add it to the policies folder")
    unexpected = [file for file in wanted if file not in (*FILES, INVARIANTS, EMBARGOES) and file not in agreements]
    _refuse([f"{file} line 1: not a policy file; move it or remove it" for file in unexpected])
    return {file: read(file, files[file]) for file in wanted}


def _named(sheet: Sheet, findings: Iterable[Finding]) -> list[str]:
    """Findings with their file and line, and the clause where the sentence doesn't begin with it."""
    said = []
    for place, what in findings:
        rule = _rule_at(sheet, place)
        clause = f"{rule}: " if rule and not what.startswith(f"{rule}:") else ""
        said.append(f"{sheet.file} line {sheet.line(place)}: {clause}{what}")
    return said


def _rule_at(sheet: Sheet, place: Place) -> str:
    """The id of the clause or rule that `place` is inside, if it has one."""
    if len(place) < 2 or not isinstance(place[1], int):
        return ""
    entries = sheet.data.get(str(place[0]))
    entry = entries[place[1]] if isinstance(entries, list) else None
    rule = entry.get("id", entry.get("agency")) if isinstance(entry, dict) else None
    is_name = isinstance(rule, str) and re.fullmatch(r"[A-Za-z][\w.]{0,39}", rule, re.ASCII)
    return str(rule) if is_name else f"{place[0]} entry {place[1] + 1}"


def _ids(sheets: Mapping[str, Sheet], protections: Protections, agreements: Mapping[str, Agreement]) -> list[str]:
    """Agreements and rules have one id each over all files, so that an audit row names exactly one."""
    found: list[str] = []
    seen = set(protections.ids())
    names: set[str] = set()
    for file, agreement in agreements.items():
        if agreement.id in names:
            found += _named(sheets[file], [(("id",), f"another file has {agreement.id}; give it a new number")])
        names.add(agreement.id)
        clauses: list[tuple[Place, str]] = [(("share", n), share.id) for n, share in enumerate(agreement.share)]
        clauses += [(("exceptions", n), limit.id) for n, limit in enumerate(agreement.exceptions)]
        for place, clause in clauses:
            if clause in seen:
                found += _named(sheets[file], [(place, f"{clause}: another clause or rule has this id; change it")])
            seen.add(clause)
    return found


def _refuse(found: list[str]) -> None:
    if found:
        raise _invalid(found)


def _invalid(found: list[str]) -> BadInput:
    return BadInput("policy-invalid", "\n".join(dict.fromkeys(found)))


def _schedule(agreements: Mapping[str, Agreement]) -> Schedule:
    cells: dict[tuple[str, str], dict[str, dict[str, Share]]] = {}
    for name, agreement in agreements.items():
        for share in agreement.share:
            for role in share.to:
                for purpose in share.for_:
                    cell = cells.setdefault((role, purpose), {}).setdefault(name, {})
                    cell.update(dict.fromkeys(share.items, share))
    return MappingProxyType({key: MappingProxyType(value) for key, value in cells.items()})


def _digest(sheets: Mapping[str, Sheet]) -> str:
    """SHA-256 of the canonical content: what is said, whatever the layout and the comments."""
    content = {file: sheet.data for file, sheet in sheets.items()}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
