"""`make fuzz`: every target under atheris, one process each, until its seconds are over or it falls over.

    python tests/fuzz/run.py --seconds 60                each of the targets for a minute
    python tests/fuzz/run.py --only "trust list"         one of them

What makes a target fail is kept in .bench/fuzz, to be read again: `--only "trust list" --again FILE`. The last line is
one JSON object.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
FOLDER = Path(".bench/fuzz")


def main() -> int:
    options = _options()
    if options.inside:
        return inside(options.inside, options.seconds)
    import targets

    if options.again:
        targets.read(options.only, Path(options.again).read_bytes())
        return 0
    found = {}
    for name in [options.only] if options.only else targets.TARGETS:
        found[name] = one(name, options.seconds)
        kept = found[name]["kept"]
        print(f"{name:24}{found[name]['executions']:>12,}  {f'failed: {kept}' if kept else 'ok'}", flush=True)
    holds = not any(figures["kept"] for figures in found.values())
    print(json.dumps({"benchmark": "fuzz", "seconds": options.seconds, "figures": found, "holds": holds}))
    return 0 if holds else 1


def one(name: str, seconds: int) -> dict[str, object]:
    """One target in a process of its own, which may die."""
    command = [sys.executable, __file__, "--inside", name, "--seconds", str(seconds)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    runs = re.findall(r"Done (\d+) runs|^#(\d+)", said.stderr, re.MULTILINE)
    kept = ""
    if said.returncode:
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f"{name.replace(' ', '-')}.log").write_text(said.stderr[-20_000:])
        kept = str(FOLDER / f"{name.replace(' ', '-')}.log")
    return {"executions": max((int(a or b) for a, b in runs), default=0), "kept": kept}


def inside(name: str, seconds: int) -> int:
    """What the process of one target does: it reads what atheris makes, and ends with 77 when a parser falls over."""
    import atheris

    with atheris.instrument_imports(include=["broker"]):
        import targets
    from fuzz_seeds import SEEDS

    corpus = FOLDER / name.replace(" ", "-")
    corpus.mkdir(parents=True, exist_ok=True)
    (corpus / "seed").write_bytes(SEEDS.get(name, b"{}"))
    words = [
        sys.argv[0],
        str(corpus),
        f"-max_total_time={seconds}",
        "-max_len=4096",
        f"-artifact_prefix={corpus}/failed-",
    ]
    atheris.Setup(words, lambda data: targets.read(name, data))
    atheris.Fuzz()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--only")
    parser.add_argument("--again")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
