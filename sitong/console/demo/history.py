"""The year's baskets as orders of another system (its tills), in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

import pyarrow as pa

from sitong.console.demo.files import made_id
from sitong.scene.orders.actions import ImportedLine, ImportedOrder

SOURCE = "till"
ROWS_AT_A_TIME = 20_000
METERED_FROM = 100
"""Nobody carries more pieces than this out of a shop: larger quantities in the files are metered, as fuel is, by thousandths."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def orders(sold: pa.Table, names: dict[int, str], moved: timedelta, zone: str) -> Iterator[ImportedOrder]:
    """Give each basket as an order: its instant moved by whole weeks, its lines to the cent.

    The files' sales value is what the retailer received: the line's total. Goods are that and what the retailer gave
    (loyalty and matched coupons); a maker's coupon is not a discount of the retailer's but part of what was received.
    """
    there = ZoneInfo(zone)
    stores = {number: made_id("store", number) for number in set(sold["store_id"].to_pylist())}
    members = {number: made_id("member", number) for number in set(sold["household_id"].to_pylist())}
    skus = {number: made_id("sku", number) for number in set(sold["product_id"].to_pylist())}
    basket = -1
    lines: list[ImportedLine] = []
    head: tuple[int, int, int, int] | None = None
    for row in _rows(sold):
        household, store, number, product, quantity, paid, loyalty, maker, match, at_us = row
        if number != basket:
            if head is not None:
                yield _order(head, lines, stores, members, moved, there)
            basket, lines, head = number, [], (number, store, household, at_us)
        given, metered = loyalty + match, int(quantity > METERED_FROM)
        lines.append(ImportedLine(skus[product], names[product], quantity, paid + given, given, match, maker, metered))
    if head is not None:
        yield _order(head, lines, stores, members, moved, there)


def instant(at_us: int, moved: timedelta, zone: str) -> datetime:
    """Give the instant of a basket: the files' local time, moved by whole weeks."""
    return ((EPOCH + timedelta(microseconds=at_us)).replace(tzinfo=None) + moved).replace(tzinfo=ZoneInfo(zone))


def _order(
    head: tuple[int, int, int, int],
    lines: list[ImportedLine],
    stores: dict[int, UUID],
    members: dict[int, UUID],
    moved: timedelta,
    there: ZoneInfo,
) -> ImportedOrder:
    number, store, household, at_us = head
    local = (EPOCH + timedelta(microseconds=at_us)).replace(tzinfo=None) + moved
    return ImportedOrder(str(number), stores[store], members[household], local.replace(tzinfo=there), lines)


def _rows(sold: pa.Table) -> Iterator[tuple[int, ...]]:
    """Give the lines as plain tuples, a piece at a time, so that memory holds one piece."""
    columns = [
        "household_id",
        "store_id",
        "basket_id",
        "product_id",
        "quantity",
        "sales_value",
        "retail_disc",
        "coupon_disc",
        "coupon_match_disc",
        "at_us",
    ]
    for batch in sold.select(columns).combine_chunks().to_batches(max_chunksize=ROWS_AT_A_TIME):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def pieces(stream: Iterator[ImportedOrder], size: int) -> Iterator[list[ImportedOrder]]:
    """Cut a stream into lists of `size`."""
    while piece := list(islice(stream, size)):
        yield piece
