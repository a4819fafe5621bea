"""What pages about members call things. Load with `{% load members %}`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.conf import settings
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from sitong.shared.i18n import formats

register = template.Library()

KEYS = {
    "phone": _("Phone"),
    "wechat_union": _("WeChat (unionid)"),
    "wechat_open": _("WeChat (openid)"),
    "alipay": _("Alipay"),
    "card": _("Member card"),
    "wecom_contact": _("WeCom contact"),
    "buyer": _("Marketplace buyer"),
}
PROOFS = {
    "signed_in": _("signed in"),
    "scanned": _("scanned"),
    "paid_with": _("paid with it"),
    "staff": _("entered by staff"),
    "imported": _("imported"),
}
PURPOSES = {
    "service": _("Service"),
    "marketing": _("Marketing messages"),
    "profiling": _("Recommendations"),
    "share": _("Sharing with another company"),
    "location": _("Location when checking in"),
}
VISITS = {
    "bought": _("Bought in the store"),
    "fetched": _("Fetched an order"),
    "scanned": _("Showed the member code"),
    "checked_in": _("Checked in"),
}
SOURCE_KINDS = {
    "store_scan": _("Scan in a store"),
    "store": _("In a store"),
    "mini_shop": _("Mini shop"),
    "ad": _("Ad"),
    "guide": _("Guide"),
    "group": _("Group"),
    "friend": _("Friend"),
    "import": _("Import"),
    "other": _("Other"),
}
SOURCES = {
    "mini-shop": _("Mini shop"),
    "till": _("Till"),
    "staff": _("Entered by staff"),
    "import": _("Import"),
    "unknown": _("Not known"),
    "scan": SOURCE_KINDS["store_scan"],
    **{code: SOURCE_KINDS[code] for code in ("store", "ad", "guide", "group", "friend")},
}
SUBJECTS = {
    "member": _("Member"),
    "keys": _("Keys"),
    "consents": _("Consents"),
    "joins": _("Joins"),
    "tags": _("Tags"),
    "notes": _("Notes"),
    "visits": _("Visits"),
    "orders": _("Orders"),
    "cart": _("Cart"),
    "points": _("Points"),
    "tiers": _("Tiers"),
    "wallet": _("Wallet"),
    "coupons": _("Coupons"),
    "claims": _("Coupons"),
    "redemptions": _("Redeemed coupons"),
    "shares": _("Sharing"),
    "carts": _("Cart"),
    "standing": _("Tier"),
    "birthdays": _("Birthday"),
}
COLUMNS = {
    "number": _("Number"),
    "name": _("Name"),
    "phone": _("Phone"),
    "source": _("Source"),
    "joined_at": _("Joined"),
    "home_store": _("Home store"),
    "kind": _("Kind"),
    "app": _("App"),
    "value": _("Value"),
    "how": _("How"),
    "proven_at": _("Proven"),
    "purpose": _("Purpose"),
    "entity_id": _("Company"),
    "version": _("Version"),
    "yes": _("Consent"),
    "at": _("When"),
    "reason": _("Reason"),
    "undone_at": _("Undone"),
    "tag": _("Tag"),
    "text": _("Text"),
    "store": _("Store"),
    "state": _("State"),
    "placed_at": _("Placed"),
    "total_minor": _("Total"),
    "points": _("Points"),
    "amount_minor": _("Amount"),
}
COLORS = {
    "blue": _("Blue"),
    "azure": _("Azure"),
    "green": _("Green"),
    "lime": _("Lime"),
    "yellow": _("Yellow"),
    "orange": _("Orange"),
    "red": _("Red"),
    "pink": _("Pink"),
    "purple": _("Purple"),
    "teal": _("Teal"),
}
REASONS = {"staff": _("decided by staff"), **KEYS}


@register.filter
def key_name(kind: str) -> str:
    """Say what sort of key it is."""
    return str(KEYS.get(kind, kind))


@register.filter
def proof_name(how: str) -> str:
    """Say how a key was proven."""
    return str(PROOFS.get(how, how))


@register.filter
def purpose_name(purpose: str) -> str:
    """Say for what a consent is."""
    return str(PURPOSES.get(purpose, purpose))


@register.filter
def visit_name(kind: str) -> str:
    """Say why a member was in a store."""
    return str(VISITS.get(kind, kind))


@register.filter
def source_kind(kind: str) -> str:
    """Say what sort of entry a source is."""
    return str(SOURCE_KINDS.get(kind, kind))


@register.filter
def color_name(color: str) -> str:
    """Say a tag's color."""
    return str(COLORS.get(color, color))


@register.filter
def join_reason(reason: str) -> str:
    """Say why two members were joined."""
    return str(REASONS.get(reason, reason))


@register.filter
def subject_name(subject: str) -> str:
    """Say what is kept: "member.tags" and "tags" alike."""
    plain = subject.rpartition(".")[2]
    return str(SUBJECTS.get(plain, plain))


@register.filter
def column_name(column: str) -> str:
    """Say what stands in a column of the export."""
    return str(COLUMNS.get(column, column.replace("_", " ")))


@register.filter
def plain_cell(value: Any) -> str:
    """Write one value of the export for people."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _now("Yes") if value else _now("No")
    if isinstance(value, datetime):
        return formats.moment_text(value, settings.TIME_ZONE, "medium")
    if isinstance(value, date):
        return formats.day_text(value, "medium")
    return str(value)


@register.simple_tag
def source_name(sources: Mapping[str, Any], code: str) -> str:
    """Say by which source a member came: its own name, the platform's for what it writes itself, else the code."""
    source = sources.get(code)
    named = str(getattr(source, "name", ""))
    if formats.locale_now() == "en":
        named = str(getattr(source, "name_en", "")) or named
    return str(named or SOURCES.get(code, code))
