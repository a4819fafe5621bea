"""How messages are said to people: names of channels, states, causes and reasons; the month as weeks; a template's preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sitong.marketing.messages.catalog import filled
from sitong.marketing.messages.models import MessageTemplate
from sitong.marketing.messages.queries.desk import COUNTS, DaySum
from sitong.marketing.messages.queries.rendering import needed, own_values

CHANNELS: Mapping[str, Any] = {
    "sms": gettext_lazy("SMS"), "wechat": gettext_lazy("WeChat"), "wecom": gettext_lazy("WeCom"), "email": gettext_lazy("E-mail"),
    "voice": gettext_lazy("Voice"),
}  # fmt: skip
PURPOSES: Mapping[str, Any] = {"marketing": gettext_lazy("Marketing"), "service": gettext_lazy("Service")}
STATES: Mapping[str, tuple[Any, str]] = {
    "planned": (gettext_lazy("waiting"), "blue"), "sending": (gettext_lazy("being sent"), "blue"),
    "unknown": (gettext_lazy("unknown"), "orange"), "sent": (gettext_lazy("sent"), "azure"),
    "failed": (gettext_lazy("not delivered"), "red"), "delivered": (gettext_lazy("delivered"), "green"),
    "opened": (gettext_lazy("opened"), "green"), "clicked": (gettext_lazy("clicked"), "green"),
    "canceled": (gettext_lazy("canceled"), "secondary"),
}  # fmt: skip
APPROVALS: Mapping[str, tuple[Any, str]] = {
    "none": (gettext_lazy("ready"), "green"), "draft": (gettext_lazy("draft"), "secondary"),
    "waiting": (gettext_lazy("at the provider"), "blue"), "approved": (gettext_lazy("approved"), "green"),
    "refused": (gettext_lazy("refused"), "red"),
}  # fmt: skip
CAUSES: Mapping[str, Any] = {
    "journey": gettext_lazy("Journey"), "test": gettext_lazy("Test"), "notice": gettext_lazy("Notice"), "giving": gettext_lazy("Coupons given"),
    "campaign": gettext_lazy("Campaign"),
}  # fmt: skip
FIELD_NAMES: Mapping[str, Any] = {
    "member_name": gettext_lazy("the member's name"), "tier": gettext_lazy("tier"), "points": gettext_lazy("points"),
    "store": gettext_lazy("home store"), "brand": gettext_lazy("brand"), "link": gettext_lazy("short link"), "coupon": gettext_lazy("coupon"),
    "until": gettext_lazy("until when"), "amount": gettext_lazy("amount"), "order": gettext_lazy("order number"),
    "prize": gettext_lazy("prize"), "count": gettext_lazy("how many"), "product": gettext_lazy("product"), "day": gettext_lazy("day"),
    "time": gettext_lazy("time"), "place": gettext_lazy("place"),
}  # fmt: skip
SAMPLES: Mapping[str, tuple[str, str]] = {
    "coupon": ("满减券", "Five off"), "until": ("3月9日", "March 9"), "amount": ("¥25.00", "¥25.00"), "order": ("A1024", "A1024"),
    "prize": ("保温杯", "a flask"), "count": ("3", "3"), "product": ("山泉水", "spring water"), "day": ("3月8日", "March 8"),
    "time": ("18:00", "18:00"), "place": ("人民广场店", "People's Square"), "link": ("https://…/m/x7Kp", "https://…/m/x7Kp"),
    "member_name": ("王小明", "Wang Xiaoming"), "tier": ("金卡", "Gold"), "points": ("1280", "1280"), "store": ("人民广场店", "People's Square"),
    "brand": ("四通百货", "Sitong"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preview:
    """A template as a member would get it, in Chinese and in English."""

    text: str
    text_en: str
    subject: str
    subject_en: str
    member_name: str = ""


@dataclass(slots=True)
class CalendarDay:
    """A day of the month with its sums. `rows` are those of the day by channel and cause."""

    on: date
    inside: bool
    rows: list[DaySum] = field(default_factory=list)

    @property
    def planned(self) -> int:
        return sum(one.planned - one.canceled for one in self.rows)

    @property
    def sent(self) -> int:
        return sum(one.sent for one in self.rows)

    @property
    def waiting(self) -> int:
        return max(0, self.planned - self.sent)


def previewed(template: MessageTemplate, member_id: UUID | None, *, now: datetime) -> Preview:
    """Fill a template's texts with a member's own values, or with samples; what the planner says is a sample always."""
    chinese = {name: pair[0] for name, pair in SAMPLES.items()}
    english = {name: pair[1] for name, pair in SAMPLES.items()}
    if member_id:
        _language, own = own_values([member_id], needed([template]), now=now)[member_id]
        chinese |= own
        english |= own
    return Preview(
        filled(template.text, chinese), filled(template.text_en, english), filled(template.subject, chinese),
        filled(template.subject_en, english), chinese["member_name"] if member_id else "",
    )  # fmt: skip


def month_of(on: date, rows: Sequence[DaySum]) -> list[list[CalendarDay]]:
    """Give the month of a day as weeks from Monday, with what each day holds."""
    first = on.replace(day=1)
    start = first - timedelta(days=first.weekday())
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    by_day: dict[date, list[DaySum]] = {}
    for row in rows:
        by_day.setdefault(row.on, []).append(row)
    weeks = []
    while start <= last:
        days = [start + timedelta(days=number) for number in range(7)]
        weeks.append([CalendarDay(day, day.month == on.month, by_day.get(day, [])) for day in days])
        start += timedelta(days=7)
    return weeks


def sums_by_cause(rows: Sequence[DaySum]) -> list[tuple[str, str, dict[str, int]]]:
    """Add a month's rows up by cause and channel, the most first."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        sums = found.setdefault((row.cause, row.channel), dict.fromkeys(COUNTS, 0))
        for name in COUNTS:
            sums[name] += getattr(row, name)
    ordered = sorted(found.items(), key=lambda one: (-one[1]["planned"], one[0]))
    return [(cause, channel, sums) for (cause, channel), sums in ordered]


def cause_said(cause: str) -> str:
    """Say a cause: its kind in words, the rest as it is when it is short."""
    kind, _colon, rest = cause.partition(":")
    if kind not in CAUSES:
        return cause
    rest = rest.split(":")[0]
    named = notice_said(rest) if kind == "notice" else (rest if len(rest) <= 20 else "")
    return f"{CAUSES[kind]} {named}".strip()


def notice_said(kind: str) -> str:
    """Say what an automatic notice is about."""
    return {
        "coupon_expiring": _("Coupon expires"), "points_expiring": _("Points expire"), "draw_won": _("Prize won"),
        "tier_changed": _("New tier"), "pickup_ready": _("Ready for pickup"), "gift_given": _("Gift to fetch"),
        "deal_complete": _("Group complete"),
    }.get(kind, kind)  # fmt: skip


def fault_said(fault: str) -> str:
    """Say why a message was not sent or did not arrive; the provider's own codes stay as they are."""
    return {
        "no_consent": _("consent withdrawn"), "unsubscribed": _("unsubscribed"), "no_address": _("no address"),
        "member_unknown": _("no such member"), "decided": _("decided by a person"), "43101": _("the member refuses it in WeChat"),
        "isv.BUSINESS_LIMIT_CONTROL": _("too many to this number"), "fail_list": _("cannot get any more this month"),
    }.get(fault, fault)  # fmt: skip
