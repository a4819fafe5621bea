"""The command line `sitong`: one small module for each command, imported only when it is asked for."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import Any

import click

from sitong import __version__
from sitong.console.cli.language import LANGUAGE, LANGUAGES, say, teach
from sitong.console.supervise_children import end_with_parent

COMMANDS = (
    "up", "web", "worker", "migrate", "demo", "check-books", "rebuild-totals", "doctor", "export", "backup", "restore", "keys",
    "draw", "diversion", "lake", "segments", "messages", "settings", "docs",
)  # fmt: skip


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports only the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"sitong.console.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help=say("Sitong: a brand, its dealers, their stores and the consumers run new retail together."),
    epilog=say("Start with `sitong up`. Something wrong? `sitong doctor` says what, and how to mend it."),
)
@click.version_option(__version__, prog_name="sitong", message="%(prog)s %(version)s", help=say("Show the version."))
@click.option(
    "--lang", type=click.Choice(LANGUAGES), expose_value=False, is_eager=True,
    help=say("Language of this command line; else SITONG_LANG, else the terminal's."),
)  # fmt: skip
def group() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sitong.console.settings")


def main() -> Any:
    """Run the command line; a stop asked for from outside is no error and shows no traceback."""
    end_with_parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what we started is stopped again
    os.environ["SITONG_LANG"] = LANGUAGE  # the processes that we start speak the same
    teach(*(module for name, module in sys.modules.items() if name.startswith("click.") and module is not None))
    return group(prog_name="sitong")
