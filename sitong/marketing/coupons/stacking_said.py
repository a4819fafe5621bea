"""Why a coupon is not used, as people read it. The codes are `stacking.NotApplied`'s."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from sitong.marketing.coupons.stacking import NotApplied
from sitong.shared.i18n.formats import money_text

SENTENCES = {
    "used": gettext_noop("It has been used."),
    "void": gettext_noop("It was made void."),
    "not_held": gettext_noop("It is not among your coupons any more."),
    "not_yet": gettext_noop("It is valid from {since} on."),
    "expired": gettext_noop("It expired on {until}."),
    "ended": gettext_noop("It does not hold any more."),
    "wrong_store": gettext_noop("It does not hold in this store."),
    "wrong_store_kind": gettext_noop("It does not hold in stores of this kind."),
    "wrong_channel": gettext_noop("It does not hold for this way of ordering."),
    "wrong_weekday": gettext_noop("It does not hold on this day of the week."),
    "wrong_hour": gettext_noop("It holds from {hour_from}:00 to {hour_until}:00."),
    "wrong_tier": gettext_noop("It is for members of another tier."),
    "not_first_order": gettext_noop("It is for a first order."),
    "beside_promotion": gettext_noop("A promotion is on these goods, beside which it does not hold."),
    "not_for_goods": gettext_noop("It is not for these goods."),
    "needs_more": gettext_noop("It needs {needs} more of its goods (from {threshold})."),
    "not_chosen": gettext_noop("You have not chosen it."),
    "too_many": gettext_noop("Only {most} coupons are weighed at a time; this one would save less."),
    "others_save_more": gettext_noop("It can only be used alone, and the others save more."),
    "cannot_combine": gettext_noop("It cannot be combined with {other}."),
    "adds_nothing": gettext_noop("It would save nothing more."),
}


def reason_said(reason: NotApplied, *, currency: str, zone: str) -> str:
    """Give the sentence of a reason in the active language, amounts in this currency and times in this zone."""
    if reason.code not in SENTENCES:
        return reason.code
    said: dict[str, int | str] = {}
    for name, value in reason.facts.items():
        if name.endswith("_minor"):
            said[name.removesuffix("_minor")] = money_text(int(value), currency)
        elif name in {"from", "until"}:
            said["since" if name == "from" else "until"] = _day(value, zone)
        else:
            said[name] = value
    if "with" in said:
        said["other"] = said["with" if (get_language() or "").startswith("zh") else "with_en"]
    return _(SENTENCES[reason.code]).format(**said)


def _day(instant: object, zone: str) -> str:
    return f"{datetime.fromisoformat(str(instant)).astimezone(ZoneInfo(zone)):%Y-%m-%d}"
