"""Draws on a consumer's phone: what runs, one wheel, scratch card, egg or box with its odds, and its record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.marketing.draws import looks
from sitong.marketing.draws.actions import PlayWanted, play_draws
from sitong.marketing.draws.definition import whole_percent
from sitong.marketing.draws.queries.desk import winners_of
from sitong.marketing.draws.queries.prizes import prizes_of
from sitong.marketing.draws.queries.records import DrawNotOver, record_file
from sitong.marketing.draws.queries.shop import (
    Standing,
    count_of,
    open_draws,
    play_of,
    plays_of,
    prizes_published,
    published_draws,
    seed_published,
    standing_of,
    state_of,
)
from sitong.marketing.draws.rules import BY_CHANCE, GUARANTEED, WAYS, DrawRules, Prize, percent_text, rules_read
from sitong.member.identity.queries import member_facts
from sitong.scene.channels.shop import Visit, for_members, shop_page
from sitong.scene.vouchers.claim_pages import as_id
from sitong.scene.wheels.wheel import sectors
from sitong.shared.access.gates import sign_in_address
from sitong.shared.errors import Refused, sentence
from sitong.shared.ids import new_id

WINNERS_SHOWN = 50
EGGS, BOXES = range(3), range(6)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a page says of a play. `sector`: where the wheel stops."""

    number: int
    won: bool
    title: str
    text: str
    link: str
    label: str
    sector: int


@require_safe
@never_cache
@shop_page
def draw_list(request: HttpRequest, shop: Visit) -> HttpResponse:
    """The draws that run in this store, or begin soon."""
    found = open_draws(shop.brand.id, at=shop.at, store_id=shop.store.id)
    shown = [{"draw": one, "icon": looks.ICONS[one.template], "coming": one.starts_at > shop.at} for one in found]
    return render(request, "scene/wheels/list.html", {"shop": shop, "draws": shown, "tab": "home"})


@require_safe
@never_cache
@shop_page
def one_draw(request: HttpRequest, shop: Visit, draw_number: str) -> HttpResponse:
    """One draw: play it, its prizes with odds and numbers, its rules, one's own plays."""
    draw = _published(shop, draw_number)
    rules, state = rules_read(draw.rules), state_of(draw, count_of(draw.id), at=shop.at)
    standing = standing_of(draw, shop.member_id, at=shop.at) if shop.member_id else None
    play_id = as_id(request.GET.get("play", ""))
    play = play_of(shop.member_id, play_id) if shop.member_id and play_id else None
    outcome = _outcome(shop, rules, play) if play is not None and play.draw_id == draw.id else None
    published = prizes_published(draw, at=shop.at)
    blank = percent_text(1 - whole_percent(rules))
    context = {
        "shop": shop, "draw": draw, "rules": rules, "state": state, "standing": standing, "outcome": outcome, "play_id": new_id(),
        "prizes": published, "gives": looks.gives([one.prize for one in published], currency=shop.currency, draw_id=draw.id), "blank": blank,
        "sectors": sectors([*(looks.prize_name(one) for one in on_wheel(rules)), _("Thank you")]), "ways": looks.ways_to_play(rules),
        "eggs": EGGS, "boxes": BOXES, "plays": _own_plays(shop, draw) if standing else [], "why_not": _why_not(standing, rules, state),
        "conditions": looks.in_language(rules.conditions, rules.conditions_en), "sign_in": sign_in_address(request, "consumer"),
        "here": not rules.store_ids or shop.store.id in rules.store_ids, "tab": "home",
    }  # fmt: skip
    return render(request, "scene/wheels/one.html", context)


@require_POST
@never_cache
@shop_page
@for_members
def play(request: HttpRequest, shop: Visit, draw_number: str) -> HttpResponse:
    """Play once. The page made the id, so that a play whose answer got lost is asked for again and not played twice."""
    draw = _published(shop, draw_number)
    assert shop.member_id is not None
    way = request.POST.get("way", "free")
    wanted = PlayWanted(
        as_id(request.POST.get("id", "")) or new_id(), shop.brand.id, draw.id, shop.member_id, way if way in WAYS else "free", shop.store.id
    )  # fmt: skip
    (played,) = play_draws([wanted], now=shop.at)
    by_script = request.headers.get("Accept", "") == "application/json"
    back = f"{shop.home}draws/{draw.number}/"
    if isinstance(played, Refused):
        if by_script:
            return JsonResponse({"code": played.code, "message": sentence(played)}, status=409)
        messages.error(request, sentence(played))
        return HttpResponseRedirect(back)
    if by_script:
        shown = _outcome(shop, rules_read(draw.rules), played)
        return JsonResponse({name: getattr(shown, name) for name in shown.__slots__})
    return HttpResponseRedirect(f"{back}?play={played.id}#result")


@require_safe
@shop_page
def record(request: HttpRequest, shop: Visit, draw_number: str) -> HttpResponse:
    """How the draw is proven: commitment, seed once it is over, chain, rules' versions, winners, and how to check it."""
    draw = _published(shop, draw_number)
    count = count_of(draw.id)
    found = winners_of(draw)[:WINNERS_SHOWN]
    members = member_facts({one.win.member_id for one in found})
    winners = [(one, members[one.win.member_id].masked_name) for one in found if one.win.member_id in members]
    context = {
        "shop": shop, "draw": draw, "state": state_of(draw, count, at=shop.at), "count": count, "chain": bytes(count.chain).hex(),
        "seed": seed_published(draw.id), "winners": winners, "tab": "home",
    }  # fmt: skip
    return render(request, "scene/wheels/record.html", context)


@require_safe
@shop_page
def record_json(request: HttpRequest, shop: Visit, draw_number: str) -> HttpResponse:
    """The file for `sitong draw verify`, for everybody, once the seed is public."""
    draw = _published(shop, draw_number)
    try:
        answer = HttpResponse(record_file(draw), content_type="application/json")
    except DrawNotOver as refused:
        messages.error(request, sentence(refused))
        return HttpResponseRedirect(f"{shop.home}draws/{draw.number}/record/")
    answer["Content-Disposition"] = f'attachment; filename="draw-{draw.number}.json"'
    return answer


def on_wheel(rules: DrawRules) -> list[Prize]:
    """Give the prizes that have a sector on the wheel; behind them stands one for all plays that win nothing."""
    return [one for one in rules.prizes if not one.consolation]


def _outcome(shop: Visit, rules: DrawRules, played: Any) -> Outcome:
    """Say what a play has won, and where the player goes on."""
    prizes = on_wheel(rules)
    prize = None
    if played.prize_id is not None:
        prize = prizes_of({(played.draw_id, played.version)})[played.draw_id, played.version, played.prize_id]
    won = played.how in (BY_CHANCE, GUARANTEED)
    if prize is None:
        return Outcome(
            played.number,
            False,
            _("Not this time"),
            _("Thank you for playing. Good luck next time!"),
            "",
            "",
            len(prizes),
        )
    name = looks.prize_name(prize)
    if not won:
        text = looks.gives([prize], currency=shop.currency, draw_id=played.draw_id)[prize.id]
        return Outcome(played.number, False, _("A little comfort: %(prize)s") % {"prize": name}, text, f"{shop.home}me/prizes/", _("My prizes"),
                       len(prizes))  # fmt: skip
    text = looks.gives([prize], currency=shop.currency, draw_id=played.draw_id)[prize.id]
    sector = next((at for at, one in enumerate(prizes) if one.id == prize.id), len(prizes))
    label = _("Claim it") if prize.reward is None else _("My prizes")
    link = f"{shop.home}me/prizes/{played.id}/"
    return Outcome(played.number, True, _("You have won: %(prize)s") % {"prize": name}, text, link, label, sector)


def _own_plays(shop: Visit, draw: Any) -> list[dict[str, Any]]:
    assert shop.member_id is not None
    plays = plays_of(draw.id, shop.member_id)
    prizes = prizes_of({(one.draw_id, one.version) for one in plays})
    return [
        {"play": one, "prize": prizes[one.draw_id, one.version, one.prize_id] if one.prize_id else None}
        for one in plays[:20]
    ]


def _why_not(standing: Standing | None, rules: DrawRules, state: str) -> str:
    """Say why a member has no play just now; '' when it has one."""
    if standing is None or standing.way or state != "running":
        return ""
    if standing.fault is not None:
        return sentence(standing.fault)
    if rules.points_price and standing.points < rules.points_price:
        return _("Your plays are used up, and your points are not enough for one more.")
    return (
        _("Your plays are used up for now.")
        if not rules.free_daily
        else _("Your free plays of today are used up. There are more tomorrow.")
    )


def _published(shop: Visit, number: str) -> Any:
    draw = published_draws(shop.brand.id).filter(number=number).first()
    if draw is None:
        raise Http404
    return draw


urlpatterns = [
    path("s/<slug:brand_code>/<str:store_code>/draws/", draw_list, name="shop-draws"),
    path("s/<slug:brand_code>/<str:store_code>/draws/<slug:draw_number>/", one_draw, name="shop-draw"),
    path("s/<slug:brand_code>/<str:store_code>/draws/<slug:draw_number>/play/", play),
    path("s/<slug:brand_code>/<str:store_code>/draws/<slug:draw_number>/record/", record, name="shop-draw-record"),
    path("s/<slug:brand_code>/<str:store_code>/draws/<slug:draw_number>/record.json", record_json),
]
