"""A set of agreements that may come into force: the files it was read from, loaded and proven. One that isn't raises.

proven({"vocabulary.yaml": "...", "agreements/isa-2026-001.yaml": "...", ...}).policies.digest
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from broker.policy.load import load_policies
from broker.policy.policies import Policies
from broker.policy.prove import check_proven


@dataclass(frozen=True)
class PolicySet:
    """`files` are what `policies` were read from, by path, without the examples: they are about a set, not of it."""

    policies: Policies
    files: Mapping[str, str] = field(repr=False)

    @property
    def digest(self) -> str:
        """The digest that stands in every decision made under the set."""
        return self.policies.digest


def proven(files: Mapping[str, str | bytes]) -> PolicySet:
    """The set that `files` hold. Raises `BadInput` or `Misconfigured` when it does not load or does not prove."""
    return _proven(tuple(set_files(files).items()))


def set_files(files: Mapping[str, str | bytes]) -> dict[str, str | bytes]:
    """Those of `files` that belong to a set, in order."""
    return {
        file: content
        for file, content in sorted(files.items())
        if file.endswith((".yaml", ".yml")) and not file.startswith("examples/")
    }


@lru_cache(maxsize=4)
def _proven(files: tuple[tuple[str, str | bytes], ...]) -> PolicySet:
    """The same; it depends on nothing else and never changes, so a process works it out once."""
    policies = load_policies(dict(files))
    check_proven(policies)
    return PolicySet(policies, {file: text if isinstance(text, str) else text.decode() for file, text in files})
