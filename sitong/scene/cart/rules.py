"""The one price calculation (S3): what lines cost in a store and channel, explained line by line.

The cart page, the API's quotes and the placing of orders all ask `quote`. Goods cost quantity × unit price (weighed
goods: price of a kilogram × grams / 1000, rounded half up). The unit price is what one unit costs; what a larger
quantity saves is a discount, so that people see why they pay less. Worked tables stand in docs/orders.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sitong.goods.pricing.rules import PROMOTION, PriceCandidate, choose_price
from sitong.shared.errors import Refused
from sitong.shared.money import split_minor

PIECES_MAX = 999
GRAMS_MAX = 200_000
LINES_MAX = 100
GRAMS_PER_KILOGRAM = 1_000

Reason = dict[str, int | str]
"""A code and the integers that fill its sentence."""


class NotOnShelf(Refused):
    """The store does not sell this SKU now: unknown, withdrawn, or not on its shelf."""

    code = "scene.not_on_shelf"


class NoPrice(Refused):
    """Nobody has set a price for this SKU in this store and channel."""

    code = "scene.no_price"


class QuantityLimit(Refused):
    """More of one SKU than a single order may hold; `most` is in pieces, or grams for weighed goods."""

    code = "scene.quantity_limit"


@dataclass(frozen=True, slots=True)
class LineWanted:
    """So many base units of a SKU: pieces, or grams when it is weighed."""

    sku_id: UUID
    quantity: int


class OnSale(Protocol):
    """What a quote needs to know of a SKU that the store sells."""

    @property
    def name(self) -> str: ...
    @property
    def variant(self) -> str: ...
    @property
    def weighed(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where and through which channel it is sold."""

    store_id: UUID
    store_kind: str
    channel: str


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """What one line costs, and why. goods − discount = total; goods = quantity × unit, or per kilogram when weighed."""

    sku_id: UUID
    name: str
    weighed: bool
    quantity: int
    unit_minor: int
    goods_minor: int
    discount_minor: int
    total_minor: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """What all lines cost together. Lines that cannot be sold stand in `refused` and cost nothing."""

    lines: tuple[QuoteLine, ...]
    goods_minor: int
    discount_minor: int
    total_minor: int
    refused: Mapping[UUID, Refused] = field(default_factory=dict)


def quote(
    lines: Sequence[LineWanted], *, place: Place, on_sale: Mapping[tuple[UUID, UUID], OnSale],
    prices: Mapping[UUID, Sequence[PriceCandidate]], at: datetime,
) -> Quote:  # fmt: skip
    """Say what lines cost at a place. `on_sale` holds, by (store_id, sku_id), what the store sells now."""
    quoted: list[QuoteLine] = []
    refused: dict[UUID, Refused] = {}
    for line in lines:
        outcome = _quote_line(line, place, on_sale.get((place.store_id, line.sku_id)), prices.get(line.sku_id, ()), at)
        if isinstance(outcome, Refused):
            refused[line.sku_id] = outcome
        else:
            quoted.append(outcome)
    goods, discount = sum([line.goods_minor for line in quoted]), sum([line.discount_minor for line in quoted])
    return Quote(tuple(quoted), goods, discount, goods - discount, refused)


def amount_minor(unit_minor: int, quantity: int, *, weighed: bool) -> int:
    """Give what `quantity` costs at a unit price: of a piece, or of a kilogram for grams (rounded half up)."""
    if not weighed:
        return unit_minor * quantity
    kilograms = -(-quantity // GRAMS_PER_KILOGRAM)
    return split_minor(unit_minor * kilograms, [quantity, kilograms * GRAMS_PER_KILOGRAM - quantity])[0]


def _quote_line(
    line: LineWanted, place: Place, sku: OnSale | None, candidates: Sequence[PriceCandidate], at: datetime
) -> QuoteLine | Refused:
    if sku is None:
        return NotOnShelf(sku_id=line.sku_id)
    most = GRAMS_MAX if sku.weighed else PIECES_MAX
    if line.quantity > most:
        return QuantityLimit(sku_id=line.sku_id, most=most, wanted=line.quantity)
    held = choose_price(
        candidates,
        channel=place.channel,
        store_kind=place.store_kind,
        store_id=place.store_id,
        quantity=line.quantity,
        at=at,
    )
    if held is None:
        return NoPrice(sku_id=line.sku_id)
    single = held
    if held.quantity_from > 1:
        single = (
            choose_price(
                candidates,
                channel=place.channel,
                store_kind=place.store_kind,
                store_id=place.store_id,
                quantity=1,
                at=at,
            )
            or held
        )
    unit_minor = max(single.amount_minor, held.amount_minor)
    goods = amount_minor(unit_minor, line.quantity, weighed=sku.weighed)
    total = amount_minor(held.amount_minor, line.quantity, weighed=sku.weighed)
    reasons = _reasons(single, held, unit_minor, goods - total)
    name = f"{sku.name} {sku.variant}" if sku.variant else sku.name
    return QuoteLine(
        line.sku_id, name[:200], sku.weighed, line.quantity, unit_minor, goods, goods - total, total, reasons
    )


def _reasons(single: PriceCandidate, held: PriceCandidate, unit_minor: int, saved_minor: int) -> tuple[Reason, ...]:
    unit = single if unit_minor == single.amount_minor else held
    first: Reason = {"code": _why(unit), "unit_minor": unit_minor}
    if saved_minor > 0:
        step: Reason = {
            "code": "step_price",
            "quantity_from": held.quantity_from,
            "unit_minor": held.amount_minor,
            "saved_minor": saved_minor,
        }
        return (first, step)
    return (first,)


def _why(price: PriceCandidate) -> str:
    if price.price_list == PROMOTION:
        return "promotion_price"
    if price.store_id is not None:
        return "store_price"
    if price.store_kind:
        return "store_kind_price"
    if price.channel:
        return "channel_price"
    return "list_price"
