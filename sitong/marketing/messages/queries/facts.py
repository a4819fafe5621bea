"""What planning and sending are decided from, read for thousands of members in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sitong.marketing.messages.catalog import LOOKED_UP, fields_in
from sitong.marketing.messages.models import Message, MessageCap, MessageChannel, MessageHours, MessageTemplate
from sitong.marketing.messages.rules import Cap, PlanFacts, Quiet, Standing, TemplateTerms, after_quiet, periods
from sitong.member.consent.reaching import Reach, having_key, reach_of_members
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import store_facts
from sitong.shared.statements import run, uuids

READY = ("none", "approved")
BY_PHONE = ("sms", "voice")

UNSUBSCRIBED = """
SELECT u.member_id, u.channel, u.purpose FROM unnest(%s::uuid[]) AS w(id)
JOIN marketing_messageunsubscribe AS u ON u.member_id = w.id AND u.ended_at IS NULL
"""

COUNTS = """
SELECT m.member_id, m.due_on, m.channel, m.purpose, count(*) FROM unnest(%s::uuid[]) AS w(id)
JOIN marketing_message AS m ON m.member_id = w.id AND m.due_on BETWEEN %s AND %s AND m.state NOT IN ('canceled', 'failed')
GROUP BY 1, 2, 3, 4
"""

CREDITS = """
SELECT w.member, w.template, c.id FROM unnest(%s::uuid[], %s::uuid[]) AS w(member, template)
JOIN marketing_messagecredit AS c ON c.member_id = w.member AND c.template_id = w.template AND c.message_id IS NULL AND c.ended_at IS NULL
ORDER BY c.given_at DESC, c.id DESC
"""

WITH_MAIL = """
SELECT a.member_id FROM unnest(%s::uuid[]) AS w(id) JOIN marketing_messageaddress AS a ON a.member_id = w.id
"""


def terms_of(template_ids: Collection[UUID]) -> dict[UUID, TemplateTerms]:
    """Give what planning asks of templates; unknown and ended ones are left out."""
    rows = MessageTemplate.objects.filter(id__in=template_ids, ended_at=None)
    return {
        row.id: TemplateTerms(row.id, row.brand_id, row.channel, row.purpose, row.approval in READY, fields_said(row))
        for row in rows
    }


def fields_said(template: MessageTemplate) -> frozenset[str]:
    """Give the fields that a planner must bring for a template."""
    used = fields_in(template.text, template.text_en, template.subject, template.subject_en, template.link)
    return (used | {field for _, field in template.slots}) - LOOKED_UP


def open_channels(brand_ids: Collection[UUID]) -> dict[tuple[UUID, str], MessageChannel]:
    """Give the open accounts of brands, by brand and channel."""
    rows = MessageChannel.objects.filter(brand_id__in=brand_ids, closed_at=None)
    return {(row.brand_id, row.channel): row for row in rows}


def caps_of(brand_ids: Collection[UUID]) -> dict[UUID, dict[str, Cap]]:
    """Give the caps of brands, by channel; '' is all channels together."""
    found: dict[UUID, dict[str, Cap]] = {}
    for row in MessageCap.objects.filter(brand_id__in=brand_ids):
        found.setdefault(row.brand_id, {})[row.channel] = Cap(row.per_day, row.per_week, row.per_month)
    return found


def quiet_of(brand_ids: Collection[UUID]) -> dict[UUID, Quiet]:
    """Give the quiet hours of brands; who has none is left out."""
    rows = MessageHours.objects.filter(brand_id__in=brand_ids)
    return {row.brand_id: Quiet(row.quiet_from, row.quiet_until) for row in rows if row.quiet_from != row.quiet_until}


def plan_facts(
    template_ids: Collection[UUID],
    member_ids: Collection[UUID],
    dates: Collection[date],
    *,
    now: datetime,
) -> PlanFacts:
    """Read all that a piece of messages is decided from. `dates` are the days around which caps are counted."""
    templates = terms_of(template_ids)
    brands = {one.brand_id for one in templates.values()}
    channels = open_channels(brands)
    zones = {id: one.zone for id, one in brand_facts(brands).items()}
    asked = list(dict.fromkeys(member_ids))
    reach = reach_of_members(asked, purpose="marketing")
    now_ids = list({one.member_id for one in reach.values()})
    wanted = {one.channel for one in templates.values()}
    caps = caps_of(brands)
    facts = PlanFacts(
        templates=templates, open_channels=frozenset(channels), standing=_standing(reach, now_ids, wanted, channels, zones),
        unsubscribed=frozenset((row[0], row[1], row[2]) for row in run(UNSUBSCRIBED, [uuids(now_ids)])),
        caps=caps, quiet=quiet_of(brands), zones=zones, now=now, repeated=len(now_ids) != len(member_ids),
    )  # fmt: skip
    if caps or "wecom" in wanted:
        _count(facts, now_ids, dates)
    if "wechat" in wanted:
        _credits(facts, now_ids)
    return facts


def reachable_by(
    channel: str, member_ids: Collection[UUID], channels: Mapping[tuple[UUID, str], MessageChannel]
) -> set[UUID]:
    """Give which members can be reached by e-mail, WeCom or WeChat, by who they are now."""
    if channel == "email":
        return {row[0] for row in run(WITH_MAIL, [uuids(member_ids)])}
    if channel == "wecom":
        return having_key(member_ids, "wecom_contact")
    apps = sorted({one.account for one in channels.values() if one.channel == "wechat"})
    return {id for app in apps for id in having_key(member_ids, "wechat_open", app=app)}


def _standing(
    reach: Mapping[UUID, Reach],
    now_ids: Collection[UUID],
    wanted: Collection[str],
    channels: Mapping[tuple[UUID, str], MessageChannel],
    zones: Mapping[UUID, str],
) -> dict[UUID, Standing]:
    homes = {one.home_store_id for one in reach.values() if one.home_store_id}
    stores: dict[UUID | None, str] = {id: one.zone for id, one in store_facts(homes).items()} if homes else {}
    others = {one: reachable_by(one, now_ids, channels) for one in wanted if one not in BY_PHONE}
    by_phone, none = frozenset(BY_PHONE), frozenset[str]()
    found = {}
    for asked, one in reach.items():
        ways = by_phone if one.phone else none
        if others:
            ways |= {channel for channel, ids in others.items() if one.member_id in ids}
        zone = stores.get(one.home_store_id) or zones.get(one.brand_id, "UTC")
        found[asked] = Standing(one.member_id, one.brand_id, zone, one.erased, one.yes, ways)
    return found


def _count(facts: PlanFacts, member_ids: Collection[UUID], dates: Collection[date]) -> None:
    spans = [period for on in dates for period in periods(on)]
    first, last = min(span[1] for span in spans), max(span[2] for span in spans) + timedelta(days=1)
    for member_id, on, channel, purpose, count in run(COUNTS, [uuids(member_ids), first, last]):
        if purpose == "marketing":
            facts.counts.setdefault(member_id, {})[on, channel] = count
        if channel == "wecom":
            mine = facts.platform.setdefault(member_id, {})
            mine[on, channel] = mine.get((on, channel), 0) + count


def _credits(facts: PlanFacts, member_ids: Collection[UUID]) -> None:
    asked = [(member, one.id) for one in facts.templates.values() if one.channel == "wechat" for member in member_ids]
    rows = run(CREDITS, [uuids([pair[0] for pair in asked]), uuids([pair[1] for pair in asked])])
    for member_id, template_id, credit_id in rows:
        facts.credits.setdefault((member_id, template_id), []).append(credit_id)


def stops_now(messages: Sequence[Message], *, now: datetime) -> tuple[dict[UUID, str], dict[UUID, datetime]]:
    """Look again at messages that are about to go: why some may not go at all, and until when others wait. By their ids."""
    asked = list({one.member_id for one in messages})
    reach = reach_of_members(asked, purpose="marketing")
    brands = {one.brand_id for one in messages}
    quiet, zones = quiet_of(brands), {id: one.zone for id, one in brand_facts(brands).items()}
    homes = {one.home_store_id for one in reach.values() if one.home_store_id}
    stores: dict[UUID | None, str] = {id: one.zone for id, one in store_facts(homes).items()} if homes else {}
    gone = {(row[0], row[1], row[2]) for row in run(UNSUBSCRIBED, [uuids({one.member_id for one in reach.values()})])}
    stops: dict[UUID, str] = {}
    waits: dict[UUID, datetime] = {}
    for one in messages:
        who = reach.get(one.member_id)
        if who is None or who.erased:
            stops[one.id] = "member_unknown"
        elif one.purpose == "marketing" and not who.yes:
            stops[one.id] = "no_consent"
        elif (who.member_id, one.channel, one.purpose) in gone:
            stops[one.id] = "unsubscribed"
        elif one.purpose == "marketing" and (hours := quiet.get(one.brand_id)):
            until = after_quiet(now, stores.get(who.home_store_id) or zones[one.brand_id], hours)
            if until > now:
                waits[one.id] = until
    return stops, waits
