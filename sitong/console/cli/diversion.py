"""`sitong diversion`: how often the watch over diversion and copies errs, measured on made-up scans with known truth."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from sitong.console.cli.ground import database, stop, tell
from sitong.console.cli.language import say


@click.group("diversion", help=say("The watch over goods that are sold outside of their territory."))
def command() -> None:
    pass


@command.command("simulate", help=say("Judge made-up scans with known truth, and count false alarms and hits."))
@click.option("--markets", default=50, show_default=True, help=say("Made-up quarters of each setting."))
@click.option("--codes", default=20_000, show_default=True, help=say("Made-up codes of each way to copy."))
@click.option("--seed", default=1, show_default=True, help=say("The same seed gives the same table."))
def simulate(markets: int, codes: int, seed: int) -> None:
    from sitong.goods.diversion.copied_world import COPYINGS, measure_copies
    from sitong.goods.diversion.simulation import SETTINGS, measure

    click.echo(
        "| market | false alarms per honest dealer | of the diverting, found | after weeks | by scans | by boxes | boxes found | false boxes |"
    )
    click.echo("|---|---:|---:|---:|---:|---:|---:|---:|")
    for setting in SETTINGS:
        found = measure(setting, markets=markets, seed=seed)
        weeks = f"{found.weeks_until_found:.0f}" if found.weeks_until_found is not None else "–"
        click.echo(
            f"| {setting.name} | {share(found.dealers.false, found.dealers.honest)} | {share(found.dealers.hit, found.dealers.bad)} "
            f"| {weeks} | {share(found.by_scans.hit, found.by_scans.bad)} | {share(found.by_boxes.hit, found.by_boxes.bad)} "
            f"| {share(found.boxes.hit, found.boxes.bad)} | {share(found.boxes.false, found.boxes.honest)} |"
        )
    click.echo("\n| code | codes | alerts |\n|---|---:|---:|")
    for copying in COPYINGS:
        of = measure_copies(copying, codes=codes, seed=seed)
        click.echo(f"| {copying.name} | {of.honest + of.bad:,} | {share(of.false + of.hit, of.honest + of.bad)} |")


@command.command("recount", help=say("Count a brand's quarter anew from its scans, after territories were redrawn."))
@click.argument("brand")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help=say("A day of the quarter; without it, this one."))
def recount(brand: str, since: datetime | None) -> None:
    with database():
        from sitong.goods.diversion.actions import judge_brand, recount_period
        from sitong.goods.diversion.periods import period_of
        from sitong.org.brands.queries import brand_by_code
        from sitong.shared.access.scope import every_brand
        from sitong.shared.clock import now as clock_now

        with every_brand():
            facts = brand_by_code(brand)
            if facts is None:
                stop(say("There is no brand {brand}.", brand=brand))
            started, now = time.monotonic(), clock_now()
            at = since.replace(hour=12, tzinfo=ZoneInfo(facts.zone)) if since else now
            counted = recount_period(facts.id, period_of(at, facts.zone), zone=facts.zone)
            judge_brand(facts.id, zone=facts.zone, now=now)
            tell("{codes} codes counted ({seconds} s).", codes=counted, seconds=f"{time.monotonic() - started:.1f}")


def share(part: int, whole: int) -> str:
    """Give a share with both its numbers, so that a reader sees how much it rests on."""
    return f"{100 * part / whole:.2f} % ({part}/{whole})" if whole else "–"
