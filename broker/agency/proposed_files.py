"""Proposals that the operator sent, in the workspace's folder `proposals`, and signatures of them that were made here.

proposals/2026-12.json                          what the operator sent
proposals/2026-12.carers_council-a.adeyemi.sig  a signature, to be sent back to the operator
proposals/2026-12/isa-2026-001.yaml             of one that was tried here: the changed agreement, for the operator
"""

from __future__ import annotations

import re
from pathlib import Path

from broker.agency.delivery import write_atomically
from broker.agency.inputs import read_file
from broker.agency.workspace import Workspace
from broker.errors import BadInput, NotFound
from broker.wire.fields import parse
from broker.wire.grant import GrantSignature
from broker.wire.policy_change import Proposal

_FOLDER = "proposals"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}")


def names(place: Workspace) -> list[str]:
    """What the proposals are called, the latest first by name."""
    found = [path.stem for path in (place.folder / _FOLDER).glob("*.json")]
    return sorted((name for name in found if _NAME.fullmatch(name)), reverse=True)


def read_proposal(place: Workspace, name: str) -> Proposal:
    """One of them. Raises `NotFound`, or `BadInput` when the file is no proposal."""
    if name not in names(place):
        raise NotFound("proposal-unknown", "there is no such proposal", hint="look at the list")
    return parse(Proposal, read_file(place.folder / _FOLDER / f"{name}.json"))


def keep_proposal(place: Workspace, name: str, put: Proposal, *, file: tuple[str, str]) -> None:
    """Keeps a proposal that was tried here, with the changed agreement. Raises `BadInput` for a name that won't do."""
    if not _NAME.fullmatch(name):
        raise BadInput("proposal-name", "it can't be called so", field="name", hint="use letters, digits and hyphens")
    if name in names(place):
        raise BadInput("proposal-name", "another proposal is called so", field="name", hint="choose another name")
    folder, (path, text) = place.folder / _FOLDER, file
    (folder / name).mkdir(parents=True, exist_ok=True)
    write_atomically(folder / name / path, text.encode())
    write_atomically(folder / f"{name}.json", put.model_dump_json().encode())


def signers(place: Workspace, name: str) -> list[str]:
    """Who has signed it here, by their ids."""
    return [parse(GrantSignature, read_file(path)).by for path in sorted(_signatures(place, name))]


def keep_signature(place: Workspace, name: str, made: GrantSignature) -> Path:
    """Puts a signature beside its proposal, and says where."""
    path = place.folder / _FOLDER / f"{name}.{made.by.replace('/', '-')}.sig"
    write_atomically(path, made.model_dump_json().encode())
    return path


def _signatures(place: Workspace, name: str) -> list[Path]:
    return list((place.folder / _FOLDER).glob(f"{name}.*.sig")) if _NAME.fullmatch(name) else []
