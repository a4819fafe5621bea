"""Give what campaigns promise: points, coupons, gifts, money, plays. One call, whatever it is and however many."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from sitong.marketing.coupons.actions import ClaimWanted, claim_coupons
from sitong.marketing.gifts.actions.give import give_gifts
from sitong.marketing.gifts.giving import GiftWanted
from sitong.marketing.giving.events import CashRewardDue
from sitong.marketing.giving.rules import Reward, reward_sound
from sitong.member.points.actions import PointsGift, give_points
from sitong.shared.errors import Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.statements import integers, pipelined, run, texts, uuids, write

ATTEMPTS = 3

EARLIER = """
SELECT id, brand_id, member_id, kind, amount, ref_id, made_ids, source FROM marketing_rewardgiven WHERE id = ANY(%s::uuid[])
"""
WRITE_REWARDS = """
INSERT INTO marketing_rewardgiven (id, brand_id, member_id, kind, amount, ref_id, source, store_id, made_ids, at)
SELECT r.*, %s::timestamptz FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::uuid[], %s::text[], %s::uuid[],
                                        %s::jsonb[]) AS r
"""
WRITE_CHANCES = """
INSERT INTO marketing_chances (id, brand_id, member_id, draw_id, given, used, at)
SELECT r.id, r.brand_id, r.member_id, r.draw_id, r.given, 0, %s::timestamptz
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[]) AS r(id, brand_id, member_id, draw_id, given)
"""
WRITE_CASH = """
INSERT INTO marketing_cashdue (id, brand_id, member_id, amount_minor, source, store_id, at)
SELECT r.*, %s::timestamptz FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::uuid[]) AS r
"""
LOCK_CHANCES = """
SELECT c.id, c.member_id, c.draw_id, c.given - c.used FROM (
  SELECT DISTINCT id FROM unnest(%s::uuid[], %s::uuid[]) AS w(member_id, draw_id)
  JOIN marketing_chances AS m USING (member_id, draw_id) WHERE m.given > m.used ORDER BY id
) AS wanted CROSS JOIN LATERAL (SELECT * FROM marketing_chances WHERE id = wanted.id FOR NO KEY UPDATE) AS c
WHERE c.given > c.used ORDER BY c.at, c.id
"""
USE_CHANCES = """
UPDATE marketing_chances AS c SET used = c.used + u.used FROM unnest(%s::uuid[], %s::int[]) AS u(id, used) WHERE c.id = u.id
"""


class RewardImpossible(Refused):
    """What is to be given is no reward: an unknown kind, an amount out of bounds, nothing named where something must be."""

    code = "marketing.reward_impossible"


class NoChanceLeft(Refused):
    """The member has no play of this draw left."""

    code = "marketing.no_chance_left"


@dataclass(frozen=True, slots=True)
class RewardDue:
    """A reward that a campaign owes a member. `id` is the campaign's own; `source` names it, "<topic>:<id>"."""

    id: UUID
    brand_id: UUID
    member_id: UUID
    reward: Reward
    source: str
    store_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A reward that a member has got. `made_ids`: the coupons' or gifts' ids in its hands; the due's own id for all else."""

    id: UUID
    reward: Reward
    made_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class ChanceUse:
    """One play of a draw by a member. Whoever asks answers its own repeats: each call uses one."""

    brand_id: UUID
    member_id: UUID
    draw_id: UUID


def give_rewards(due: Sequence[RewardDue], *, now: datetime) -> list[Given | Refused]:
    """Give rewards in order of arrival, each whole or not at all, in the caller's transaction.

    The same id with the same content gets the first answer, with other content `RepeatDiffers`. A refused one leaves nothing
    and never touches its neighbors: it may be tried again. Refused: marketing.reward_impossible, shared.not_found,
    member.no_points_plan, and what coupons and gifts refuse with (all gone, over, paused, the member has had its share).
    The number of statements depends on the kinds of rewards among the due, not on their number. Locks coupons' counts, gifts'
    counts, then points accounts.
    """
    if not due:
        return []
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _give(due, now=now)
        except IntegrityError:  # another process has just given under the same id: with its row seen, decide again
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def lock_chances(wanted: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], int]:
    """Lock the plays that members have of draws (member, draw), and give how many are left; pairs without any are left out.

    In the caller's transaction. Whoever takes points for a play as well calls this first: chances before points.
    """
    left: dict[tuple[UUID, UUID], int] = {}
    rows = run(LOCK_CHANCES, [uuids([one[0] for one in wanted]), uuids([one[1] for one in wanted])])
    for _key, member_id, draw_id, count in rows:
        left[member_id, draw_id] = left.get((member_id, draw_id), 0) + count
    return left


def use_chances(uses: Sequence[ChanceUse], *, now: datetime) -> list[int | Refused]:  # noqa: ARG001
    """Use one play for each, the member's oldest first, and give how many the member has left of that draw.

    In the caller's transaction, under the locks of the members' chances. Refused: marketing.no_chance_left.
    """
    if not uses:
        return []
    with transaction.atomic():
        rows = run(LOCK_CHANCES, [uuids([one.member_id for one in uses]), uuids([one.draw_id for one in uses])])
        left: dict[tuple[UUID, UUID], list[tuple[UUID, int]]] = {}
        for key, member_id, draw_id, count in rows:
            left.setdefault((member_id, draw_id), []).append((key, count))
        used: dict[UUID, int] = {}
        outcomes: list[int | Refused] = []
        for one in uses:
            purse = left.get((one.member_id, one.draw_id), [])
            if not purse:
                outcomes.append(NoChanceLeft())
                continue
            key, count = purse[0]
            used[key] = used.get(key, 0) + 1
            purse[:1] = [(key, count - 1)] if count > 1 else []
            outcomes.append(sum(count for _, count in purse))
        if used:
            write(USE_CHANCES, [uuids(used), integers(used.values())])
    return outcomes


def _give(due: Sequence[RewardDue], *, now: datetime) -> list[Given | Refused]:
    earlier = _earlier(due)
    answers: dict[UUID, Given | Refused] = {}
    contents: dict[UUID, RewardDue] = {}
    fresh: list[RewardDue] = []
    for one in due:
        if one.id in contents or one.id in earlier:
            continue
        contents[one.id] = one
        if reward_sound(one.reward):
            fresh.append(one)
        else:
            answers[one.id] = RewardImpossible(kind=one.reward.kind, amount=one.reward.amount)
    for kind, give in GIVERS.items():
        if of_kind := [one for one in fresh if one.reward.kind == kind]:
            answers.update(zip([one.id for one in of_kind], give(of_kind, now), strict=True))
    made = [(one, given) for one in fresh if isinstance(given := answers[one.id], Given)]
    if made:
        _write(made, now)
    outcomes: list[Given | Refused] = []
    for one in due:
        first = earlier.get(one.id)
        if first is not None:
            outcomes.append(_repeated(one, first))
        elif _content(contents[one.id]) == _content(one):
            outcomes.append(answers[one.id])
        else:
            outcomes.append(RepeatDiffers(id=one.id))
    return outcomes


def _earlier(due: Sequence[RewardDue]) -> dict[UUID, tuple[Any, ...]]:
    return {row[0]: row for row in run(EARLIER, [uuids({one.id for one in due})])}


def _content(one: RewardDue) -> tuple[Any, ...]:
    return (one.brand_id, one.reward, one.source)


def _repeated(one: RewardDue, row: tuple[Any, ...]) -> Given | Refused:
    """Answer a repeat. The member is not compared: two members may have become one since."""
    reward = Reward(row[3], row[4], row[5])
    if (row[1], reward, row[7]) != _content(one):
        return RepeatDiffers(id=one.id)
    ids = json.loads(row[6]) if isinstance(row[6], str) else row[6]
    return Given(one.id, reward, tuple(UUID(key) for key in ids) or (one.id,))


def _give_coupons(due: Sequence[RewardDue], now: datetime) -> list[Given | Refused]:
    wanted = [
        ClaimWanted(
            copy_id(one.id, place), one.brand_id, one.member_id, _named(one), "campaign", one.store_id, one.source[:40],
            due_id=one.id, more=one.reward.amount - 1 - place,
        )
        for one in due for place in range(one.reward.amount)
    ]  # fmt: skip
    outcomes = iter(claim_coupons(wanted, now=now))
    answers: list[Given | Refused] = []
    for one in due:
        claims = [next(outcomes) for _ in range(one.reward.amount)]
        refused = next((claim for claim in claims if isinstance(claim, Refused)), None)
        ids = tuple(claim.id for claim in claims if not isinstance(claim, Refused))
        answers.append(refused if refused is not None else Given(one.id, one.reward, ids))
    return answers


def _give_gifts(due: Sequence[RewardDue], now: datetime) -> list[Given | Refused]:
    wanted = [
        GiftWanted(
            tuple(copy_id(one.id, place) for place in range(one.reward.amount)), one.brand_id, one.member_id, _named(one),
            one.source, one.store_id,
        )
        for one in due
    ]  # fmt: skip
    return [
        held if isinstance(held, Refused) else Given(one.id, one.reward, tuple(gift.id for gift in held))
        for one, held in zip(due, give_gifts(wanted, now=now), strict=True)
    ]


def _give_points(due: Sequence[RewardDue], now: datetime) -> list[Given | Refused]:
    wanted = [
        PointsGift(uuid5(one.id, "points"), one.brand_id, one.member_id, one.reward.amount, reason=one.source)
        for one in due
    ]
    return [
        got if isinstance(got, Refused) else Given(one.id, one.reward, (one.id,))
        for one, got in zip(due, give_points(wanted, now=now), strict=True)
    ]


def _give_itself(due: Sequence[RewardDue], _now: datetime) -> list[Given | Refused]:
    """Money and plays are what `_write` writes: nothing refuses them."""
    return [Given(one.id, one.reward, (one.id,)) for one in due]


GIVERS = {
    "coupon": _give_coupons,
    "gift": _give_gifts,
    "points": _give_points,
    "cash": _give_itself,
    "chance": _give_itself,
}
"""In the order of docs/locking.md."""


def copy_id(due_id: UUID, place: int) -> UUID:
    """Give the id of one copy of a coupon or gift that a due makes, counted from 0."""
    return uuid5(due_id, f"copy {place}")


def _named(one: RewardDue) -> UUID:
    assert one.reward.ref_id is not None
    return one.reward.ref_id


def _write(made: Sequence[tuple[RewardDue, Given]], now: datetime) -> None:
    rows = sorted(made, key=lambda pair: pair[0].id.int)
    plays = [one for one, _ in rows if one.reward.kind == "chance"]
    money = [one for one, _ in rows if one.reward.kind == "cash"]
    with pipelined():
        write(WRITE_REWARDS, [
            now,
            uuids([one.id for one, _ in rows]), uuids([one.brand_id for one, _ in rows]), uuids([one.member_id for one, _ in rows]),
            texts([one.reward.kind for one, _ in rows]), integers([one.reward.amount for one, _ in rows]),
            uuids([one.reward.ref_id for one, _ in rows]), texts([one.source for one, _ in rows]),
            uuids([one.store_id for one, _ in rows]),
            texts([json.dumps([str(key) for key in given.made_ids if key != one.id]) for one, given in rows]),
        ])  # fmt: skip
        if plays:
            write(WRITE_CHANCES, [
                now, uuids([one.id for one in plays]), uuids([one.brand_id for one in plays]), uuids([one.member_id for one in plays]),
                uuids([one.reward.ref_id for one in plays]), integers([one.reward.amount for one in plays]),
            ])  # fmt: skip
        if money:
            write(WRITE_CASH, [
                now, uuids([one.id for one in money]), uuids([one.brand_id for one in money]), uuids([one.member_id for one in money]),
                integers([one.reward.amount for one in money]), texts([one.source for one in money]),
                uuids([one.store_id for one in money]),
            ])  # fmt: skip
            announce([
                CashRewardDue(one.brand_id, one.id, one.member_id, one.reward.amount, one.source, one.store_id) for one in money
            ], at=now)  # fmt: skip
