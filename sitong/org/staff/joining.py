"""Pages around the life of an account: invite, accept, edit roles, leave; and the brand's WeChat apps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sitong.org.brands.queries import brand_facts
from sitong.org.staff import actions
from sitong.org.staff.forms import AcceptForm, InviteForm, LeaveForm, RolesForm, WechatAppForm, role_name
from sitong.org.staff.looks import home_of, places_to_give, shell_of
from sitong.org.staff.queries import (
    invite_by_secret,
    invites_visible_to,
    leaving_of,
    places_named,
    roles_to_give,
    staff_changeable_by,
    staff_visible_to,
    wechat_app_of,
    wechat_apps_of,
)
from sitong.org.staff.wechat import AppFacts
from sitong.shared import clock
from sitong.shared.access import factors
from sitong.shared.access.gates import HOME_PAGES, page_for
from sitong.shared.access.limits import SIGN_IN_BY_ADDRESS, address_of, hold_to
from sitong.shared.access.scope import brands_shown, every_brand
from sitong.shared.access.sessions import enter, hold_pending
from sitong.shared.access.viewer import Place, ViewerRequest
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id

SHOWN = 100


@page_for("brand", "dealer", "store", permission="staff.change")
@require_http_methods(["GET", "POST"])
def invite(request: ViewerRequest) -> HttpResponse:
    """Make a link for a new colleague, and see the links that are open."""
    viewer = request.viewer
    assert viewer.brand_id is not None
    form = InviteForm(
        request.POST if request.method == "POST" else None, roles=roles_to_give(viewer), places=places_to_give(viewer)
    )
    filled: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        system, role = said["role"].split()
        kind, place_id = said["place"].split()
        wanted = actions.InviteWanted(
            said["id"], viewer.brand_id, system, (Place(kind, UUID(place_id), role),), said["name"]
        )
        try:
            made, secret = actions.invite(wanted, by=viewer, now=clock.now())
        except Refused as refused:
            form.add_error(None, sentence(refused))
        else:
            filled = {"made": made, "link": f"{settings.PUBLIC_URL}/join/{secret}/", "role": role_name(system, role)}
    if request.method == "GET" or filled:
        form = InviteForm(initial={"id": new_id()}, roles=roles_to_give(viewer), places=places_to_give(viewer))
    now = clock.now()
    kept = list(invites_visible_to(viewer)[:SHOWN])
    named = places_named(UUID(place_id) for one in kept for _kind, place_id, _role in one.places)
    rows = [
        {
            "invite": one, "open": not (one.accepted_at or one.revoked_at or one.expires_at <= now), "over": one.expires_at <= now,
            "roles": [(role_name(one.system, role), named.get(UUID(place_id))) for _kind, place_id, role in one.places],
        }
        for one in kept
    ]  # fmt: skip
    filled |= {"form": form, "rows": rows, "home": home_of(viewer), "shell": shell_of(viewer)}
    return render(request, "org/staff/invite.html", filled, status=422 if form.errors else 200)


@page_for("brand", "dealer", "store", permission="staff.change")
@require_POST
def revoke(request: ViewerRequest, invite_id: UUID) -> HttpResponse:
    """Take an open invitation back."""
    actions.revoke_invite(invite_id, by=request.viewer, now=clock.now())
    messages.success(request, _("The link does not work any more."))
    return HttpResponseRedirect(f"{home_of(request.viewer)}invite/")


@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """Whoever was invited chooses a user name and a password, and is in."""
    now = clock.now()
    hold_to(SIGN_IN_BY_ADDRESS, address_of(request), now=now)
    with every_brand():  # the secret says of which brand it is; nobody is known yet
        invited = invite_by_secret(secret)
    if invited is None:
        raise NotFound(what="invitation")
    open_now = not (invited.accepted_at or invited.revoked_at or invited.expires_at <= now)
    form = AcceptForm(request.POST if request.method == "POST" else None, initial={"name": invited.name})
    with brands_shown([invited.brand_id]):
        if request.method == "POST" and open_now and form.is_valid():
            said = form.cleaned_data
            try:
                account = actions.accept_invite(
                    secret, username=said["username"], password=said["password"], name=said["name"], phone=said["phone"], now=now
                )  # fmt: skip
            except Refused as refused:
                form.add_error(None, sentence(refused))
            else:
                if factors.needs_second_factor(account):
                    hold_pending(request, account, next=HOME_PAGES[account.system], now=now)
                    return HttpResponseRedirect("/sign-in/second-factor/")
                enter(request, account, now=now)
                return HttpResponseRedirect(HOME_PAGES[account.system])
        brand = brand_facts([invited.brand_id])[invited.brand_id]
        named = places_named(UUID(place_id) for _kind, place_id, _role in invited.places)
    roles = [(role_name(invited.system, role), named.get(UUID(place_id))) for _kind, place_id, role in invited.places]
    filled = {"form": form, "brand": brand, "roles": roles, "open": open_now, "used": invited.accepted_at is not None}
    return render(request, "org/staff/join.html", filled, status=422 if form.errors else 200)


@page_for("brand", "dealer", "store", permission="staff.change")
@require_http_methods(["GET", "POST"])
def edit_roles(request: ViewerRequest, account_id: UUID) -> HttpResponse:
    """Give an account other roles: each at its place."""
    viewer = request.viewer
    facts = staff_changeable_by(viewer, account_id)
    if facts is None:
        raise NotFound(what="account")
    held = {(place.kind, str(place.id), place.role) for place in facts.places}
    form = RolesForm(
        request.POST if request.method == "POST" else None,
        held=held,
        roles=roles_to_give(viewer),
        places=places_to_give(viewer),
        system=facts.system,
    )
    if request.method == "POST" and form.is_valid():
        places = [Place(kind, UUID(place_id), role) for kind, place_id, role in form.wanted]
        try:
            actions.give_roles(account_id, places, by=viewer, now=clock.now())
        except Refused as refused:
            form.add_error(None, sentence(refused))
        else:
            messages.success(request, _("The roles are changed."))
            return HttpResponseRedirect(f"{home_of(viewer)}{account_id}/")
    heading = _("Roles of {name}").format(name=facts.name or facts.username)
    filled = {"form": form, "heading": heading, "home": f"{home_of(viewer)}{account_id}/", "shell": shell_of(viewer)}
    return render(request, "org/staff/form.html", filled, status=422 if form.errors else 200)


@page_for("brand", "dealer", "store", permission="staff.change")
@require_http_methods(["GET", "POST"])
def leave(request: ViewerRequest, account_id: UUID) -> HttpResponse:
    """Somebody leaves: close every way in, and hand over what was theirs."""
    viewer = request.viewer
    facts = staff_changeable_by(viewer, account_id)
    if facts is None:
        raise NotFound(what="account")
    colleagues = [
        (str(one.id), one.name or one.username)
        for one in staff_visible_to(viewer).filter(is_active=True, system=facts.system)[:SHOWN]
        if one.id != account_id
    ]
    form = LeaveForm(request.POST if request.method == "POST" else None, colleagues=colleagues)
    left = leaving_of(account_id)
    if request.method == "POST" and left is None and form.is_valid():
        successor = form.cleaned_data["successor"]
        try:
            left = actions.let_go(
                account_id, successor_id=UUID(successor) if successor else None, reason=form.cleaned_data["reason"],
                by=viewer, now=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            form.add_error(None, sentence(refused))
        else:
            messages.success(
                request, _("{name} has left. Every way in is closed.").format(name=facts.name or facts.username)
            )
    filled = {"form": form, "staff": facts, "left": left, "home": home_of(viewer), "shell": shell_of(viewer)}
    return render(request, "org/staff/leave.html", filled, status=422 if form.errors else 200)


@page_for("brand", permission="org.change")
@require_http_methods(["GET", "POST"])
def wechat_apps(request: ViewerRequest) -> HttpResponse:
    """The brand's mini program and official account. A secret that is kept is never shown again."""
    viewer = request.viewer
    assert viewer.brand_id is not None
    form = WechatAppForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        before = wechat_app_of(viewer.brand_id, said["kind"])
        app = AppFacts(said["kind"], said["app_id"], said["secret"], before.gateway if before else "")
        actions.keep_wechat_app(viewer.brand_id, app, name=said["name"], by=viewer.account_id, now=clock.now())
        messages.success(request, _("Kept."))
        return HttpResponseRedirect("/brand/wechat/")
    return render(
        request, "org/staff/wechat_apps.html", {"form": form, "apps": wechat_apps_of(viewer.brand_id)}, status=422 if form.errors else 200
    )  # fmt: skip
