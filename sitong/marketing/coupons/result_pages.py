"""One coupon's page: how it stands, its link and code, giving it, pushing it, what came of it. And the campaigns."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.marketing.coupons import looks
from sitong.marketing.coupons.actions import CampaignWanted, define_campaigns
from sitong.marketing.coupons.actions.give import GivingWanted, give_coupons, stop_giving
from sitong.marketing.coupons.desk_pages import as_id, brand_of, in_language, seen
from sitong.marketing.coupons.forms import CampaignForm, SegmentForm
from sitong.marketing.coupons.models import Coupon, CouponGiving
from sitong.marketing.coupons.queries.outcome import Results, results_of
from sitong.marketing.coupons.queries.workshop import brand_coupons, campaign_rows, stores_of_coupon, with_state
from sitong.member.segments.queries import reach_of, segments_to_pick
from sitong.member.tiers.queries import plan_of
from sitong.org.brands.queries import BrandFacts
from sitong.org.dealers.queries import dealers_visible_to
from sitong.org.stores.queries import store_facts, stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.i18n.formats import day_text
from sitong.shared.ids import new_id

QR_SCALE = 16
GIVINGS_SHOWN = 10


@page_for("brand", permission="coupon.see")
@require_safe
def coupon_detail(request: ViewerRequest, coupon_id: UUID) -> HttpResponse:
    """One coupon, whole: rules, state, link and QR, stores, givings, results."""
    return _detail(request, coupon_id)


@page_for("brand", permission="coupon.see")
@require_safe
def code_file(request: ViewerRequest, coupon_id: UUID, form: str) -> HttpResponse:
    """Give the QR code of the claim page as a file to print."""
    coupon, brand = seen(request, coupon_id), brand_of(request)
    if form not in {"svg", "png"}:
        raise NotFound(what="page")
    out = io.BytesIO()
    segno.make(claim_link(brand, coupon), error="m").save(out, kind=form, scale=QR_SCALE, border=4)
    answer = HttpResponse(out.getvalue(), content_type="image/svg+xml" if form == "svg" else "image/png")
    answer["Content-Disposition"] = f'attachment; filename="coupon-{coupon.number}.{form}"'
    return answer


@page_for("brand", permission="coupon.give")
@require_POST
def give(request: ViewerRequest, coupon_id: UUID) -> HttpResponse:
    """Begin to give the coupon to a segment; the worker does it in pieces, and the page shows how far it is."""
    coupon, brand = seen(request, coupon_id), brand_of(request)
    form = _segment_form(request, brand)
    with timezone.override(brand.zone):
        sound = form.is_valid()
    if not sound:
        return _detail(request, coupon_id, form)
    wanted = GivingWanted(
        as_id(request.POST.get("id", "")) or new_id(), brand.id, coupon.id, form.segment().rule(brand.zone)
    )
    try:
        giving = give_coupons(wanted, by=request.viewer.account_id, now=clock.now())
    except NotFound:
        messages.error(request, _("Publish the coupon first, and allow giving it to a segment."))
    except Refused as refused:
        messages.error(request, sentence(refused))
    else:
        messages.success(request, _("Giving to {n} members has begun.").format(n=giving.reach))
    return HttpResponseRedirect(f"/brand/coupons/{coupon.id}/#give")


@page_for("brand", permission="coupon.give")
@require_POST
def segment_reach(request: ViewerRequest) -> HttpResponse:
    """Say how many members the segment of the form has."""
    brand = brand_of(request)
    form = _segment_form(request, brand)
    with timezone.override(brand.zone):
        reach = reach_of(brand.id, form.segment().rule(brand.zone), at=clock.now()) if form.is_valid() else None
    return render(request, "marketing/coupons/reach.html", {"reach": reach})


@page_for("brand", permission="coupon.see")
@require_safe
def givings(request: ViewerRequest, coupon_id: UUID) -> HttpResponse:
    """How far each giving of the coupon is; htmx asks again while one is going on."""
    coupon = seen(request, coupon_id)
    context = {
        **_givings(coupon), "coupon": coupon, "zone": brand_of(request).zone, "may_give": request.viewer.may("coupon.give"),
    }  # fmt: skip
    return render(request, "marketing/coupons/givings.html", context)


@page_for("brand", permission="coupon.give")
@require_POST
def stop(request: ViewerRequest, coupon_id: UUID, giving_id: UUID) -> HttpResponse:
    """Give to no more members of the segment; those who have it keep it."""
    coupon = seen(request, coupon_id)
    if not CouponGiving.objects.filter(id=giving_id, coupon_id=coupon.id).exists():
        raise NotFound(what="giving")
    try:
        stop_giving(giving_id, by=request.viewer.account_id, now=clock.now())
    except Refused as refused:
        messages.error(request, sentence(refused))
    else:
        messages.success(request, _("Stopped. Those who have it keep it."))
    return HttpResponseRedirect(f"/brand/coupons/{coupon.id}/#give")


@page_for("brand", permission="coupon.see")
@require_safe
def campaign_list(request: ViewerRequest) -> HttpResponse:
    """All campaigns with what came of them."""
    brand = brand_of(request)
    context = {
        "rows": campaign_rows(brand.id),
        "currency": brand.currency,
        "may_change": request.viewer.may("coupon.change"),
    }
    return render(request, "marketing/coupons/campaigns.html", context)


@page_for("brand", permission="coupon.see")
@require_safe
def campaign_detail(request: ViewerRequest, campaign_id: UUID) -> HttpResponse:
    """One campaign: its figures, its coupons, what came of them by day and store."""
    brand, at = brand_of(request), clock.now()
    rows = campaign_rows(brand.id, campaign_id=campaign_id)
    if not rows:
        raise NotFound(what="campaign")
    coupons = list(
        with_state(brand_coupons(request.viewer), at=at).filter(campaign_id=campaign_id).order_by("-redeemed", "number")  # type: ignore[misc]
    )
    results = results_of([one.id for one in coupons], zone=brand.zone, at=at)
    return render(request, "marketing/coupons/campaign.html", {
        "campaign": rows[0], "coupons": coupons, "currency": brand.currency, "zone": brand.zone, **_shown(results),
    })  # fmt: skip


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def new_campaign(request: ViewerRequest) -> HttpResponse:
    """Enter a campaign."""
    brand = brand_of(request)
    form = CampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = CampaignWanted(as_id(request.POST.get("id", "")) or new_id(), brand.id, **form.cleaned_data)
        (outcome,) = define_campaigns([wanted], by=request.viewer.account_id, now=clock.now())
        if not isinstance(outcome, Refused):
            messages.success(request, _("Saved. Choose the campaign when you make its coupons."))
            return HttpResponseRedirect(f"/brand/campaigns/{outcome.id}/")
        form.add_error(None, sentence(outcome))
    filled = {"form": form, "campaign_id": as_id(request.POST.get("id", "")) or new_id()}
    return render(request, "marketing/coupons/campaign_form.html", filled, status=422 if form.errors else 200)


def claim_link(brand: BrandFacts, coupon: Coupon) -> str:
    """Give the address of the coupon's claim page."""
    return f"{settings.PUBLIC_URL}/c/{brand.code}/{coupon.number}/"


def _detail(request: ViewerRequest, coupon_id: UUID, form: SegmentForm | None = None) -> HttpResponse:
    brand, at, viewer = brand_of(request), clock.now(), request.viewer
    coupon: Any = with_state(brand_coupons(viewer), at=at).filter(id=coupon_id).first()
    if coupon is None:
        raise NotFound(what="coupon")
    named = looks.named_for([coupon], brand_id=brand.id)
    link = claim_link(brand, coupon)
    imported = coupon.campaign is not None and coupon.campaign.source != ""
    alive = coupon.state not in {"ended", "void"} and not imported
    may = viewer.may("coupon.change") and not imported
    pushed = stores_of_coupon(coupon.id)
    context = {
        "coupon": coupon, "brand": brand, "currency": brand.currency, "zone": brand.zone, "imported": imported,
        "sentence": looks.sentence(coupon, named, currency=brand.currency, zone=brand.zone), "link": link,
        "claimable": coupon.published_at is not None and {"claim", "buy"} & set(coupon.ways) and not imported,
        "link_image": segno.make(link, error="m").svg_data_uri(border=2, scale=6), "may_change": may,
        "verbs": _verbs(coupon.state) if may else [], "may_void": may and coupon.state != "void" and coupon.published_at is not None,
        "pushed": pushed, "pushed_stores": store_facts([one["store_id"] for one in pushed]), "chosen": sum(1 for one in pushed if one["chosen_at"]),
        "push_dealers": list(dealers_visible_to(viewer, "coupon.change").filter(closed_at=None).defer("territory").order_by("path")) if may and alive else [],
        "push_stores": list(stores_visible_to(viewer, "coupon.change").filter(closed_at=None).order_by("code")) if may and alive else [],
        "may_push": may and alive, "giving_id": new_id(), "segment_form": form or _segment_form(None, brand),
        "may_give": viewer.may("coupon.give") and alive and "segment" in coupon.ways and coupon.published_at is not None,
        **_givings(coupon), **_shown(results_of([coupon.id], zone=brand.zone, at=at)),
    }  # fmt: skip
    return render(request, "marketing/coupons/detail.html", context, status=422 if form else 200)


def _verbs(state: str) -> list[tuple[str, str, str, str]]:
    """Give what can be done in a state: verb, label, question before it, look of the button."""
    publish = ("publish", _("Publish"), "", "btn-primary")
    pause, resume = ("pause", _("Pause"), "", ""), ("resume", _("Resume"), "", "btn-primary")
    end = (
        "end",
        _("End"),
        _("End it for good? Nobody can get it any more; those that were given still hold."),
        "btn-outline-danger",
    )
    return {
        "draft": [publish],
        "coming": [pause, end],
        "running": [pause, end],
        "paused": [resume, end],
        "over": [end],
    }.get(state, [])


def _givings(coupon: Coupon) -> dict[str, Any]:
    rows = list(CouponGiving.objects.filter(coupon_id=coupon.id).order_by("-asked_at")[:GIVINGS_SHOWN])
    for one in rows:
        asked = one.given + sum(one.refused.values())
        one.asked = asked  # type: ignore[attr-defined]
        one.percent = 100 if one.finished_at else min(99, 100 * asked // one.reach) if one.reach else 0  # type: ignore[attr-defined]
        one.refused_total = sum(one.refused.values())  # type: ignore[attr-defined]
    return {"givings": rows, "going_on": any(one.finished_at is None and one.stopped_at is None for one in rows)}


def _shown(results: Results) -> dict[str, Any]:
    stores = store_facts([one.store_id for one in results.stores if one.store_id])
    drawn = {
        "days": [day_text(day, "short") for day, _given, _used in results.days],
        "claimed": [given for _day, given, _used in results.days], "redeemed": [used for _day, _given, used in results.days],
    }  # fmt: skip
    by_store = [
        (stores.get(one.store_id) if one.store_id else None, one.redeemed, one.saved_minor) for one in results.stores
    ]
    return {"results": results, "drawn": drawn, "by_store": by_store}


def _segment_form(request: ViewerRequest | None, brand: BrandFacts) -> SegmentForm:
    plan = plan_of(brand.id)
    tiers = [(one.code, in_language(one.name, one.name_en)) for one in (plan.levels if plan else ())]
    segments = [(str(id), in_language(name, name_en)) for id, name, name_en in segments_to_pick(brand.id)]
    return SegmentForm(request.POST if request is not None else None, tiers=tiers, segments=segments)


urlpatterns = [
    path("brand/coupons/reach/", segment_reach),
    path("brand/coupons/<uuid:coupon_id>/", coupon_detail),
    path("brand/coupons/<uuid:coupon_id>/code.<slug:form>", code_file),
    path("brand/coupons/<uuid:coupon_id>/give/", give),
    path("brand/coupons/<uuid:coupon_id>/givings/", givings),
    path("brand/coupons/<uuid:coupon_id>/givings/<uuid:giving_id>/stop/", stop),
    path("brand/campaigns/", campaign_list, name="campaigns"),
    path("brand/campaigns/new/", new_campaign),
    path("brand/campaigns/<uuid:campaign_id>/", campaign_detail),
]
