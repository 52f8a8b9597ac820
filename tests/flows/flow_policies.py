"""Copies of the agreements in which something is other, and bringing them into force."""

from __future__ import annotations

import shutil
from pathlib import Path

from world import POLICIES, World

from broker.actions.change_policy import Activated, activate
from broker.server import policy_files


def put_in_force(world: World, folder: Path) -> Activated:
    """Activates the agreements in a folder while the broker runs."""
    return activate(world.parts, policy_files(folder))


def lapsed(folder: Path, *names: str) -> Path:
    """A copy of the agreements in which the named ones have lapsed, without the examples: they would say otherwise."""
    copy = folder / "policies"
    shutil.copytree(POLICIES, copy, ignore=shutil.ignore_patterns("examples"))
    for name in names:
        path = copy / "agreements" / name
        text = path.read_text()
        changed = text.replace(
            "review_by: 2027-03-31, expires: 2028-04-01", "review_by: 2026-06-30, expires: 2026-07-31"
        )
        assert changed != text
        path.write_text(changed)
    return copy


ISA1, ISA2 = "agreements/isa-2026-001.yaml", "agreements/isa-2026-002.yaml"
VARIANTS = {
    "stricter": (ISA2, "    level: reduced\n    obligations: [yes_no_only]", "    level: signpost"),
    "lapsed": (
        ISA2, "review_by: 2027-03-31, expires: 2028-04-01}", "review_by: 2026-06-30, expires: 2026-07-31}",
    ),
    "unbreakable": (ISA2, "effect: signpost\n    breakable: 'yes'", "effect: signpost\n    breakable: 'no'"),
    "leaking": (ISA2, "dv.supported]\n    to: [council", "dv.supported]\n    to: [school.dsl, council"),
}  # fmt: skip
"""What is changed, and where. The last two break sentences of invariants.yaml, so that they never come into force."""


def varied(name: str) -> dict[str, bytes]:
    """The files of the agreements with one change, or, as `written`, without any; and without the examples."""
    files = {file: text for file, text in policy_files(POLICIES).items() if not file.startswith("examples/")}
    if name == "written":
        return files
    file, old, new = VARIANTS[name]
    assert old in files[file].decode()
    return files | {file: files[file].decode().replace(old, new, 1).encode()}
