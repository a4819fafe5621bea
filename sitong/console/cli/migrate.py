"""`sitong migrate`: the tables up to date, and the walls between brands."""

import click

from sitong.console.cli.ground import database, ready_django, stop, tell
from sitong.console.cli.language import say


@click.command("migrate", help=say("Bring the database up to date: roles, tables, walls between brands."))
@click.option(
    "--files", is_flag=True, help=say("Also compile the languages and gather the static files, as `up` does.")
)
def command(files: bool) -> None:
    if files:
        ready_django()
        gather_files()
    with database():
        bring_up_to_date()


def bring_up_to_date() -> None:
    """Make roles and database where we have the right to, migrate as the owner, build the walls."""
    from django.conf import settings
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    from sitong.shared.access.setup import make_roles_and_database, migrate

    if settings.EMBEDDED:
        make_roles_and_database(settings.CLUSTER.url("postgres"), settings.DATABASE)
    executor = MigrationExecutor(connections["owner"])
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    owner, app = (connections[alias].settings_dict["USER"] for alias in ("owner", "default"))
    if not settings.EMBEDDED and owner == app:
        if waiting:
            stop(
                say(
                    "{count} migrations wait, and DATABASE_OWNER_URL is not set: the application's role may make no tables. See docs/operate.md.",
                    count=waiting,
                )
            )
        return
    migrate()
    tell("The database is up to date.")


def gather_files() -> None:
    """Compile the languages and gather the static files below the var folder."""
    from django.core.management import call_command

    from sitong.shared.i18n.catalogs import compile_catalogs

    try:
        compile_catalogs()
    except PermissionError as refused:
        tell(
            "The translations could not be compiled ({why}); texts may be old. Run `sitong messages` as who owns the files.",
            why=refused,
        )
    call_command("collectstatic", interactive=False, verbosity=0)
