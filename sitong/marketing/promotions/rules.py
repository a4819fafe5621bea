"""What a promotion promises, and when and where it holds: pure, over frozen facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.marketing.coupons.rules import ANY, Terms
from sitong.marketing.coupons.stacking import NotApplied, Situation

GIFT, NTH, BUNDLE, STEPS, MEMBER_DAY, FLASH = "gift", "nth", "bundle", "steps", "member_day", "flash"
QUANTITY, AMOUNT = "quantity", "amount"
TIMES_MAX = 100


@dataclass(frozen=True, slots=True)
class Step:
    """From so many pieces, or so much to pay, on: a percentage off or an amount off."""

    reach: int
    percent_bp: int = 0
    off_minor: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bundle: so many pieces of any of these products."""

    product_ids: frozenset[UUID]
    count: int = 1


@dataclass(frozen=True, slots=True)
class FlashPrice:
    """One SKU of a flash sale: its price, how many there are, and how many one member may have (None: any number)."""

    sku_id: UUID
    price_minor: int
    stock: int
    per_member: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What a promotion gives; of these each kind has its own.

    gift: who buys `count` gets `gift_count` of `gift_product_ids` (none named: of the same goods) for nothing. nth: of each
    `count` pieces the cheapest costs `percent_bp` less. bundle: `parts` together for `price_minor`. steps: the highest of
    `steps` reached, by `measure`; `each`: the only step as often as it fits. member_day: `percent_bp` off. flash: `flash`.
    At most `times_max` times in an order.
    """

    count: int = 0
    gift_count: int = 0
    gift_product_ids: frozenset[UUID] = frozenset()
    percent_bp: int = 0
    measure: str = AMOUNT
    steps: tuple[Step, ...] = ()
    each: bool = False
    parts: tuple[Part, ...] = ()
    price_minor: int = 0
    flash: tuple[FlashPrice, ...] = ()
    times_max: int = TIMES_MAX


@dataclass(frozen=True, slots=True)
class PromotionFacts:
    """A promotion as deciding needs it. `chosen`: by store, since when and until when it is chosen; None: stores need not choose."""

    id: UUID
    brand_id: UUID
    kind: str
    name: str
    name_en: str
    rule: Rule
    starts_at: datetime
    ends_at: datetime
    published_at: datetime
    stopped_at: datetime | None = None
    terms: Terms = ANY
    month_days: frozenset[int] = frozenset()
    members_only: bool = False
    stacking: str = "group"
    stack_group: str = ""
    chosen: Mapping[UUID, tuple[datetime, datetime | None]] | None = field(default=None, hash=False)

    def live(self, at: datetime) -> bool:
        """Tell whether it is published, begun, not over and not stopped at an instant."""
        return max(self.starts_at, self.published_at) <= at < self.ends_at and (
            self.stopped_at is None or at < self.stopped_at
        )

    @property
    def group(self) -> str | None:
        """The group of which one may be used on a line; the nameless one is the promotions' own. None: free or exclusive."""
        return self.stack_group if self.stacking == "group" else None

    def price_of(self, sku_id: UUID) -> FlashPrice | None:
        """Give what the flash sale asks for a SKU."""
        return next((one for one in self.rule.flash if one.sku_id == sku_id), None)


def not_here(one: PromotionFacts, situation: Situation) -> NotApplied | None:
    """Say why a promotion does not hold in this store, channel and moment; None when it does. Looks at no buyer."""
    terms, store_id = one.terms, situation.store_id
    if not one.live(situation.at):
        return NotApplied("not_live")
    if terms.store_ids and store_id not in terms.store_ids:
        return NotApplied("wrong_store")
    if one.chosen is not None:
        since, until = one.chosen.get(store_id, (None, None))
        if since is None or not (since <= situation.at and (until is None or situation.at < until)):
            return NotApplied("wrong_store")
    if terms.store_kinds and situation.store_kind not in terms.store_kinds:
        return NotApplied("wrong_store_kind")
    if terms.channels and situation.channel not in terms.channels:
        return NotApplied("wrong_channel")
    local = situation.at_local
    if (terms.weekdays and local.weekday() not in terms.weekdays) or (
        one.month_days and local.day not in one.month_days
    ):
        return NotApplied("wrong_weekday")
    if not terms.hour_from <= local.hour < terms.hour_until:
        return NotApplied("wrong_hour", {"hour_from": terms.hour_from, "hour_until": terms.hour_until})
    return None


def not_for(one: PromotionFacts, situation: Situation, *, member: bool) -> NotApplied | None:
    """Say why a promotion is not for this buyer; None when it is."""
    if (one.members_only or one.terms.tiers) and not member:
        return NotApplied("members_only")
    if one.terms.tiers and situation.tier not in one.terms.tiers:
        return NotApplied("wrong_tier")
    return None


def names_goods(one: PromotionFacts) -> bool:
    """Tell whether it names its goods; one that names none is for all goods."""
    return bool(one.terms.category_ids or one.terms.product_ids or one.terms.sku_ids)


def is_for(one: PromotionFacts, sku_id: UUID, product_id: UUID, category_ids: frozenset[UUID]) -> bool:
    """Tell whether goods count for a promotion: in its scope, in the bundle, on sale; gifts are not meant."""
    if one.kind == FLASH:
        return one.price_of(sku_id) is not None
    if one.kind == BUNDLE:
        return any(product_id in part.product_ids for part in one.rule.parts)
    terms = one.terms
    return (
        not names_goods(one)
        or sku_id in terms.sku_ids
        or product_id in terms.product_ids
        or not terms.category_ids.isdisjoint(category_ids)
    )


def kept_rule(rule: Rule) -> dict[str, Any]:
    """Write a rule as it is kept in JSON, without what is as usual."""
    kept: dict[str, Any] = {
        name: value for name in ("count", "gift_count", "percent_bp", "price_minor", "each") if (value := getattr(rule, name))
    }  # fmt: skip
    if rule.gift_product_ids:
        kept["gift_product_ids"] = sorted(map(str, rule.gift_product_ids))
    if rule.steps:
        kept["measure"] = rule.measure
        kept["steps"] = [[one.reach, one.percent_bp, one.off_minor] for one in rule.steps]
    if rule.parts:
        kept["parts"] = [[sorted(map(str, one.product_ids)), one.count] for one in rule.parts]
    if rule.flash:
        kept["flash"] = [[str(one.sku_id), one.price_minor, one.stock, one.per_member] for one in rule.flash]
    if rule.times_max != TIMES_MAX:
        kept["times_max"] = rule.times_max
    return kept


def rule_of(kept: Mapping[str, Any] | str) -> Rule:
    """Read a rule as it is kept in JSON (as text where Django reads it)."""
    said: Mapping[str, Any] = json.loads(kept) if isinstance(kept, str) else kept
    return Rule(
        said.get("count", 0), said.get("gift_count", 0), frozenset(UUID(one) for one in said.get("gift_product_ids", ())),
        said.get("percent_bp", 0), said.get("measure", AMOUNT), tuple(Step(*one) for one in said.get("steps", ())),
        bool(said.get("each", False)), tuple(Part(frozenset(map(UUID, ids)), count) for ids, count in said.get("parts", ())),
        said.get("price_minor", 0), tuple(FlashPrice(UUID(one[0]), *one[1:]) for one in said.get("flash", ())),
        said.get("times_max", TIMES_MAX),
    )  # fmt: skip
