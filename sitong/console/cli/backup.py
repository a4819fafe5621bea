"""`sitong backup`: everything but the keys, in one verified file."""

from datetime import datetime
from pathlib import Path

import click

from sitong.console.cli.ground import database, stop, tell
from sitong.console.cli.language import say


@click.command(
    "backup",
    help=say(
        "Write a verified backup of the database to a file. The keys are not in it: keep {file} elsewhere.",
        file="var/keys.json",
    ),
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
def command(file: Path | None) -> None:
    with database():
        from django.conf import settings

        from sitong.console.cli.backups import BackupFailed, back_up

        target = file or settings.VAR / "backups" / f"sitong-{datetime.now().astimezone():%Y%m%d-%H%M%S}.dump"
        try:
            facts = back_up(target.absolute())
        except BackupFailed as failed:
            stop(say("The backup failed: {why}", why=failed))
        tell("Backup written and verified: {file}", file=target)
        tell(
            "{rows} rows in {tables} tables, {mib} MiB.",
            rows=sum(facts["rows"].values()),
            tables=len(facts["rows"]),
            mib=f"{facts['bytes'] / 2**20:.1f}",
        )
        tell("Keep the key file apart from it: {keys}", keys=settings.KEYS_FILE)
