"""Bring in orders that were placed, paid and handed over elsewhere, in bulk."""

from __future__ import annotations

import hashlib
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import chain, islice
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from sitong.scene.channels.queries import Shop, shops
from sitong.scene.orders.events import OrdersImported
from sitong.shared.errors import NotFound
from sitong.shared.events.actions import announce
from sitong.shared.statements import days, integers, run, texts, uuids

PIECE = 2_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

WRITE_ORDERS = """
INSERT INTO scene_order (id, store_id, entity_id, member_id, number, channel, scene, currency, goods_minor, discount_minor, total_minor,
                         placed_at, placed_on, coupon_minor, brand_id, source, state, pickup_code)
SELECT o.*, %s::uuid, %s::text, 'handed_over', ''
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
            %s::bigint[], %s::timestamptz[], %s::date[], %s::bigint[]) AS o
ON CONFLICT DO NOTHING RETURNING id
"""

WRITE_LINES = """
INSERT INTO scene_orderline (order_id, position, brand_id, sku_id, name, weighed, quantity, unit_minor, goods_minor, discount_minor,
                             coupon_minor, total_minor, reasons)
SELECT l.id, l.position, %s::uuid, l.sku_id, l.name, l.weighed = 1, l.quantity,
       coalesce(l.goods * CASE l.weighed WHEN 1 THEN 1000 ELSE 1 END / nullif(l.quantity, 0), l.goods), l.goods, l.discount, l.coupon,
       l.goods - l.discount,
       CASE l.maker WHEN 0 THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_object('code', 'maker_coupon', 'minor', l.maker)) END
FROM unnest(%s::uuid[], %s::smallint[], %s::uuid[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::int[]) AS l(id, position, sku_id, name, quantity, goods, discount, coupon, maker, weighed)
"""

WRITE_STEPS = """
INSERT INTO scene_orderstep (order_id, step, brand_id, at, reason)
SELECT s.id, 'handed_over', %s::uuid, s.at, %s::text FROM unnest(%s::uuid[], %s::timestamptz[]) AS s(id, at)
"""

BETWEEN = "SELECT id FROM scene_order WHERE id BETWEEN %s AND %s AND brand_id = %s AND source = %s ORDER BY id"


class ImportedLine(NamedTuple):
    """One line as the other system had it. `coupon_minor` is the part of `discount_minor` that coupons gave; both lower the price.

    `maker_minor` is what a maker's coupon paid of the line's total: the seller received it, from the maker. A quantity of
    zero stands for a line that only corrects an amount. `weighed` 1: the quantity is in thousandths of the unit of sale.
    """

    sku_id: UUID
    name: str
    quantity: int
    goods_minor: int
    discount_minor: int = 0
    coupon_minor: int = 0
    maker_minor: int = 0
    weighed: int = 0


class ImportedOrder(NamedTuple):
    """One order of another system, paid and handed over there. `number` is its number there."""

    number: str
    store_id: UUID
    member_id: UUID | None
    placed_at: datetime
    lines: Sequence[ImportedLine]
    channel: str = "pos"
    scene: str = "till"


def imported_id(order: ImportedOrder, *, brand_id: UUID, source: str) -> UUID:
    """Give the id of an imported order: a UUIDv8 of its instant in milliseconds and a digest of brand, source and number.

    Always the same for the same order, and rising with time, so that the rows of one piece lie side by side.
    """
    digest = hashlib.blake2b(f"{brand_id.hex}|{source}|{order.number}".encode(), digest_size=10).digest()
    bits = int.from_bytes(digest, "big")
    stamp = (order.placed_at - EPOCH) // timedelta(milliseconds=1)
    return UUID(int=(stamp & (1 << 48) - 1) << 80 | 0x8 << 76 | (bits >> 68) << 64 | 0b10 << 62 | bits & (1 << 62) - 1)


def record_imported_orders(orders: Iterable[ImportedOrder], *, brand_id: UUID, source: str, now: datetime) -> int:
    """Write down orders of another system, 2,000 in a transaction, and give how many were new. No stock moves, nobody pays.

    Idempotent: an order that is there already (same source and number) is left as it is. Bring them in order of time, as
    a stream: memory holds one piece. Each piece announces `OrdersImported` with the range of its new ids, which holds no
    other order of this source. Raises NotFound for a store that is not the brand's.
    """
    new, stream = 0, iter(orders)
    while piece := list(islice(stream, PIECE)):
        with transaction.atomic():
            new += _record_piece(piece, brand_id, source, now=now)
    return new


def _record_piece(piece: Sequence[ImportedOrder], brand_id: UUID, source: str, *, now: datetime) -> int:
    by_id = {imported_id(order, brand_id=brand_id, source=source): order for order in piece}
    rows = sorted(by_id.items())
    there = shops({order.store_id for order in piece})
    for order in piece:
        if order.store_id not in there or there[order.store_id].brand_id != brand_id:
            raise NotFound(what="store", id=order.store_id)
    zones = {shop.id: ZoneInfo(shop.zone) for shop in there.values()}
    dates = [order.placed_at.astimezone(zones[order.store_id]).date() for _, order in rows]
    written = {row[0] for row in _write_orders(rows, there, dates, brand_id, source)}
    fresh = [(order_id, order) for order_id, order in rows if order_id in written]
    if not fresh:
        return 0
    _write_lines(fresh, brand_id)
    run(
        WRITE_STEPS,
        [
            brand_id,
            source,
            uuids([order_id for order_id, _ in fresh]),
            _instants([order.placed_at for _, order in fresh]),
        ],
    )
    announce([
        OrdersImported(brand_id, source, run_[0], run_[-1], len(run_)) for run_ in _runs([order_id for order_id, _ in fresh], brand_id, source)
    ], at=now)  # fmt: skip
    return len(fresh)


def _write_orders(
    rows: Sequence[tuple[UUID, ImportedOrder]],
    there: Mapping[UUID, Shop],
    dates: Sequence[date],
    brand_id: UUID,
    source: str,
) -> list[tuple[Any, ...]]:
    orders = [order for _, order in rows]
    goods = [sum([line.goods_minor for line in order.lines]) for order in orders]
    discounts = [sum([line.discount_minor for line in order.lines]) for order in orders]
    return run(WRITE_ORDERS, [
        brand_id, source,
        uuids([order_id for order_id, _ in rows]),
        uuids([order.store_id for order in orders]),
        uuids([there[order.store_id].entity_id for order in orders]),
        uuids([order.member_id for order in orders]),
        texts([order.number for order in orders]),
        texts([order.channel for order in orders]),
        texts([order.scene for order in orders]),
        texts([there[order.store_id].currency for order in orders]),
        integers(goods),
        integers(discounts),
        integers([all_ - less for all_, less in zip(goods, discounts, strict=True)]),
        _instants([order.placed_at for order in orders]),
        days(dates),
        integers([sum([line.coupon_minor for line in order.lines]) for order in orders]),
    ])  # fmt: skip


def _write_lines(fresh: Sequence[tuple[UUID, ImportedOrder]], brand_id: UUID) -> None:
    lines = list(chain.from_iterable(order.lines for _, order in fresh))
    if not lines:
        return
    sku_ids, names, quantities, goods, discounts, coupons, makers, weighed = zip(*lines, strict=True)
    ids = ",".join([",".join([order_id.hex] * len(order.lines)) for order_id, order in fresh if order.lines])
    run(WRITE_LINES, [
        brand_id,
        "{" + ids + "}",
        integers(chain.from_iterable(range(1, len(order.lines) + 1) for _, order in fresh)),
        uuids(sku_ids),
        texts(names),
        integers(quantities),
        integers(goods),
        integers(discounts),
        integers(coupons),
        integers(makers),
        integers(weighed),
    ])  # fmt: skip


def _runs(new: Sequence[UUID], brand_id: UUID, source: str) -> Iterator[list[UUID]]:
    """Cut the new ids where an order of the same source, there before, lies between them, so that no range covers it."""
    between = [row[0] for row in run(BETWEEN, [new[0], new[-1], brand_id, source])]
    known = set(new)
    cuts = [bisect(new, other) for other in between if other not in known]
    for start, end in zip([0, *cuts], [*cuts, len(new)], strict=True):
        if start < end:
            yield list(new[start:end])


def _instants(values: Iterable[datetime]) -> str:
    return '{"' + '","'.join([value.isoformat() for value in values]) + '"}'
