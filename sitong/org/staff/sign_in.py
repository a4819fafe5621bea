"""The sign-in pages of staff: choose, password, second factor, sign out."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import urlencode

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sitong.org.brands.queries import all_brands, brand_facts
from sitong.org.staff.queries import wechat_brands
from sitong.shared import clock
from sitong.shared.access import factors
from sitong.shared.access.actions.factors import (
    DEMO_PASSWORD,
    prove_password,
    prove_second_factor,
    set_up_second_factor,
)
from sitong.shared.access.demo import accounts_shown, give_demo_factor, shown_digits
from sitong.shared.access.gates import HOME_PAGES, own_address
from sitong.shared.access.limits import SIGN_IN_BY_ADDRESS, SIGN_IN_BY_NAME, address_of, hold_to
from sitong.shared.access.queries import AccountRow
from sitong.shared.access.scope import brands_shown
from sitong.shared.access.sessions import enter, hold_pending, leave, pending_of, signed_in_staff
from sitong.shared.errors import Refused, TooMany, sentence

BRANDS_SHOWN = 6
SECRET_KEY = "sitong_factor_secret"  # noqa: S105 - the name under which a session holds one


@require_GET
def front(request: HttpRequest) -> HttpResponse:
    """The platform's own address: leads whoever is signed in to the own front page, consumers to their brand's shops."""
    viewer = getattr(request, "viewer", None)
    if viewer and viewer.system == "consumer":
        (brand,) = brand_facts([viewer.brand_id]).values()
        return HttpResponseRedirect(f"/s/{brand.code}/")
    return HttpResponseRedirect(HOME_PAGES[viewer.system] if viewer and viewer.system in HOME_PAGES else "/sign-in/")


@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """The first page: who are you? Whoever is signed in as staff already is led to the own front page."""
    viewer = getattr(request, "viewer", None)
    if viewer and viewer.system in HOME_PAGES and viewer.system != "consumer":
        return HttpResponseRedirect(HOME_PAGES[viewer.system])
    return render(request, "org/staff/choose.html", {"brands": all_brands()[:BRANDS_SHOWN]})


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest, system: str) -> HttpResponse:
    """User name and password of brand staff, dealer staff or store clerks."""
    wanted = own_address(request, request.POST.get("next", request.GET.get("next", "")))
    username, shown = request.POST.get("username", ""), accounts_shown(system)
    filled: dict[str, object] = {"system": system, "next": wanted, "username": username, "demo_accounts": shown}
    filled["demo_password"] = DEMO_PASSWORD if shown else ""
    filled["wechat_brands"] = [] if system == "brand" else wechat_brands()
    if request.method == "GET":
        return render(request, "org/staff/sign_in.html", filled)
    now = clock.now()
    try:
        hold_to(SIGN_IN_BY_ADDRESS, address_of(request), now=now)
        hold_to(SIGN_IN_BY_NAME, username.strip().lower(), now=now)
        password = request.POST.get("password", "")
        account = prove_password(username=username, password=password, systems=frozenset({system}), now=now)
    except Refused as refused:
        return _refused(request, "org/staff/sign_in.html", refused, filled)
    back = wanted or HOME_PAGES[system]
    if not factors.needs_second_factor(account):
        enter(request, account, now=now)
        return HttpResponseRedirect(back)
    if password == DEMO_PASSWORD:
        give_demo_factor(account, now=now)
    hold_pending(request, account, next=back, now=now)
    return HttpResponseRedirect("/sign-in/digits/" if factors.has_second_factor(account) else "/sign-in/second-factor/")


@require_http_methods(["GET", "POST"])
def digits(request: HttpRequest) -> HttpResponse:
    """The six digits of the authenticator app, or a recovery code."""
    now = clock.now()
    pending = pending_of(request, now=now)
    if pending is None:
        return HttpResponseRedirect("/sign-in/")
    account = pending.account
    filled: dict[str, object] = {"demo_digits": shown_digits(account.id, account.brand_id, now=now), "account": account}
    if request.method == "GET":
        return render(request, "org/staff/digits.html", filled)
    try:
        hold_to(SIGN_IN_BY_ADDRESS, address_of(request), now=now)
        hold_to(SIGN_IN_BY_NAME, str(account.id), now=now)
        prove_second_factor(account, code=request.POST.get("code", ""), now=now)
    except Refused as refused:
        return _refused(request, "org/staff/digits.html", refused, filled)
    enter(request, account, now=now)
    return HttpResponseRedirect(pending.next)


@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Set up the second factor: scan the picture with an authenticator app, type its digits, keep the recovery codes."""
    now = clock.now()
    pending = pending_of(request, now=now)
    account = pending.account if pending else signed_in_staff(request)
    if account is None:
        return HttpResponseRedirect("/sign-in/")
    if factors.has_second_factor(account):
        return (
            HttpResponseRedirect("/sign-in/digits/")
            if pending
            else render(request, "org/staff/second_factor.html", {"there": True})
        )
    secret = request.session.setdefault(SECRET_KEY, factors.generate_totp_secret())
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    filled: dict[str, object] = {"secret": spaced, "picture": _picture(account, secret)}
    if request.method == "GET":
        return render(request, "org/staff/second_factor.html", filled)
    try:
        hold_to(SIGN_IN_BY_NAME, str(account.id), now=now)
        with brands_shown([account.brand_id]):
            codes = set_up_second_factor(
                account.id, secret=secret, code=request.POST.get("code", ""), by=account.id, now=now
            )
    except Refused as refused:
        return _refused(request, "org/staff/second_factor.html", refused, filled)
    del request.session[SECRET_KEY]
    if pending:
        enter(request, account, now=now)
    return render(
        request,
        "org/staff/recovery_codes.html",
        {"codes": codes, "next": pending.next if pending else HOME_PAGES[account.system]},
    )


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; consumers go back to the page they were on, staff to the choice."""
    viewer = getattr(request, "viewer", None)
    back = own_address(request, request.POST.get("next", ""))
    leave(request)
    return HttpResponseRedirect(back if back and viewer and viewer.system == "consumer" else "/sign-in/")


def _picture(account: AccountRow, secret: str) -> str:
    """The QR code for the authenticator app, as an SVG in a data address."""
    address = (
        f"otpauth://totp/{factors.ISSUER}:{account.username}?{urlencode({'secret': secret, 'issuer': factors.ISSUER})}"
    )
    out = BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=5, border=2)
    return out.getvalue().decode().partition("?>")[2] or out.getvalue().decode()


def _refused(request: HttpRequest, template: str, refused: Refused, filled: dict[str, object]) -> HttpResponse:
    status = 429 if isinstance(refused, TooMany) else 422
    answer = render(request, template, {**filled, "refused": sentence(refused)}, status=status)
    if isinstance(refused, TooMany):
        answer["Retry-After"] = str(refused.facts["retry_after_s"])
    return answer
