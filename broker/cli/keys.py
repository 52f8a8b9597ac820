"""`broker keys`: what can be rehearsed or looked up without any real key.

broker keys drill                          custody: a fresh test scalar, split, and recovered by every choice of three
broker keys inventory                      every key of the place, as the table of keys/README.md
broker keys inventory --write              writes that table into keys/README.md
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from broker import oprf
from broker.cli import ceremony, keymaking, keystatus, rotate, trustissuers, trustlist, trustwitnesses
from broker.errors import Misconfigured, Untrusted
from broker.keys import custody, inventory

app = typer.Typer(no_args_is_help=True, help="Secrets, the trust list, and how keys change.")
for part in (keymaking, trustlist, trustwitnesses, trustissuers, rotate, keystatus, ceremony):
    app.add_typer(part.app)
console = Console(highlight=False)


@app.command()
def drill() -> None:
    """Rehearses the recovery of the linkage key from custodians' words, on a test key that is forgotten at once."""
    began = time.monotonic()
    tried = list(custody.rehearse(oprf.scalar(os.urandom(oprf.SCALAR_SEED_BYTES))))
    table = Table("custodians", "should", "did", "")
    for one in tried:
        names = " + ".join(str(number) for number in one.custodians)
        table.add_row(names, _said(one.expected), _said(one.recovered), "ok" if one.passed else "WRONG")
    console.print(table)
    wrong = sum(not one.passed for one in tried)
    if wrong:
        raise Untrusted("drill-failed", f"{wrong} of {len(tried)} choices of custodians did not do what they should")
    console.print(
        f"{custody.CUSTODIANS} custodians with {custody.WORDS} words each: any {custody.NEEDED} recover a test key, "
        f"fewer do not. {len(tried)} choices in {time.monotonic() - began:.1f} s. No real key was used or shown."
    )


@app.command("inventory")
def show_inventory(
    folder: Annotated[Path, typer.Option(help="The folder of public keys.")] = Path("keys"),
    write: Annotated[bool, typer.Option("--write", help="Write the table into README.md of the folder.")] = False,
) -> None:
    """Prints every key of the place: who holds it, what it protects, what its loss or theft costs."""
    try:
        listed = inventory.parse_inventory((folder / "inventory.json").read_bytes())
        readme = folder / "README.md"
        if write:
            readme.write_text(inventory.written_into(readme.read_text(encoding="utf-8"), listed), encoding="utf-8")
            console.print(f"{readme}: {len(listed.keys)} keys")
        else:
            console.print(inventory.table(listed), markup=False, soft_wrap=True)
    except OSError:
        raise Misconfigured("inventory-unreadable", f"can't read or write the inventory in {folder}") from None


def _said(recovered: bool) -> str:
    return "recover" if recovered else "fail"
