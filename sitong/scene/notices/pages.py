"""The consumer's own page of messages, and the links that messages carry: on to their page, and no more of these."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from sitong.marketing.messages.actions import (
    CreditGiven,
    Stop,
    drop_address,
    give_credits,
    keep_address,
    note_read,
    subscribe_again,
    unsubscribe,
)
from sitong.marketing.messages.links import message_of
from sitong.marketing.messages.looks import CHANNELS, PURPOSES
from sitong.marketing.messages.queries.accounts import accounts_of
from sitong.marketing.messages.queries.desk import (
    askable_templates,
    credits_left,
    message_by_id,
    messages_of_member,
    template_facts,
    unsubscribed_from,
)
from sitong.marketing.messages.queries.rendering import addresses_of
from sitong.org.brands.queries import brand_facts
from sitong.scene.channels.shop import Visit, for_members, shop_page
from sitong.shared import clock
from sitong.shared.access.masking import mask_email
from sitong.shared.access.scope import every_brand
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@shop_page
@for_members
def my_messages(request: HttpRequest, shop: Visit) -> HttpResponse:
    """What one gets by which channel, switched off and on; the e-mail address; subscribe messages that may be allowed."""
    member_id, problem = _member_id(shop), ""
    if request.method == "POST":
        try:
            _change(request, shop, member_id)
            return HttpResponseRedirect(f"{shop.home}me/messages/")
        except Refused as refused:
            problem = sentence(refused)
    return render(
        request,
        "scene/notices/mine.html",
        _shown(shop, member_id) | {"problem": problem},
        status=409 if problem else 200,
    )


@require_safe
@never_cache
def follow(request: HttpRequest, message_token: str) -> HttpResponse:  # noqa: ARG001
    """Note that a message's link was followed, and lead to its page."""
    with every_brand():
        message = _message(message_token)
        template = template_facts([message.template_id]).get(message.template_id)
        note_read(message.id, "clicked", now=clock.now())
    link = template.link if template else ""
    return HttpResponseRedirect(link or "/")


@csrf_exempt  # RFC 8058: the mail program posts by itself, and knows no form
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def stop(request: HttpRequest, message_token: str) -> HttpResponse:
    """Ask whether the reader wants no more of these, and keep it: by one click in the mail program, or by the button here."""
    with every_brand():
        message = _message(message_token)
        brand = brand_facts([message.brand_id])[message.brand_id]
        if request.method == "POST":
            unsubscribe(
                [Stop(message.brand_id, message.member_id, message.channel, message.purpose, "link")], now=clock.now()
            )
        done = (message.channel, message.purpose) in unsubscribed_from(message.member_id)
    context = {"brand": brand, "done": done, "channel": CHANNELS[message.channel], "purpose": PURPOSES[message.purpose]}
    return render(request, "scene/notices/stop.html", context)


def _change(request: HttpRequest, shop: Visit, member_id: UUID) -> None:
    said, at = request.POST, clock.now()
    match said.get("do"):
        case "stop" | "again":
            if said.get("channel") not in CHANNELS or said.get("purpose") not in PURPOSES:
                raise NotFound(what="channel")
            one = Stop(shop.brand.id, member_id, said["channel"], said["purpose"], "page")
            if said["do"] == "stop":
                unsubscribe([one], now=at)
            else:
                subscribe_again(one, now=at)
        case "address":
            if said.get("address", "").strip():
                keep_address(member_id, said["address"], now=at)
            else:
                drop_address(member_id)
        case "allow":
            template_id, own_id = id_in(said.get("template", "")), id_in(said.get("id", ""))
            if template_id is None or own_id is None:
                raise NotFound(what="template")
            (given,) = give_credits([CreditGiven(own_id, shop.brand.id, member_id, template_id)], now=at)
            if isinstance(given, Refused):
                raise given


def _shown(shop: Visit, member_id: UUID) -> dict[str, Any]:
    off = unsubscribed_from(member_id)
    channels = [one.channel for one in accounts_of(shop.brand.id) if one.closed_at is None]
    rows = messages_of_member(member_id)
    templates = template_facts({row.template_id for row in rows})
    left = credits_left(member_id)
    address = addresses_of("email", [member_id], "").get(member_id, "")
    return {
        "shop": shop, "tab": "me",
        "channels": [(key, CHANNELS[key], [(purpose, label, (key, purpose) in off) for purpose, label in PURPOSES.items()]) for key in channels],
        "lately": [(row, templates.get(row.template_id), CHANNELS[row.channel]) for row in rows if row.sent_at],
        "asks": [(one, left.get(one.id, 0), new_id()) for one in askable_templates(shop.brand.id)] if "wechat" in channels else [],
        "mail": "email" in channels, "address": mask_email(address) if address else "",
    }  # fmt: skip


def _message(token: str) -> Any:
    message_id = message_of(token)
    message = message_by_id(message_id) if message_id else None
    if message is None:
        raise NotFound(what="message")
    return message


def _member_id(shop: Visit) -> UUID:
    if shop.member_id is None:
        raise NotFound(what="member")
    return shop.member_id


urlpatterns = [
    path("s/<slug:brand_code>/<str:store_code>/me/messages/", my_messages, name="shop-my-messages"),
    path("m/<str:message_token>/", follow, name="message-link"),
    path("m/<str:message_token>/stop/", stop, name="message-stop"),
]
