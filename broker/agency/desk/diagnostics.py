"""What the desk tells whoever looks after it: one line an event, on standard error. It names staff, and nobody else."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """One line, in words of ours; what came from outside was checked to be an id."""
    print(f"broker-desk: {text}", file=sys.stderr, flush=True)
