"""The one price calculation (S3): what lines cost in a store and channel, explained line by line.

The cart page, the API's quotes and the placing of orders all ask `quote`. Goods cost quantity × unit price (weighed
goods: price of a kilogram × grams / 1000, rounded half up). The unit price is what one unit costs; what a larger
quantity or a member's tier saves is a discount, so that people see why they pay less; then come promotions, coupons
and points (`discounts.py`). Worked tables stand in docs/rules/price.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sitong.goods.pricing.rules import PROMOTION, REGULAR, PriceCandidate, choose_price
from sitong.marketing.coupons.stacking import NotApplied
from sitong.marketing.promotions.rules import PromotionFacts
from sitong.shared.errors import Refused
from sitong.shared.money import split_minor

PIECES_MAX = 999
GRAMS_MAX = 200_000
LINES_MAX = 100
GRAMS_PER_KILOGRAM = 1_000
WHOLE_BP = 10_000
TILL = "pos"
"""The channel that sells whatever the store has adopted; all others sell what is on the shelf."""

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
    @property
    def shelved(self) -> bool: ...


class Tier(Protocol):
    """What a quote needs to know of a member's tier."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def discount_bp(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where and through which channel it is sold."""

    store_id: UUID
    store_kind: str
    channel: str


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """What one line costs, and why. goods − discount = total; goods = quantity × unit, or per kilogram when weighed.

    Of the discount, promotions give `promotion_minor`, coupons `coupon_minor`, and points pay `points_minor`; the rest are
    steps and tiers.
    """

    sku_id: UUID
    name: str
    weighed: bool
    quantity: int
    unit_minor: int
    goods_minor: int
    discount_minor: int
    total_minor: int
    reasons: tuple[Reason, ...]
    coupon_minor: int = 0
    points_minor: int = 0
    promotion_minor: int = 0


@dataclass(frozen=True, slots=True)
class PromotionQuoted:
    """A promotion of the store: what it saves here, what it takes of a flash sale (SKU, pieces), or why it is not used."""

    promotion: PromotionFacts
    saved_minor: int = 0
    positions: tuple[int, ...] = ()
    flash: tuple[tuple[UUID, int], ...] = ()
    reason: NotApplied | None = None


@dataclass(frozen=True, slots=True)
class CouponQuoted:
    """A coupon in the member's hands: what it saves here, or why it is not used."""

    claim_id: UUID
    coupon_id: UUID | None
    name: str
    name_en: str
    valid_until: datetime | None
    saved_minor: int = 0
    reason: NotApplied | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """What all lines cost together. Lines that cannot be sold stand in `refused` and cost nothing.

    `promotions`: those that are used, and those that might be. `coupons`: those that were looked at, used ones first.
    `points` are spent as money, of `points_ready` at most `points_most`.
    `promise`: with it, an order costs this for some minutes.
    """

    lines: tuple[QuoteLine, ...]
    goods_minor: int
    discount_minor: int
    total_minor: int
    refused: Mapping[UUID, Refused] = field(default_factory=dict)
    coupon_minor: int = 0
    points_minor: int = 0
    points: int = 0
    points_most: int = 0
    points_ready: int = 0
    coupons: tuple[CouponQuoted, ...] = ()
    tier: Tier | None = None
    promise: str = ""
    promotion_minor: int = 0
    promotions: tuple[PromotionQuoted, ...] = ()

    @property
    def claim_ids(self) -> tuple[UUID, ...]:
        """Give the claims that are used."""
        return tuple([one.claim_id for one in self.coupons if one.reason is None])


def quote(
    lines: Sequence[LineWanted], *, place: Place, on_sale: Mapping[tuple[UUID, UUID], OnSale],
    prices: Mapping[UUID, Sequence[PriceCandidate]], at: datetime, tier: Tier | None = None,
) -> Quote:  # fmt: skip
    """Say what lines cost at a place, for a member of this tier. `on_sale` holds, by (store_id, sku_id), what the store sells now."""
    quoted: list[QuoteLine] = []
    refused: dict[UUID, Refused] = {}
    for line in lines:
        sku = on_sale.get((place.store_id, line.sku_id))
        outcome = _quote_line(line, place, sku, prices.get(line.sku_id, ()), at, tier)
        if isinstance(outcome, Refused):
            refused[line.sku_id] = outcome
        else:
            quoted.append(outcome)
    goods, discount = sum([line.goods_minor for line in quoted]), sum([line.discount_minor for line in quoted])
    return Quote(tuple(quoted), goods, discount, goods - discount, refused, tier=tier)


def amount_minor(unit_minor: int, quantity: int, *, weighed: bool) -> int:
    """Give what `quantity` costs at a unit price: of a piece, or of a kilogram for grams (rounded half up)."""
    if not weighed:
        return unit_minor * quantity
    kilograms = -(-quantity // GRAMS_PER_KILOGRAM)
    return split_minor(unit_minor * kilograms, [quantity, kilograms * GRAMS_PER_KILOGRAM - quantity])[0]


def _quote_line(
    line: LineWanted,
    place: Place,
    sku: OnSale | None,
    candidates: Sequence[PriceCandidate],
    at: datetime,
    tier: Tier | None,
) -> QuoteLine | Refused:
    if sku is None or not (sku.shelved or place.channel == TILL):
        return NotOnShelf(sku_id=line.sku_id)
    most = GRAMS_MAX if sku.weighed else PIECES_MAX
    if line.quantity > most:
        return QuantityLimit(sku_id=line.sku_id, most=most, wanted=line.quantity)
    held = _price(candidates, place, line.quantity, at)
    benefit = _benefit(line.quantity, place, sku, candidates, at, tier, held) if tier is not None else None
    if held is None:
        return NoPrice(sku_id=line.sku_id) if benefit is None else _only_for_tier(line, sku, benefit)
    single = held
    if held.quantity_from > 1:
        single = _price(candidates, place, 1, at) or held
    unit_minor = max(single.amount_minor, held.amount_minor)
    goods = amount_minor(unit_minor, line.quantity, weighed=sku.weighed)
    total = amount_minor(held.amount_minor, line.quantity, weighed=sku.weighed)
    reasons = _reasons(single, held, unit_minor, goods - total)
    if benefit is not None and benefit[0] < total:
        reasons = (*reasons, {**benefit[1], "saved_minor": total - benefit[0]})
        total = benefit[0]
    return QuoteLine(
        line.sku_id, _name(sku), sku.weighed, line.quantity, unit_minor, goods, goods - total, total, reasons
    )


def _price(
    candidates: Sequence[PriceCandidate], place: Place, quantity: int, at: datetime, tier: str = ""
) -> PriceCandidate | None:
    return choose_price(
        candidates, channel=place.channel, store_kind=place.store_kind, store_id=place.store_id, quantity=quantity, at=at,
        tier=tier,
    )  # fmt: skip


def _benefit(
    quantity: int, place: Place, sku: OnSale, candidates: Sequence[PriceCandidate], at: datetime, tier: Tier,
    held: PriceCandidate | None,
) -> tuple[int, Reason] | None:  # fmt: skip
    """Give what the line costs by the member's tier and why: by the tier's own price or by its discount, whichever is lower."""
    names: Reason = {"tier": tier.code, "name": tier.name, "name_en": tier.name_en or tier.name}
    found: list[tuple[int, Reason]] = []
    own = _price(candidates, place, quantity, at, tier.code)
    if own is not None and own.tier:
        total = amount_minor(own.amount_minor, quantity, weighed=sku.weighed)
        found.append((total, {"code": "tier_price", "unit_minor": own.amount_minor, **names}))
    if tier.discount_bp and held is not None:
        regular = [one for one in candidates if one.price_list == REGULAR]
        base = held if held.price_list == REGULAR else _price(regular, place, quantity, at)
        if base is not None:
            full = amount_minor(base.amount_minor, quantity, weighed=sku.weighed)
            saved = split_minor(full, [tier.discount_bp, WHOLE_BP - tier.discount_bp])[0]
            found.append((full - saved, {"code": "tier_discount", "rate_bp": tier.discount_bp, **names}))
    return min(found, key=lambda one: one[0]) if found else None


def _only_for_tier(line: LineWanted, sku: OnSale, benefit: tuple[int, Reason]) -> QuoteLine:
    """A line that has a price for the member's tier and none for others: nothing is saved, it is the price."""
    total, reason = benefit
    return QuoteLine(
        line.sku_id, _name(sku), sku.weighed, line.quantity, int(reason["unit_minor"]), total, 0, total, (reason,)
    )


def _name(sku: OnSale) -> str:
    return (f"{sku.name} {sku.variant}" if sku.variant else sku.name)[:200]


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
