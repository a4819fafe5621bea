"""Which of our messages a carrier speaks of."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sitong.marketing.messages.models import Message, MessageChannel, MessageTemplate
from sitong.marketing.messages.queries.rendering import addresses_of
from sitong.member.identity.queries import member_by_key
from sitong.shared.access.phones import normal_phone

Call = tuple[UUID, UUID | None, str]
Number = tuple[UUID, str, str]


def messages_of_calls(named: Collection[Call]) -> dict[Call, UUID]:
    """Give messages by (brand, call, address); of a call with one message the address need not be said."""
    rows = Message.objects.filter(attempt_id__in={one[1] for one in named}).only(
        "id", "brand_id", "member_id", "attempt_id", "channel"
    )
    by_call: dict[tuple[UUID, UUID | None], list[Message]] = {}
    for row in rows:
        by_call.setdefault((row.brand_id, row.attempt_id), []).append(row)
    phones = {
        channel: addresses_of(channel, {row.member_id for row in rows if row.channel == channel}, "")
        for channel in {row.channel for row in rows if row.channel in ("sms", "voice")}
    }
    found: dict[Call, UUID] = {}
    for one in named:
        mine, wanted = by_call.get((one[0], one[1]), []), normal_phone(one[2]) if one[2] else ""
        if len(mine) == 1 and not wanted:
            found[one] = mine[0].id
        for row in mine:
            if wanted and phones.get(row.channel, {}).get(row.member_id) == wanted:
                found[one] = row.id
    return found


def messages_of_numbers(named: Collection[Number]) -> dict[Number, UUID]:
    """Give messages by (brand, channel, the provider's own number)."""
    rows = Message.objects.filter(provider_id__in={one[2] for one in named}).exclude(provider_id="")
    found = {(row.brand_id, row.channel, row.provider_id): row.id for row in rows}
    return {one: found[one] for one in named if one in found}


def messages_of_openids(named: Collection[tuple[UUID, str, str]]) -> dict[tuple[UUID, str, str], UUID]:
    """Give unknown WeChat messages by (brand, openid, the provider's template), where there is just one that it can be."""
    found: dict[tuple[UUID, str, str], UUID] = {}
    for one in named:
        account = MessageChannel.objects.filter(brand_id=one[0], channel="wechat").first()
        member = member_by_key(one[0], "wechat_open", one[1], app=account.account) if account else None
        if member is None:
            continue
        templates = MessageTemplate.objects.filter(brand_id=one[0], provider_code=one[2])
        rows = Message.objects.filter(
            member_id=member.id, template_id__in=templates.values("id"), state__in=("unknown", "sending")
        )
        ids = list(rows.values_list("id", flat=True)[:2])
        if len(ids) == 1:
            found[one] = ids[0]
    return found
