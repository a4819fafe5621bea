"""`sitong lake`: the lake made anew, written, compacted, compared with the database."""

from __future__ import annotations

import time
from typing import Any

import click

from sitong.console.cli.ground import brands_named, stop, tell
from sitong.console.cli.language import say


@click.group("lake", help=say("The lake: facts of members as files, for questions over millions."))
def command() -> None:
    pass


@command.command("rebuild", help=say("Make the lake anew from the database. The platform may run meanwhile."))
@click.argument("brand", default="")
def rebuild(brand: str) -> None:
    with brands_named(brand) as brands:
        from sitong.console.cli.demo import shown_progress
        from sitong.insight.lake.actions import rebuild_lake
        from sitong.shared.clock import now as clock_now

        for one in brands:
            started = time.monotonic()
            with shown_progress() as progress:
                task = progress.add_task(one.code, total=None)
                done: dict[str, int] = {}

                def told(table: str, rows: int, task: Any = task, done: dict[str, int] = done) -> None:
                    done[table] = rows
                    progress.update(task, completed=sum(done.values()))

                rows = rebuild_lake(one.id, now=clock_now(), told=told)
            tell(
                "{brand}: {rows} rows written ({seconds} s).",
                brand=one.code, rows=f"{rows:,}", seconds=f"{time.monotonic() - started:.1f}",
            )  # fmt: skip


@command.command("write", help=say("Write what has changed into the lake now, without waiting for the worker."))
@click.argument("brand", default="")
def write(brand: str) -> None:
    with brands_named(brand) as brands:
        from sitong.insight.lake.actions import write_lake
        from sitong.insight.lake.handlers import SUBSCRIBERS
        from sitong.shared.clock import now as clock_now
        from sitong.shared.events.reader import drain

        drain(*SUBSCRIBERS)
        for one in brands:
            tell("{brand}: {marks} changes written.", brand=one.code, marks=f"{write_lake(one.id, now=clock_now()):,}")


@command.command(
    "compact", help=say("Make one file of each partition that changed, and sweep away what is not read any more.")
)
@click.argument("brand", default="")
def compact(brand: str) -> None:
    with brands_named(brand) as brands:
        from sitong.insight.lake.actions import compact_lake, sweep_lake
        from sitong.shared.clock import now as clock_now

        for one in brands:
            parts = compact_lake(one.id, pieces_min=1, now=clock_now())
            files = sweep_lake(one.id, now=clock_now())
            tell(
                "{brand}: {parts} partitions compacted, {files} files deleted.",
                brand=one.code,
                parts=parts,
                files=files,
            )


@command.command("check", help=say("Compare every table of the lake with the database: rows and sums."))
@click.argument("brand", default="")
def check(brand: str) -> None:
    wrong = 0
    with brands_named(brand) as brands:
        from sitong.insight.lake.checking import compared
        from sitong.shared.clock import now as clock_now

        for one in brands:
            found = compared(one.id, now=clock_now())
            if found is None:
                tell("{brand}: changes wait to be written; run `sitong lake write` first.", brand=one.code)
                continue
            for table in found:
                mark = "=" if table.agrees else "≠"
                click.secho(
                    f"{one.code} {table.table:12} {table.lake[0]:>14,} {mark} {table.database[0]:,}",
                    fg=None if table.agrees else "red",
                )
                wrong += not table.agrees
    if wrong:
        stop(say("{count} tables differ. `sitong lake rebuild` makes them anew.", count=wrong))
    tell("The lake agrees with the database.")
