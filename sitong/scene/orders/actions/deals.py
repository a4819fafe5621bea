"""Place the orders of a complete group deal: their stock is held and their money is there, both under the order's own id."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.goods.catalog.queries import on_sale
from sitong.scene.cart.rules import LineWanted, OnSale, Quote, QuoteLine
from sitong.scene.channels.queries import Shop, shops
from sitong.scene.orders.actions.pay import mark_paid
from sitong.scene.orders.actions.place import WRITE_STEPS, _write_lines, _write_orders
from sitong.scene.orders.actions.steps import lock_orders
from sitong.scene.orders.events import OrderPlaced
from sitong.scene.orders.rules import Fresh, OrderPlacement, OrderWanted, order_number
from sitong.shared.clock import business_date
from sitong.shared.events.actions import announce
from sitong.shared.statements import uuids, write

CHANNEL, SCENE = "mini_shop", "campaign"


@dataclass(frozen=True, slots=True)
class DealOrderWanted:
    """What one participant of a complete group bought. `id` is the id of its place, its payment's document and its held stock."""

    id: UUID
    brand_id: UUID
    store_id: UUID
    member_id: UUID
    sku_id: UUID
    quantity: int
    price_minor: int
    deal_id: UUID
    name: str


def place_deal_orders(wanted: Sequence[DealOrderWanted], *, now: datetime) -> list[OrderPlacement]:
    """Place orders at the deal's price, paid at once, each with a pickup code. Nothing is checked or held: the caller has done both.

    The goods need not be on the shelf any more: they were promised while they were. The number of statements does not depend
    on the number of orders.
    """
    with transaction.atomic():
        there = shops({one.store_id for one in wanted})
        selling = on_sale({(one.store_id, one.sku_id) for one in wanted}, with_unshelved=True)
        fresh = sorted(
            (_fresh(one, there[one.store_id], selling.get((one.store_id, one.sku_id)), now) for one in wanted),
            key=lambda one: one.wanted.id.int,
        )
        _write_orders(fresh, now=now, pay_by=now)
        _write_lines(fresh)
        ids = uuids([one.wanted.id for one in fresh])
        write(WRITE_STEPS, [now, ids, uuids([one.wanted.brand_id for one in fresh]), uuids([None for _ in fresh])])
        announce([
            OrderPlaced(one.wanted.brand_id, one.wanted.id, one.wanted.store_id, one.wanted.member_id, CHANNEL, SCENE,
                        one.quote.total_minor, one.placed_on, one.placement.number)
            for one in fresh
        ], at=now)  # fmt: skip
        mark_paid(list(lock_orders([one.wanted.id for one in fresh]).values()), now=now)
        return [one.placement for one in fresh]


def _fresh(one: DealOrderWanted, shop: Shop, sku: OnSale | None, now: datetime) -> Fresh:
    name = f"{sku.name} {sku.variant}".strip() if sku else one.name
    price = one.price_minor
    line = QuoteLine(
        one.sku_id, name, bool(sku and sku.weighed), one.quantity, price // one.quantity, price, 0, price, ()
    )
    placed_on = business_date(now, shop.zone)
    order = OrderWanted(
        one.id,
        one.brand_id,
        one.store_id,
        one.member_id,
        (LineWanted(one.sku_id, one.quantity),),
        price,
        CHANNEL,
        SCENE,
    )
    content = hashlib.sha256(f"deal|{one.deal_id.hex}|{one.id.hex}".encode()).digest()
    placement = OrderPlacement(
        one.id, order_number(one.id, placed_on), shop.id, price, shop.currency, "paid", now, None
    )
    return Fresh(order, shop, Quote((line,), price, 0, price), content, placed_on, placement)
