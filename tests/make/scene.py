"""Shops ready to sell, and orders in every state, made through the actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sitong.scene.channels.queries import forget_shops
from sitong.scene.orders.actions import (
    HandoverWanted,
    OrderPlacement,
    OrderWanted,
    confirm_payments,
    hand_over_orders,
    place_orders,
)
from sitong.scene.orders.rules import LineWanted
from sitong.scene.payments.actions import MerchantWanted, PaymentWanted, open_merchants, open_payments
from sitong.scene.payments.demo.keys import DemoKeys
from sitong.scene.payments.provider import PaymentAnswer, Standing
from sitong.shared.ids import new_id
from tests.make.goods import Shelved, a_shelved_product
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store, done


@dataclass(frozen=True)
class Selling:
    """A store that sells some goods, and a member who buys there."""

    store: Any
    goods: list[Shelved]
    member: Any

    def wanted(self, *lines: tuple[int, int], id: UUID | None = None, **fields: Any) -> OrderWanted:
        """An order of (number of the goods, quantity)."""
        return an_order_wanted(
            self.store, self.member, [(self.goods[at].sku_id, quantity) for at, quantity in lines], id=id, **fields
        )


def a_selling_store(
    *, prices: Sequence[int] = (1290, 250), stock: int = 100, now: datetime = NOW, brand: Any = None, **fields: Any
) -> Selling:
    """A store with goods at these prices on its shelf, so many of each in stock."""
    brand = brand or a_brand(now=now)
    store = a_store(brand, now=now, **fields)
    forget_shops()
    return Selling(
        store, [a_shelved_product(store, price, stock, now=now) for price in prices], a_member(brand, now=now)
    )


def an_order_wanted(
    store: Any, member: Any, lines: Sequence[tuple[UUID, int]], *, id: UUID | None = None, **fields: Any
) -> OrderWanted:
    wanted = tuple(LineWanted(sku_id, quantity) for sku_id, quantity in lines)
    return OrderWanted(id or new_id(), store.brand_id, store.id, member.id if member else None, wanted, **fields)


def a_placed_order(selling: Selling, *lines: tuple[int, int], now: datetime = NOW) -> OrderPlacement:
    return done(place_orders([selling.wanted(*(lines or ((0, 1),)))], now=now))


@cache
def _keys() -> DemoKeys:
    """Keys that look like a provider's; made once a run, since that takes a moment."""
    return DemoKeys.make()


def a_payment_answer(
    selling: Selling, order: OrderPlacement, *, now: datetime = NOW, amount_minor: int | None = None
) -> PaymentAnswer:
    """Open the order's payment and give the provider's word that it was paid."""
    keys = _keys()
    open_merchants([MerchantWanted(
        selling.store.brand_id, None, keys.merchant_number, keys.app_id, keys.serial, keys.merchant_private, keys.api_key,
        keys.provider_key_id, keys.provider_public,
    )], now=now)  # fmt: skip
    wanted = PaymentWanted(
        order.id, selling.store.brand_id, None, order.total_minor, order.currency, order.pay_by or now
    )
    payment = done(open_payments([wanted], now=now))
    paid = payment.amount_minor if amount_minor is None else amount_minor
    return PaymentAnswer(payment.number, Standing.DONE, f"T{payment.number}"[:32], paid, order.currency, now)


def a_paid_order(selling: Selling, *lines: tuple[int, int], now: datetime = NOW) -> OrderPlacement:
    order = a_placed_order(selling, *lines, now=now)
    done(confirm_payments([a_payment_answer(selling, order, now=now)], now=now))
    return order


def a_handed_over_order(selling: Selling, *lines: tuple[int, int], now: datetime = NOW) -> OrderPlacement:
    order = a_paid_order(selling, *lines, now=now)
    done(hand_over_orders([HandoverWanted(new_id(), selling.store.id, order.id)], now=now))
    return order
