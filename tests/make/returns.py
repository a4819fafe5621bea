"""Goods that come back, made through the actions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.goods.inventory.actions import LocationWanted, open_locations
from sitong.member.wallet.actions import TopUp, top_up
from sitong.scene.orders.actions import HandoverWanted, OrderPlacement, hand_over_orders, place_orders, settle_orders
from sitong.scene.payments.actions import Tender, take_tenders
from sitong.scene.returns.actions import ReturnLineWanted, ReturnWanted, return_goods
from sitong.scene.returns.queries import Returned
from sitong.shared.ids import new_id
from tests.make.org import NOW, a_store, done
from tests.make.scene import Selling


def a_return_wanted(
    order_id: UUID, store: Any, *lines: tuple[int, int] | tuple[int, int, str], id: UUID | None = None, **fields: Any
) -> ReturnWanted:
    """Goods of an order to come back at a store: (position, quantity) or (position, quantity, condition)."""
    wanted = tuple(ReturnLineWanted(*line) for line in (lines or ((1, 1),)))
    return ReturnWanted(id or new_id(), order_id, store.id, wanted, **fields)


def a_return(
    order_id: UUID, store: Any, *lines: tuple[int, int] | tuple[int, int, str], now: datetime = NOW, **fields: Any
) -> Returned:
    return done(return_goods([a_return_wanted(order_id, store, *lines, **fields)], now=now))


def another_store(selling: Selling, *, now: datetime = NOW, **fields: Any) -> Any:
    """Another store of the same brand, with a place for its stock."""
    from sitong.org.brands.models import Brand
    from sitong.scene.channels.queries import forget_shops

    store = a_store(Brand.objects.get(id=selling.store.brand_id), now=now, **fields)
    open_locations([LocationWanted(store.id, store.brand_id, "store", store.id, store.name)])
    forget_shops()
    return store


def a_sold_order(
    selling: Selling, *lines: tuple[int, int], cash: int | None = None, now: datetime = NOW, **fields: Any
) -> OrderPlacement:
    """An order that was paid at the counter, in cash and the rest from the wallet, and handed over."""
    order = done(place_orders([selling.wanted(*(lines or ((0, 1),)), **fields)], now=now))
    pay(selling, order, cash=order.total_minor if cash is None else cash, now=now)
    done(hand_over_orders([HandoverWanted(new_id(), selling.store.id, order.id)], now=now))
    return order


def pay(selling: Selling, order: OrderPlacement, *, cash: int, now: datetime = NOW) -> None:
    """Pay an order with so much cash and the rest from its member's wallet."""
    tenders: Sequence[tuple[str, int]] = [("cash", cash), ("wallet", order.total_minor - cash)]
    for kind, amount in tenders:
        if amount:
            done(take_tenders([
                Tender(new_id(), order.id, selling.store.brand_id, selling.store.entity_id, kind, amount, order.currency,
                       selling.member.id if kind == "wallet" else None)
            ], now=now))  # fmt: skip
    settle_orders([order.id], now=now)


def a_full_wallet(selling: Selling, principal_minor: int, gift_minor: int = 0, *, now: datetime = NOW) -> None:
    """Money in the member's wallet, owed by the entity that sells."""
    done(top_up([
        TopUp(new_id(), selling.store.brand_id, selling.member.id, principal_minor, gift_minor, selling.store.entity_id)
    ], now=now))  # fmt: skip
