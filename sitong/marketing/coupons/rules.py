"""What a coupon promises and when it holds: pure, over frozen facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo


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


ANY = Terms()


@dataclass(frozen=True, slots=True)
class CouponFacts:
    """A coupon as deciding needs it. `goods_listed`: it applies only to the products in `listed` (those of the cart that
    stand in CouponGoods). `chosen_stores` is None when stores need not choose it. `ended`: void as a whole, none holds any
    more; that no more are given is not said here, for what was given holds."""

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
    at_counter: bool = False


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


def terms_of(kept: Mapping[str, Any] | str) -> Terms:
    """Read the conditions as they are kept in JSON (as text where Django reads it): ids as texts, missing ones mean "any"."""
    if isinstance(kept, str):
        kept = json.loads(kept)
    assert not isinstance(kept, str)
    if not kept:
        return ANY
    return Terms(
        _ids(kept, "category_ids"),
        _ids(kept, "product_ids"),
        _ids(kept, "sku_ids"),
        _ids(kept, "store_ids"),
        frozenset(kept.get("store_kinds", ())),
        frozenset(kept.get("tiers", ())),
        frozenset(kept.get("channels", ())),
        frozenset(kept.get("weekdays", ())),
        kept.get("hour_from", 0),
        kept.get("hour_until", 24),
        kept.get("first_order", False),
    )


def kept_terms(terms: Terms) -> dict[str, Any]:
    """Write the conditions as they are kept in JSON, without those that say "any"."""
    kept: dict[str, Any] = {}
    for name in ("category_ids", "product_ids", "sku_ids", "store_ids", "store_kinds", "tiers", "channels"):
        if values := getattr(terms, name):
            kept[name] = sorted(str(one) for one in values)
    if terms.weekdays:
        kept["weekdays"] = sorted(terms.weekdays)
    if (terms.hour_from, terms.hour_until) != (0, 24):
        kept |= {"hour_from": terms.hour_from, "hour_until": terms.hour_until}
    if terms.first_order:
        kept["first_order"] = True
    return kept


def terms_widen(old: Terms, new: Terms) -> bool:
    """Tell whether everything that held under the old conditions holds under the new ones, too."""
    wider = all(
        not getattr(new, name) or (getattr(old, name) and getattr(old, name) <= getattr(new, name))
        for name in ("store_ids", "store_kinds", "tiers", "channels", "weekdays")
    )
    goods = ("category_ids", "product_ids", "sku_ids")
    same_goods = not any(getattr(new, name) for name in goods) or (
        any(getattr(old, name) for name in goods) and all(getattr(old, name) <= getattr(new, name) for name in goods)
    )
    hours = new.hour_from <= old.hour_from and new.hour_until >= old.hour_until
    return wider and same_goods and hours and (old.first_order or not new.first_order)


def clock_text(instant: datetime, zone: str) -> str:
    """Write an instant by the store's clock, the same in every language."""
    return f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def _ids(kept: Mapping[str, Any], name: str) -> frozenset[UUID]:
    return frozenset(UUID(one) for one in kept.get(name, ()))
