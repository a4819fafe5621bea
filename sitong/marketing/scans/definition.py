"""What a scan plan may be: pure. Refused at configuration with the reason, so that no consumer meets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sitong.marketing.scans.rules import MILLION, PlanNow, Prize
from sitong.shared.errors import Refused

PRIZES_MAX = 20
AMOUNT_MAX_MINOR = 10**12
COUNT_MAX = 2_000_000_000
PRIZE_MAX_MINOR = 5_000_000
"""50,000 yuan, the most that one prize by chance may be worth: 规范促销行为暂行规定 (2020), article 17, after article 10 of the
law against unfair competition."""
CASH_MIN_MINOR, CASH_MAX_MINOR = 10, 20_000
"""What WeChat Pay transfers to a consumer at once, without a name to check and beyond its smallest sum."""


class ScanPlanNameless(Refused):
    """A plan needs a name."""

    code = "marketing.scan_plan_nameless"


class ScanPlanTarget(Refused):
    """A plan is for one batch or for one product of the brand."""

    code = "marketing.scan_plan_target"


class ScanPlanDates(Refused):
    """The plan ends before it begins."""

    code = "marketing.scan_plan_dates"


class ScanPlanPrizes(Refused):
    """No prize, too many, or an amount or quantity that cannot be."""

    code = "marketing.scan_plan_prizes"


class ScanPlanChances(Refused):
    """The chances are not above nothing, or together more than certain."""

    code = "marketing.scan_plan_chances"


class ScanPrizeUnlawful(Refused):
    """A prize by chance is worth more than the law allows."""

    code = "marketing.scan_prize_unlawful"


class ScanCashRange(Refused):
    """A cash reward is less or more than the payment provider transfers at once, or costs something else than itself."""

    code = "marketing.scan_cash_range"


class ScanPlanLimits(Refused):
    """A limit is less than one, or the budget does not cover the dearest prize, or is less than has been spent."""

    code = "marketing.scan_plan_limits"


class ScanPlanFrozen(Refused):
    """The plan has been drawn from: this may only change in the consumers' favor."""

    code = "marketing.scan_plan_frozen"


@dataclass(frozen=True, slots=True)
class ScanPlanWanted:
    """A plan as headquarters defines it: for a batch or a product. The end is the first instant at which it is over."""

    id: UUID
    brand_id: UUID
    name: str
    prizes: tuple[Prize, ...]
    starts_at: datetime
    ends_at: datetime
    name_en: str = ""
    batch_id: UUID | None = None
    product_id: UUID | None = None
    budget_minor: int | None = None
    rewards_daily: int | None = None
    per_member: int | None = None
    per_member_daily: int | None = None


def definition_fault(one: ScanPlanWanted, count: PlanNow) -> Refused | None:
    """Say what is wrong with a plan that has come as far as `count`, None when it is sound."""
    if not one.name.strip():
        return ScanPlanNameless()
    if (one.batch_id is None) == (one.product_id is None):
        return ScanPlanTarget()
    if one.ends_at <= one.starts_at:
        return ScanPlanDates()
    return _prizes_fault(one) or _limits_fault(one, count)


def frozen_fault(old: ScanPlanWanted, new: ScanPlanWanted) -> Refused | None:
    """Say which change would harm consumers of a plan that has been drawn from; None when none does."""
    kept = {
        "target": (old.batch_id, old.product_id) == (new.batch_id, new.product_id),
        "starts_at": old.starts_at == new.starts_at,
        "ends_at": new.ends_at >= old.ends_at,
        "budget_minor": more_or_none(old.budget_minor, new.budget_minor),
        "rewards_daily": more_or_none(old.rewards_daily, new.rewards_daily),
        "per_member": more_or_none(old.per_member, new.per_member),
        "per_member_daily": more_or_none(old.per_member_daily, new.per_member_daily),
        "prizes": prizes_better(old.prizes, new.prizes),
    }
    return next((ScanPlanFrozen(field=name) for name, fine in kept.items() if not fine), None)


def prizes_better(old: tuple[Prize, ...], new: tuple[Prize, ...]) -> bool:
    """Tell whether every prize of old is there in its place, with the same reward and cost, no less likely and no scarcer."""
    return len(new) >= len(old) and all(
        (after.reward, after.cost_minor) == (before.reward, before.cost_minor)
        and after.chance_ppm >= before.chance_ppm
        and more_or_none(before.quantity, after.quantity)
        for before, after in zip(old, new, strict=False)
    )


def more_or_none(before: int | None, after: int | None) -> bool:
    """Tell whether a limit stays, rises or goes away."""
    return after is None or (before is not None and after >= before)


def by_chance(prizes: tuple[Prize, ...]) -> bool:
    """Tell whether chance decides: a single prize that is certain is a plain reward."""
    return len(prizes) != 1 or prizes[0].chance_ppm != MILLION


def _prizes_fault(one: ScanPlanWanted) -> Refused | None:
    if not 0 < len(one.prizes) <= PRIZES_MAX:
        return ScanPlanPrizes(most=PRIZES_MAX)
    for prize in one.prizes:
        amounts = (prize.reward.amount, prize.cost_minor, 1 if prize.quantity is None else prize.quantity)
        if prize.reward.amount < 1 or min(amounts) < 0 or max(amounts) > AMOUNT_MAX_MINOR:
            return ScanPlanPrizes(most=PRIZES_MAX)
        if prize.quantity is not None and not 0 < prize.quantity <= COUNT_MAX:
            return ScanPlanPrizes(most=PRIZES_MAX)
        if prize.reward.kind == "cash":
            inside = CASH_MIN_MINOR <= prize.reward.amount <= CASH_MAX_MINOR
            if not inside or prize.cost_minor != prize.reward.amount:
                return ScanCashRange(least="0.10", most="200")
        if by_chance(one.prizes) and prize.cost_minor > PRIZE_MAX_MINOR:
            return ScanPrizeUnlawful()
    chances = [prize.chance_ppm for prize in one.prizes]
    return None if min(chances) > 0 and sum(chances) <= MILLION else ScanPlanChances()


def _limits_fault(one: ScanPlanWanted, count: PlanNow) -> Refused | None:
    for limit in (one.rewards_daily, one.per_member, one.per_member_daily):
        if limit is not None and not 0 < limit <= COUNT_MAX:
            return ScanPlanLimits()
    if one.budget_minor is None:
        return None
    covered = max(count.spent_minor, max(prize.cost_minor for prize in one.prizes), 1)
    return None if covered <= one.budget_minor <= AMOUNT_MAX_MINOR else ScanPlanLimits()
