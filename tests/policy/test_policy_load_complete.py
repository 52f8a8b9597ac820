"""Whatever is wrong in a policy file, wherever: our error, with file, line, clause and what to do, or it loads."""

from __future__ import annotations

import copy
import random
import re
from typing import Any

import pytest
import yaml
from brackwater_policies import ISA, files

from broker.errors import BadInput
from broker.policy.load import load_policies
from broker.policy.strict_yaml import read

FILES = ("vocabulary.yaml", "gateways.yaml", "protections.yaml", "invariants.yaml", *ISA.values())
GARBAGE: tuple[Any, ...] = ("", "x y", "Zz.9", "9" * 20, "no such thing anywhere", [], {}, ["a"], {"a": "b"}, "\x01")
JARGON = re.compile(r"tuple|dictionary|instance of|validation|pattern|pydantic", re.IGNORECASE)
ACTS = r"add|remove|correct|use|write|keep|name|list|put|set|change|say|type|needs|must|begin|move|leave|compare"


def broken(seed: int) -> tuple[str, str]:
    """One file with one thing wrong, at any depth: left out, misspelt, replaced by rubbish, or there twice."""
    rng = random.Random(seed)
    file = rng.choice(FILES)
    data = copy.deepcopy(read(file, files()[file]).data)
    place = rng.choice([one for one in _places(data) if one])
    holder = data
    for part in place[:-1]:
        holder = holder[part]
    last = place[-1]
    kind = rng.choice(("left out", "rubbish", "misspelt" if isinstance(holder, dict) else "twice"))
    if kind == "left out":
        del holder[last]
    elif kind == "rubbish":
        holder[last] = rng.choice(GARBAGE)
    elif kind == "misspelt":
        holder[f"{last}z z"] = holder.pop(last)
    else:
        holder.append(copy.deepcopy(holder[last]))
    return file, yaml.dump(data, Dumper=_Plain, allow_unicode=True, sort_keys=False)


class _Plain(yaml.SafeDumper):
    """Writes everything out: the loader takes no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _places(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [at, *(place for key, value in inner for place in _places(value, (*at, key)))]


def check(seed: int) -> bool:
    """Whether what is broken was refused; if so, that every line of the refusal is as promised."""
    file, text = broken(seed)
    try:
        load_policies({**files(), file: text})
    except BadInput as error:
        for line in error.message.splitlines():
            found = re.fullmatch(r"(\S+\.yaml) line (\d+): (.+)", line)
            assert found, line
            named, at, what = found.groups()
            lines = (text if named == file else files()[named]).splitlines()
            assert 1 <= int(at) <= len(lines), line
            assert re.search(rf"\b({ACTS})\b", what), f"says not what to do: {line}"
            assert not JARGON.search(re.sub(r"`[^`]*`", "", what)), f"programmers' words: {line}"
            clause = _clause(lines, int(at))
            assert clause in what or re.search(r" entry \d+: ", what), f"{clause} is not named: {line}"
        return True
    return False


def _clause(lines: list[str], at: int) -> str:
    """The id of the clause or rule that line `at` is inside, when what begins with `- id:` is one."""
    for line in reversed(lines[:at]):
        if found := re.match(r"- id: '?([A-Z][\w.]*)'?$", line):
            return found[1]
        if not line.startswith((" ", "- ")):
            return ""
    return ""


@pytest.mark.parametrize("seed", range(6))
def test_every_error_says_where_and_what_to_do(seed: int) -> None:
    """An author reads a programmer's error, or one that names no line, no clause or nothing to do."""
    check(seed)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_every_error_says_where_and_what_to_do_anywhere() -> None:
    """The same for eight hundred mistakes; most of them must be found at all."""
    refused = sum(check(seed) for seed in range(800))
    assert refused > 480
