"""`sitong messages`: the languages, compiled."""

import click

from sitong.console.cli.ground import tell
from sitong.console.cli.language import say


@click.command("messages", help=say("Compile the translations (.po to .mo); done by `up` itself."))
def command() -> None:
    from sitong.shared.i18n.catalogs import compile_catalogs

    compiled = compile_catalogs()
    tell("Translations are compiled: {count}.", count=len(compiled or ()))
