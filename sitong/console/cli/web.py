"""`sitong web`: the web process alone, for those who have a supervisor of their own."""

import click

from sitong.console.cli.language import say


@click.command("web", help=say("Run the web process alone (under systemd, Kubernetes …). `sitong up` runs it for you."))
def command() -> None:
    from sitong.console import settings
    from sitong.console.supervise_web import serve

    serve(settings.LISTEN, settings.WEB_WORKERS)
