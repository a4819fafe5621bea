"""How a batch of scans is decided, in order of arrival: pure, over facts that were read under the plans' locks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sitong.goods.codes.reading import CodeRead
from sitong.marketing.giving.rules import Reward
from sitong.shared.errors import Refused

MILLION = 1_000_000
"""Chances are parts of a million, so that one in a million can be said exactly."""


class ScanNotRunning(Refused):
    """The plan of this code has not begun, is over, paused or ended."""

    code = "marketing.scan_not_running"


class ScanBudgetGone(Refused):
    """What is left of the plan's budget does not cover its dearest prize any more."""

    code = "marketing.scan_budget_gone"


class ScanGoneToday(Refused):
    """As many prizes as there are for one day have been won. The code keeps its chance."""

    code = "marketing.scan_gone_today"


class ScannedEnough(Refused):
    """The member has drawn with as many codes as one member may."""

    code = "marketing.scanned_enough"


class ScannedEnoughToday(Refused):
    """The member has drawn with as many codes as one member may in a day. The code keeps its chance."""

    code = "marketing.scanned_enough_today"


class InnerCodeEarns(Refused):
    """Reward is on the code under the cap: this one, outside, is for the trade."""

    code = "marketing.scan_inner_code"


class CodeIdle(Refused):
    """The code is genuine and was never put into use: its goods should not have been sold yet."""

    code = "marketing.scan_code_idle"


class CodeVoid(Refused):
    """The code is genuine and holds no more: lost, stolen or called back."""

    code = "marketing.scan_code_void"


class CodeKey(NamedTuple):
    """Which code: its batch and its number in it."""

    batch_id: UUID
    serial: int


@dataclass(frozen=True, slots=True)
class Prize:
    """One thing that may be won. `quantity` None: as many as the budget allows."""

    reward: Reward
    chance_ppm: int
    cost_minor: int = 0
    quantity: int | None = None


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What a plan says, as it stands under its lock."""

    id: UUID
    brand_id: UUID
    prizes: tuple[Prize, ...]
    starts_at: datetime
    ends_at: datetime
    budget_minor: int | None = None
    rewards_daily: int | None = None
    per_member: int | None = None
    per_member_daily: int | None = None
    running: bool = True


@dataclass(frozen=True, slots=True)
class PlanNow:
    """How far a plan has come. `won_today` belongs to the brand's day of the decision."""

    drawn: int = 0
    won: int = 0
    spent_minor: int = 0
    won_today: int = 0
    won_each: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A draw that was made with a code."""

    scan_id: UUID
    member_id: UUID
    plan_id: UUID
    prize: int | None
    fault: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DrawWanted:
    """A member draws with a code. `id` was made by the client; `plan_id` is the plan of the code, None where it has none."""

    id: UUID
    key: CodeKey
    member_id: UUID
    plan_id: UUID | None
    product_id: UUID | None = None
    store_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """Everything that a batch is decided from. `had`: how many codes a member has drawn with in a plan, in all and today."""

    terms: Mapping[UUID, PlanTerms]
    counts: Mapping[UUID, PlanNow]
    earlier: Mapping[CodeKey, Drawn]
    had: Mapping[tuple[UUID, UUID], tuple[int, int]]
    now: datetime


@dataclass(frozen=True, slots=True)
class FreshDraw:
    """A draw to be written: with the prize's place, or None for nothing won. `again`: won before, to be handed over now."""

    wanted: DrawWanted
    terms: PlanTerms
    drawn: Drawn
    cost_minor: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class DrawnBefore:
    """The code was drawn with before, by this member or another."""

    drawn: Drawn


@dataclass(frozen=True, slots=True)
class NoDraw:
    """Nothing can be won with this code now, and why (None: no plan). The code keeps its chance."""

    why: Refused | None


Decision = FreshDraw | DrawnBefore | NoDraw


def decide(wanted: Sequence[DrawWanted], numbers: Sequence[int], facts: ScanFacts) -> list[Decision]:
    """Decide each scan in order of arrival. `numbers` are drawn evenly from 0 to a million less one, one a scan.

    Never beyond a plan's budget, its prizes' quantities and its limits; what is not drawn takes nothing. A plan draws only while
    what is left of its budget covers its dearest prize that is still there, so that the chances are true to the last draw.
    """
    counts, earlier, had = dict(facts.counts), dict(facts.earlier), dict(facts.had)
    decisions: list[Decision] = []
    for one, number in zip(wanted, numbers, strict=True):
        before = earlier.get(one.key)
        if before is not None:
            decisions.append(_again(one, before, facts))
            continue
        terms = facts.terms.get(one.plan_id) if one.plan_id else None
        if terms is None:
            decisions.append(NoDraw(None))
            continue
        key = (terms.id, one.member_id)
        why = not_now(terms, counts[terms.id], had.get(key, (0, 0)), facts.now)
        if why is not None:
            decisions.append(NoDraw(why))
            continue
        prize = drawn_prize(terms.prizes, counts[terms.id].won_each, number)
        cost = 0 if prize is None else terms.prizes[prize].cost_minor
        counts[terms.id] = counted(counts[terms.id], prize, cost)
        had[key] = (had.get(key, (0, 0))[0] + 1, had.get(key, (0, 0))[1] + 1)
        earlier[one.key] = Drawn(one.id, one.member_id, terms.id, prize, "", facts.now)
        decisions.append(FreshDraw(one, terms, earlier[one.key], cost))
    return decisions


def no_reward(read: CodeRead) -> Refused | None:
    """Say why a genuine code earns nothing for anybody; None when it may."""
    if read.voided_at is not None:
        return CodeVoid()
    if read.activated_at is None:
        return CodeIdle()
    return InnerCodeEarns() if read.has_inner and read.side == "outer" else None


def not_now(terms: PlanTerms, count: PlanNow, had: tuple[int, int], now: datetime) -> Refused | None:
    """Say why nobody, or not this member, can draw now; None when it can."""
    if not terms.running or not terms.starts_at <= now < terms.ends_at:
        return ScanNotRunning()
    if terms.budget_minor is not None and terms.budget_minor - count.spent_minor < dearest(
        terms.prizes, count.won_each
    ):
        return ScanBudgetGone()
    if not any(_left(prize, count.won_each, at) for at, prize in enumerate(terms.prizes)):
        return ScanBudgetGone()
    if terms.rewards_daily is not None and count.won_today >= terms.rewards_daily:
        return ScanGoneToday()
    if terms.per_member is not None and had[0] >= terms.per_member:
        return ScannedEnough(per_member=terms.per_member)
    if terms.per_member_daily is not None and had[1] >= terms.per_member_daily:
        return ScannedEnoughToday(per_member_daily=terms.per_member_daily)
    return None


def dearest(prizes: Sequence[Prize], won_each: Sequence[int]) -> int:
    """Give what the dearest prize costs that can still be won."""
    return max((prize.cost_minor for at, prize in enumerate(prizes) if _left(prize, won_each, at)), default=0)


def drawn_prize(prizes: Sequence[Prize], won_each: Sequence[int], number: int) -> int | None:
    """Give the place of the prize that a number below a million falls on; None: nothing, or none of that prize is left."""
    above = 0
    for at, prize in enumerate(prizes):
        above += prize.chance_ppm
        if number < above:
            return at if _left(prize, won_each, at) else None
    return None


def counted(count: PlanNow, prize: int | None, cost_minor: int) -> PlanNow:
    """Give the counts after one more draw."""
    if prize is None:
        return replace(count, drawn=count.drawn + 1)
    each = [*count.won_each, *[0] * (prize + 1 - len(count.won_each))]
    each[prize] += 1
    return PlanNow(count.drawn + 1, count.won + 1, count.spent_minor + cost_minor, count.won_today + 1, tuple(each))


def _again(one: DrawWanted, before: Drawn, facts: ScanFacts) -> Decision:
    """Answer a code that was drawn with; the member whose prize could not be handed over gets another try, and pays no more."""
    terms = facts.terms.get(before.plan_id)
    owed = before.fault and before.member_id == one.member_id and before.prize is not None
    if not owed or terms is None or before.prize is None or before.prize >= len(terms.prizes):
        return DrawnBefore(before)
    return FreshDraw(one, terms, replace(before, fault=""), terms.prizes[before.prize].cost_minor, again=True)


def _left(prize: Prize, won_each: Sequence[int], at: int) -> bool:
    return prize.quantity is None or (won_each[at] if at < len(won_each) else 0) < prize.quantity
