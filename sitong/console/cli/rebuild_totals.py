"""`sitong rebuild-totals`: the figures made again from the orders."""

import time

import click

from sitong.console.cli.ground import database, tell
from sitong.console.cli.language import say


@click.command(
    "rebuild-totals", help=say("Make the figures' totals again from the orders. The platform may run meanwhile.")
)
def command() -> None:
    with database():
        from sitong.insight.metrics.actions import rebuild_totals
        from sitong.org.brands.queries import all_brands
        from sitong.shared.access.scope import every_brand

        with every_brand():
            for brand in all_brands():
                started = time.monotonic()
                orders = rebuild_totals(brand.id)
                tell(
                    "{brand}: {orders} orders counted ({seconds} s).",
                    brand=brand.code,
                    orders=orders,
                    seconds=f"{time.monotonic() - started:.1f}",
                )
