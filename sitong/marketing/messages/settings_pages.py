"""The settings of messages at headquarters' desk: accounts with providers, quiet hours, caps, automatic notices."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sitong.marketing.messages.actions import ChannelWanted, close_channel, keep_caps, keep_channel, keep_hours
from sitong.marketing.messages.actions.channels import PROVIDERS, MessageCapMalformed, MessageHoursMalformed
from sitong.marketing.messages.actions.notices import drop_notice, keep_notice
from sitong.marketing.messages.catalog import NOTICES
from sitong.marketing.messages.looks import CHANNELS, notice_said
from sitong.marketing.messages.messenger import check_account
from sitong.marketing.messages.queries.accounts import account_of, accounts_of
from sitong.marketing.messages.queries.desk import CHANGE, SEE, notices_of, usable_templates
from sitong.marketing.messages.queries.facts import caps_of, quiet_of
from sitong.marketing.messages.rules import Cap, Quiet
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound, Refused, sentence

HOME = "/brand/messages/settings/"
PERIODS = ("day", "week", "month")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("brand", permission=SEE)
def rules(request: ViewerRequest) -> HttpResponse:
    """Accounts, quiet hours, caps and notices on one page; a POST keeps hours and caps."""
    brand_id = _brand(request)
    problem = ""
    if request.method == "POST":
        request.viewer.require(CHANGE)
        try:
            _keep_rules(request, brand_id)
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(HOME)
        except Refused as refused:
            problem = sentence(refused)
    there = {one.channel: one for one in accounts_of(brand_id)}
    caps, quiet = caps_of([brand_id]).get(brand_id, {}), quiet_of([brand_id]).get(brand_id)
    notices, usable = notices_of(brand_id), [one for one in usable_templates(brand_id) if one.purpose == "service"]
    context = {
        "tab": "settings", "problem": problem, "may_change": request.viewer.may(CHANGE), "may_account": request.viewer.may("org.change"),
        "accounts": [(key, label, there.get(key)) for key, label in CHANNELS.items()],
        "quiet_from": _clock(quiet.start) if quiet else "", "quiet_until": _clock(quiet.end) if quiet else "",
        "caps": [(key, label, [(period, getattr(caps.get(key, Cap()), period)) for period in PERIODS])
                 for key, label in (("", _("all together")), *CHANNELS.items())],
        "notices": [(kind, notice_said(kind), ", ".join(f"{{{one}}}" for one in said), notices.get(kind)) for kind, said in NOTICES.items()],
        "templates": usable,
    }  # fmt: skip
    return render(request, "marketing/messages/settings.html", context, status=409 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("brand", permission="org.change")
def channel(request: ViewerRequest, message_channel: str) -> HttpResponse:
    """One account. Secrets are shown to nobody; an empty one keeps what is there."""
    if message_channel not in CHANNELS:
        raise NotFound(what="channel")
    brand_id, problem = _brand(request), ""
    if request.method == "POST":
        try:
            keep_channel(_wanted(request, brand_id, message_channel), by=request.viewer.account_id, now=clock.now())
            account = check_account(brand_id, message_channel, now=clock.now())
            if account.check_fault:
                messages.error(request, _("Saved, but the provider says: %(fault)s") % {"fault": account.check_fault})
            else:
                messages.success(request, _("Saved, and the provider answers."))
            return HttpResponseRedirect(HOME)
        except Refused as refused:
            problem = sentence(refused)
    account_now = account_of(brand_id, message_channel)
    pushes = {"sms": f"aliyun/{brand_id}/sms", "voice": f"aliyun/{brand_id}/voice", "wechat": f"wechat/{brand_id}"}
    if account_now and account_now.provider == "tencent":
        pushes["sms"] = f"tencent/{brand_id}"
    context = {
        "tab": "settings", "channel": message_channel, "label": CHANNELS[message_channel], "account": account_now, "problem": problem,
        "said": request.POST if problem else account_now, "providers": PROVIDERS[message_channel],
        "callback": f"{settings.PUBLIC_URL}/api/v1/message-callbacks/{pushes[message_channel]}" if message_channel in pushes else "",
    }  # fmt: skip
    return render(request, "marketing/messages/channel.html", context, status=409 if problem else 200)


@require_POST
@page_for("brand", permission="org.change")
def change_channel(request: ViewerRequest, message_channel: str, verb: str) -> HttpResponse:
    """Check an account, or close it."""
    brand_id = _brand(request)
    try:
        if verb == "check":
            account = check_account(brand_id, message_channel, now=clock.now())
            fault = account.check_fault
            messages.add_message(
                request,
                messages.ERROR if fault else messages.SUCCESS,
                _("The provider says: %(fault)s") % {"fault": fault} if fault else _("The provider answers."),
            )
        elif verb == "close":
            close_channel(brand_id, message_channel, by=request.viewer.account_id, now=clock.now())
            messages.success(request, _("Closed. What is planned waits."))
        else:
            raise NotFound(what="page")
    except NotFound:
        raise
    except Refused as refused:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect(HOME)


@require_POST
@page_for("brand", permission=CHANGE)
def notice(request: ViewerRequest, notice_kind: str) -> HttpResponse:
    """Switch an automatic notice on with a template, or off."""
    brand_id, by = _brand(request), request.viewer.account_id
    try:
        template_id = UUID(request.POST.get("template", ""))
    except ValueError:
        drop_notice(brand_id, notice_kind, by=by, now=clock.now())
        messages.success(request, _("Switched off."))
        return HttpResponseRedirect(HOME)
    try:
        keep_notice(brand_id, notice_kind, template_id=template_id, by=by, now=clock.now())
        messages.success(request, _("Switched on."))
    except Refused as refused:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect(HOME)


def _keep_rules(request: ViewerRequest, brand_id: UUID) -> None:
    said, by, now = request.POST, request.viewer.account_id, clock.now()
    start, end = _minutes(said.get("quiet_from", "")), _minutes(said.get("quiet_until", ""))
    caps = {key: Cap(*(_cap(said.get(f"cap-{key}-{period}", "")) for period in PERIODS)) for key in ("", *CHANNELS)}
    keep_hours(brand_id, Quiet(start, end), by=by, now=now)
    keep_caps(brand_id, caps, by=by, now=now)


def _wanted(request: ViewerRequest, brand_id: UUID, channel: str) -> ChannelWanted:
    said = request.POST
    pace = said.get("per_second", "")
    texts: dict[str, Any] = {
        name: said.get(name, "")
        for name in ("provider", "account", "secret", "application", "sender", "callback_secret", "gateway")
    }
    return ChannelWanted(brand_id, channel, per_second=int(pace) if pace.isdigit() else 0, **texts)


def _minutes(text: str) -> int:
    if not text.strip():
        return 0
    hour, _colon, minute = text.partition(":")
    if not (hour.isdigit() and minute.isdigit()):
        raise MessageHoursMalformed()
    return int(hour) * 60 + int(minute)


def _cap(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not text.isdigit():
        raise MessageCapMalformed()
    return int(text)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _brand(request: ViewerRequest) -> UUID:
    if request.viewer.brand_id is None:
        raise NotFound(what="brand")
    return request.viewer.brand_id


urlpatterns = [
    path("brand/messages/settings/", rules, name="brand-message-settings"),
    path("brand/messages/settings/<str:message_channel>/", channel, name="brand-message-channel"),
    path(
        "brand/messages/settings/<str:message_channel>/<str:verb>/", change_channel, name="brand-message-channel-change"
    ),
    path("brand/messages/notices/<str:notice_kind>/", notice, name="brand-message-notice"),
]
