"""The consumer's own points and tier, in the frame of a store's mini shop."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.member.points.looks import PAGE, history_of, points_seen
from sitong.member.tiers.actions import say_birthday
from sitong.member.tiers.queries import birthday_of, standing_of
from sitong.member.tiers.rules import FOR_EVER
from sitong.scene.channels.answers import by_htmx, say_no
from sitong.scene.channels.shop import Visit, for_members, shop_page
from sitong.shared.errors import Refused


@require_safe
@never_cache
@shop_page
@for_members
def points(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Show the balance, what becomes ready and what expires when, and the history; htmx asks for more of it."""
    assert shop.member_id is not None
    if by_htmx(request):
        before = parse_datetime(request.GET.get("before", ""))
        rows = history_of(shop.member_id, before=before)
        return render(request, "scene/rewards/history.html", {"shop": shop, "rows": rows, "more": len(rows) == PAGE})
    seen = points_seen(shop.brand.id, shop.member_id)
    context = {"shop": shop, "tab": "me", "seen": seen}
    if seen is not None:
        context |= {"rows": seen.history, "more": len(seen.history) == PAGE}
    return render(request, "scene/rewards/points.html", context)


@require_safe
@never_cache
@shop_page
@for_members
def tier(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Show the level, how far the next one is, what is needed by when, and what each level gives."""
    assert shop.member_id is not None
    seen = standing_of(shop.member_id, shop.at)
    context: dict[str, object] = {"shop": shop, "tab": "me", "seen": seen, "birthday": birthday_of(shop.member_id)}
    if seen is not None:
        step = seen.step
        context |= {
            "up": seen.plan.levels[step.up_level - 1] if step.up_level else None,
            "money": seen.plan.measure == "spending",
            "for_ever": seen.keeps_until == FOR_EVER,
            "reached": seen.level.level if seen.level else 0,
            "months": range(1, 13),
            "days": range(1, 32),
        }
    return render(request, "scene/rewards/tier.html", context)


@require_POST
@shop_page
@for_members
def birthday(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Note the birthday, once."""
    assert shop.member_id is not None
    address = f"{shop.home}me/tier/"
    try:
        month, day = (_number(request.POST.get(name, "")) for name in ("month", "day"))
        say_birthday(shop.member_id, month=month, day=day, now=shop.at)
    except Refused as refused:
        return say_no(request, refused, back=address)
    messages.success(request, _("Noted. See you on your birthday."))
    return HttpResponseRedirect(address)


def _number(written: str) -> int:
    return int(written) if written.isascii() and written.isdigit() and len(written) <= 2 else 0


urlpatterns = [
    path("s/<slug:brand_code>/<str:store_code>/me/points/", points, name="me_points"),
    path("s/<slug:brand_code>/<str:store_code>/me/tier/", tier, name="me_tier"),
    path("s/<slug:brand_code>/<str:store_code>/me/tier/birthday/", birthday, name="me_birthday"),
]
