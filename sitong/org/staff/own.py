"""The pages of one's own account: password, second factor, PIN, WeChat, sessions; and taking a till over by PIN."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.org.brands.queries import brand_by_code
from sitong.org.staff import actions
from sitong.org.staff.queries import clerks_of, has_pin, wechat_app_of, wechat_bound_at
from sitong.org.staff.wechat import AppFacts, authorize_address, user_of_code
from sitong.org.stores.queries import store_facts
from sitong.shared import clock
from sitong.shared.access import factors
from sitong.shared.access.actions.sessions import end_sessions
from sitong.shared.access.gates import HOME_PAGES, own_address, page_for
from sitong.shared.access.limits import SIGN_IN_BY_ADDRESS, SIGN_IN_BY_NAME, address_of, hold_to
from sitong.shared.access.queries import AccountRow, account_by_id, sessions_of
from sitong.shared.access.scope import brands_shown
from sitong.shared.access.sessions import enter
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotAllowed, NotFound, NotSignedIn, Refused, sentence

STAFF = ("store", "dealer", "brand")
HOME = "/account/"
WECHAT_KEY = "sitong_wechat"


@page_for(*STAFF)
@require_safe
def own_account(request: ViewerRequest) -> HttpResponse:
    """One's own account on one page."""
    return _shown(request)


@page_for(*STAFF)
@require_POST
def change_password(request: ViewerRequest) -> HttpResponse:
    """A new password for oneself; all other sessions end."""
    account, now = _account(request), clock.now()
    try:
        hold_to(SIGN_IN_BY_NAME, account.username, now=now)
        changed = actions.change_own_password(
            account, old=request.POST.get("old", ""), new=request.POST.get("new", ""), now=now
        )
    except Refused as refused:
        return _shown(request, wrong=("password", sentence(refused)))
    enter(request, changed, now=now)
    end_sessions(changed.id, but=request.session.session_key or "")
    messages.success(
        request, _("Your password is changed. Everybody else who was signed in with this account is signed out.")
    )
    return HttpResponseRedirect(HOME)


@page_for(*STAFF)
@require_POST
def change_pin(request: ViewerRequest) -> HttpResponse:
    """Set one's PIN, or take it away."""
    account, now = _account(request), clock.now()
    assert account.brand_id is not None
    if request.POST.get("remove"):
        actions.remove_pin(account.id, brand_id=account.brand_id, by=account.id, now=now)
        messages.success(request, _("Your PIN is gone."))
        return HttpResponseRedirect(HOME)
    try:
        actions.set_pin(account.id, brand_id=account.brand_id, pin=request.POST.get("pin", ""), now=now)
    except Refused as refused:
        return _shown(request, wrong=("pin", sentence(refused)))
    messages.success(request, _("Your PIN is set. At the till choose your name and type it."))
    return HttpResponseRedirect(HOME)


@page_for(*STAFF)
@require_POST
def renew_codes(request: ViewerRequest) -> HttpResponse:
    """New recovery codes, shown once."""
    account, now = _account(request), clock.now()
    try:
        hold_to(SIGN_IN_BY_NAME, str(account.id), now=now)
        codes = actions.renew_recovery_codes(account, code=request.POST.get("code", ""), now=now)
    except Refused as refused:
        return _shown(request, wrong=("codes", sentence(refused)))
    return render(request, "org/staff/recovery_codes.html", {"codes": codes, "next": HOME})


@page_for(*STAFF)
@require_POST
def end(request: ViewerRequest) -> HttpResponse:
    """End one of one's sessions, or all the others."""
    one = request.POST.get("session", "")
    ended = end_sessions(
        request.viewer.account_id, but=request.session.session_key or "", only=[int(one)] if one.isdecimal() else None
    )
    if ended:
        messages.success(request, _("Signed out there."))
    return HttpResponseRedirect(HOME)


@page_for(*STAFF)
@require_POST
def wechat_bind(request: ViewerRequest) -> HttpResponse:
    """Go to WeChat to bind it to one's account, or let it go."""
    account = _account(request)
    assert account.brand_id is not None
    if request.POST.get("remove"):
        actions.unbind_wechat(account.id, brand_id=account.brand_id, by=account.id, now=clock.now())
        messages.success(request, _("WeChat is not bound any more."))
        return HttpResponseRedirect(HOME)
    return _to_wechat(request, account.brand_id, "bind")


@require_safe
def wechat_start(request: ViewerRequest, brand_code: str) -> HttpResponse:
    """Go to WeChat to sign in with one tap as staff of a brand."""
    brand = brand_by_code(brand_code)
    if brand is None:
        raise NotFound(what="brand")
    return _to_wechat(request, brand.id, "enter")


@require_safe
def wechat_back(request: ViewerRequest) -> HttpResponse:
    """Back from WeChat with a one-time code: bind, or come in."""
    kept: dict[str, str] = request.session.pop(WECHAT_KEY, {})
    if not kept or not secrets.compare_digest(kept["state"], request.GET.get("state", "")):
        raise NotSignedIn()
    now, brand_id = clock.now(), UUID(kept["brand"])
    hold_to(SIGN_IN_BY_ADDRESS, address_of(request), now=now)
    with brands_shown([brand_id]):
        user = user_of_code(_app(brand_id), request.GET.get("code", ""))
        if kept["verb"] == "bind":
            try:
                actions.bind_wechat(_account(request), user, now=now)
            except Refused as refused:
                return _shown(request, wrong=("wechat", sentence(refused)))
            messages.success(request, _("WeChat is bound: from now on one tap signs you in."))
            return HttpResponseRedirect(HOME)
        try:
            account = actions.sign_in_by_wechat(brand_id, user)
        except Refused as refused:
            messages.error(request, sentence(refused))
            return HttpResponseRedirect("/sign-in/store/")
    enter(request, account, now=now)
    return HttpResponseRedirect(HOME_PAGES[account.system])


@page_for("store")
@require_http_methods(["GET", "POST"])
def clerks(request: ViewerRequest) -> HttpResponse:
    """Who stands at the till now? Choose a colleague of this store, type the PIN, and the session is the colleague's."""
    stores = store_facts(request.viewer.place_ids("store"))
    wanted = request.POST.get("store") or request.GET.get("store") or next((str(one) for one in sorted(stores)), "")
    store = {str(one): facts for one, facts in stores.items()}.get(wanted)
    if store is None:
        raise NotFound(what="store")
    back = own_address(request, request.POST.get("next", request.GET.get("next", "")))
    filled: dict[str, Any] = {
        "store": store, "clerks": clerks_of(store.id), "me": request.viewer.account_id, "next": back,
        "chosen": request.POST.get("clerk", ""),
    }  # fmt: skip
    if request.method == "GET":
        return render(request, "org/staff/clerks.html", filled)
    now = clock.now()
    try:
        hold_to(SIGN_IN_BY_ADDRESS, address_of(request), now=now)
        chosen = actions.prove_pin(
            _uuid(request.POST.get("clerk", "")), store_id=store.id, pin=request.POST.get("pin", ""), now=now
        )
    except Refused as refused:
        return render(request, "org/staff/clerks.html", {**filled, "refused": sentence(refused)}, status=422)
    account = account_by_id(chosen)
    if account is None:
        raise NotFound(what="account")
    enter(request, account, now=now, by_pin=True)
    return HttpResponseRedirect(back or "/store/")


def _shown(request: ViewerRequest, *, wrong: tuple[str, str] | None = None) -> HttpResponse:
    account = _account(request)
    assert account.brand_id is not None
    filled = {
        "account": account, "wrong": dict([wrong]) if wrong else {}, "shell": "console/phone.html" if account.system == "store" else "console/desk.html",
        "home": HOME_PAGES[account.system], "sessions": sessions_of(account.id, key=request.session.session_key),
        "has_factor": factors.has_second_factor(account), "codes_left": factors.recovery_codes_left(account.id),
        "has_pin": has_pin(account.id), "wechat_app": wechat_app_of(account.brand_id, "account") is not None,
        "wechat_at": wechat_bound_at(account.id), "by_pin": request.viewer.by_pin,
    }  # fmt: skip
    return render(request, "org/staff/account.html", filled, status=422 if wrong else 200)


def _account(request: ViewerRequest) -> AccountRow:
    """Give the account of the session. Six digits at a till open no settings."""
    if request.viewer.by_pin and request.method != "GET":
        raise NotAllowed(permission="account.change")
    account = account_by_id(request.viewer.account_id)
    if account is None or account.system not in STAFF:
        raise NotSignedIn()
    return account


def _app(brand_id: UUID) -> AppFacts:
    app = wechat_app_of(brand_id, "account")
    if app is None:
        raise NotFound(what="WeChat app")
    return app


def _to_wechat(request: ViewerRequest, brand_id: UUID, verb: str) -> HttpResponse:
    state = secrets.token_urlsafe(16)
    request.session[WECHAT_KEY] = {"state": state, "brand": str(brand_id), "verb": verb}
    with brands_shown([brand_id]):
        app = _app(brand_id)
    return HttpResponseRedirect(authorize_address(app, back=f"{settings.PUBLIC_URL}/sign-in/wechat/", state=state))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(what="account") from None
