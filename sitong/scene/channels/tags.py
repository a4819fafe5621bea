"""What promotions say beside goods on a store's shelf. Costs no statement where a brand has no promotion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sitong.goods.catalog.queries.numbers import product_names
from sitong.marketing.coupons.stacking import Situation
from sitong.marketing.promotions.effects import ORDER_OF_KINDS
from sitong.marketing.promotions.queries.flash import flash_left
from sitong.marketing.promotions.queries.live import promotions_of
from sitong.marketing.promotions.rules import FLASH, PromotionFacts, is_for, not_here
from sitong.marketing.promotions.said import in_chinese, rule_said, tag_said
from sitong.scene.channels.shelves import departments_of
from sitong.scene.channels.shop import CHANNEL, Visit
from sitong.shared.i18n.formats import money_text


@dataclass(frozen=True, slots=True)
class Tag:
    """A promotion beside goods: a few words, what it gives, what is left of it, and until when it holds."""

    label: str
    gives: str
    note: str
    ends_at: datetime


class Item(Protocol):
    """What a tag needs of goods on a shelf."""

    @property
    def product_id(self) -> UUID: ...
    @property
    def sku_id(self) -> UUID: ...
    @property
    def category_id(self) -> UUID | None: ...


def promotions_here(shop: Visit, *, channel: str = CHANNEL) -> list[PromotionFacts]:
    """Give the promotions that hold in the store at this moment, whoever buys: flash sales first."""
    situation = situation_in(shop, channel)
    known = promotions_of([shop.brand.id], at=shop.at).get(shop.brand.id, ())
    found = [one for one in known if not_here(one, situation) is None]
    return sorted(found, key=lambda one: (ORDER_OF_KINDS[one.kind], one.ends_at, one.id))


def situation_in(shop: Visit, channel: str = CHANNEL) -> Situation:
    """Say where and when somebody looks."""
    local = shop.at.astimezone(ZoneInfo(shop.store.zone))
    return Situation(shop.store.id, shop.store.kind, channel, shop.at, local)


def tags_of(shop: Visit, items: Sequence[Item]) -> dict[UUID, Tag]:
    """Give, by product, the first promotion of each that has one."""
    found = {item.product_id: some[0] for item, some in _on(shop, items).items()}
    return _said(shop, found)


def promotions_on(shop: Visit, item: Item) -> list[Tag]:
    """Give all promotions of one product."""
    some = _on(shop, [item]).get(item, [])
    return [tag for at, one in enumerate(some) for tag in _said(shop, {UUID(int=at): one}, item).values()]


def _on(shop: Visit, items: Sequence[Item]) -> dict[Item, list[tuple[PromotionFacts, Item]]]:
    here = promotions_here(shop)
    if not here:
        return {}
    above = {child.id: top.id for top in departments_of(shop.store.id) for child in top.children}
    found: dict[Item, list[tuple[PromotionFacts, Item]]] = {}
    for item in items:
        categories = frozenset(one for one in (item.category_id, above.get(item.category_id)) if one)  # type: ignore[arg-type]
        for one in here:
            if is_for(one, item.sku_id, item.product_id, categories):
                found.setdefault(item, []).append((one, item))
    return found


def _said(shop: Visit, some: dict[UUID, tuple[PromotionFacts, Item]], only: Item | None = None) -> dict[UUID, Tag]:
    sales = [(one.id, item.sku_id) for one, item in some.values() if one.kind == FLASH]
    left = flash_left(sales)
    names = gift_names(one for one, _item in some.values()) if only is not None else {}
    tags = {}
    for key, (one, item) in some.items():
        label, note = tag_said(one, currency=shop.currency), ""
        if one.kind == FLASH and (price := one.price_of(item.sku_id)) is not None:
            label = f"{label} {money_text(price.price_minor, shop.currency)}"
            note = left_said(left.get((one.id, item.sku_id), 0))
        tags[key] = Tag(label, rule_said(one, currency=shop.currency, products=names), note, one.ends_at)
    return tags


def left_said(left: int) -> str:
    """Say how many are left."""
    return _("{n} left").format(n=left) if left > 0 else _("All gone")


def gift_names(promotions: Iterable[PromotionFacts]) -> dict[UUID, str]:
    """Give the names of the products that promotions give, in the active language. One statement, or none."""
    ids = {key for one in promotions for key in one.rule.gift_product_ids}
    if not ids:
        return {}
    return {
        key: name if in_chinese() or not name_en else name_en for key, (name, name_en) in product_names(ids).items()
    }
