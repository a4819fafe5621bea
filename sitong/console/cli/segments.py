"""`sitong segments`: live segments follow the lake at once, and ready-made ones are put there."""

from __future__ import annotations

import time

import click

from sitong.console.cli.ground import brands_named, tell
from sitong.console.cli.language import say


@click.group("segments", help=say("Segments in bulk: live ones follow the lake, ready-made ones are put there."))
def command() -> None:
    pass


@command.command(
    "refresh", help=say("Let all live segments follow what the lake finds, without waiting for the night.")
)
@click.argument("brand", default="")
def refresh(brand: str) -> None:
    with brands_named(brand) as brands:
        from sitong.console.cli.demo import shown_progress
        from sitong.insight.audience.actions import refresh_segment
        from sitong.insight.sources.audience import live_segments_of
        from sitong.shared.clock import now as clock_now

        for one in brands:
            started, entered, left = time.monotonic(), 0, 0
            segments = live_segments_of(one.id)
            with shown_progress() as progress:
                task = progress.add_task(one.code, total=len(segments))
                for segment in segments:
                    done = refresh_segment(one.id, segment, now=clock_now())
                    entered, left = entered + done.entered, left + done.left
                    progress.advance(task)
            tell(
                "{brand}: {segments} live segments, {entered} members entered, {left} left ({seconds} s).",
                brand=one.code, segments=len(segments), entered=f"{entered:,}", left=f"{left:,}",
                seconds=f"{time.monotonic() - started:.1f}",
            )  # fmt: skip


@command.command("install", help=say("Put the ready-made segments there, with bounds found among each brand's buyers."))
@click.argument("brand", default="")
def install(brand: str) -> None:
    with brands_named(brand) as brands:
        from sitong.insight.audience.actions import install_ready_made
        from sitong.insight.audience.ready import groups
        from sitong.shared.clock import now as clock_now

        for one in brands:
            installed = install_ready_made(one.id, groups(), live=False, by=None, now=clock_now())
            tell("{brand}: {count} ready-made segments.", brand=one.code, count=len(installed))
