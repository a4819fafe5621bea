"""What a draw may be: pure. Refused at configuration with the reason and its source, so that nobody meets it while playing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from sitong.marketing.draws.rules import CLAIM_WAYS, TEMPLATES, DrawRules, Prize, odds_of, released
from sitong.shared.errors import Refused

PRIZE_CAP_MINOR = 5_000_000
"""50,000 yuan: 反不正当竞争法 (Anti-Unfair Competition Law) art. 11, in force 2025-10-15."""
PRIZES_MAX = 12
WEIGHTS_MAX = 1_000_000_000
COUNT_MAX = 1_000_000_000
RELEASES_MAX = 400
DAYS_MAX = 366
YEARS = range(2000, 2200)


class DrawNameless(Refused):
    """A draw needs a name and one of the templates."""

    code = "marketing.draw_nameless"


class DrawUnpublishable(Refused):
    """Organizer and conditions must be published (规范促销行为暂行规定 art. 13): fact what."""

    code = "marketing.draw_unpublishable"


class DrawDates(Refused):
    """A draw ends after it starts, within a year."""

    code = "marketing.draw_dates"


class DrawPrizes(Refused):
    """A draw needs one prize by chance at least, twelve at most, each with a name and an id of its own."""

    code = "marketing.draw_prizes"


class DrawWeights(Refused):
    """Weights are whole numbers from 0 on, a billion together at most, and something must be winnable."""

    code = "marketing.draw_weights"


class PrizeOverCap(Refused):
    """One prize is worth more than the law allows: facts prize, cap (反不正当竞争法 art. 11)."""

    code = "marketing.prize_over_cap"


class PrizeWorthless(Refused):
    """What a prize is worth must be published: fact prize (规范促销行为暂行规定 art. 13). Cash is worth its amount."""

    code = "marketing.prize_worthless"


class PrizeWays(Refused):
    """Goods need a way to be claimed, address or store, and days for it: fact prize."""

    code = "marketing.prize_ways"


class PrizeReleases(Refused):
    """Each release has a number from 1 on and an instant before the draw's end: fact prize."""

    code = "marketing.prize_releases"


class DrawGuarantee(Refused):
    """A guarantee needs a number of plays from 2 on and one prize of which there is no limit, or it could not be kept."""

    code = "marketing.draw_guarantee"


class DrawConsolation(Refused):
    """A consolation is one reward without weight and without limit, beside the prizes."""

    code = "marketing.draw_consolation"


class DrawLimits(Refused):
    """Limits are whole numbers from 1 on; a budget bears the dearest prize once at least."""

    code = "marketing.draw_limits"


class DrawWithoutWay(Refused):
    """Say how one may play: for nothing each day, by chances that campaigns give, or for points."""

    code = "marketing.draw_without_way"


class DrawFrozen(Refused):
    """The draw has started: its rules may only change in the players' favor: fact what (反不正当竞争法 art. 11)."""

    code = "marketing.draw_frozen"


def rules_fault(rules: DrawRules) -> Refused | None:
    """Say why a draw may not be like this; None when it may. What rewards refer to is not looked at."""
    return (
        _head_fault(rules)
        or _prizes_fault(rules)
        or next((fault for one in rules.prizes if (fault := _prize_fault(one, rules))), None)
        or _extras_fault(rules)
        or _limits_fault(rules)
    )


def frozen_fault(old: DrawRules, new: DrawRules) -> Refused | None:
    """Say what of a change is not in the players' favor; None when all of it is.

    May change: a later end; more plays for nothing, a lower price, looser limits, an earlier guarantee; more or earlier stock,
    more tickets for a prize as long as no other one's odds fall, a prize worth more, a new prize; a greater budget; more time
    for claiming; more stores.
    """
    same = ("name", "name_en", "template", "organizer", "conditions", "conditions_en", "starts_at", "zone")
    for name in same:
        if getattr(old, name) != getattr(new, name):
            return DrawFrozen(what=name)
    worse = [
        ("ends_at", new.ends_at < old.ends_at),
        ("free_daily", new.free_daily < old.free_daily),
        ("takes_chances", old.takes_chances and not new.takes_chances),
        ("points_price", bool(old.points_price) and not 0 < new.points_price <= old.points_price),
        ("plays_total", _tighter(old.plays_total, new.plays_total)),
        ("plays_daily", _tighter(old.plays_daily, new.plays_daily)),
        ("wins_total", _tighter(old.wins_total, new.wins_total)),
        ("wins_daily", _tighter(old.wins_daily, new.wins_daily)),
        (
            "guarantee_after",
            bool(old.guarantee_after) and not (new.guarantee_after or 10**9) <= (old.guarantee_after or 0),
        ),
        ("budget_minor", _tighter(old.budget_minor, new.budget_minor)),
        ("claim_days", new.claim_days < old.claim_days),
        ("stores", bool(new.store_ids) and not (old.store_ids and set(old.store_ids) <= set(new.store_ids))),
    ]
    for name, is_worse in worse:
        if is_worse:
            return DrawFrozen(what=name)
    return _prizes_frozen(old, new)


def _prizes_frozen(old: DrawRules, new: DrawRules) -> Refused | None:
    """Compare prize by prize: each stays, is worth as much, is as likely, and there are as many at every instant."""
    now = {one.id: one for one in new.prizes}
    for before in old.prizes:
        after = now.get(before.id)
        if after is None or _worth_less(before, after) or odds_of(new, after) < odds_of(old, before):
            return DrawFrozen(what=before.name)
        if after.releases and not before.releases:
            return DrawFrozen(what=before.name)
        for release in before.releases if after.releases else ():
            if (released(after, release.at) or 0) < (released(before, release.at) or 0):
                return DrawFrozen(what=before.name)
    return None


def _worth_less(before: Prize, after: Prize) -> bool:
    kept = replace(
        before, weight=after.weight, releases=after.releases, value_minor=after.value_minor, ways=after.ways, reward=after.reward
    )  # fmt: skip
    reward = before.reward
    if reward is not None and after.reward is not None and after.reward.amount > reward.amount:
        reward = replace(reward, amount=after.reward.amount)
    return (
        kept != after or after.value_minor < before.value_minor or not set(before.ways) <= set(after.ways) or reward != after.reward
    )  # fmt: skip


def _tighter(old: int | None, new: int | None) -> bool:
    return new is not None and (old is None or new < old)


def _head_fault(rules: DrawRules) -> Refused | None:
    if not rules.name.strip() or rules.template not in TEMPLATES:
        return DrawNameless()
    if not rules.organizer.strip():
        return DrawUnpublishable(what="organizer")
    if not rules.conditions.strip():
        return DrawUnpublishable(what="conditions")
    if rules.starts_at.year not in YEARS or rules.ends_at.year not in YEARS:
        return DrawDates()
    if rules.ends_at <= rules.starts_at or (rules.ends_at - rules.starts_at).days > DAYS_MAX:
        return DrawDates()
    return None


def _prizes_fault(rules: DrawRules) -> Refused | None:
    ids, names = {one.id for one in rules.prizes}, [one.name.strip() for one in rules.prizes]
    chance = [one for one in rules.prizes if not one.consolation]
    if not chance or len(rules.prizes) > PRIZES_MAX or len(ids) != len(rules.prizes) or not all(names):
        return DrawPrizes()
    whole = [*(one.weight for one in rules.prizes), rules.blank_weight]
    if any(weight < 0 for weight in whole) or not 0 < rules.tickets <= WEIGHTS_MAX:
        return DrawWeights()
    if not any(one.weight for one in chance) or any(not one.weight and not one.guaranteed for one in chance):
        return DrawWeights()
    return None


def _prize_fault(prize: Prize, rules: DrawRules) -> Refused | None:
    if prize.value_minor > PRIZE_CAP_MINOR:
        return PrizeOverCap(prize=prize.name, cap=f"{PRIZE_CAP_MINOR // 100:,}")
    cash = prize.reward is not None and prize.reward.kind == "cash"
    if prize.value_minor < 0 or (prize.reward is None and not prize.value_minor):
        return PrizeWorthless(prize=prize.name)
    if cash and prize.reward is not None and prize.value_minor != prize.reward.amount:
        return PrizeWorthless(prize=prize.name)
    goods = prize.reward is None
    if goods != bool(prize.ways) or not set(prize.ways) <= set(CLAIM_WAYS) or not 1 <= rules.claim_days <= DAYS_MAX:
        return PrizeWays(prize=prize.name)
    sound = all(
        1 <= one.quantity <= COUNT_MAX and one.at.year in YEARS and one.at < rules.ends_at for one in prize.releases
    )
    if not sound or len(prize.releases) > RELEASES_MAX:
        return PrizeReleases(prize=prize.name)
    return None


def _extras_fault(rules: DrawRules) -> Refused | None:
    guaranteed = [one for one in rules.prizes if one.guaranteed]
    if rules.guarantee_after is None:
        if guaranteed:
            return DrawGuarantee()
    elif not 2 <= rules.guarantee_after <= COUNT_MAX or len(guaranteed) != 1 or guaranteed[0].releases:
        return DrawGuarantee()
    consolation = [one for one in rules.prizes if one.consolation]
    if len(consolation) > 1 or any(
        one.weight or one.releases or one.guaranteed or one.reward is None for one in consolation
    ):
        return DrawConsolation()
    return None


def _limits_fault(rules: DrawRules) -> Refused | None:
    limits = (rules.plays_total, rules.plays_daily, rules.wins_total, rules.wins_daily)
    if any(limit is not None and not 1 <= limit <= COUNT_MAX for limit in limits):
        return DrawLimits()
    dearest = max(one.value_minor for one in rules.prizes)
    if rules.budget_minor is not None and rules.budget_minor < max(dearest, 1):
        return DrawLimits()
    if not 0 <= rules.free_daily <= COUNT_MAX or not 0 <= rules.points_price <= COUNT_MAX:
        return DrawLimits()
    if not rules.free_daily and not rules.takes_chances and not rules.points_price:
        return DrawWithoutWay()
    return None


def whole_percent(rules: DrawRules) -> Fraction:
    """Give the chance that a play's ticket has any prize on it."""
    return sum((odds_of(rules, one) for one in rules.prizes), Fraction(0))


def has_started(rules: DrawRules, at: datetime) -> bool:
    """Tell whether the rules are frozen."""
    return at >= rules.starts_at
