"""`sitong restore`: a backup in the place of the database, compared row by row count and book by book."""

from pathlib import Path

import click

from sitong.console.cli.ground import database, ready_django, stop, tell
from sitong.console.cli.language import say


@click.command("restore", help=say("Put a backup in the place of the database, whole or not at all, and compare it."))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--yes", is_flag=True, help=say("Replace what the database holds now."))
def command(file: Path, yes: bool) -> None:
    ready_django()
    from django.conf import settings

    from sitong.console.supervise_locks import up_runs

    if settings.EMBEDDED and up_runs(settings.VAR):
        stop(say("Stop `sitong up` first: nobody may work in the database while it is replaced."))
    with database():
        restore(file, yes=yes)


def restore(file: Path, *, yes: bool) -> None:
    """Verify, replace, migrate, build the walls, compare."""
    from django.conf import settings
    from django.db import connections

    from sitong.console.cli.backups import (
        BackupBroken,
        BackupFailed,
        bring_back,
        count_rows,
        has_rows,
        key_names,
        read_description,
    )
    from sitong.console.cli.migrate import bring_up_to_date
    from sitong.shared.access.setup import make_roles_and_database

    try:
        facts = read_description(file)
    except BackupBroken as broken:
        stop(say("This backup is not whole: {why}. Nothing was changed.", why=broken))
    if settings.EMBEDDED:
        make_roles_and_database(settings.CLUSTER.url("postgres"), settings.DATABASE)
    if has_rows() and not yes:
        stop(say("The database is not empty. Say --yes to replace what it holds; make a backup of it before."))
    connections.close_all()
    (settings.VAR / "run" / "demo-loaded").unlink(missing_ok=True)  # the backup may hold half a demo
    try:
        bring_back(file)
    except BackupFailed as failed:
        stop(say("The restore failed and changed nothing: {why}", why=failed))
    here = count_rows()
    different = {name: wanted for name, wanted in facts["rows"].items() if here.get(name) != wanted}
    for name, wanted in different.items():
        tell("{table}: {wanted} rows in the backup, {found} here.", table=name, wanted=wanted, found=here.get(name, 0))
    if different:
        stop(say("The restored database differs from its backup."))
    bring_up_to_date()
    if facts["keys"] != key_names():
        tell(
            "The key file is another one than when the backup was made: without the old one personal data stays sealed."
        )
    tell(
        "Restored: {rows} rows in {tables} tables, as in the backup.",
        rows=sum(facts["rows"].values()),
        tables=len(facts["rows"]),
    )
    tell("Now run `sitong check-books`.")
