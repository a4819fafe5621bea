"""Flash sales and promotions on the phone: the consumer's page of what is on in a store, and the store's page to choose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.goods.catalog.queries import SkuFacts, on_sale, sku_facts
from sitong.goods.pricing.queries import price_now
from sitong.marketing.promotions.actions import choose_promotions, leave_promotions
from sitong.marketing.promotions.queries.desk import pushed_below
from sitong.marketing.promotions.queries.flash import flash_now
from sitong.marketing.promotions.queries.live import flash_skus, promotions_of
from sitong.marketing.promotions.queries.results import results_of
from sitong.marketing.promotions.rules import FLASH, PromotionFacts, rule_of
from sitong.marketing.promotions.said import rule_said
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import StoreFacts, stores_visible_to
from sitong.scene.channels.shelves import categories_of
from sitong.scene.channels.shop import CHANNEL, Visit, shop_page
from sitong.scene.channels.tags import gift_names, promotions_here
from sitong.scene.fulfillment.pages import store_page
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotFound, Refused, sentence

SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class SaleItem:
    """A SKU in a flash sale: its price before and in it, how many there were and are left, and how many one member may still have."""

    sku: SkuFacts
    price_minor: int
    before_minor: int | None
    stock: int
    left: int
    mine: int | None

    @property
    def sold_percent(self) -> int:
        return (self.stock - self.left) * 100 // self.stock


@require_safe
@never_cache
@shop_page
def flash(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Show the store's flash sales with what is left and until when, those that begin soon, and its other promotions."""
    here = promotions_here(shop)
    sales = [one for one in here if one.kind == FLASH]
    known = promotions_of([shop.brand.id], at=shop.at).get(shop.brand.id, ())
    coming = [
        one
        for one in known
        if one.kind == FLASH and shop.at < one.starts_at <= shop.at + SOON and one.stopped_at is None
    ]
    items = _items(shop, [*sales, *coming])
    names = gift_names(here)
    others = [(one, rule_said(one, currency=shop.currency, products=names)) for one in here if one.kind != FLASH]
    context = {
        "shop": shop, "tab": "home", "categories": categories_of(shop.store.id), "others": others,
        "sales": [(one, items[one.id]) for one in sales if items.get(one.id)],
        "coming": [(one, items[one.id]) for one in coming if items.get(one.id)],
    }  # fmt: skip
    return render(request, "scene/flash/flash.html", context)


def _items(shop: Visit, sales: list[PromotionFacts]) -> dict[UUID, list[SaleItem]]:
    """Give what of these sales the store has on its shelf. A fixed number of statements."""
    sku_ids = sorted({price.sku_id for one in sales for price in one.rule.flash})
    if not sku_ids:
        return {}
    there = {sku_id for _store, sku_id in on_sale([(shop.store.id, sku_id) for sku_id in sku_ids])}
    facts = sku_facts(there)
    prices = (
        price_now(sorted(there), channel=CHANNEL, store_kind=shop.store.kind, store_id=shop.store.id, at=shop.at)
        if there
        else {}
    )
    pairs = flash_skus(sales, [shop.at, *[one.starts_at for one in sales]])
    standing = flash_now(pairs, [shop.member_id] if shop.member_id else [])
    found: dict[UUID, list[SaleItem]] = {}
    for one in sales:
        for price in one.rule.flash:
            if price.sku_id not in facts or price.sku_id not in prices:
                continue
            had = standing.had.get((one.id, price.sku_id, shop.member_id), 0) if shop.member_id else 0
            mine = None if price.per_member is None else max(0, price.per_member - had)
            left = standing.left.get((one.id, price.sku_id), price.stock)
            before = prices[price.sku_id].amount_minor
            found.setdefault(one.id, []).append(
                SaleItem(facts[price.sku_id], price.price_minor, before, price.stock, left, mine)
            )
    return found


@require_safe
@never_cache
@page_for("store", permission="coupon.see")
@store_page
def store_promotions(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """What holds in the store now, and what headquarters offers it to choose."""
    at, brand = now(), brand_facts([store.brand_id])[store.brand_id]
    shop = Visit(store, brand, at)
    here = promotions_here(shop, channel="pos")
    pushed = pushed_below([store.id], at=at)
    results = results_of([one.id for one in here])
    names = gift_names(here)
    offered = [
        {"promotion": one, "gives": rule_said(_Shown(one.kind, rule_of(one.rule)), currency=brand.currency), "chosen": rows[0][1]}
        for one, rows in pushed
    ]  # fmt: skip
    context: dict[str, Any] = {
        "store": store, "currency": brand.currency, "offered": offered, "may_choose": request.viewer.may("coupon.choose"),
        "here": [(one, rule_said(one, currency=brand.currency, products=names), results[one.id]) for one in here],
    }  # fmt: skip
    return render(request, "scene/flash/store.html", context)


@dataclass(frozen=True, slots=True)
class _Shown:
    kind: str
    rule: Any


@require_POST
@page_for("store", permission="coupon.choose")
@store_page
def choose(request: ViewerRequest, store: StoreFacts, promotion_id: UUID) -> HttpResponse:
    """Take part in a promotion, or leave it again: the button says which, and the other one undoes it."""
    if not stores_visible_to(request.viewer, "coupon.choose").filter(id=store.id).exists():
        raise NotFound(what="store")
    at: datetime = now()
    act = choose_promotions if request.POST.get("chosen") == "1" else leave_promotions
    (outcome,) = act(store.id, [promotion_id], by=request.viewer.account_id, now=at)
    if isinstance(outcome, Refused):
        messages.error(request, sentence(outcome))
    else:
        taken = act is choose_promotions
        messages.success(request, _("It holds in your store now.") if taken else _("It holds in your store no more."))
    return HttpResponseRedirect("/store/promotions/")


urlpatterns = [
    path("s/<slug:brand_code>/<str:store_code>/flash/", flash, name="shop-flash"),
    path("store/promotions/", store_promotions, name="store-promotions"),
    path("store/promotions/<uuid:promotion_id>/choose/", choose),
]
