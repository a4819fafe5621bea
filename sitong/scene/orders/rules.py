"""How a batch of orders is decided, in order of arrival: pure, over facts that were read under lock."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from sitong.goods.pricing.rules import PriceCandidate
from sitong.scene.cart.rules import LineWanted, OnSale, Place, Quote, quote
from sitong.scene.channels.rules import ONLINE
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's letters: none that people mistake for another."""

PAIRS = tuple(first + second for first in BASE32 for second in BASE32)


class PriceChanged(Refused):
    """The order would cost another amount than the caller expected: nothing is placed, look at the new quote."""

    code = "scene.price_changed"


class StoreClosedOnline(Refused):
    """The store takes no orders from afar, or none to be fetched."""

    code = "scene.store_closed_online"


class OrderEmpty(Refused):
    """An order needs at least one line, each SKU once."""

    code = "scene.order_empty"


@dataclass(frozen=True, slots=True)
class OrderWanted:
    """An order as it arrives. `id` was made by the client. `expected_total_minor` is what its quote said, None: whatever it costs.

    `coupon_claim_ids` are to be used, each of them or the order is refused; `best_coupons`: whichever of the member's save
    most. `points` are spent as money. `promise` is a quote's: for its time the order costs what the quote said.
    """

    id: UUID
    brand_id: UUID
    store_id: UUID
    member_id: UUID | None
    lines: tuple[LineWanted, ...]
    expected_total_minor: int | None = None
    channel: str = "mini_shop"
    scene: str = "store"
    by: UUID | None = None
    coupon_claim_ids: tuple[UUID, ...] = ()
    points: int = 0
    promise: str = ""
    best_coupons: bool = False


@dataclass(frozen=True, slots=True)
class OrderPlacement:
    """A placed order, as its caller hears of it; the same again for a repeat."""

    id: UUID
    number: str
    store_id: UUID
    total_minor: int
    currency: str
    state: str
    placed_at: datetime
    pay_by: datetime | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """An order that was placed before under the same id."""

    content_hash: bytes
    placement: OrderPlacement


@dataclass(frozen=True, slots=True)
class Fresh:
    """An order to be written."""

    wanted: OrderWanted
    shop: ShopNow
    quote: Quote
    content_hash: bytes
    placed_on: date
    placement: OrderPlacement


@dataclass(frozen=True, slots=True)
class Shortage:
    """An order that the free stock does not cover."""

    sku_id: UUID
    wanted: int
    free: int


class ShopNow(Protocol):
    """What deciding needs to know of a store."""

    @property
    def id(self) -> UUID: ...
    @property
    def brand_id(self) -> UUID: ...
    @property
    def entity_id(self) -> UUID: ...
    @property
    def kind(self) -> str: ...
    @property
    def zone(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def closed(self) -> bool: ...
    @property
    def open_online(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a batch is decided from. `free` is what may still be promised of each (store_id, sku_id)."""

    shops: Mapping[UUID, ShopNow]
    on_sale: Mapping[tuple[UUID, UUID], OnSale]
    prices: Mapping[UUID, Sequence[PriceCandidate]]
    free: Mapping[tuple[UUID, UUID], int]
    earlier: Mapping[UUID, Earlier]
    dates: Mapping[str, date]
    now: datetime
    pay_by: datetime
    attempt: int = 0


Decision = Fresh | OrderPlacement | Refused | Shortage


def decide(wanted: Sequence[OrderWanted], facts: Facts) -> list[Decision]:
    """Decide each order whole, in order of arrival: place it, answer the repeat, or say why not.

    What an earlier order of the batch takes is gone for the later ones; a refused one takes nothing.
    """
    free = dict(facts.free)
    earlier = dict(facts.earlier)
    decisions: list[Decision] = []
    for one in wanted:
        content = content_hash(one)
        if (before := earlier.get(one.id)) is not None:
            decisions.append(before.placement if before.content_hash == content else RepeatDiffers(id=one.id))
            continue
        decision = _decide(one, content, facts, free)
        if isinstance(decision, Fresh):
            earlier[one.id] = Earlier(content, decision.placement)
        decisions.append(decision)
    return decisions


def _decide(one: OrderWanted, content: bytes, facts: Facts, free: dict[tuple[UUID, UUID], int]) -> Decision:
    shop = facts.shops.get(one.store_id)
    if shop is None or shop.closed or shop.brand_id != one.brand_id:
        return NotFound(what="store")
    if one.channel in ONLINE and not shop.open_online:
        return StoreClosedOnline(store_id=one.store_id)
    if (
        not one.lines
        or len({line.sku_id for line in one.lines}) != len(one.lines)
        or min([line.quantity for line in one.lines]) < 1
    ):
        return OrderEmpty()
    place = Place(shop.id, shop.kind, one.channel)
    quoted = quote(one.lines, place=place, on_sale=facts.on_sale, prices=facts.prices, at=facts.now)
    if quoted.refused:
        return next(iter(quoted.refused.values()))
    if one.expected_total_minor is not None and one.expected_total_minor != quoted.total_minor:
        return PriceChanged(expected_minor=one.expected_total_minor, total_minor=quoted.total_minor)
    wanted = [((shop.id, line.sku_id), line.quantity) for line in one.lines]
    for pair, quantity in wanted:
        if (left := free.get(pair, 0)) < quantity:
            return Shortage(pair[1], quantity, left)
    for pair, quantity in wanted:
        free[pair] -= quantity
    placed_on = facts.dates[shop.zone]
    state = "placed" if quoted.total_minor else "paid"  # nobody pays for what costs nothing
    number = order_number(one.id, placed_on, attempt=facts.attempt)
    placement = OrderPlacement(
        one.id, number, shop.id, quoted.total_minor, shop.currency, state, facts.now, facts.pay_by
    )
    return Fresh(one, shop, quoted, content, placed_on, placement)


def content_hash(one: OrderWanted) -> bytes:
    """Give the digest by which a repeat is told from another order of the same id. The order of lines does not matter."""
    lines = ";".join(sorted([f"{line.sku_id.hex}:{line.quantity}" for line in one.lines]))
    member = one.member_id.hex if one.member_id else ""
    text = (
        f"{one.brand_id.hex}|{one.store_id.hex}|{member}|{one.channel}|{one.scene}|{one.expected_total_minor}|{lines}"
    )
    return hashlib.sha256(text.encode()).digest()


def order_number(order_id: UUID, placed_on: date, *, attempt: int = 0) -> str:
    """Give the number that people see, "260303-K7M2Q-9XW4T": the business date and 50 bits of the id's digest.

    No counter, so no lock. Two of a million orders of one day meet with a chance of 1 in 2,000; the table refuses the
    second, and the next `attempt` gives another number.
    """
    digest = hashlib.blake2b(order_id.bytes + bytes([attempt]), digest_size=7).digest()
    bits = int.from_bytes(digest, "big")
    letters = (
        PAIRS[bits & 1023] + PAIRS[bits >> 10 & 1023] + PAIRS[bits >> 20 & 1023]
        + PAIRS[bits >> 30 & 1023] + PAIRS[bits >> 40 & 1023]
    )  # fmt: skip
    return f"{placed_on:%y%m%d}-{letters[:5]}-{letters[5:]}"
