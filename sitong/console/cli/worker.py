"""`sitong worker`: what happens after the answer (subscribers, clocks, deferred jobs)."""

import click

from sitong.console.cli.language import say


@click.command("worker", help=say("Run the worker alone: events, clocks, deferred jobs. `sitong up` runs it for you."))
def command() -> None:
    from sitong.console.supervise_worker import work

    work()
