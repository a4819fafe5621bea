"""A sample basket priced with a promotion that nobody has saved: what the workshop shows beside its form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sitong.goods.catalog.queries import ShelfItem, shelf_page
from sitong.goods.catalog.queries.facts import SkuFacts, sku_facts, skus_of_products
from sitong.goods.catalog.queries.sale import kinds_of
from sitong.goods.pricing.queries import price_now
from sitong.marketing.coupons.stacking import NotApplied, Situation
from sitong.marketing.promotions.choosing import best_offer
from sitong.marketing.promotions.definition import PromotionWanted
from sitong.marketing.promotions.effects import BasketLine
from sitong.marketing.promotions.rules import BUNDLE, FLASH, GIFT, PromotionFacts, is_for
from sitong.org.stores.queries import StoreFacts

CHANNEL = "mini_shop"
SAMPLE_LINES = 3
LOOKED_AT = 60
GRAMS = 500


@dataclass(frozen=True, slots=True)
class SampleLine:
    """One line of the sample: what it would cost, what the promotion saves on it, and what it costs then."""

    sku: SkuFacts
    quantity: int
    goods_minor: int
    saved_minor: int

    @property
    def total_minor(self) -> int:
        return self.goods_minor - self.saved_minor


@dataclass(frozen=True, slots=True)
class Sample:
    """A basket in a store with the promotion alone; `why`: what is missing when it saves nothing."""

    lines: tuple[SampleLine, ...]
    goods_minor: int
    saved_minor: int
    why: NotApplied | None

    @property
    def total_minor(self) -> int:
        return self.goods_minor - self.saved_minor


def facts_drawn(wanted: PromotionWanted, *, at: datetime) -> PromotionFacts:
    """Give a promotion as if it held now, everywhere and at every hour."""
    terms = replace(
        wanted.terms, store_ids=frozenset(), store_kinds=frozenset(), channels=frozenset(), weekdays=frozenset(), tiers=frozenset(),
        hour_from=0, hour_until=24,
    )  # fmt: skip
    return PromotionFacts(
        wanted.id, wanted.brand_id, wanted.kind, wanted.name, wanted.name_en, wanted.rule, at, max(wanted.ends_at, at.replace(year=at.year + 1)), at,
        terms=terms, stacking=wanted.stacking, stack_group=wanted.stack_group,
    )  # fmt: skip


def sample_of(wanted: PromotionWanted, store: StoreFacts, quantities: Sequence[int], *, at: datetime) -> Sample | None:
    """Price goods of the store's shelf that the promotion means, in these quantities (0: as many as it needs); None: it sells none of them."""
    one = facts_drawn(wanted, at=at)
    sku_ids = _skus(one, store, at)[: max(SAMPLE_LINES, len(one.rule.parts))]
    prices = price_now(sku_ids, channel=CHANNEL, store_kind=store.kind, store_id=store.id, at=at) if sku_ids else {}
    sku_ids = [sku_id for sku_id in sku_ids if sku_id in prices]
    if not sku_ids:
        return None
    facts, kinds = sku_facts(sku_ids), kinds_of(sku_ids)
    lines = []
    for at_, sku_id in enumerate(sku_ids):
        needed = GRAMS if facts[sku_id].weighed else _needed(one, at_)
        count = (quantities[at_] if at_ < len(quantities) else 0) or needed
        price = prices[sku_id].amount_minor
        amount = price * count // 1_000 if facts[sku_id].weighed else price * count
        lines.append(BasketLine(at_ + 1, sku_id, *kinds[sku_id], count, amount, facts[sku_id].weighed))
    here = Situation(store.id, store.kind, CHANNEL, at, at.astimezone(ZoneInfo(store.zone)))
    flash = {(one.id, price.sku_id): min(price.stock, price.per_member or price.stock) for price in one.rule.flash}
    found = best_offer(lines, [one], (), here, member=True, flash=flash)
    saved = dict(found.applied[0].by_line) if found.applied else {}
    shown = tuple(
        [
            SampleLine(facts[line.sku_id], line.quantity, line.amount_minor, saved.get(line.position, 0))
            for line in lines
        ]
    )
    return Sample(shown, sum(line.goods_minor for line in shown), sum(saved.values()), found.refused.get(one.id))


def _needed(one: PromotionFacts, at: int) -> int:
    rule = one.rule
    if one.kind == GIFT:
        same = rule.gift_count if not rule.gift_product_ids else 0
        return rule.count + same if at == 0 else rule.gift_count
    if one.kind == BUNDLE:
        return max((part.count for part in rule.parts), default=1) if len(rule.parts) == 1 and at == 0 else 1
    if one.kind == FLASH:
        return 1
    return max(rule.count, 2) if at == 0 else 1


def _skus(one: PromotionFacts, store: StoreFacts, at: datetime) -> list[UUID]:
    """Give what the store sells of the promotion's goods, gifts last."""
    rule = one.rule
    if one.kind == FLASH:
        return [price.sku_id for price in rule.flash]
    if one.kind == BUNDLE:
        return _firsts([key for part in rule.parts for key in sorted(part.product_ids)])
    if one.terms.product_ids:
        meant = _firsts(sorted(one.terms.product_ids)[:SAMPLE_LINES])
    else:
        items: Sequence[ShelfItem] = shelf_page(store, channel=CHANNEL, at=at, limit=LOOKED_AT).items
        kinds = kinds_of([item.sku_id for item in items])
        meant = [
            item.sku_id for item in items if item.sku_id in kinds and is_for(one, item.sku_id, *kinds[item.sku_id])
        ]
        if not meant and one.terms.category_ids:
            page = shelf_page(
                store, channel=CHANNEL, at=at, category_id=min(one.terms.category_ids), limit=SAMPLE_LINES
            )
            meant = [item.sku_id for item in page.items]
    if rule.gift_product_ids:
        return [*meant[:1], *_firsts(sorted(rule.gift_product_ids)[:1])]
    return meant


def _firsts(product_ids: Sequence[UUID]) -> list[UUID]:
    skus = skus_of_products(product_ids)
    return [
        next(one.id for one in skus[key] if not one.withdrawn)
        for key in product_ids
        if any(not one.withdrawn for one in skus.get(key, ()))
    ]
