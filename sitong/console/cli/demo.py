"""`sitong demo load`: a real retailer's year as the demo brand."""

import hashlib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from sitong.console.cli.ground import database, stop
from sitong.console.cli.language import say


@click.group("demo", help=say("The demo brand: a real retailer's year."))
def command() -> None:
    pass


@command.command("load", help=say("Load the demo brand. May be interrupted and run again; what is there stays."))
@click.option(
    "--once",
    is_flag=True,
    help=say("Do nothing when a load of this very demo into this database was completed before."),
)
def load(once: bool) -> None:
    with database():
        from django.conf import settings

        if not settings.DEMO:
            stop(say("The demo is closed: set SITONG_DEMO=1 first. Never on a real shop."))
        from sitong.console.demo.load import load as load_demo
        from sitong.shared.access.scope import every_brand

        with every_brand():
            if once and edition() and completed(settings.VAR) == edition():
                return
            note = note_of(settings.VAR)
            note.unlink(missing_ok=True)
            with shown_progress() as progress:
                load_demo(progress)
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(edition())


def note_of(var: Path) -> Path:
    """The file that says which demo was loaded to its end."""
    return var / "run" / "demo-loaded"


def completed(var: Path) -> str:
    """Give the edition that was loaded to its end, '' when none was."""
    return note_of(var).read_text() if note_of(var).exists() else ""


def edition() -> str:
    """Name what there is to load by the loader's own files; '' when the brand is not in this database at all."""
    from django.conf import settings

    from sitong.console.demo.accounts import BRAND_CODE
    from sitong.org.brands.queries import brand_by_code

    seen = hashlib.sha256()
    for file in sorted((settings.CHECKOUT / "sitong" / "console" / "demo").glob("*.*")):
        seen.update(file.read_bytes())
    return seen.hexdigest()[:16] if brand_by_code(BRAND_CODE) else ""


@contextmanager
def shown_progress() -> Iterator[Any]:
    """Bars in a terminal; elsewhere (a log, a container) a line when a step begins and one when it is done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    if not sys.stdout.isatty():
        yield Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        yield progress


class Lines:
    """Progress as lines, with the part of rich's Progress that the load uses."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float | None, float]] = []
        self.done: dict[int, float] = {}

    def add_task(self, description: str, *, total: float | None = None) -> int:
        """Begin a step."""
        self.steps.append((description, total, time.monotonic()))
        self.done[len(self.steps) - 1] = 0.0
        click.echo(f"{description} …")
        return len(self.steps) - 1

    def update(self, task_id: int, *, advance: float | None = None, completed: float | None = None) -> None:
        """Go on with a step; say so when it is done."""
        description, total, began = self.steps[task_id]
        before = self.done[task_id]
        self.done[task_id] = before + (advance or 0) if completed is None else completed
        if total is not None and before < total <= self.done[task_id]:
            click.echo(f"{description}: {int(total):,} ({time.monotonic() - began:.1f} s)")


@command.command("accounts", help=say("Say who can sign in to the demo, and where."))
def accounts() -> None:
    with database():
        from django.conf import settings

        from sitong.console.demo.welcome import welcome_lines
        from sitong.shared.access.scope import every_brand

        with every_brand():
            for line in welcome_lines(settings.PUBLIC_URL):
                click.echo(line)


@command.command("agree", help=say("Compare the boards of the demo brand with the data set's own files."))
def agree() -> None:
    with database():
        from sitong.console.demo.accounts import BRAND_CODE
        from sitong.console.demo.agreement import disagreements, moved_by
        from sitong.console.demo.files import made_id, sales
        from sitong.shared.access.scope import every_brand

        with every_brand():
            brand_id, sold = made_id("brand", BRAND_CODE), sales()
            moved, last = moved_by(brand_id, sold)
            found = disagreements(brand_id, sold, moved=moved, last=last)
        for one in found:
            click.echo(one)
        if found:
            stop(say("The boards and the files disagree."))
        click.echo(say("The boards say what the files say."))
