"""Headquarters' workshop for draws: the list, making and changing with a preview and the odds as they will be published."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.marketing.draws import looks
from sitong.marketing.draws.actions import DrawWanted, change_draw, define_draws, publish_draw, stop_draw
from sitong.marketing.draws.definition import has_started, rules_fault, whole_percent
from sitong.marketing.draws.forms import DrawSaid, as_id, exact_times, read_draw, shown_draw
from sitong.marketing.draws.models import Draw
from sitong.marketing.draws.queries.desk import draws_visible_to, with_counts
from sitong.marketing.draws.queries.shop import shown_prizes
from sitong.marketing.draws.rules import percent_text, rules_read
from sitong.marketing.giving.forms import ChoiceGroup, reward_choices
from sitong.org.brands.queries import BrandFacts, brand_facts
from sitong.org.stores.queries import stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.i18n.formats import SYMBOLS
from sitong.shared.ids import new_id

PAGE = 50


@page_for("brand", permission="coupon.see")
@require_safe
def draw_list(request: ViewerRequest) -> HttpResponse:
    """All draws, the newest first, with their states and how often they were played."""
    brand, at = brand_of(request), clock.now()
    page = Paginator(draws_visible_to(request.viewer).order_by("-created_at", "-id"), PAGE).get_page(
        request.GET.get("page")
    )
    rows = with_counts(list(page.object_list), at=at)
    return render(request, "marketing/draws/list.html", {
        "page": page, "rows": rows, "zone": brand.zone, "may_change": request.viewer.may("coupon.change"),
    })  # fmt: skip


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def new_draw(request: ViewerRequest) -> HttpResponse:
    """Make a draw. The form carries the draw's id, so that sending it again makes no second one; `?like=` copies one."""
    brand, at = brand_of(request), clock.now()
    draw_id = as_id(request.POST.get("id", "")) or new_id()
    if request.method == "POST":
        said = read_draw(request.POST, zone=brand.zone, currency=brand.currency)
        if said.rules is not None:
            (outcome,) = define_draws([DrawWanted(draw_id, brand.id, said.rules)], by=request.viewer.account_id, now=at)
            if not isinstance(outcome, Refused):
                messages.success(request, _("Saved as a draft. Publish it when it is right."))
                return HttpResponseRedirect(f"/brand/draws/{outcome.id}/")
            said.problems[""] = sentence(outcome)
    else:
        like = as_id(request.GET.get("like", ""))
        rules = rules_read(seen(request, like).rules) if like else None
        said = shown_draw(rules, zone=brand.zone, currency=brand.currency, organizer=brand.name, now=at)
        if like:
            for row in said.rows:
                row["id"] = str(new_id())
                row["what"] = f"chance:{draw_id}" if row["what"] == f"chance:{like}" else row["what"]
    return _show_form(request, brand, said, draw_id, None)


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def edit_draw(request: ViewerRequest, draw_id: UUID) -> HttpResponse:
    """Change a draw. Once it has begun, only in the players' favor: the action says what may not be."""
    brand, draw, at = brand_of(request), seen(request, draw_id), clock.now()
    if request.method == "POST":
        said = read_draw(request.POST, zone=brand.zone, currency=brand.currency)
        if said.rules is not None:
            try:
                change_draw(
                    draw.id, rules=exact_times(said.rules, rules_read(draw.rules)), by=request.viewer.account_id, now=at
                )
            except NotFound:
                raise
            except Refused as refused:
                what = str(refused.facts.get("what", ""))
                said.problems[""] = sentence(refused) + (f" ({looks.FIELDS.get(what, what)})" if what else "")
            else:
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(f"/brand/draws/{draw.id}/")
    else:
        said = shown_draw(
            rules_read(draw.rules), zone=brand.zone, currency=brand.currency, organizer=brand.name, now=at
        )
    return _show_form(request, brand, said, draw.id, draw)


@page_for("brand", permission="coupon.change")
@require_POST
def preview(request: ViewerRequest) -> HttpResponse:
    """Show the draw of the form as players would see it, in both languages, with the odds as they will be published."""
    brand = brand_of(request)
    said = read_draw(request.POST, zone=brand.zone, currency=brand.currency)
    return render(request, "marketing/draws/preview.html", _preview(said, brand, as_id(request.POST.get("id", ""))))


@page_for("brand", permission="coupon.change")
@require_POST
def publish(request: ViewerRequest, draw_id: UUID) -> HttpResponse:
    """Publish a draw: rules and commitment are public, and it is played from its start on."""
    draw = seen(request, draw_id)
    try:
        publish_draw(draw.id, by=request.viewer.account_id, now=clock.now())
    except Refused as refused:
        messages.error(request, sentence(refused))
    else:
        messages.success(request, _("Published. From its start on the rules only change in the players' favor."))
    return HttpResponseRedirect(f"/brand/draws/{draw.id}/")


@page_for("brand", permission="coupon.change")
@require_POST
def stop(request: ViewerRequest, draw_id: UUID) -> HttpResponse:
    """Stop a draw for good, with a reason that players read."""
    draw = seen(request, draw_id)
    try:
        stop_draw(draw.id, reason=request.POST.get("reason", ""), by=request.viewer.account_id, now=clock.now())
    except Refused as refused:
        messages.error(request, sentence(refused))
    else:
        messages.success(request, _("Stopped. What was won is still given."))
    return HttpResponseRedirect(f"/brand/draws/{draw.id}/")


def brand_of(request: ViewerRequest) -> BrandFacts:
    """Give the viewer's brand."""
    if request.viewer.brand_id is None:
        raise NotFound()
    return brand_facts([request.viewer.brand_id])[request.viewer.brand_id]


def seen(request: ViewerRequest, draw_id: UUID) -> Draw:
    """Give the draw, if headquarters' viewer may see it."""
    draw = draws_visible_to(request.viewer).filter(id=draw_id).first()
    if draw is None:
        raise NotFound(what="draw")
    return draw


def _preview(said: DrawSaid, brand: BrandFacts, draw_id: UUID | None) -> dict[str, Any]:
    """Give what the preview shows: odds from the very rules, and what would be refused."""
    rules = said.rules
    if rules is None or not rules.prizes or not rules.tickets:
        return {"rules": None}
    fault = rules_fault(rules)
    prizes = shown_prizes(rules, {}, at=rules.ends_at)
    languages = []
    for code, name in settings.LANGUAGES:
        with override(code):
            conditions = looks.in_language(rules.conditions, rules.conditions_en)
            gives = looks.gives([one.prize for one in prizes], currency=brand.currency, draw_id=draw_id)
            languages.append((code, name, gives, looks.ways_to_play(rules), conditions))
    return {
        "rules": rules, "prizes": prizes, "blank": percent_text(1 - whole_percent(rules)), "languages": languages, "currency": brand.currency,
        "zone": brand.zone, "fault": sentence(fault) if fault else "",
        "cost": sum(one.prize.value_minor * one.quantity for one in prizes if one.quantity), "icon_name": looks.ICONS.get(rules.template, "star"),
    }  # fmt: skip


def _show_form(
    request: ViewerRequest, brand: BrandFacts, said: DrawSaid, draw_id: UUID, draw: Draw | None
) -> HttpResponse:
    stores = stores_visible_to(request.viewer, "coupon.change").filter(closed_at=None).order_by("code")
    frozen = draw is not None and draw.published_at is not None and has_started(rules_read(draw.rules), clock.now())
    context = {
        "said": said, "draw": draw, "draw_id": draw_id, "sign": SYMBOLS[brand.currency], "templates": looks.TEMPLATES.items(), "frozen": frozen,
        "choices": [ChoiceGroup(_("This draw"), ((f"chance:{draw_id}", _("Play once more")),)), *reward_choices(brand.id)],
        "stores": [(str(one.id), f"{looks.in_language(one.name, one.name_en)} · {one.code}") for one in stores],
        "problem": said.problems.pop("", ""), **_preview(said, brand, draw_id),
    }  # fmt: skip
    return render(
        request, "marketing/draws/form.html", context, status=409 if said.problems or context["problem"] else 200
    )


urlpatterns = [
    path("brand/draws/", draw_list, name="brand-draws"),
    path("brand/draws/new/", new_draw),
    path("brand/draws/preview/", preview),
    path("brand/draws/<uuid:draw_id>/edit/", edit_draw),
    path("brand/draws/<uuid:draw_id>/publish/", publish),
    path("brand/draws/<uuid:draw_id>/stop/", stop),
]
