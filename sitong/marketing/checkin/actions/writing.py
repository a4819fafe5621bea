"""What every change of check-ins shares: lock standings, write rows, give what was won. One statement a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid5

import orjson

from sitong.marketing.checkin.deciding import Counted, Key, Won
from sitong.marketing.checkin.rules import Stands
from sitong.marketing.giving.actions import RewardDue, give_rewards
from sitong.marketing.giving.rules import reward_written
from sitong.shared.errors import Refused
from sitong.shared.statements import bytes_of, days, integers, run, texts, uuids, write

SOURCE = "check_in:{}"

LOCK = """
INSERT INTO marketing_checkinstanding (place_id, member_id, brand_id, streak, total)
SELECT place_id, member_id, brand_id, 0, 0 FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS w(place_id, member_id, brand_id)
ORDER BY place_id, member_id
ON CONFLICT (place_id, member_id) DO UPDATE SET brand_id = EXCLUDED.brand_id
RETURNING place_id, member_id, streak, since_on, last_on, total
"""
"""Opens what is missing and locks the others, in one pass in the order of the keys."""

WRITE = """
INSERT INTO marketing_checkin (id, brand_id, plan_id, place_id, store_id, member_id, "on", at, way, near, cell, device, state, doubts,
                               streak, total)
SELECT w.id, w.brand_id, w.plan_id, w.place_id, w.store_id, w.member_id, w."on", %s::timestamptz, w.way, w.near, w.cell, w.device,
       w.state, w.doubts, w.streak, w.total
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::date[], %s::text[], %s::text[], %s::text[],
            %s::bytea[], %s::text[], %s::text[], %s::int[], %s::int[])
  AS w(id, brand_id, plan_id, place_id, store_id, member_id, "on", way, near, cell, device, state, doubts, streak, total)
"""

STAND = """
UPDATE marketing_checkinstanding AS s SET streak = w.streak, since_on = w.since_on, last_on = w.last_on, total = w.total
FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::date[], %s::date[], %s::int[]) AS w(place_id, member_id, streak, since_on, last_on, total)
WHERE s.place_id = w.place_id AND s.member_id = w.member_id
"""

REWARD = """
INSERT INTO marketing_checkinreward (id, brand_id, check_in_id, plan_id, place_id, store_id, member_id, step, turn, once, reward, refused, at)
SELECT w.id, w.brand_id, w.check_in_id, w.plan_id, w.place_id, w.store_id, w.member_id, w.step, w.turn, w.once, w.reward, w.refused,
       %s::timestamptz
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::int[], %s::bool[],
            %s::jsonb[], %s::text[])
  AS w(id, brand_id, check_in_id, plan_id, place_id, store_id, member_id, step, turn, once, reward, refused)
"""

WonBy = tuple[UUID, UUID, UUID, UUID, Sequence[Won]]
"""Check-in, brand, store, member, and what was won by it."""


def lock_standings(brands: Mapping[Key, UUID]) -> dict[Key, Stands]:
    """Open and lock standings (place and member → brand) in the order of their keys, in one statement."""
    keys = sorted(brands)
    rows = run(
        LOCK, [uuids([key[0] for key in keys]), uuids([key[1] for key in keys]), uuids([brands[key] for key in keys])]
    )
    return {(row[0], row[1]): Stands(*row[2:]) for row in rows}


def write_check_ins(rows: Sequence[Counted], *, now: datetime) -> None:
    """Insert check-ins, counted ones and ones that wait."""
    write(WRITE, [
        now,
        uuids([one.wanted.id for one in rows]),
        uuids([one.wanted.brand_id for one in rows]),
        uuids([one.plan_id for one in rows]),
        uuids([one.place_id for one in rows]),
        uuids([one.wanted.store_id for one in rows]),
        uuids([one.wanted.member_id for one in rows]),
        days([one.on for one in rows]),
        texts([one.way for one in rows]),
        texts([one.near for one in rows]),
        texts([one.cell for one in rows]),
        bytes_of([one.wanted.device for one in rows]),
        texts(["waiting" if one.waits else "counted" for one in rows]),
        texts([",".join(one.doubts) for one in rows]),
        integers([one.streak for one in rows]),
        integers([one.total for one in rows]),
    ])  # fmt: skip


def write_standings(stands: Mapping[Key, Stands]) -> None:
    """Write how members stand; the caller holds the locks."""
    keys = sorted(stands)
    write(STAND, [
        uuids([key[0] for key in keys]),
        uuids([key[1] for key in keys]),
        integers([stands[key].streak for key in keys]),
        days([stands[key].since_on for key in keys]),
        days([stands[key].last_on for key in keys]),
        integers([stands[key].total for key in keys]),
    ])  # fmt: skip


def write_won(won: Sequence[WonBy], *, now: datetime) -> None:
    """Give the rewards in the caller's transaction, and keep what was given or why it was not.

    A reward that cannot be given (a coupon that is gone) takes nothing from the day, which counts all the same.
    """
    rows = [
        (uuid5(check_in_id, f"{one.plan_id}:{one.step}:{one.turn}"), brand_id, check_in_id, store_id, member_id, one)
        for check_in_id, brand_id, store_id, member_id, of in won
        for one in of
    ]
    if not rows:
        return
    given = give_rewards(
        [RewardDue(row[0], row[1], row[4], row[5].of.reward, SOURCE.format(row[5].plan_id), row[3]) for row in rows],
        now=now,
    )
    write(REWARD, [
        now,
        uuids([row[0] for row in rows]),
        uuids([row[1] for row in rows]),
        uuids([row[2] for row in rows]),
        uuids([row[5].plan_id for row in rows]),
        uuids([row[5].place_id for row in rows]),
        uuids([row[3] for row in rows]),
        uuids([row[4] for row in rows]),
        integers([row[5].step for row in rows]),
        integers([row[5].turn for row in rows]),
        texts(["f" if row[5].of.again or row[5].of.on == "day" else "t" for row in rows]),
        texts([orjson.dumps(reward_written(row[5].of.reward)).decode() for row in rows]),
        texts([one.code if isinstance(one, Refused) else "" for one in given]),
    ])  # fmt: skip
