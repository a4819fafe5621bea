"""What a promotion may be: pure. Refused at configuration with the reason, so that nobody meets it at a counter."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from sitong.marketing.coupons.definition import AMOUNT_MAX_MINOR, STORE_KINDS, YEARS
from sitong.marketing.coupons.rules import ANY, Terms
from sitong.marketing.promotions.rules import AMOUNT, BUNDLE, FLASH, GIFT, MEMBER_DAY, NTH, QUANTITY, STEPS, Rule
from sitong.shared.errors import Refused

PIECES_MAX = 999
STOCK_MAX = 1_000_000
STEPS_MAX, PARTS_MAX, FLASH_MAX = 10, 10, 200
LASTS_MAX = timedelta(days=731)


class PromotionNameless(Refused):
    """A promotion needs a name."""

    code = "marketing.promotion_nameless"


class PromotionRule(Refused):
    """Its kind needs something that is missing, or has a number that makes no sense; `what` names it."""

    code = "marketing.promotion_rule"


class PromotionDates(Refused):
    """It ends after it begins, within two years; hours run from 0 to 24, days of the month from 1 to 31."""

    code = "marketing.promotion_dates"


class PromotionGroup(Refused):
    """There is no such rule of stacking, or a name of a group without the rule."""

    code = "marketing.promotion_group"


@dataclass(frozen=True, slots=True)
class PromotionWanted:
    """A promotion as headquarters defines it. The id is the caller's. `ends_at` is the first instant at which it is over."""

    id: UUID
    brand_id: UUID
    kind: str
    name: str
    rule: Rule
    starts_at: datetime
    ends_at: datetime
    name_en: str = ""
    terms: Terms = field(default_factory=lambda: ANY)
    month_days: tuple[int, ...] = ()
    members_only: bool = False
    stores_choose: bool = False
    stacking: str = "group"
    stack_group: str = ""


def definition_fault(one: PromotionWanted) -> Refused | None:
    """Say what is wrong with a promotion, None when it is sound."""
    if not one.name.strip():
        return PromotionNameless()
    what = RULE_FAULTS[one.kind](one) if one.kind in RULE_FAULTS else "kind"
    if what is None and not 0 < one.rule.times_max <= PIECES_MAX:
        what = "times_max"
    if what is None and not one.terms.store_kinds <= set(STORE_KINDS):
        what = "store_kinds"
    if what is not None:
        return PromotionRule(what=what)
    if one.stacking not in {"exclusive", "group", "free"} or (one.stack_group and one.stacking != "group"):
        return PromotionGroup(stacking=one.stacking)
    return _times_fault(one)


def _times_fault(one: PromotionWanted) -> Refused | None:
    terms = one.terms
    if one.starts_at.year not in YEARS or one.ends_at.year not in YEARS:
        return PromotionDates(what="year")
    if not one.starts_at < one.ends_at <= one.starts_at + LASTS_MAX:
        return PromotionDates(what="ends_at")
    if not 0 <= terms.hour_from < terms.hour_until <= 24 or not terms.weekdays <= frozenset(range(7)):
        return PromotionDates(what="hours")
    if not all(1 <= day <= 31 for day in one.month_days):
        return PromotionDates(what="month_days")
    return None


def _named(one: PromotionWanted) -> bool:
    return bool(one.terms.category_ids or one.terms.product_ids or one.terms.sku_ids)


def _gift_fault(one: PromotionWanted) -> str | None:
    rule = one.rule
    if not _named(one):
        return "goods"
    if not 1 <= rule.count <= PIECES_MAX or not 1 <= rule.gift_count <= PIECES_MAX:
        return "count"
    if rule.gift_product_ids and rule.gift_product_ids & one.terms.product_ids:
        return "gift"
    return None


def _nth_fault(one: PromotionWanted) -> str | None:
    if not 2 <= one.rule.count <= PIECES_MAX:
        return "count"
    return None if 0 < one.rule.percent_bp <= 10_000 else "percent_bp"


def _bundle_fault(one: PromotionWanted) -> str | None:
    rule = one.rule
    products = [key for part in rule.parts for key in part.product_ids]
    if not 1 <= len(rule.parts) <= PARTS_MAX or len(products) != len(set(products)) or _named(one):
        return "parts"
    if any(not part.product_ids or not 1 <= part.count <= PIECES_MAX for part in rule.parts):
        return "parts"
    if sum(part.count for part in rule.parts) < 2:
        return "parts"
    return None if 0 < rule.price_minor <= AMOUNT_MAX_MINOR else "price_minor"


def _steps_fault(one: PromotionWanted) -> str | None:
    rule = one.rule
    if rule.measure not in (QUANTITY, AMOUNT):
        return "measure"
    reaches = [step.reach for step in rule.steps]
    if not 1 <= len(rule.steps) <= STEPS_MAX or reaches != sorted(set(reaches)) or reaches[0] < 1:
        return "steps"
    if reaches[-1] > AMOUNT_MAX_MINOR or (rule.each and (len(rule.steps) > 1 or rule.steps[0].percent_bp)):
        return "steps"
    gives = [(step.percent_bp, step.off_minor) for step in rule.steps]
    if any((percent > 0) == (off > 0) or not 0 <= percent <= 10_000 or off < 0 for percent, off in gives):
        return "steps"
    if any(after < before for before, after in pairwise(gives)):
        return "steps"
    if rule.measure == AMOUNT and any(step.off_minor > step.reach for step in rule.steps):
        return "steps"
    return None


def _member_day_fault(one: PromotionWanted) -> str | None:
    return None if 0 < one.rule.percent_bp <= 10_000 and one.members_only else "percent_bp"


def _flash_fault(one: PromotionWanted) -> str | None:
    prices = one.rule.flash
    if not 1 <= len(prices) <= FLASH_MAX or len({price.sku_id for price in prices}) != len(prices) or _named(one):
        return "flash"
    for price in prices:
        if not 0 < price.price_minor <= AMOUNT_MAX_MINOR or not 1 <= price.stock <= STOCK_MAX:
            return "flash"
        if price.per_member is not None and not 1 <= price.per_member <= PIECES_MAX:
            return "flash"
    limited = any(price.per_member is not None for price in prices)
    return "members_only" if limited and not one.members_only else None


RULE_FAULTS = {
    GIFT: _gift_fault, NTH: _nth_fault, BUNDLE: _bundle_fault, STEPS: _steps_fault, MEMBER_DAY: _member_day_fault,
    FLASH: _flash_fault,
}  # fmt: skip
"""By kind: what is wrong with the rule, None when nothing is."""
