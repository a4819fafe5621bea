"""`sitong demo load`: a real retailer's year as the demo brand."""

import click

from sitong.console.cli.ground import database, stop
from sitong.console.cli.language import say


@click.group("demo", help=say("The demo brand: a real retailer's year."))
def command() -> None:
    pass


@command.command("load", help=say("Load the demo brand. May be interrupted and run again; what is there stays."))
def load() -> None:
    with database():
        from django.conf import settings

        if not settings.DEMO:
            stop(say("The demo is closed: set SITONG_DEMO=1 first. Never on a real shop."))
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        from sitong.console.demo.load import load as load_demo
        from sitong.shared.access.scope import every_brand

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns) as progress, every_brand():
            load_demo(progress)


@command.command("accounts", help=say("Say who can sign in to the demo, and where."))
def accounts() -> None:
    with database():
        from django.conf import settings

        from sitong.console.demo.accounts import welcome_lines
        from sitong.shared.access.scope import every_brand

        with every_brand():
            for line in welcome_lines(settings.PUBLIC_URL):
                click.echo(line)
