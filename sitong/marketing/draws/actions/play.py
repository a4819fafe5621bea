"""Play draws: thousands play one wheel at once. One statement a table, whatever the number of plays."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from sitong.marketing.coupons.claiming import CODE_BYTES
from sitong.marketing.draws.codes import make_prize_code
from sitong.marketing.draws.events import DrawPlayed, DrawWon
from sitong.marketing.draws.playing import CountNow, DrawTerms, FreshPlay, Played, PlayFacts, PlayWanted, decide_plays
from sitong.marketing.draws.queries.kept import draw_terms
from sitong.marketing.draws.rules import PlayerNow, Prize, PrizeCount, day_of
from sitong.marketing.giving.actions import ChanceUse, lock_chances, use_chances
from sitong.member.points.actions import PointsSpend, lock_points, spend_points
from sitong.shared.clock import day_bounds
from sitong.shared.errors import Refused
from sitong.shared.events.actions import announce
from sitong.shared.statements import bytes_of, days, integers, pipelined, run, texts, uuids, write

ATTEMPTS = 3

LOCK_COUNTS = """
SELECT c.draw_id, c.brand_id, c.played, c.step, c.chain, c.last_at, c.spent_minor, c.version, c.closed_at IS NOT NULL
FROM unnest(%s::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT * FROM marketing_drawcount WHERE draw_id = w.id FOR NO KEY UPDATE) AS c
"""

EARLIER = """
SELECT id, draw_id, member_id, number, way, ticket, prize_id, how, version, at FROM marketing_drawplay WHERE id = ANY(%s::uuid[])
"""

PLAYERS = """
SELECT p.draw_id, p.member_id, p.id, p.plays, p.wins, p.dry, p.on_day, p.plays_today, p.wins_today, p.free_today
FROM unnest(%s::uuid[], %s::uuid[]) AS w(draw_id, member_id)
JOIN marketing_drawplayer AS p ON p.draw_id = w.draw_id AND p.member_id = w.member_id
"""

PRIZES = "SELECT prize_id, won, returned FROM marketing_drawprize WHERE draw_id = ANY(%s::uuid[])"

WRITE_PLAYS = """
INSERT INTO marketing_drawplay (id, brand_id, draw_id, number, step, member_id, player_id, store_id, way, version, ticket, prize_id, how, at)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::int[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::int[],
                     %s::bigint[], %s::uuid[], %s::text[], %s::timestamptz[])
"""

WRITE_PLAYERS = """
INSERT INTO marketing_drawplayer (id, brand_id, draw_id, member_id, plays, wins, dry, on_day, plays_today, wins_today, free_today)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::int[], %s::int[], %s::date[], %s::int[], %s::int[], %s::int[])
ON CONFLICT (draw_id, member_id) DO UPDATE
SET plays = excluded.plays, wins = excluded.wins, dry = excluded.dry, on_day = excluded.on_day, plays_today = excluded.plays_today,
    wins_today = excluded.wins_today, free_today = excluded.free_today
"""

COUNT_PRIZES = """
UPDATE marketing_drawprize AS p SET won = p.won + n.won FROM unnest(%s::uuid[], %s::int[]) AS n(prize_id, won) WHERE p.prize_id = n.prize_id
"""

COUNT_DRAWS = """
UPDATE marketing_drawcount AS c SET played = n.played, step = n.step, chain = n.chain, last_at = n.last_at, spent_minor = n.spent
FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::bytea[], %s::timestamptz[], %s::bigint[]) AS n(draw_id, played, step, chain, last_at, spent)
WHERE c.draw_id = n.draw_id
"""

WRITE_WINS = """
INSERT INTO marketing_drawwin (id, brand_id, draw_id, prize_id, member_id, store_id, how, version, value_minor, state, code, won_at, expires_at,
                               fault, parcel)
SELECT w.*, '', '' FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::int[], %s::bigint[],
                               %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[]) AS w
"""


def play_draws(wanted: Sequence[PlayWanted], *, now: datetime) -> list[Played | Refused]:
    """Play in order of arrival; each play is decided by its number in the draw and by nothing that could be chosen.

    A prize is never won more often than there are of it by then, nor beyond the budget. What a play costs is taken only when
    it is played. The same id with the same content gets the first answer, with other content `RepeatDiffers`. An instant is
    never before that of the draw's last play, even where a clock jumps back. Rewards are given right after, by an event.
    Refused: marketing.draw_not_yet, draw_over, draw_not_here, played_enough, played_enough_today, won_enough,
    won_enough_today, no_free_play, no_chance, draw_not_for_points, play_points_too_few, draw_empty; shared.not_found.
    The number of statements does not depend on the number of plays.
    """
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _play(wanted, now=now)
        except (
            IntegrityError
        ):  # another process has just taken the same id for another draw: with its row seen, decide again
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def lock_draws(draw_ids: Collection[UUID]) -> dict[UUID, tuple[UUID, CountNow]]:
    """Lock the counts of draws in the order of their ids, and give each one's brand and count; all that a draw decides is
    decided under this lock."""
    return {
        row[0]: (row[1], CountNow(row[2], row[3], bytes(row[4]), *row[5:]))
        for row in run(LOCK_COUNTS, [uuids(sorted(set(draw_ids)))])
    }


def _play(wanted: Sequence[PlayWanted], *, now: datetime) -> list[Played | Refused]:
    locked = lock_draws({one.draw_id for one in wanted})
    terms = draw_terms({key: count.version for key, (_, count) in locked.items()})
    facts = _facts(wanted, terms, {key: count for key, (_, count) in locked.items()}, now=now)
    decisions = decide_plays(wanted, facts, new_player=uuid4)
    if fresh := [one for one in decisions if isinstance(one, FreshPlay)]:
        _take_price(fresh, terms, now=now)
        _write(fresh, terms, facts, now=now)
    return [one.played if isinstance(one, FreshPlay) else one for one in decisions]


def _facts(
    wanted: Sequence[PlayWanted], terms: Mapping[UUID, DrawTerms], counts: dict[UUID, CountNow], *, now: datetime
) -> PlayFacts:
    """Read what the batch is decided from: a statement for each kind of fact; chances, then points, only where they pay."""
    pairs = sorted({(one.draw_id, one.member_id) for one in wanted if one.draw_id in counts})
    draw_ids, member_ids = uuids([pair[0] for pair in pairs]), uuids([pair[1] for pair in pairs])
    earlier = {row[0]: Played(*row) for row in run(EARLIER, [uuids({one.id for one in wanted})])}
    players = {(row[0], row[1]): PlayerNow(*row[2:]) for row in run(PLAYERS, [draw_ids, member_ids])}
    prizes = {row[0]: PrizeCount(row[1], row[2]) for row in run(PRIZES, [uuids(sorted(counts))])}
    by_chance = sorted({
        (one.member_id, one.draw_id)
        for one in wanted if one.way == "chance" and one.draw_id in terms and one.id not in earlier
    })  # fmt: skip
    held = lock_chances(by_chance) if by_chance else {}
    chances = {(draw_id, member_id): left for (member_id, draw_id), left in held.items()}
    payers = {one.member_id for one in wanted if one.way == "points" and one.draw_id in terms and one.id not in earlier}
    points = {key: now_has.ready for key, now_has in lock_points(payers).items()} if payers else {}
    return PlayFacts(terms, counts, prizes, players, earlier, chances, points, now)


def _take_price(fresh: Sequence[FreshPlay], terms: Mapping[UUID, DrawTerms], *, now: datetime) -> None:
    """Use the chances and spend the points of what is played; both were found under lock."""
    uses = [
        ChanceUse(one.wanted.brand_id, one.wanted.member_id, one.wanted.draw_id)
        for one in fresh
        if one.wanted.way == "chance"
    ]
    spends = [
        PointsSpend(one.wanted.id, one.wanted.brand_id, one.wanted.member_id, terms[one.wanted.draw_id].rules.points_price)
        for one in fresh if one.wanted.way == "points"
    ]  # fmt: skip
    for outcome in [*(use_chances(uses, now=now) if uses else ()), *(spend_points(spends, now=now) if spends else ())]:
        if isinstance(outcome, Refused):
            raise RuntimeError(f"a play's price was found under lock and cannot be taken: {outcome}")


def _write(fresh: Sequence[FreshPlay], terms: Mapping[UUID, DrawTerms], facts: PlayFacts, *, now: datetime) -> None:
    plays = sorted(fresh, key=lambda one: one.wanted.id.int)
    touched = sorted({(one.wanted.draw_id, one.wanted.member_id) for one in fresh})
    draws = sorted({one.wanted.draw_id for one in fresh})
    won: dict[UUID, int] = {}
    for one in fresh:
        if one.prize is not None:
            won[one.prize.id] = won.get(one.prize.id, 0) + 1
    with pipelined():
        write(WRITE_PLAYS, _play_columns(plays))
        write(WRITE_PLAYERS, _player_columns(touched, facts, terms))
        if won:
            prizes = sorted(won)
            write(COUNT_PRIZES, [uuids(prizes), integers([won[one] for one in prizes])])
            write(WRITE_WINS, _win_columns([one for one in plays if one.prize is not None], terms))
        counts = [facts.counts[one] for one in draws]
        write(COUNT_DRAWS, [
            uuids(draws), integers([one.played for one in counts]), integers([one.step for one in counts]),
            bytes_of([one.chain for one in counts]), days([one.last_at for one in counts]), integers([one.spent_minor for one in counts]),
        ])  # fmt: skip
        announce([_told(one) for one in sorted(fresh, key=lambda one: (one.wanted.draw_id, one.played.number))], at=now)


def _play_columns(plays: Sequence[FreshPlay]) -> list[str]:
    return [
        uuids([one.wanted.id for one in plays]), uuids([one.wanted.brand_id for one in plays]),
        uuids([one.wanted.draw_id for one in plays]), integers([one.played.number for one in plays]),
        integers([one.step for one in plays]), uuids([one.wanted.member_id for one in plays]), uuids([one.who for one in plays]),
        uuids([one.wanted.store_id for one in plays]), texts([one.wanted.way for one in plays]),
        integers([one.played.version for one in plays]), integers([one.played.ticket for one in plays]),
        uuids([one.played.prize_id for one in plays]), texts([one.played.how for one in plays]), days([one.played.at for one in plays]),
    ]  # fmt: skip


def _player_columns(
    touched: Sequence[tuple[UUID, UUID]], facts: PlayFacts, terms: Mapping[UUID, DrawTerms]
) -> list[str]:
    players = [facts.players[key] for key in touched]
    return [
        uuids([one.who for one in players]), uuids([terms[key[0]].brand_id for key in touched]), uuids([key[0] for key in touched]),
        uuids([key[1] for key in touched]), integers([one.plays for one in players]), integers([one.wins for one in players]),
        integers([one.dry for one in players]), days([one.on for one in players]), integers([one.plays_today for one in players]),
        integers([one.wins_today for one in players]), integers([one.free_today for one in players]),
    ]  # fmt: skip


def _win_columns(wins: Sequence[FreshPlay], terms: Mapping[UUID, DrawTerms]) -> list[str]:
    prizes = [_prize(one) for one in wins]
    return [
        uuids([one.wanted.id for one in wins]), uuids([one.wanted.brand_id for one in wins]),
        uuids([one.wanted.draw_id for one in wins]), uuids([one.id for one in prizes]), uuids([one.wanted.member_id for one in wins]),
        uuids([one.wanted.store_id for one in wins]), texts([one.played.how for one in wins]),
        integers([one.played.version for one in wins]), integers([one.value_minor for one in prizes]),
        texts(["open" if one.reward is None else "due" for one in prizes]),
        texts([make_prize_code(os.urandom(CODE_BYTES)) if one.reward is None else "" for one in prizes]),
        days([one.played.at for one in wins]), days([_expiry(one, terms) for one in wins]),
    ]  # fmt: skip


def _prize(one: FreshPlay) -> Prize:
    assert one.prize is not None
    return one.prize


def _expiry(one: FreshPlay, terms: Mapping[UUID, DrawTerms]) -> datetime | None:
    if _prize(one).reward is not None:
        return None
    rules = terms[one.wanted.draw_id].rules
    last = day_of(one.played.at, rules.zone) + timedelta(days=rules.claim_days - 1)
    return day_bounds(last, rules.zone)[1]


def _told(one: FreshPlay) -> DrawWon | DrawPlayed:
    wanted, played = one.wanted, one.played
    if played.won and one.prize is not None:
        kind = one.prize.reward.kind if one.prize.reward else "goods"
        return DrawWon(
            wanted.brand_id,
            wanted.draw_id,
            wanted.id,
            wanted.member_id,
            played.number,
            one.prize.id,
            kind,
            wanted.store_id,
        )
    return DrawPlayed(
        wanted.brand_id, wanted.draw_id, wanted.id, wanted.member_id, played.number, played.prize_id, wanted.store_id
    )
