"""Why a coupon is not used, as people read it. The codes are `stacking.NotApplied`'s."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sitong.marketing.coupons.stacking import NotApplied
from sitong.shared.i18n.formats import money_text


def reason_said(reason: NotApplied, *, currency: str, zone: str) -> str:
    """Give the sentence of a reason in the active language, amounts in this currency and times in this zone."""
    facts = reason.facts
    needs = money_text(int(facts.get("needs_minor", 0)), currency)
    threshold = money_text(int(facts.get("threshold_minor", 0)), currency)
    other = facts.get("with" if (get_language() or "").startswith("zh") else "with_en", "")
    sentences = {
        "used": _("It has been used."),
        "void": _("It was made void."),
        "not_held": _("It is not among your coupons any more."),
        "not_yet": _("It is valid from {since} on."),
        "expired": _("It expired on {until}."),
        "ended": _("It does not hold any more."),
        "wrong_store": _("It does not hold in this store."),
        "wrong_store_kind": _("It does not hold in stores of this kind."),
        "wrong_channel": _("It does not hold for this way of ordering."),
        "wrong_weekday": _("It does not hold on this day of the week."),
        "wrong_hour": _("It holds from {hour_from}:00 to {hour_until}:00."),
        "wrong_tier": _("It is for members of another tier."),
        "not_first_order": _("It is for a first order."),
        "not_for_goods": _("It is not for these goods."),
        "needs_more": _("It needs {needs} more of its goods (from {threshold})."),
        "not_chosen": _("You have not chosen it."),
        "too_many": _("Only {most} coupons are weighed at a time; this one would save less."),
        "others_save_more": _("It can only be used alone, and the others save more."),
        "cannot_combine": _("It cannot be combined with {other}."),
        "adds_nothing": _("It would save nothing more."),
    }
    text = sentences.get(reason.code, reason.code)
    return text.format(
        needs=needs, threshold=threshold, other=other, most=facts.get("most", ""), hour_from=facts.get("hour_from", ""),
        hour_until=facts.get("hour_until", ""), since=_day(facts.get("from"), zone), until=_day(facts.get("until"), zone),
    )  # fmt: skip


def _day(instant: object, zone: str) -> str:
    return f"{datetime.fromisoformat(str(instant)).astimezone(ZoneInfo(zone)):%Y-%m-%d}" if instant else ""
