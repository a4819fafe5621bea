"""The consumer's own page in a mini shop: card, consents, own data; and the way to points, coupons, wallet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.console.members.shared import id_said
from sitong.console.members.story import holdings_of
from sitong.console.menu import leads_somewhere
from sitong.member.consent.actions import ConsentSaid, say_consents
from sitong.member.consent.queries import consents_now, wordings_now
from sitong.member.identity.actions import erase_member, prove_phone, rename_member
from sitong.member.identity.api import file_of
from sitong.member.identity.queries import MemberFacts, keys_of, member_code, member_facts
from sitong.member.identity.rules import CODE_HOLDS_S, normal_number
from sitong.member.identity.sign_in import code_is_right, send_code
from sitong.org.brands.queries import entity_names
from sitong.scene.channels.shop import Visit, for_members, shop_page
from sitong.shared.access.limits import address_of
from sitong.shared.access.masking import mask_phone
from sitong.shared.access.phones import normal_phone
from sitong.shared.access.sessions import leave
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_ids


@dataclass(frozen=True, slots=True)
class MeEntry:
    """A line of the member's own page. `address` is below the shop's; it is shown when there is such a page."""

    address: str
    label: Any
    icon: str


ENTRIES = (
    MeEntry("orders/", gettext_lazy("My orders"), "receipt"),
    MeEntry("me/coupons/", gettext_lazy("My coupons"), "ticket"),
    MeEntry("me/gifts/", gettext_lazy("My gifts"), "gift"),
    MeEntry("me/prizes/", gettext_lazy("My prizes"), "sparkles"),
    MeEntry("me/deals/", gettext_lazy("My groups"), "users"),
    MeEntry("me/payouts/", gettext_lazy("Cash rewards"), "cash"),
    MeEntry("me/points/", gettext_lazy("My points"), "coin"),
    MeEntry("me/tier/", gettext_lazy("My tier"), "star"),
    MeEntry("me/wallet/", gettext_lazy("My wallet"), "wallet"),
    MeEntry("me/cards/", gettext_lazy("My visit cards"), "ticket"),
    MeEntry("me/messages/", gettext_lazy("Messages I get"), "message"),
    MeEntry("me/consents/", gettext_lazy("Consents"), "shield-lock"),
    MeEntry("me/data/", gettext_lazy("My data"), "id-badge-2"),
)
"""Add a line here for a page below /s/<brand>/<store>/me/; it appears once the page is there."""


@require_safe
@never_cache
@shop_page
@for_members
def me(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Show who one is here, what one has, and where to go on."""
    member = _member(shop)
    entries = [one for one in ENTRIES if leads_somewhere(f"{shop.home}{one.address}")]
    context = {"shop": shop, "tab": "me", "member": member, "has": holdings_of(member, at=shop.at), "entries": entries}
    return render(request, "console/members/me.html", context)


@require_safe
@never_cache
@shop_page
@for_members
def card(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Show the member code for the till; htmx asks for the next one when its minute is over."""
    member = _member(shop)
    code = member_code(member.id, shop.at)
    left_s = CODE_HOLDS_S - int(shop.at.timestamp()) % CODE_HOLDS_S
    context = {
        "shop": shop, "tab": "me", "member": member, "code": " ".join(code[at : at + 4] for at in range(0, 20, 4)),
        "qr": segno.make(code, error="m", micro=False).svg_inline(scale=6, border=2, omitsize=True), "left_s": left_s + 1,
        "has": holdings_of(member, at=shop.at),
    }  # fmt: skip
    part = "console/members/me_code.html" if "HX-Request" in request.headers else "console/members/me_card.html"
    return render(request, part, context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@shop_page
@for_members
def consents(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Show what one is asked and has said; a POST says yes or no to one wording."""
    member, problem = _member(shop), ""
    assert shop.viewer is not None
    if request.method == "POST":
        wording_id = id_in(request.POST.get("wording", ""))
        if wording_id is None:
            raise NotFound(what="wording")
        said = ConsentSaid(
            id_said(request), shop.brand.id, member.id, wording_id, request.POST.get("say") == "yes", "self", shop.store.id,
            shop.viewer.account_id,
        )  # fmt: skip
        (given,) = say_consents([said], now=shop.at)
        if not isinstance(given, Refused):
            return HttpResponseRedirect(f"{shop.home}me/consents/")
        problem = sentence(given)
    wordings, now_said = wordings_now(shop.brand.id), consents_now(member.id)
    asked = [
        one
        for one in wordings
        if one.entity_id in (None, shop.store.entity_id) or (one.purpose, one.entity_id) in now_said
    ]
    names = entity_names([one.entity_id for one in asked if one.entity_id])
    context = {
        "shop": shop, "tab": "me", "problem": problem, "names": names,
        "asked": [
            (one, now_said.get((one.purpose, one.entity_id)), names.get(one.entity_id, "") if one.entity_id else "", id)
            for one, id in zip(asked, new_ids(len(asked)), strict=True)
        ],
    }  # fmt: skip
    return render(request, "console/members/me_consents.html", context, status=409 if problem else 200)


@require_safe
@never_cache
@shop_page
@for_members
def data(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Show what is known of oneself, and how to correct it, take it along, or be forgotten."""
    return _data(request, shop)


@require_POST
@shop_page
@for_members
def rename(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Change what one is called."""
    assert shop.viewer is not None
    rename_member(_member(shop).id, name=request.POST.get("name", ""), by=shop.viewer.account_id, now=shop.at)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(f"{shop.home}me/data/")


@require_POST
@never_cache
@shop_page
@for_members
def phone(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Send a code to the new phone; with the code, take the phone."""
    member, wanted, address = _member(shop), request.POST.get("phone", "")[:30], address_of(request)
    assert shop.viewer is not None
    try:
        if "code" not in request.POST:
            shown = send_code(shop.brand.id, phone=wanted, address=address, language=get_language() or "", now=shop.at)
            sent = {"sent_to": mask_phone(normal_phone(wanted) or ""), "phone": wanted, "demo_code": shown}
            return _data(request, shop, **sent)
        proven = code_is_right(
            shop.brand.id, phone=wanted, code=request.POST["code"][:10], address=address, now=shop.at
        )
        prove_phone(member.id, phone=proven, by=shop.viewer.account_id, now=shop.at)
    except Refused as refused:
        again = {"sent_to": mask_phone(normal_phone(wanted) or ""), "phone": wanted} if "code" in request.POST else {}
        return _data(request, shop, problem=sentence(refused), **again)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(f"{shop.home}me/data/")


@require_POST
@never_cache
@shop_page
@for_members
def export(_request: HttpRequest, shop: Visit) -> HttpResponse:
    """Give all that is kept of oneself as a file."""
    assert shop.viewer is not None
    return file_of(_member(shop).id, by=shop.viewer.account_id)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@shop_page
@for_members
def erase(request: HttpRequest, shop: Visit) -> HttpResponse:
    """Say what goes for good, ask for the own number, and forget."""
    member, problem = _member(shop), ""
    assert shop.viewer is not None
    if request.method == "POST":
        if normal_number(request.POST.get("number", "")) != member.number:
            problem = _("That is not your member number. Erasing cannot be undone, so it is asked for.")
        else:
            try:
                erase_member(member.id, by=shop.viewer.account_id, reason="self", now=shop.at)
            except Refused as refused:
                problem = sentence(refused)
            else:
                leave(request)
                return HttpResponseRedirect(shop.home)
    context = {"shop": shop, "tab": "me", "member": member, "problem": problem, "has": holdings_of(member, at=shop.at)}
    return render(request, "console/members/me_erase.html", context, status=409 if problem else 200)


def _data(request: HttpRequest, shop: Visit, *, problem: str = "", **more: Any) -> HttpResponse:
    member = _member(shop)
    context = {"shop": shop, "tab": "me", "member": member, "keys": keys_of(member.id), "problem": problem, **more}
    return render(request, "console/members/me_data.html", context, status=409 if problem else 200)


def _member(shop: Visit) -> MemberFacts:
    member_id: UUID | None = shop.member_id
    found = member_facts([member_id]).get(member_id) if member_id else None
    if found is None:
        raise NotFound(what="member")
    return found
