"""The draw in the mini shop: one's own sealed ticket, and each day's result, which the page computes again by itself."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from sitong.marketing.deals.actions import TicketWanted, draw_tickets
from sitong.marketing.deals.queries import (
    day_proof,
    days_of,
    draw_of,
    own_place,
    own_ticket,
    published_deal,
    tickets_of_members,
)
from sitong.org.stores.queries import store_facts
from sitong.scene.channels.shop import Visit, for_members, shop_page
from sitong.scene.deals.looks import draw_said, ticket_said
from sitong.scene.vouchers.looks import code_image
from sitong.shared.errors import Refused, sentence


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@shop_page
@for_members
def ticket_page(request: HttpRequest, shop: Visit, deal_place_id: UUID) -> HttpResponse:
    """Draw one's ticket, and see how it stands: sealed, claimed in a store, won or not."""
    assert shop.member_id is not None
    place = own_place(deal_place_id, member_id=shop.member_id)
    deal = published_deal(shop.brand.id, place.deal_id) if place else None
    draw = draw_of(deal.id) if deal else None
    if place is None or deal is None or draw is None:
        raise Http404
    if request.method == "POST":
        (outcome,) = draw_tickets([TicketWanted(place.id, shop.member_id)], now=shop.at)
        if isinstance(outcome, Refused):
            messages.error(request, sentence(outcome))
        return HttpResponseRedirect(request.path)
    ticket, days = own_ticket(place.id, member_id=shop.member_id), days_of(deal.id)
    where = store_facts([ticket.claimed_store_id]) if ticket and ticket.claimed_store_id else {}
    context = {
        "shop": shop, "deal": deal, "place": place, "ticket": ticket, "standing": ticket_said(ticket, days) if ticket else None,
        "code_image": code_image(ticket.code) if ticket else "", "claimed_in": next(iter(where.values()), None), "tab": "me",
        "drawing": draw_said(draw, days),
    }  # fmt: skip
    return render(request, "scene/deals/ticket.html", context)


@require_safe
@never_cache
@shop_page
def draw_page(request: HttpRequest, shop: Visit, deal_id: UUID) -> HttpResponse:
    """All days of a draw: conditions, numbers, organizer, the commitments from the start on, and who has won."""
    deal = published_deal(shop.brand.id, deal_id)
    draw = draw_of(deal.id) if deal else None
    if deal is None or draw is None:
        raise Http404
    own = tickets_of_members(deal.id, [shop.member_id]) if shop.member_id else []
    context = {"shop": shop, "deal": deal, "drawing": draw_said(draw, days_of(deal.id)), "own": own[:1], "tab": "me"}
    return render(request, "scene/deals/draw.html", context)


@require_safe
@never_cache
@shop_page
def day_page(request: HttpRequest, shop: Visit, deal_id: UUID, day: int) -> HttpResponse:
    """A day's result with its file; the browser computes the winners again, and anybody else can."""
    deal = published_deal(shop.brand.id, deal_id)
    draw = draw_of(deal.id) if deal else None
    shown = next((one for one in days_of(deal_id) if one.day == day), None) if draw else None
    if deal is None or draw is None or shown is None:
        raise Http404
    own = (
        {f"{one.claim_number} {one.code}" for one in tickets_of_members(deal.id, [shop.member_id])}
        if shop.member_id
        else set()
    )
    context = {
        "shop": shop, "deal": deal, "draw": draw, "day": shown, "proof": day_proof(deal_id, day), "tab": "me",
        "winners": [{"ticket": one, "own": one in own} for one in shown.winners],
    }  # fmt: skip
    return render(request, "scene/deals/day.html", context)


@require_safe
@shop_page
def day_file(request: HttpRequest, shop: Visit, deal_id: UUID, day: int) -> HttpResponse:  # noqa: ARG001
    """The day's file, byte for byte as `sitong draw verify` reads it."""
    deal = published_deal(shop.brand.id, deal_id)
    proof = day_proof(deal_id, day) if deal else None
    if deal is None or proof is None:
        raise Http404
    name = f"{deal.number}-{day:02d}.json"
    return HttpResponse(
        proof.encode(), content_type="application/json", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


urlpatterns = [
    path("s/<slug:brand_code>/<str:store_code>/deals/places/<uuid:deal_place_id>/ticket/", ticket_page, name="shop-deal-ticket"),
    path("s/<slug:brand_code>/<str:store_code>/deals/<uuid:deal_id>/draw/", draw_page, name="shop-deal-draw"),
    path("s/<slug:brand_code>/<str:store_code>/deals/<uuid:deal_id>/draw/<int:day>/", day_page, name="shop-deal-day"),
    path("s/<slug:brand_code>/<str:store_code>/deals/<uuid:deal_id>/draw/<int:day>/file.json", day_file),
]  # fmt: skip
