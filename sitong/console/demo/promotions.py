"""The demo brand's promotions of today: one of each kind, in the demo's own stores, from today for two weeks.

They hold from the moment of the load on, so no figure of the imported history changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sitong.console.demo.files import made_id
from sitong.console.demo.goods import category_code
from sitong.goods.catalog.queries import shelf_page
from sitong.marketing.coupons.rules import Terms
from sitong.marketing.promotions.actions import (
    choose_promotions,
    define_promotions,
    publish_promotion,
    push_promotion,
)
from sitong.marketing.promotions.definition import PromotionWanted
from sitong.marketing.promotions.queries.desk import promotions_known
from sitong.marketing.promotions.rules import FlashPrice, Part, Rule, Step
from sitong.org.stores.queries import store_facts
from sitong.shared.errors import Refused

YOGURT = category_code("GROCERY", "YOGURT")
SNACKS = category_code("GROCERY", "BAG SNACKS")
LASTS = timedelta(days=14)
FOUND = 40


def open_promotions(brand_id: UUID, stores: Sequence[UUID], windows: Sequence[UUID], *, now: datetime) -> None:
    """Define and publish them once; those that stand there from an earlier load stay as they are. The shelves must be filled."""
    if not windows:
        return
    wanted = promotions(brand_id, windows, now=now)
    there = promotions_known([one.id for one in wanted])
    for outcome in define_promotions([one for one in wanted if one.id not in there], by=None, now=now):
        if isinstance(outcome, Refused):
            raise RuntimeError(f"the demo was refused a promotion: {outcome}")
        publish_promotion(outcome.id, by=None, now=now)
    corner = made_id("live promotion", "corner")
    push_promotion(corner, stores, by=None, now=now)
    for store_id in windows[:1]:
        choose_promotions(store_id, [corner], by=None, now=now)


def promotions(brand_id: UUID, windows: Sequence[UUID], *, now: datetime) -> list[PromotionWanted]:
    """Give them; gifts, sets and the flash sale take pieces that the first of these stores has on its shelf."""
    store = store_facts(windows[:1])[windows[0]]
    items = [
        one
        for one in shelf_page(store, channel="mini_shop", at=now, limit=FOUND).items
        if not one.weighed and not one.sold_out
    ]
    here: dict[str, Any] = {"store_ids": frozenset(windows)}

    def one(key: str, kind: str, name: str, name_en: str, rule: Rule, **said: Any) -> PromotionWanted:
        terms = Terms(**(here | said.pop("terms", {})))
        return PromotionWanted(
            made_id("live promotion", key), brand_id, kind, name, rule, now, now + said.pop("lasts", LASTS), name_en=name_en, terms=terms, **said
        )  # fmt: skip

    made = [
        one("half", "nth", "第二件半价：酸奶", "Second yogurt at half price", Rule(count=2, percent_bp=5_000),
            terms={"category_ids": frozenset([made_id("category", YOGURT)])}),
        one("steps", "steps", "满 100 减 10，满 200 减 25", "10 off from 100, 25 off from 200",
            Rule(steps=(Step(10_000, off_minor=1_000), Step(20_000, off_minor=2_500))), stack_group="basket"),
        one("member_day", "member_day", "周二会员日九五折", "Member day: 5 % off on Tuesdays", Rule(percent_bp=500), members_only=True,
            stack_group="members", terms={"weekdays": frozenset({1})}),
        one("corner", "nth", "门店自选：零食第二件六折", "The store's own choice: 40 % off the second snack", Rule(count=2, percent_bp=4_000),
            stores_choose=True, terms={"store_ids": frozenset(), "category_ids": frozenset([made_id("category", SNACKS)])}),
    ]  # fmt: skip
    if len(items) >= 8:
        gift, bought, first, second = items[0], items[1], items[2], items[3]
        made.append(one("gift", "gift", "买二赠一", "Buy two, get one", Rule(count=2, gift_count=1, gift_product_ids=frozenset({gift.product_id})),
                        terms={"product_ids": frozenset({bought.product_id})}))  # fmt: skip
        price = (first.price_minor + second.price_minor) * 8 // 10
        parts = (Part(frozenset({first.product_id})), Part(frozenset({second.product_id})))
        made.append(
            one(
                "set",
                "bundle",
                "两件套八折",
                "Two together, a fifth less",
                Rule(parts=parts, price_minor=max(1, price)),
            )
        )
        sale = tuple(FlashPrice(item.sku_id, max(1, item.price_minor // 2), 60, 2) for item in items[4:8])
        made.append(one("flash", "flash", "今日限时抢购", "Today's flash sale", Rule(flash=sale), members_only=True, stacking="exclusive",
                        lasts=timedelta(hours=20)))  # fmt: skip
    return made
