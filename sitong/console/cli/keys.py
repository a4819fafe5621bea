"""`sitong keys`: the secrets that seal personal data."""

import os
import signal

import click

from sitong.console.cli.ground import database, tell
from sitong.console.cli.language import say


@click.group("keys", help=say("The keys that seal personal data."))
def command() -> None:
    pass


@command.command(
    "rotate", help=say("Make a new key, seal everything anew with it, and keep the old ones for what lies in backups.")
)
def rotate() -> None:
    with database():
        from django.conf import settings

        from sitong.console.supervise_locks import holder_of, up_runs
        from sitong.shared.access.actions.sealing import seal_anew
        from sitong.shared.access.keys import KeyRing

        settings.KEYS.keys.update(KeyRing.rotate(settings.KEYS_FILE).keys)
        number = settings.KEYS.current
        tell("Key {number} is made; new data is sealed with it.", number=number)
        if settings.EMBEDDED and up_runs(settings.VAR) and (pid := holder_of(settings.VAR)):
            os.kill(pid, signal.SIGUSR1)
            tell("The running platform takes it up now.")
        else:
            tell("Restart the web processes and workers wherever they run, so that they take it up.")
        for table, rows in seal_anew(number).items():
            click.echo(f"{rows:>12,}  {table}")
        tell(
            "Everything is sealed with key {number}. Put a copy of {file} away, apart from the backups.",
            number=number,
            file=settings.KEYS_FILE,
        )
