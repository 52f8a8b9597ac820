"""`python -m broker.synthetic`: the demonstration. Exit code 0 only when every check holds."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from rich.console import Console

from broker.errors import BrokerError
from broker.synthetic.demo import Demo, last_line
from broker.synthetic.sources import SHAPES

NEXT = """Next, with the demonstration kept running (make demo KEEP=1):
   .venv/bin/broker-agency ask -w {folder}/agencies/council --purpose child_safeguarding --as csc-0800 \\
       --relation allocated --perpetrator-view no --case CASE-1 --about {folder}/asked/about-1.json \\
       --names {folder}/agencies/council/csc/{export}
   .venv/bin/broker-agency status -w {folder}/agencies/nhs
   .venv/bin/broker-agency verify --all -w {folder}/agencies/council
   .venv/bin/broker audit verify {folder}/log --trust {folder}/keys --root {folder}/root.json
   .venv/bin/broker policy check policies"""


def main() -> int:
    signal.signal(signal.SIGTERM, _end)
    parser = argparse.ArgumentParser(
        prog="python -m broker.synthetic", description="The demonstration place Brackwater."
    )
    parser.add_argument("--people", type=int, default=2000, help="how many people live there (200 to 400,000)")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--folder", type=Path, default=Path(".demo"))
    parser.add_argument("--keep", action="store_true", help="leave the services running until Ctrl-C")
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 120)
    demo = Demo(options.folder, options.people, options.seed, console)
    try:
        figures = demo.run()
        for one in demo.wrong:
            console.print(f"[red]does not hold:[/red] {one}", highlight=False)
        console.print(NEXT.format(folder=options.folder, export=SHAPES["csc"].file), markup=False, highlight=False)
        if options.keep:
            demo.open_desks()
            console.print("The services are running. Press Ctrl-C to stop them.")
        last_line(figures)
        if options.keep:
            signal.pause()
        return 0 if figures["verified"] else 1
    except BrokerError as error:
        console.print(f"The demonstration stopped: {error} [{error.code}]", markup=False)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        demo.stop()


def _end(number: int, _: FrameType | None) -> None:
    """Ends the program by way of its `finally`, so that a service manager's SIGTERM leaves no server behind."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
