"""What came of a draw at headquarters' desk: plays, prizes and cost, winners, parcels to be sent, versions, the record."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.marketing.draws import looks
from sitong.marketing.draws.actions import addresses_to_send_to, send_prize
from sitong.marketing.draws.api import record_answer
from sitong.marketing.draws.desk_pages import brand_of, seen
from sitong.marketing.draws.queries.desk import (
    draw_results,
    not_given,
    versions_of,
    winners_of,
    wins_visible_to,
)
from sitong.marketing.draws.queries.shop import count_of, seed_published, state_of
from sitong.marketing.draws.rules import rules_read
from sitong.member.identity.queries import member_facts
from sitong.org.stores.queries import open_stores_of, store_facts
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.queries import account_names
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound, Refused, sentence


@page_for("brand", permission="coupon.see")
@require_safe
def one_draw(request: ViewerRequest, draw_id: UUID) -> HttpResponse:
    """One draw: its link, its figures by prize and by day, its versions, and how it is proven."""
    brand, draw, at = brand_of(request), seen(request, draw_id), clock.now()
    count, rules = count_of(draw.id), rules_read(draw.rules)
    results = draw_results(draw, at=at, zone=brand.zone)
    versions = versions_of(draw.id)
    names = account_names({one.by for one in versions if one.by})
    stores = open_stores_of(brand.id)
    where = next((one.code for one in stores if not rules.store_ids or one.id in rules.store_ids), "")
    by_store = store_facts({one[0] for one in results.by_store})
    context = {
        "draw": draw, "rules": rules, "state": state_of(draw, count, at=at), "count": count, "chain": bytes(count.chain).hex(),
        "seed": seed_published(draw.id), "results": results, "versions": [(one, names.get(one.by, "") if one.by else "") for one in versions],
        "waiting": sum(not_given(draw.id).values()), "currency": brand.currency, "zone": brand.zone, "may_change": request.viewer.may("coupon.change"),
        "link": f"{settings.PUBLIC_URL}/s/{brand.code}/{where}/draws/{draw.number}/" if where and draw.published_at else "",
        "gives": looks.gives([one.shown.prize for one in results.prizes], currency=brand.currency, draw_id=draw.id), "ways": looks.ways_to_play(rules),
        "by_store": [(by_store[key], plays, wins) for key, plays, wins in results.by_store if key in by_store],
        "to_send": sum(one.states.get("claimed", 0) for one in results.prizes),
    }  # fmt: skip
    return render(request, "marketing/draws/detail.html", context)


@page_for("brand", permission="coupon.see")
@require_safe
def winners(request: ViewerRequest, draw_id: UUID) -> HttpResponse:
    """Who has won what, names masked, and what became of it."""
    brand, draw, at = brand_of(request), seen(request, draw_id), clock.now()
    found = winners_of(draw, state=request.GET.get("state", "")[:10])
    members = member_facts({one.win.member_id for one in found})
    rows = [(one, members.get(one.win.member_id), one.state_at(at)) for one in found]
    context = {
        "draw": draw,
        "rows": rows,
        "zone": brand.zone,
        "states": looks.WIN_STATES.items(),
        "chosen": request.GET.get("state", ""),
    }
    return render(request, "marketing/draws/winners.html", context)


@page_for("brand", permission="coupon.change")
@require_safe
@never_cache
def parcels(request: ViewerRequest, draw_id: UUID) -> HttpResponse:
    """The prizes that wait to be sent, with where to. Who looks at the addresses stands in the change log."""
    brand, draw = brand_of(request), seen(request, draw_id)
    waiting = winners_of(draw, state="claimed")
    addresses = addresses_to_send_to(
        [one.win.id for one in waiting], brand_id=brand.id, by=request.viewer.account_id, now=clock.now()
    )
    rows = [(one, addresses[one.win.id]) for one in waiting if one.win.id in addresses]
    return render(request, "marketing/draws/parcels.html", {"draw": draw, "rows": rows, "zone": brand.zone})


@page_for("brand", permission="coupon.change")
@require_POST
def send(request: ViewerRequest, draw_id: UUID, win_id: UUID) -> HttpResponse:
    """Write down that a prize was sent."""
    draw = seen(request, draw_id)
    if not wins_visible_to(request.viewer, "coupon.change").filter(id=win_id, draw_id=draw.id).exists():
        raise NotFound(what="prize")
    try:
        send_prize(win_id, parcel=request.POST.get("parcel", ""), by=request.viewer.account_id, now=clock.now())
    except Refused as refused:
        messages.error(request, sentence(refused))
    else:
        messages.success(request, _("Noted. The winner sees that it is on its way."))
    return HttpResponseRedirect(f"/brand/draws/{draw.id}/parcels/")


@page_for("brand", permission="coupon.see")
@require_safe
def record_file(request: ViewerRequest, draw_id: UUID) -> HttpResponse:
    """The record as a file for `sitong draw verify`, once the seed is public."""
    draw = seen(request, draw_id)
    try:
        return record_answer(draw)
    except Refused as refused:
        messages.error(request, sentence(refused))
        return HttpResponseRedirect(f"/brand/draws/{draw.id}/")


urlpatterns = [
    path("brand/draws/<uuid:draw_id>/", one_draw, name="brand-draw"),
    path("brand/draws/<uuid:draw_id>/winners/", winners),
    path("brand/draws/<uuid:draw_id>/parcels/", parcels),
    path("brand/draws/<uuid:draw_id>/parcels/<uuid:win_id>/", send),
    path("brand/draws/<uuid:draw_id>/record.json", record_file),
]
