"""Headquarters' group deals: the list, making one with a preview on a phone, publishing, ending, results, the draw's days."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.marketing.coupons.desk_pages import as_id, brand_of, in_language
from sitong.marketing.coupons.queries.workshop import campaign_coupons
from sitong.marketing.deals.actions import define_deals, end_deal, publish_deal
from sitong.marketing.deals.definition import DealWanted
from sitong.marketing.deals.forms import DealForm, initial_of
from sitong.marketing.deals.models import DealDraw, GroupDeal
from sitong.marketing.deals.queries import brand_deals, days_of, draw_of, tickets_won
from sitong.marketing.deals.results import DealResults, claimed_by_store, results_of
from sitong.marketing.giving.forms import read_rewards, reward_choices, reward_shown
from sitong.marketing.giving.queries import rewards_named
from sitong.marketing.giving.rules import reward_read, reward_written
from sitong.member.identity.queries import member_facts
from sitong.org.brands.queries import BrandFacts
from sitong.org.stores.queries import store_facts, stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.i18n.formats import SYMBOLS
from sitong.shared.ids import new_id

LIST_MAX = 200


def state_of(deal: GroupDeal, *, at: Any) -> str:
    """Say how a deal stands: draft, coming, running, ended (no new groups), over."""
    if deal.published_at is None:
        return "draft"
    if deal.ends_at <= at:
        return "over"
    if deal.ended_at is not None:
        return "ended"
    return "coming" if deal.starts_at > at else "running"


@page_for("brand", permission="coupon.see")
@require_safe
def deal_list(request: ViewerRequest) -> HttpResponse:
    """All deals with their groups and their money, the newest first."""
    brand, at = brand_of(request), clock.now()
    deals = list(brand_deals(request.viewer).order_by("-created_at")[:LIST_MAX])
    found = results_of([one.id for one in deals])
    rows = [{"deal": one, "state": state_of(one, at=at), "results": found.get(one.id, DealResults())} for one in deals]
    context = {
        "rows": rows,
        "currency": brand.currency,
        "zone": brand.zone,
        "may_change": request.viewer.may("coupon.change"),
    }
    return render(request, "marketing/deals/list.html", context)


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def edit_deal(request: ViewerRequest, deal_id: UUID | None = None) -> HttpResponse:
    """Make a deal, or change a draft. The form carries the deal's id, so that sending it again makes no second one."""
    brand, at = brand_of(request), clock.now()
    deal = seen(request, deal_id) if deal_id else None
    own_id = deal.id if deal else as_id(request.POST.get("id", "")) or new_id()
    draw = draw_of(deal.id) if deal else None
    form = _form(request, brand, deal, draw)
    if request.method == "POST" and _sound(form, brand):
        outcome: GroupDeal | Refused
        try:
            (outcome,) = define_deals([_wanted(request, form, own_id)], by=request.viewer.account_id, now=at)
        except Refused as refused:
            outcome = refused
        if not isinstance(outcome, Refused):
            messages.success(request, _("Saved as a draft. Publish it when it is right."))
            return HttpResponseRedirect(f"/brand/deals/{outcome.id}/")
        form.add_error(None, sentence(outcome))
    shown = request.POST.get("prize_what", "") if request.method == "POST" else ""
    prize = {"what": shown, "amount": request.POST.get("prize_amount", "1")} if shown else reward_shown(
        reward_read(draw.prize) if draw else None, currency=brand.currency
    )  # fmt: skip
    return render(request, "marketing/deals/form.html", {
        "form": form, "deal": deal, "deal_id": own_id, "sign": SYMBOLS[brand.currency], "zone": brand.zone, "prize": prize,
        "reward_choices": reward_choices(brand.id), "stores": form.fields["store_ids"].choices,  # type: ignore[attr-defined]
        "chosen_stores": {str(one) for one in form["store_ids"].value() or ()},
    }, status=422 if form.errors else 200)  # fmt: skip


@page_for("brand", permission="coupon.change")
@require_POST
def preview(request: ViewerRequest) -> HttpResponse:
    """Show the deal of the form as consumers would see it on a phone."""
    brand = brand_of(request)
    form = _form(request, brand, None, None)
    problems = (
        [] if _sound(form, brand) else [f"{form.fields[name].label}" for name in form.errors if name in form.fields]
    )
    if problems:
        return render(request, "marketing/deals/preview.html", {"problems": problems})
    wanted = form.wanted(new_id(), prize={})
    deal = GroupDeal(**{name: getattr(wanted, name) for name in SHOWN_FIELDS}, currency=brand.currency)
    drawing = None
    if wanted.draw is not None:
        draw = DealDraw(**{name: getattr(wanted.draw, name) for name in wanted.draw.__dataclass_fields__})
        closes = f"{draw.closes_minute // 60:02d}:{draw.closes_minute % 60:02d}"
        drawing = {"draw": draw, "prizes": draw.days * draw.winners_daily, "claimed": 0, "closes": closes}
    context = {"deal": deal, "drawing": drawing, "currency": brand.currency, "zone": brand.zone, "home": "/"}
    return render(request, "marketing/deals/preview.html", context)


@page_for("brand", permission="coupon.see")
@require_safe
def deal_detail(request: ViewerRequest, deal_id: UUID) -> HttpResponse:
    """One deal: results (groups, money, who came to which store), and its draw's days."""
    brand, at, deal = brand_of(request), clock.now(), seen(request, deal_id)
    draw, days = draw_of(deal.id), days_of(deal.id)
    by_store = claimed_by_store(deal.id)
    stores = store_facts([*by_store, *[UUID(one) for one in deal.store_ids]])
    won = tickets_won(deal.id)
    names = member_facts({one.member_id for one in won})
    winners: dict[int, list[dict[str, Any]]] = {}
    for one in won:
        winners.setdefault(one.won_day or 0, []).append({"ticket": one, "member": names.get(one.member_id)})
    prize = reward_read(draw.prize) if draw else None
    said = rewards_named([prize], currency=brand.currency)[prize] if prize else ("", "")
    own = next(iter(stores.values()), None) or next(
        iter(store_facts(stores_visible_to(request.viewer).filter(closed_at=None).values_list("id", flat=True)[:1]).values()), None
    )  # fmt: skip
    return render(request, "marketing/deals/detail.html", {
        "deal": deal, "state": state_of(deal, at=at), "results": results_of([deal.id]).get(deal.id, DealResults()), "draw": draw,
        "days": [{"day": one, "winners": winners.get(one.day, [])} for one in days], "currency": brand.currency, "zone": brand.zone,
        "by_store": [(stores[key], count) for key, count in by_store.items() if key in stores], "prize": in_language(*said),
        "places": [stores[UUID(one)] for one in deal.store_ids if UUID(one) in stores], "may_change": request.viewer.may("coupon.change"),
        "link": f"/s/{brand.code}/{own.code}/deals/{deal.id}/" if own and deal.published_at else "",
    })  # fmt: skip


@page_for("brand", permission="coupon.change")
@require_POST
def change_state(request: ViewerRequest, deal_id: UUID, verb: str) -> HttpResponse:
    """Publish a deal, which freezes it, or let no new groups be opened. Both are for good."""
    deal = seen(request, deal_id)
    verbs = {
        "publish": (publish_deal, _("Published: it is frozen now.")),
        "end": (end_deal, _("No new groups are opened any more.")),
    }
    if verb not in verbs:
        raise NotFound(what="page")
    act, done = verbs[verb]
    try:
        act(deal.id, by=request.viewer.account_id, now=clock.now())
        messages.success(request, done)
    except Refused as refused:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect(f"/brand/deals/{deal.id}/")


SHOWN_FIELDS = ("id", "brand_id", "name", "name_en", "price_minor", "worth_minor", "people", "group_hours", "starts_at", "ends_at", "area",
                "area_en", "per_member")  # fmt: skip


def seen(request: ViewerRequest, deal_id: UUID) -> GroupDeal:
    """Give the deal, if headquarters' viewer may see it."""
    deal = brand_deals(request.viewer).filter(id=deal_id).first()
    if deal is None:
        raise NotFound(what="deal")
    return deal


def _form(request: ViewerRequest, brand: BrandFacts, deal: GroupDeal | None, draw: DealDraw | None) -> DealForm:
    coupons = [(str(key), in_language(*names)) for key, names in campaign_coupons(brand.id).items()]
    stores = stores_visible_to(request.viewer, "coupon.change").filter(closed_at=None).order_by("code")
    return DealForm(
        request.POST if request.method == "POST" else None, brand_id=brand.id, coupons=coupons,
        initial=initial_of(deal, draw, now=clock.now(), organizer=brand.name),
        stores=[(str(one.id), f"{in_language(one.name, one.name_en)} · {one.code}") for one in stores],
    )  # fmt: skip


def _sound(form: DealForm, brand: BrandFacts) -> bool:
    with timezone.override(brand.zone):
        return form.is_valid()


def _wanted(request: ViewerRequest, form: DealForm, deal_id: UUID) -> DealWanted:
    rewards = read_rewards(request.POST, "prize")
    return form.wanted(deal_id, prize=reward_written(rewards[0]) if rewards else None)


urlpatterns = [
    path("brand/deals/", deal_list, name="deals"),
    path("brand/deals/new/", edit_deal),
    path("brand/deals/preview/", preview),
    path("brand/deals/<uuid:deal_id>/", deal_detail),
    path("brand/deals/<uuid:deal_id>/edit/", edit_deal),
    path("brand/deals/<uuid:deal_id>/state/<slug:verb>/", change_state),
]
