"""Promotions in words: what one gives, and why it is not used, in the active language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from sitong.marketing.coupons.stacking import NotApplied
from sitong.marketing.promotions.rules import BUNDLE, FLASH, GIFT, MEMBER_DAY, NTH, QUANTITY, Rule, Step
from sitong.shared.i18n.formats import money_text

WHY = {
    "members_only": gettext_noop("For members: sign in to get it."),
    "wrong_tier": gettext_noop("It is for members of another tier."),
    "wrong_hour": gettext_noop("It holds from {hour_from}:00 to {hour_until}:00."),
    "not_for_goods": gettext_noop("It is not for these goods."),
    "needs_pieces": gettext_noop("Take {needs} more to get it."),
    "needs_more": gettext_noop("{needs} more to get it."),
    "gift_missing": gettext_noop("You may take {count} of the gift for nothing: put it into the cart."),
    "bundle_incomplete": gettext_noop("Put the whole set into the cart to get its price."),
    "flash_gone": gettext_noop("All that you may have at this price are gone."),
    "others_save_more": gettext_noop("What is used saves more."),
    "cannot_combine": gettext_noop("It cannot be combined with {other}."),
    "adds_nothing": gettext_noop("It would save nothing more."),
    "too_many": gettext_noop("Only {most} promotions are weighed at a time; this one would save less."),
}

WORTH_SAYING = frozenset({
    "members_only", "wrong_hour", "needs_pieces", "needs_more", "gift_missing", "bundle_incomplete", "flash_gone",
    "others_save_more", "cannot_combine",
})  # fmt: skip
"""What a buyer can do something about, or might ask for."""


class Ruled(Protocol):
    """What a sentence needs of a promotion."""

    @property
    def kind(self) -> str: ...
    @property
    def rule(self) -> Rule: ...


def why_said(reason: NotApplied, *, currency: str) -> str:
    """Give the sentence of a reason."""
    if reason.code not in WHY:
        return reason.code
    said: dict[str, int | str] = {}
    for name, value in reason.facts.items():
        said[name.removesuffix("_minor")] = money_text(int(value), currency) if name.endswith("_minor") else value
    if "with" in said:
        said["other"] = said["with" if in_chinese() else "with_en"]
    return _(WHY[reason.code]).format(**said)


def rule_said(one: Ruled, *, currency: str, products: Mapping[UUID, str] | None = None) -> str:
    """Say what a promotion gives, in a sentence; `products` names the gifts."""
    rule, named = one.rule, products or {}
    if one.kind == GIFT:
        gift = "、".join(sorted(named[key] for key in rule.gift_product_ids if key in named)) or _("of the same")
        return _("Buy {count}, get {gifts} for nothing ({gift})").format(
            count=rule.count, gifts=rule.gift_count, gift=gift
        )
    if one.kind == NTH:
        return tag_said(one, currency=currency)
    if one.kind == BUNDLE:
        pieces = sum(part.count for part in rule.parts)
        return _("{pieces} together for {price}").format(pieces=pieces, price=money_text(rule.price_minor, currency))
    if one.kind == MEMBER_DAY:
        return _("Member day: {rate} % off").format(rate=rate(rule.percent_bp))
    if one.kind == FLASH:
        lowest = min((price.price_minor for price in rule.flash), default=0)
        return _("Flash sale from {price}").format(price=money_text(lowest, currency))
    return " · ".join(step_said(step, rule, currency=currency) for step in rule.steps)


def step_said(step: Step, rule: Rule, *, currency: str) -> str:
    """Say one step of a discount."""
    off = money_text(step.off_minor, currency)
    if rule.measure == QUANTITY:
        if step.percent_bp:
            return _("{reach} pieces or more: {rate} % off").format(reach=step.reach, rate=rate(step.percent_bp))
        form = _("Every {reach} pieces: {off} off") if rule.each else _("{reach} pieces or more: {off} off")
        return form.format(reach=step.reach, off=off)
    reach = money_text(step.reach, currency)
    if step.percent_bp:
        return _("From {reach}: {rate} % off").format(reach=reach, rate=rate(step.percent_bp))
    return (_("Every {reach}: {off} off") if rule.each else _("From {reach}: {off} off")).format(reach=reach, off=off)


def tag_said(one: Ruled, *, currency: str) -> str:
    """Give the few words that stand beside goods on a shelf."""
    rule = one.rule
    if one.kind == GIFT:
        return _("Buy {count} get {gifts}").format(count=rule.count, gifts=rule.gift_count)
    if one.kind == NTH:
        if rule.count == 2 and rule.percent_bp == 5_000:
            return _("2nd at half price")
        form = _("2nd at {rate} % off") if rule.count == 2 else _("Of each {count}, one {rate} % off")
        return form.format(rate=rate(rule.percent_bp), count=rule.count)
    if one.kind == BUNDLE:
        return _("Set {price}").format(price=money_text(rule.price_minor, currency))
    if one.kind == MEMBER_DAY:
        return _("Member day −{rate} %").format(rate=rate(rule.percent_bp))
    if one.kind == FLASH:
        return _("Flash sale")
    return step_said(rule.steps[0], rule, currency=currency)


def rate(rate_bp: int) -> str:
    """Write basis points as per cent."""
    return f"{rate_bp / 100:g}"


def in_chinese() -> bool:
    """Tell whether the active language is Chinese."""
    return (get_language() or "").startswith("zh")
