"""Messages over HTTP: templates, accounts, planning, the log, what members want, and what providers push."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router

from sitong.marketing.messages import api_schemas as schemas
from sitong.marketing.messages.actions import (
    ChannelWanted,
    CreditGiven,
    MessageWanted,
    Stop,
    TemplateWanted,
    close_channel,
    decide_unknown,
    define_template,
    end_template,
    give_credits,
    keep_caps,
    keep_channel,
    keep_hours,
    note_approval,
    plan_messages,
    subscribe_again,
    unsubscribe,
)
from sitong.marketing.messages.hearing import hear_aliyun, hear_tencent, hear_wechat
from sitong.marketing.messages.messenger import check_account
from sitong.marketing.messages.models import MessageTemplate
from sitong.marketing.messages.queries.accounts import accounts_of
from sitong.marketing.messages.queries.desk import (
    CHANGE,
    SEE,
    calendar_of,
    credits_left,
    log_page,
    messages_visible_to,
    templates_visible_to,
    unsubscribed_from,
)
from sitong.marketing.messages.queries.facts import caps_of, quiet_of
from sitong.marketing.messages.rules import Cap, Quiet
from sitong.member.identity.queries import members_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.scope import every_brand
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.errors import NotAllowed, NotFound, Refused, sentence

router = Router(tags=["messages"])
SHOWN = 200
DAYS_MAX = 62


@router.get("/message-templates", response=list[schemas.MessageTemplateOut], auth=API_AUTH, summary="List templates")
def list_templates(request: ViewerRequest) -> Any:
    """The brand's templates, the newest first."""
    request.viewer.require(SEE)
    return list(templates_visible_to(request.viewer).order_by("-created_at", "-id")[:SHOWN])


@router.put("/message-templates", response=schemas.MessageTemplateOut, auth=API_AUTH, summary="Define a template")
def define_one(request: ViewerRequest, said: schemas.MessageTemplateIn) -> MessageTemplate:
    """Keep a template as a draft."""
    brand_id = _brand(request.viewer, CHANGE)
    return define_template(
        TemplateWanted(brand_id=brand_id, **said.model_dump()), by=request.viewer.account_id, now=clock.now()
    )


@router.post(
    "/message-templates/{message_template_id}/approval", response=schemas.MessageTemplateOut, auth=API_AUTH,
    summary="Note what the provider said of a template",
)  # fmt: skip
def approve_one(request: ViewerRequest, message_template_id: UUID, said: schemas.ApprovalIn) -> MessageTemplate:
    """Keep whether the provider has approved a template."""
    template = _template(request.viewer, message_template_id)
    return note_approval(template.id, said.approval, note=said.note, by=request.viewer.account_id, now=clock.now())


@router.post(
    "/message-templates/{message_template_id}/end", response=schemas.MessageTemplateOut, auth=API_AUTH, summary="End a template"
)  # fmt: skip
def end_one(request: ViewerRequest, message_template_id: UUID) -> MessageTemplate:
    """Plan no more messages with a template."""
    return end_template(
        _template(request.viewer, message_template_id).id, by=request.viewer.account_id, now=clock.now()
    )


@router.get(
    "/message-channels", response=list[schemas.MessageChannelOut], auth=API_AUTH, summary="List accounts with providers"
)
def list_channels(request: ViewerRequest) -> Any:
    """The brand's accounts, without their secrets."""
    return accounts_of(_brand(request.viewer, SEE))


@router.put(
    "/message-channels/{message_channel}", response=schemas.MessageChannelOut, auth=API_AUTH, summary="Keep an account"
)
def keep_one(request: ViewerRequest, message_channel: str, said: schemas.MessageChannelIn) -> Any:
    """Keep the account for a channel and open it."""
    brand_id = _brand(request.viewer, "org.change")
    wanted = ChannelWanted(brand_id=brand_id, channel=message_channel, **said.model_dump())
    return keep_channel(wanted, by=request.viewer.account_id, now=clock.now())


@router.post(
    "/message-channels/{message_channel}/close",
    response=schemas.MessageCounted,
    auth=API_AUTH,
    summary="Close a channel",
)
def close_one(request: ViewerRequest, message_channel: str) -> dict[str, int]:
    """Plan and send nothing more in a channel."""
    close_channel(_brand(request.viewer, "org.change"), message_channel, by=request.viewer.account_id, now=clock.now())
    return {"count": 1}


@router.post(
    "/message-channels/{message_channel}/check",
    response=schemas.MessageChannelOut,
    auth=API_AUTH,
    summary="Check an account",
)
def check_one(request: ViewerRequest, message_channel: str) -> Any:
    """Ask the provider something harmless, and keep whether it answered."""
    return check_account(_brand(request.viewer, "org.change"), message_channel, now=clock.now())


@router.get("/message-rules", response=schemas.MessageRulesIn, auth=API_AUTH, summary="Show quiet hours and caps")
def show_rules(request: ViewerRequest) -> dict[str, Any]:
    """The brand's quiet hours and caps."""
    return _rules(_brand(request.viewer, SEE))


@router.put("/message-rules", response=schemas.MessageRulesIn, auth=API_AUTH, summary="Keep quiet hours and caps")
def keep_rules(request: ViewerRequest, said: schemas.MessageRulesIn) -> dict[str, Any]:
    """Keep the brand's quiet hours and caps, in place of those that were."""
    brand_id, by, now = _brand(request.viewer, CHANGE), request.viewer.account_id, clock.now()
    keep_hours(brand_id, Quiet(said.quiet_from, said.quiet_until), by=by, now=now)
    keep_caps(
        brand_id, {one.channel: Cap(one.per_day, one.per_week, one.per_month) for one in said.caps}, by=by, now=now
    )
    return _rules(brand_id)


@router.post("/messages", response=list[schemas.MessageAnswer], auth=API_AUTH, summary="Plan messages")
def plan(request: ViewerRequest, said: schemas.MessagesIn) -> list[dict[str, Any]]:
    """Plan messages in order; each is planned, or refused by itself. They are sent when they may be."""
    brand_id = _brand(request.viewer, CHANGE)
    wanted = [
        MessageWanted(one.id, brand_id, one.member_id, one.template_id, one.cause, one.fields, one.not_before)
        for one in said.messages
    ]
    return [
        {"id": one.id, "code": outcome.code, "message": sentence(outcome), "send_after": None}
        if isinstance(outcome, Refused)
        else {"id": one.id, "code": "", "message": "", "send_after": outcome.send_after}
        for one, outcome in zip(wanted, plan_messages(wanted, now=clock.now()), strict=True)
    ]


@router.get("/messages", response=schemas.MessageLogOut, auth=API_AUTH, summary="Read the log")
def read_log(
    request: ViewerRequest, state: str = "", channel: str = "", member_id: UUID | None = None, before: str = ""
) -> dict[str, Any]:
    """Messages, the newest first; a consumer reads its own."""
    if request.viewer.system != "consumer":
        request.viewer.require(SEE)
    rows, following = log_page(
        request.viewer, state=state, channel=channel, member_id=member_id, before=place_of(before)
    )
    return {"messages": rows, "next": f"{following[0].isoformat()}~{following[1]}" if following else None}


@router.get("/messages/{message_id}", response=schemas.MessageOut, auth=API_AUTH, summary="Show a message")
def show_one(request: ViewerRequest, message_id: UUID) -> Any:
    """One message with its states."""
    if request.viewer.system != "consumer":
        request.viewer.require(SEE)
    found = messages_visible_to(request.viewer).filter(id=message_id).first()
    if found is None:
        raise NotFound(what="message")
    return found


@router.post(
    "/unknown-messages", response=schemas.MessageCounted, auth=API_AUTH, summary="Decide what became of messages"
)
def decide(request: ViewerRequest, said: schemas.DecideIn) -> dict[str, int]:
    """Say what became of messages of which nobody knows; "again" sends them once more."""
    _brand(request.viewer, CHANGE)
    ids = list(messages_visible_to(request.viewer).filter(id__in=said.message_ids).values_list("id", flat=True))
    return {"count": decide_unknown(ids, said.verdict, by=request.viewer.account_id, now=clock.now())}


@router.get("/message-calendar", response=list[schemas.MessageDayOut], auth=API_AUTH, summary="Show the calendar")
def show_calendar(request: ViewerRequest, first: date, last: date) -> list[dict[str, Any]]:
    """What was planned and sent by day, channel and cause; at most 62 days."""
    brand_id = _brand(request.viewer, SEE)
    return [asdict(one) for one in calendar_of(brand_id, first, min(last, first + timedelta(days=DAYS_MAX)))]


@router.get(
    "/me/message-wishes", response=list[schemas.MessageWishOut], auth=API_AUTH, summary="Show what one wants no more of"
)
def my_wishes(request: ViewerRequest) -> list[dict[str, str]]:
    """The channels and purposes of which the consumer wants no messages."""
    return [
        {"channel": channel, "purpose": purpose} for channel, purpose in sorted(unsubscribed_from(_myself(request)[1]))
    ]


@router.put("/me/message-wishes", response=list[schemas.MessageWishOut], auth=API_AUTH, summary="Want messages or not")
def wish(request: ViewerRequest, said: schemas.MessageWishIn) -> list[dict[str, str]]:
    """Say whether one wants messages of a purpose in a channel."""
    brand_id, member_id = _myself(request)
    stop = Stop(brand_id, member_id, said.channel, said.purpose, "page")
    if said.wanted:
        subscribe_again(stop, now=clock.now())
    else:
        unsubscribe([stop], now=clock.now())
    return my_wishes(request)


@router.post(
    "/me/message-credits", response=list[schemas.CreditOut], auth=API_AUTH, summary="Allow a subscribe message"
)
def allow(request: ViewerRequest, said: schemas.CreditIn) -> list[dict[str, Any]]:
    """Keep that the consumer allowed one WeChat subscribe message in the pop-up."""
    brand_id, member_id = _myself(request)
    (given,) = give_credits([CreditGiven(said.id, brand_id, member_id, said.message_template_id)], now=clock.now())
    if isinstance(given, Refused):
        raise given
    return [{"message_template_id": id, "left": left} for id, left in credits_left(member_id).items()]


@router.post("/message-callbacks/aliyun/{brand_id}/{message_channel}", auth=None, summary="Alibaba Cloud's reports")
def aliyun_pushes(request: HttpRequest, brand_id: UUID, message_channel: str, secret: str = "") -> HttpResponse:
    """Reports and replies; the account's secret stands in the address. The same again changes nothing."""
    with every_brand():
        hear_aliyun(brand_id, message_channel, secret, request.body, now=clock.now())
    return JsonResponse({"code": 0, "msg": "成功"})


@router.post("/message-callbacks/tencent/{brand_id}", auth=None, summary="Tencent Cloud's reports")
def tencent_pushes(request: HttpRequest, brand_id: UUID, secret: str = "") -> HttpResponse:
    """Reports and replies; the account's secret stands in the address. The same again changes nothing."""
    with every_brand():
        hear_tencent(brand_id, secret, request.body, now=clock.now())
    return JsonResponse({"result": 0, "errmsg": "OK"})


@router.get("/message-callbacks/wechat/{brand_id}", auth=None, summary="WeChat proves the address")
def wechat_asks(request: HttpRequest, brand_id: UUID) -> HttpResponse:
    """Give the text back that WeChat signed, so that it takes this address."""
    with every_brand():
        hear_wechat(brand_id, request.GET.dict(), b"", now=clock.now())
    return HttpResponse(request.GET.get("echostr", ""), content_type="text/plain")


@router.post("/message-callbacks/wechat/{brand_id}", auth=None, summary="WeChat's events")
def wechat_pushes(request: HttpRequest, brand_id: UUID) -> HttpResponse:
    """Events of subscribe messages, signed by WeChat. The same again changes nothing."""
    with every_brand():
        hear_wechat(brand_id, request.GET.dict(), request.body, now=clock.now())
    return HttpResponse("success", content_type="text/plain")


def place_of(text: str) -> tuple[datetime, UUID] | None:
    """Read where a page of the log begins; None for what cannot be read."""
    at, _, id = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        return (moment, UUID(id)) if moment.tzinfo else None
    except ValueError:
        return None


def _rules(brand_id: UUID) -> dict[str, Any]:
    quiet = quiet_of([brand_id]).get(brand_id, Quiet(0, 0))
    caps = caps_of([brand_id]).get(brand_id, {})
    return {
        "quiet_from": quiet.start, "quiet_until": quiet.end,
        "caps": [{"channel": key, "per_day": cap.day, "per_week": cap.week, "per_month": cap.month} for key, cap in sorted(caps.items())],
    }  # fmt: skip


def _brand(viewer: Viewer, permission: str) -> UUID:
    viewer.require(permission)
    if viewer.brand_id is None or viewer.brand_id not in viewer.place_ids("brand", permission):
        raise NotAllowed(permission=permission)
    return viewer.brand_id


def _template(viewer: Viewer, template_id: UUID) -> MessageTemplate:
    _brand(viewer, CHANGE)
    template = templates_visible_to(viewer).filter(id=template_id).first()
    if template is None:
        raise NotFound(what="template")
    return template


def _myself(request: ViewerRequest) -> tuple[UUID, UUID]:
    viewer = request.viewer
    if viewer.system != "consumer" or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    member_id = members_visible_to(viewer).values_list("id", flat=True).first()
    if member_id is None:
        raise NotFound(what="member")
    return viewer.brand_id, member_id
