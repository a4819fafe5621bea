"""Place orders: the hottest action of all. One statement per table, whatever the number of orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction

from sitong.goods.catalog.queries import on_sale
from sitong.goods.inventory.actions import HoldWanted, OutOfStock, hold_stock, lock_levels
from sitong.goods.pricing.queries import price_candidates
from sitong.scene.cart.rules import TILL
from sitong.scene.channels.queries import shops
from sitong.scene.orders.actions.benefits import Benefits, lock_benefits, use_benefits
from sitong.scene.orders.actions.pay import pay_free_orders
from sitong.scene.orders.events import OrderPlaced
from sitong.scene.orders.rules import (
    Decision,
    Earlier,
    Facts,
    Fresh,
    OrderPlacement,
    OrderWanted,
    Shortage,
    decide,
)
from sitong.shared.clock import business_date
from sitong.shared.errors import Refused
from sitong.shared.events.actions import announce
from sitong.shared.statements import bytes_of, days, integers, pipelined, run, texts, uuids, write

PAY_WITHIN = timedelta(minutes=15)
ATTEMPTS = 3

EARLIER = """
SELECT id, content_hash, number, store_id, total_minor, currency, state, placed_at, pay_by FROM scene_order WHERE id = ANY(%s::uuid[])
"""

WRITE_ORDERS = """
INSERT INTO scene_order (id, brand_id, store_id, entity_id, member_id, number, channel, scene, currency, goods_minor, discount_minor,
                         total_minor, content_hash, placed_on, promotion_minor, coupon_minor, points_minor, points_spent,
                         source, state, pickup_code, placed_at, pay_by)
SELECT o.*, '', 'placed', '', %s::timestamptz, %s::timestamptz
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[],
            %s::bigint[], %s::bigint[], %s::bytea[], %s::date[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) AS o
"""

WRITE_LINES = """
INSERT INTO scene_orderline (order_id, position, brand_id, sku_id, name, weighed, quantity, unit_minor, goods_minor, discount_minor,
                             promotion_minor, coupon_minor, points_minor, total_minor, reasons)
SELECT l.id, l.position, l.brand_id, l.sku_id, l.name, l.weighed = 1, l.quantity, l.unit, l.goods, l.discount, l.promotion, l.coupon, l.points,
       l.goods - l.discount, l.reasons
FROM unnest(%s::uuid[], %s::smallint[], %s::uuid[], %s::uuid[], %s::text[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::jsonb[])
  AS l(id, position, brand_id, sku_id, name, weighed, quantity, unit, goods, discount, promotion, coupon, points, reasons)
"""

WRITE_STEPS = """
INSERT INTO scene_orderstep (order_id, step, brand_id, by, at, reason)
SELECT s.id, 'placed', s.brand_id, s.by, %s::timestamptz, '' FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS s(id, brand_id, by)
"""


def place_orders(wanted: Sequence[OrderWanted], *, now: datetime) -> list[OrderPlacement | Refused]:
    """Place orders in order of arrival; each is placed whole or refused whole, and its stock is held until it is paid for or expires.

    The same id with the same content gets the first answer, with other content `RepeatDiffers`. Refuses with
    goods.out_of_stock, scene.price_changed, scene.store_closed_online, scene.not_on_shelf, scene.no_price,
    scene.quantity_limit, scene.order_empty, scene.promise_wrong, scene.points_too_many, marketing.coupon_used,
    marketing.coupon_not_applicable. Locks coupons, flash sales, points, stock. The number of statements does not depend on
    the number of orders; coupons, promotions, points and tiers cost none where no order of the batch has any.
    """
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _place(wanted, now=now, attempt=attempt)
        except IntegrityError:  # another process has just taken the same id or number: with its rows seen, decide again
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def _place(wanted: Sequence[OrderWanted], *, now: datetime, attempt: int) -> list[OrderPlacement | Refused]:
    benefits = lock_benefits(wanted, now=now)
    levels = lock_levels({(one.store_id, line.sku_id) for one in wanted for line in one.lines})
    facts = _facts(wanted, {pair: level.free for pair, level in levels.items()}, benefits, now=now, attempt=attempt)
    decisions = decide(wanted, facts)
    if fresh := [decision for decision in decisions if isinstance(decision, Fresh)]:
        _write(fresh, now=now, pay_by=facts.pay_by)
        use_benefits(fresh, facts.claims, now=now)
        if free := [one.wanted.id for one in fresh if one.quote.total_minor == 0]:
            pay_free_orders(free, now=now)
    return [_outcome(decision) for decision in decisions]


def _facts(
    wanted: Sequence[OrderWanted], free: dict[tuple[UUID, UUID], int], benefits: Benefits, *, now: datetime, attempt: int
) -> Facts:  # fmt: skip
    """Read what the batch is decided from: a statement for each kind of fact."""
    earlier = {
        row[0]: Earlier(
            bytes(row[1] or b""), OrderPlacement(row[0], row[2], row[3], row[4], row[5], row[6], row[7], row[8])
        )
        for row in run(EARLIER, [uuids({one.id for one in wanted})])
    }
    there = shops({one.store_id for one in wanted})
    dates = {zone: business_date(now, zone) for zone in {shop.zone for shop in there.values()}}
    kept = [one.quoted_at for one in benefits.promises.values() if one is not None and one.holds(now)]
    prices = price_candidates({sku_id for _, sku_id in free}, at=now, since=min(kept, default=now))
    selling = on_sale(free, with_unshelved=any(one.channel == TILL for one in wanted))
    return Facts(
        there, selling, prices, free, earlier, dates, now, now + PAY_WITHIN, attempt, benefits.tiers, benefits.claims,
        benefits.ready, benefits.goods, benefits.ordered, benefits.plans, benefits.points, benefits.promises,
        benefits.promotions, benefits.flash,
    )  # fmt: skip


def _write(decided: Sequence[Fresh], *, now: datetime, pay_by: datetime) -> None:
    fresh = sorted(
        decided, key=lambda one: one.wanted.id.int
    )  # two batches that share ids insert them in one order: no deadlock
    orders = [one.wanted for one in fresh]
    with pipelined():
        _write_orders(fresh, now=now, pay_by=pay_by)
        _write_lines(fresh)
        write(
            WRITE_STEPS,
            [
                now,
                uuids([one.id for one in orders]),
                uuids([one.brand_id for one in orders]),
                uuids([one.by for one in orders]),
            ],
        )
        announce([
            OrderPlaced(one.wanted.brand_id, one.wanted.id, one.wanted.store_id, one.wanted.member_id, one.wanted.channel, one.wanted.scene,
                        one.quote.total_minor, one.placed_on, one.placement.number)
            for one in fresh
        ], at=now)  # fmt: skip
        hold_stock([
            HoldWanted(one.id, one.brand_id, one.store_id, line.sku_id, line.quantity) for one in orders for line in one.lines
        ])  # fmt: skip


def _write_orders(fresh: Sequence[Fresh], *, now: datetime, pay_by: datetime) -> None:
    orders = [one.wanted for one in fresh]
    write(WRITE_ORDERS, [
        now, pay_by,
        uuids([one.id for one in orders]),
        uuids([one.brand_id for one in orders]),
        uuids([one.store_id for one in orders]),
        uuids([one.shop.entity_id for one in fresh]),
        uuids([one.member_id for one in orders]),
        texts([one.placement.number for one in fresh]),
        texts([one.channel for one in orders]),
        texts([one.scene for one in orders]),
        texts([one.shop.currency for one in fresh]),
        integers([one.quote.goods_minor for one in fresh]),
        integers([one.quote.discount_minor for one in fresh]),
        integers([one.quote.total_minor for one in fresh]),
        bytes_of([one.content_hash for one in fresh]),
        days([one.placed_on for one in fresh]),
        integers([one.quote.promotion_minor for one in fresh]),
        integers([one.quote.coupon_minor for one in fresh]),
        integers([one.quote.points_minor for one in fresh]),
        integers([one.quote.points for one in fresh]),
    ])  # fmt: skip


def _write_lines(fresh: Sequence[Fresh]) -> None:
    rows = [(one.wanted, position, line) for one in fresh for position, line in enumerate(one.quote.lines, start=1)]
    lines = [line for _, _, line in rows]
    write(WRITE_LINES, [
        uuids([one.id for one, _, _ in rows]),
        integers([position for _, position, _ in rows]),
        uuids([one.brand_id for one, _, _ in rows]),
        uuids([line.sku_id for line in lines]),
        texts([line.name for line in lines]),
        integers([int(line.weighed) for line in lines]),
        integers([line.quantity for line in lines]),
        integers([line.unit_minor for line in lines]),
        integers([line.goods_minor for line in lines]),
        integers([line.discount_minor for line in lines]),
        integers([line.promotion_minor for line in lines]),
        integers([line.coupon_minor for line in lines]),
        integers([line.points_minor for line in lines]),
        texts([orjson.dumps(line.reasons).decode() for line in lines]),
    ])  # fmt: skip


def _outcome(decision: Decision) -> OrderPlacement | Refused:
    if isinstance(decision, Fresh):
        return decision.placement
    if isinstance(decision, Shortage):
        return OutOfStock(sku_id=decision.sku_id, wanted=decision.wanted, free=decision.free)
    return decision
