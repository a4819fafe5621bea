"""A message planned for each of many members, with consent, caps over all causes and quiet hours; then sent up to the adapter.

Beside the plain INSERT of the same rows by the same driver in the same table, which decides nothing.
"""

from __future__ import annotations

import os
import time
from typing import Any
from uuid import UUID

from bench import Figure, compared, server

MEMBERS = int(os.environ.get("MESSAGES", "200000"))
PIECE = 20_000
SENT = 50_000
"""How many of them are sent."""

JOIN = """
INSERT INTO member_member (id, brand_id, number, name, phone, phone_index, source, joined_at)
SELECT id, %(brand)s, right(replace(id::text, '-', ''), 20), '', %(phone)s, decode(md5(id::text) || md5('x' || id::text), 'hex'), 'bench', now()
FROM unnest(%(ids)s::uuid[]) AS m(id)
"""
AGREE = """
INSERT INTO member_consentgiven (id, brand_id, member_id, wording_id, purpose, yes, how, shown_phone, at)
SELECT gen_random_uuid(), %(brand)s, id, %(wording)s, 'marketing', true, 'sign_up', '', now() FROM unnest(%(ids)s::uuid[]) AS m(id)
"""
PLAIN = """
INSERT INTO marketing_message (id, brand_id, member_id, template_id, channel, purpose, cause, state, planned_at, send_after, due_on,
                               attempts, provider_id, fault)
SELECT id, %s, member_id, %s, 'sms', 'marketing', 'bench', 'canceled', %s, %s, %s, 0, '', ''
FROM unnest(%s::uuid[], %s::uuid[]) AS w(id, member_id)
"""


def run() -> list[Figure]:
    """Measure planning against a plain INSERT, then sending to an adapter that takes everything."""
    from django.db import transaction

    from sitong.marketing.messages.actions import plan_many
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_ids
    from sitong.shared.statements import uuids, write

    with server.database():
        brand_id, template_id, members = _prepare()
        now = clock_now()
        began = time.perf_counter()
        for start in range(0, MEMBERS, PIECE):
            piece = members[start : start + PIECE]
            with transaction.atomic():
                write(PLAIN, [brand_id, template_id, now, now, now.date(), uuids(new_ids(len(piece))), uuids(piece)])
        plain = MEMBERS / (time.perf_counter() - began)
        _analyze()
        began = time.perf_counter()
        planned = 0
        for start in range(0, MEMBERS, PIECE):
            piece = members[start : start + PIECE]
            ids = new_ids(len(piece))
            planned += plan_many(ids, piece, template_id=template_id, cause="bench", now=now).planned
        rate = MEMBERS / (time.perf_counter() - began)
        if planned != MEMBERS:
            raise AssertionError(f"{planned} of {MEMBERS} were planned")
        sent_rate = _send(brand_id)
    return [
        compared("messages-plan", rate, "messages/s", plain, messages=MEMBERS, target=20_000),
        compared("messages-send", sent_rate, "messages/s", plain, messages=min(MEMBERS, SENT), together=100),
    ]  # fmt: skip


def _send(brand_id: UUID) -> float:
    """Send to a carrier that takes everything at once: claiming, looking again, rendering, writing down, keeping the answers."""
    from sitong.marketing.messages.adapters.nowhere import Nowhere
    from sitong.marketing.messages.messenger import send_through
    from sitong.marketing.messages.queries.accounts import account_of
    from sitong.shared.clock import now as clock_now

    account = account_of(brand_id, "sms")
    if account is None:
        raise AssertionError("the account is gone")
    began, sent = time.perf_counter(), 0
    while sent < min(MEMBERS, SENT):
        sent += send_through(Nowhere(), account, clock=clock_now, until=clock_now())
    return sent / (time.perf_counter() - began)


def _prepare() -> tuple[UUID, UUID, list[UUID]]:
    from sitong.marketing.messages.actions import (
        ChannelWanted,
        TemplateWanted,
        define_template,
        keep_caps,
        keep_channel,
        keep_hours,
        note_approval,
    )
    from sitong.marketing.messages.rules import Cap, Quiet
    from sitong.member.consent.actions import WordingWanted, publish_wordings
    from sitong.org.brands.actions import found_brand
    from sitong.shared.access.fields import seal
    from sitong.shared.clock import now as clock_now
    from sitong.shared.ids import new_id, new_ids
    from sitong.shared.statements import run as ask
    from sitong.shared.statements import uuids

    at = clock_now()
    brand = found_brand(code="bench", name="bench", name_en="", zone="Asia/Shanghai", by=None, now=at)
    (wording,) = publish_wordings([WordingWanted(new_id(), brand.id, "marketing", "可以发我优惠吗？")], by=None, now=at)
    keep_channel(ChannelWanted(brand.id, "sms", "aliyun", "bench", "a secret", per_second=1_000), by=None, now=at)
    minute = (at.hour + 8) % 24 * 60
    keep_hours(brand.id, Quiet((minute + 600) % 1440, (minute + 660) % 1440), by=None, now=at)
    keep_caps(brand.id, {"sms": Cap(2, 5, 10), "": Cap(3, None, None)}, by=None, now=at)
    wanted = TemplateWanted(
        new_id(), brand.id, "sms", "marketing", "周末", "{member_name}，周末八折。拒收请回复R", provider_code="SMS_1",
        signature="四通", slots=[("name", "member_name")],
    )  # fmt: skip
    define_template(wanted, by=None, now=at)
    note_approval(wanted.id, "approved", by=None, now=at)
    members = new_ids(MEMBERS)
    phone = seal("+8613800000000")
    for start in range(0, MEMBERS, PIECE):
        said: dict[str, Any] = {"brand": brand.id, "phone": phone, "ids": uuids(members[start : start + PIECE])}
        ask(JOIN, said)
        ask(AGREE, said | {"wording": wording.id})
    _analyze()
    return brand.id, wanted.id, members


def _analyze() -> None:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
