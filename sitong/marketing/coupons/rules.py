"""What a coupon promises and when it holds: pure, over frozen facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Terms:
    """The conditions of a coupon; an empty one means "any". Hours are [from, until) of the store's clock, weekdays 0 (Monday) to 6."""

    category_ids: frozenset[UUID] = frozenset()
    product_ids: frozenset[UUID] = frozenset()
    sku_ids: frozenset[UUID] = frozenset()
    store_ids: frozenset[UUID] = frozenset()
    store_kinds: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    weekdays: frozenset[int] = frozenset()
    hour_from: int = 0
    hour_until: int = 24
    first_order: bool = False


@dataclass(frozen=True, slots=True)
class CouponFacts:
    """A coupon as deciding needs it. `goods_listed`: it applies only to the products in `listed` (those of the cart that
    stand in CouponGoods). `chosen_stores` is None when stores need not choose it."""

    id: UUID
    brand_id: UUID
    name: str
    name_en: str
    kind: str
    value_minor: int
    percent_bp: int
    cap_minor: int | None
    quantity_max: int
    threshold_minor: int
    stacking: str
    stack_group: str
    terms: Terms = field(default_factory=Terms)
    goods_listed: bool = False
    listed: frozenset[UUID] = frozenset()
    chosen_stores: frozenset[UUID] | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class ClaimNow:
    """A coupon in a member's hands, as it stands (under lock when `lock_claims` gave it)."""

    id: UUID
    brand_id: UUID
    member_id: UUID
    code: str
    state: str
    turn: int
    valid_from: datetime
    valid_until: datetime
    coupon: CouponFacts


def terms_of(kept: Mapping[str, object]) -> Terms:
    """Read the conditions as they are kept in JSON: ids as texts, missing ones mean "any"."""
    ids = {
        name: frozenset(UUID(str(one)) for one in kept.get(name, ()))
        for name in ("category_ids", "product_ids", "sku_ids", "store_ids")
    }  # type: ignore[attr-defined]
    words = {name: frozenset(str(one) for one in kept.get(name, ())) for name in ("store_kinds", "tiers", "channels")}  # type: ignore[attr-defined]
    weekdays = frozenset(int(one) for one in kept.get("weekdays", ()))  # type: ignore[attr-defined]
    return Terms(
        **ids, **words, weekdays=weekdays, hour_from=int(str(kept.get("hour_from", 0))), hour_until=int(str(kept.get("hour_until", 24))),
        first_order=bool(kept.get("first_order", False)),
    )  # fmt: skip
