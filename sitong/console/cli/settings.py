"""`sitong settings`: every setting, its value and its meaning."""

import os

import click

from sitong.console.cli.ground import ready_django
from sitong.console.cli.language import say

SECRET = ("DATABASE_URL", "DATABASE_OWNER_URL")


@click.command("settings", help=say("Print every setting: its name, its value here, its meaning."))
def command() -> None:
    ready_django()
    from sitong.console.documents import import_declarations
    from sitong.shared.config import REGISTER

    import_declarations()
    for name, one in sorted(REGISTER.items()):
        hidden = name in SECRET or any(word in name for word in ("SECRET", "KEY_", "PASSWORD", "TOKEN"))
        value = ("***" if os.environ.get(name) else "") if hidden else os.environ.get(name, one.default)
        click.secho(f"{name}={value}", bold=name in os.environ)
        click.echo(f"    {one.meaning}")
