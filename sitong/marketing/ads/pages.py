"""Advertising near stores at the desks of headquarters and dealers: targets, what was earned, approving it, what it brought."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.goods.catalog.queries.numbers import product_names, products_by_numbers
from sitong.marketing.ads.actions import (
    TargetWanted,
    approve_campaign,
    choose_store,
    decline_campaign,
    define_target,
    end_target,
    keep_account,
    publish_target,
    try_again,
)
from sitong.marketing.ads.actions.targets import AdTargetMalformed
from sitong.marketing.ads.models import AdCampaign, AdTarget
from sitong.marketing.ads.queries.campaigns import (
    account_of,
    campaigns_visible_to,
    days_told,
    sums_of,
    targets_visible_to,
)
from sitong.marketing.ads.queries.progress import places_of, progress_of, targets_counting
from sitong.marketing.ads.rules import audience
from sitong.org.brands.queries import BrandFacts, brand_facts
from sitong.org.dealers.queries import dealer_facts, dealers_visible_to, in_branches
from sitong.org.stores.queries import store_facts, stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.geo import Position
from sitong.shared.ids import id_in, new_id
from sitong.shared.money import MINOR_DIGITS

SHOWN = 100
PLACES_SHOWN = 50


@page_for("brand", permission="coupon.see")
@require_safe
def ads(request: ViewerRequest) -> HttpResponse:
    """Campaigns that wait for headquarters first, then those that run; the targets beside them."""
    brand = _brand(request)
    targets = list(targets_visible_to(request.viewer).order_by("-created_at", "-id")[:SHOWN])
    context = _campaigns(request) | {
        "targets": [(one, _target_state(one, business_date(clock.now(), brand.zone))) for one in targets],
        "account": account_of(brand.id), "may_change": request.viewer.may("coupon.change"), "may_account": request.viewer.may("org.change"),
        "currency": brand.currency,
    }  # fmt: skip
    return render(request, "marketing/ads/ads.html", context)


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def edit_target(request: ViewerRequest, ad_target_id: UUID | None = None) -> HttpResponse:
    """Make a target, or change a draft. The form carries its id, so that sending it again makes no second one."""
    brand = _brand(request)
    target = _target(request, ad_target_id) if ad_target_id else None
    own_id = target.id if target else id_in(request.POST.get("id", "")) or new_id()
    said, problem = request.POST if request.method == "POST" else None, ""
    if said is not None:
        try:
            made = define_target(_wanted(request, own_id, brand), by=request.viewer.account_id, now=clock.now())
            messages.success(request, _("Saved as a draft. Publish it when it is right."))
            return HttpResponseRedirect(f"/brand/ads/targets/{made.id}/")
        except Refused as refused:
            problem = sentence(refused)
    shown = said or _initial(target, business_date(clock.now(), brand.zone), brand)
    context = {"target": target, "target_id": own_id, "said": shown, "problem": problem, "currency": brand.currency}
    return render(request, "marketing/ads/form.html", context, status=409 if problem else 200)


@page_for("brand", permission="coupon.see")
@require_safe
def target_detail(request: ViewerRequest, ad_target_id: UUID) -> HttpResponse:
    """One target: how far everybody is in the present period, the furthest first, and what it has earned."""
    brand, target = _brand(request), _target(request, ad_target_id)
    places = (
        progress_of(target, places_of(target), now=clock.now()) if target.published_at and not target.ended_at else []
    )
    places.sort(key=lambda one: -one.quantity)
    names = _names(target.place_kind, [one.place_id for one in places[:PLACES_SHOWN]])
    products = product_names([UUID(one) for one in target.product_ids])
    context = {
        "brand": brand, "target": target, "state": _target_state(target, business_date(clock.now(), brand.zone)), "currency": brand.currency,
        "places": [(names.get(one.place_id), one, min(100, one.quantity * 100 // target.quantity)) for one in places[:PLACES_SHOWN]],
        "reached": sum(1 for one in places if one.reached), "count": len(places), "products": list(products.values()),
        "may_change": request.viewer.may("coupon.change"),
    }  # fmt: skip
    return render(request, "marketing/ads/target.html", context)


@page_for("brand", permission="coupon.change")
@require_POST
def change_target(request: ViewerRequest, ad_target_id: UUID, verb: str) -> HttpResponse:
    """Publish or end a target; ending is for good."""
    target = _target(request, ad_target_id)
    verbs = {"publish": (publish_target, _("Published: receipts count from its first day on.")),
             "end": (end_target, _("Ended. What was earned stays earned."))}  # fmt: skip
    if verb not in verbs:
        raise NotFound(what="page")
    act, done = verbs[verb]
    return _answered(
        request,
        lambda: act(target.id, by=request.viewer.account_id, now=clock.now()),
        done,
        f"/brand/ads/targets/{target.id}/",
    )


@page_for("brand", permission="coupon.see")
@require_safe
def campaign_detail(request: ViewerRequest, ad_campaign_id: UUID) -> HttpResponse:
    """One campaign: its card as people see it, where it reaches, its decision, and its days."""
    brand, campaign = _brand(request), _campaign(request, ad_campaign_id)
    target = AdTarget.objects.get(id=campaign.target_id)
    store = store_facts([campaign.store_id]).get(campaign.store_id) if campaign.store_id else None
    reach = None
    if store is not None and store.latitude_e6 is not None and store.longitude_e6 is not None:
        reach = audience(Position(store.latitude_e6, store.longitude_e6), campaign.radius_m)
    names = _names(target.place_kind, [campaign.place_id])
    context = {
        "brand": brand, "campaign": campaign, "target": target, "store": store, "place": names.get(campaign.place_id), "reach": reach,
        "area": round(reach.area_km2) if reach else 0, "days": days_told(campaign.id), "sums": sums_of([campaign.id])[campaign.id],
        "stores": _stores_below(request, target, campaign), "currency": brand.currency, "today": business_date(clock.now(), brand.zone),
        "total_minor": campaign.daily_minor * campaign.days, "may_change": request.viewer.may("coupon.change"), "account": account_of(brand.id),
    }  # fmt: skip
    return render(request, "marketing/ads/campaign.html", context)


@page_for("brand", permission="coupon.change")
@require_POST
def decide(request: ViewerRequest, ad_campaign_id: UUID, verb: str) -> HttpResponse:
    """Approve, decline, or send again: the button says which."""
    campaign, by, at = _campaign(request, ad_campaign_id), request.viewer.account_id, clock.now()
    starts_on = _day(request.POST.get("starts_on", "")) or business_date(at, _brand(request).zone)
    store_id = id_in(request.POST.get("store", ""))

    def approve() -> None:
        if store_id and store_id != campaign.store_id:
            if not stores_visible_to(request.viewer, "coupon.change").filter(id=store_id).exists():
                raise NotFound(what="store")
            choose_store(campaign.id, store_id, by=by, now=at)
        approve_campaign(campaign.id, starts_on=starts_on, by=by, now=at)

    verbs: dict[str, Any] = {
        "approve": (approve, _("Approved. It is sent to the provider now.")),
        "decline": (lambda: decline_campaign(campaign.id, by=by, now=at), _("Declined.")),
        "again": (lambda: try_again(campaign.id, by=by, now=at), _("It is sent again now.")),
    }
    if verb not in verbs:
        raise NotFound(what="page")
    act, done = verbs[verb]
    return _answered(request, act, done, f"/brand/ads/{campaign.id}/")


@page_for("brand", permission="org.change")
@require_http_methods(["GET", "POST"])
def account(request: ViewerRequest) -> HttpResponse:
    """The brand's account with the provider. The token is never shown again."""
    brand, problem = _brand(request), ""
    if request.method == "POST":
        try:
            keep_account(
                brand.id, request.POST.get("account_number", ""), access_token=request.POST.get("access_token", ""),
                by=request.viewer.account_id, now=clock.now(),
            )  # fmt: skip
            messages.success(request, _("The account is kept."))
            return HttpResponseRedirect("/brand/ads/")
        except Refused as refused:
            problem = sentence(refused)
    kept = account_of(brand.id)
    context = {
        "number": request.POST.get("account_number", kept.account_number if kept else ""),
        "kept": kept is not None,
        "problem": problem,
    }
    return render(request, "marketing/ads/account.html", context, status=409 if problem else 200)


@page_for("dealer", permission="coupon.see")
@require_safe
def dealer_ads(request: ViewerRequest) -> HttpResponse:
    """How far the dealer and its stores are, what they earned, and for which store a campaign shall run."""
    brand, at, viewer = _brand(request), clock.now(), request.viewer
    stores = {one.id: one for one in stores_visible_to(viewer, "coupon.see").filter(closed_at=None).order_by("code")}
    dealers = {one.id: one for one in dealers_visible_to(viewer, "coupon.see").order_by("code")}
    rows = []
    for target in targets_counting([brand.id]):
        places: dict[UUID, Any] = {**stores} if target.place_kind == "store" else {**dealers}
        rows += [
            (target, places[one.place_id], one, min(100, one.quantity * 100 // target.quantity))
            for one in progress_of(target, list(places), now=at)
        ]
    context = _campaigns(request) | {
        "rows": rows, "stores": list(stores.values()), "currency": brand.currency, "may_choose": viewer.may("coupon.choose"),
    }  # fmt: skip
    return render(request, "marketing/ads/dealer.html", context)


@page_for("dealer", permission="coupon.choose")
@require_POST
def dealer_store(request: ViewerRequest, ad_campaign_id: UUID) -> HttpResponse:
    """Choose the store to which a campaign shall bring people."""
    campaign, store_id = _campaign(request, ad_campaign_id), id_in(request.POST.get("store", ""))
    if store_id is None or not stores_visible_to(request.viewer, "coupon.choose").filter(id=store_id).exists():
        raise NotFound(what="store")
    by = request.viewer.account_id
    return _answered(
        request,
        lambda: choose_store(campaign.id, store_id, by=by, now=clock.now()),
        _("Chosen. Headquarters approves it now."),
        "/dealer/ads/",
    )


def _campaigns(request: ViewerRequest) -> dict[str, Any]:
    rows = list(campaigns_visible_to(request.viewer).order_by("-granted_at", "-id")[:SHOWN])
    order = {"granted": 0, "failed": 1, "approved": 2, "running": 3}
    rows.sort(key=lambda one: order.get(one.state, 4))
    sums = sums_of([row.id for row in rows])
    stores, dealers = (
        store_facts({row.store_id for row in rows if row.store_id}),
        dealer_facts({row.place_id for row in rows}),
    )
    places = store_facts({row.place_id for row in rows})
    return {
        "campaigns": [
            {"row": row, "store": stores.get(row.store_id) if row.store_id else None, "place": dealers.get(row.place_id) or places.get(row.place_id),
             "sums": sums[row.id]}
            for row in rows
        ]
    }  # fmt: skip


def _answered(request: ViewerRequest, act: Any, done: str, back: str) -> HttpResponse:
    try:
        act()
    except NotFound:
        raise
    except Refused as refused:
        messages.error(request, sentence(refused))
    else:
        messages.success(request, done)
    return HttpResponseRedirect(back)


def _wanted(request: ViewerRequest, target_id: UUID, brand: BrandFacts) -> TargetWanted:
    said = request.POST
    numbers = said.get("products", "").split()
    products = products_by_numbers(brand.id, numbers)
    starts_on, ends = _day(said.get("starts_on", "")), said.get("ends_on", "").strip()
    if starts_on is None or (ends and _day(ends) is None) or len(products) < len(set(numbers)):
        raise AdTargetMalformed()
    return TargetWanted(
        target_id, brand.id, said.get("name", ""), said.get("place_kind", ""), _whole(said.get("quantity", "")), said.get("period", ""),
        starts_on, _minor(said.get("daily", ""), brand.currency), said.get("title", ""), said.get("text", ""), said.get("name_en", ""),
        _day(ends), (), tuple(products.values()), _whole(said.get("radius_m", "")), _whole(said.get("days", "")), said.get("picture", "").strip(),
    )  # fmt: skip


def _initial(target: AdTarget | None, today: date, brand: BrandFacts) -> dict[str, Any]:
    if target is None:
        return {
            "place_kind": "store",
            "period": "month",
            "starts_on": today.isoformat(),
            "radius_m": 3_000,
            "days": 7,
            "daily": "100",
        }
    kept = {
        name: getattr(target, name)
        for name in (
            "name",
            "name_en",
            "place_kind",
            "quantity",
            "period",
            "radius_m",
            "days",
            "title",
            "text",
            "picture",
        )
    }
    daily = Decimal(target.daily_minor).scaleb(-MINOR_DIGITS[brand.currency])
    return kept | {
        "starts_on": target.starts_on.isoformat(),
        "ends_on": target.ends_on.isoformat() if target.ends_on else "",
        "daily": f"{daily:f}",
    }


def _stores_below(request: ViewerRequest, target: AdTarget, campaign: AdCampaign) -> list[Any]:
    """Give the stores among which headquarters may choose: a dealer's own; none where the store has earned it itself."""
    if target.place_kind == "store":
        return []
    below = in_branches([campaign.place_id], path="dealer__path")
    stores = stores_visible_to(request.viewer, "coupon.see").filter(below, closed_at=None)
    return list(stores.order_by("code")[:SHOWN])


def _names(place_kind: str, place_ids: list[UUID]) -> dict[UUID, Any]:
    return dict(store_facts(place_ids)) if place_kind == "store" else dict(dealer_facts(place_ids))


def _target_state(target: AdTarget, today: date) -> str:
    if target.ended_at:
        return "ended"
    if target.published_at is None:
        return "draft"
    if target.starts_on > today:
        return "coming"
    return "over" if target.ends_on and target.ends_on < today else "running"


def _brand(request: ViewerRequest) -> BrandFacts:
    if request.viewer.brand_id is None:
        raise NotFound()
    return brand_facts([request.viewer.brand_id])[request.viewer.brand_id]


def _target(request: ViewerRequest, target_id: UUID) -> AdTarget:
    target = targets_visible_to(request.viewer).filter(id=target_id).first()
    if target is None:
        raise NotFound(what="target")
    return target


def _campaign(request: ViewerRequest, campaign_id: UUID) -> AdCampaign:
    campaign = campaigns_visible_to(request.viewer).filter(id=campaign_id).first()
    if campaign is None:
        raise NotFound(what="campaign")
    return campaign


def _whole(text: str) -> int:
    text = text.strip().replace(",", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 13 else 0


def _minor(text: str, currency: str) -> int:
    try:
        return int(Decimal(text.strip() or "0").scaleb(MINOR_DIGITS[currency]))
    except (InvalidOperation, ValueError, OverflowError):
        return 0


def _day(text: str) -> date | None:
    try:
        return parse_date(text.strip())
    except ValueError:
        return None


urlpatterns = [
    path("brand/ads/", ads, name="ads"),
    path("brand/ads/account/", account),
    path("brand/ads/targets/new/", edit_target),
    path("brand/ads/targets/<uuid:ad_target_id>/", target_detail),
    path("brand/ads/targets/<uuid:ad_target_id>/edit/", edit_target),
    path("brand/ads/targets/<uuid:ad_target_id>/state/<slug:verb>/", change_target),
    path("brand/ads/<uuid:ad_campaign_id>/", campaign_detail),
    path("brand/ads/<uuid:ad_campaign_id>/decide/<slug:verb>/", decide),
    path("dealer/ads/", dealer_ads, name="dealer-ads"),
    path("dealer/ads/<uuid:ad_campaign_id>/store/", dealer_store),
]
