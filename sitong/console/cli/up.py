"""`sitong up`: everything, until Ctrl-C."""

import subprocess
import sys

import click

from sitong.console.cli.ground import stop, tell
from sitong.console.cli.language import say


@click.command("up", help=say("Start the platform: database, web process, worker. Ctrl-C stops all of it."))
def command() -> None:
    from sitong.console import settings
    from sitong.console.supervise import CannotStart, Supervisor, platform_children
    from sitong.console.supervise_locks import AlreadyUp
    from sitong.shared.postgres import ServerFailed

    prepare = [[sys.executable, "-m", "sitong", "migrate", "--files"]]
    provider = wechat = carriers = None
    if settings.DEMO:
        folder = str(settings.VAR / "demo-provider")
        provider = ["--port", str(settings.DEMO_PROVIDER_PORT), "--folder", folder]
        wechat = ["--port", str(settings.DEMO_WECHAT_PORT), "--folder", folder]
        carriers = ["--port", str(settings.DEMO_CARRIERS_PORT)]
        prepare.append([sys.executable, "-m", "sitong", "demo", "load", "--once"])
    supervisor = Supervisor(
        var=settings.VAR,
        listen=settings.LISTEN,
        cluster=settings.CLUSTER if settings.EMBEDDED else None,
        children=platform_children(demo_provider=provider, demo_wechat=wechat, demo_carriers=carriers),
        tell=tell,
    )
    try:
        supervisor.run(prepare, ready=lambda: welcome(settings.PUBLIC_URL, settings.DEMO))
    except AlreadyUp as already:
        stop(
            say(
                "Sitong runs already in {var} (process {pid}). Stop that one first, or choose another folder with SITONG_VAR.",
                var=settings.VAR,
                pid=already.pid,
            )
        )
    except CannotStart as failed:
        stop(say("Sitong cannot start: {why}. `sitong doctor` says more.", why=failed))
    except ServerFailed as failed:
        stop(say("The database does not start:") + f"\n{failed}")


def welcome(address: str, demo: bool) -> None:
    """Say where the platform can be found, and in the demo as whom."""
    tell("Sitong is ready: {address}", address=address)
    if demo:
        subprocess.run([sys.executable, "-m", "sitong", "demo", "accounts"], check=False)
    tell("Ctrl-C stops it.")
