"""`sitong check-books`: everything recomputed, everything compared."""

import time

import click

from sitong.console.cli.ground import database, tell
from sitong.console.cli.language import say


@click.command(
    "check-books", help=say("Recompute every balance, stock level and total, and say where something differs.")
)
def command() -> None:
    with database():
        from sitong.shared.access.scope import every_brand
        from sitong.shared.ledger.books import check_books

        started = time.monotonic()
        with every_brand():
            wrong = check_books()
        for line in wrong:
            click.secho(line, fg="red")
        seconds = f"{time.monotonic() - started:.1f}"
        if wrong:
            tell("{count} things differ ({seconds} s).", count=len(wrong), seconds=seconds)
            raise SystemExit(1)
        tell("Everything agrees ({seconds} s).", seconds=seconds)
