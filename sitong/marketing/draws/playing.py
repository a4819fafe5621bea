"""How a batch of plays is decided, in order of arrival: pure, over facts that were read under the draws' locks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sitong.marketing.draws.record import PlayLine, chained, play_written
from sitong.marketing.draws.rules import (
    BY_CHANCE,
    GUARANTEED,
    WAYS,
    DrawRules,
    PlayerNow,
    Prize,
    PrizeCount,
    after_play,
    anything_to_win,
    counted,
    day_of,
    decide,
    on_day,
    ticket_message,
)
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.proof.rules import number_below


class DrawNotYet(Refused):
    """The draw has not begun: fact at."""

    code = "marketing.draw_not_yet"


class DrawOver(Refused):
    """The draw has ended or was stopped."""

    code = "marketing.draw_over"


class DrawNotHere(Refused):
    """The draw is not played in this store."""

    code = "marketing.draw_not_here"


class PlayedEnough(Refused):
    """The member has played as often as one may in all: fact plays."""

    code = "marketing.played_enough"


class PlayedEnoughToday(Refused):
    """The member has played as often as one may in a day: fact plays."""

    code = "marketing.played_enough_today"


class WonEnough(Refused):
    """The member has won as often as one may in all: fact wins. Nothing is taken for a play that could win nothing."""

    code = "marketing.won_enough"


class WonEnoughToday(Refused):
    """The member has won as often as one may in a day: fact wins."""

    code = "marketing.won_enough_today"


class NoFreePlay(Refused):
    """The member has had today's plays for nothing, or the draw has none."""

    code = "marketing.no_free_play"


class NoChance(Refused):
    """The member has no play that a campaign gave, or the draw takes none."""

    code = "marketing.no_chance"


class NotForPoints(Refused):
    """The draw cannot be played for points."""

    code = "marketing.draw_not_for_points"


class PlayPointsTooFew(Refused):
    """The member has fewer points than a play costs: facts wanted, ready."""

    code = "marketing.play_points_too_few"


class DrawEmpty(Refused):
    """Just now there is nothing to win, so nothing is taken for a play."""

    code = "marketing.draw_empty"


@dataclass(frozen=True, slots=True)
class PlayWanted:
    """A play that a member wants. `id` was made by the client. `way`: free (today's), chance (given by a campaign) or points."""

    id: UUID
    brand_id: UUID
    draw_id: UUID
    member_id: UUID
    way: str = "free"
    store_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """A play and what it has won. `won`: a prize, by chance or guaranteed; a consolation is none."""

    id: UUID
    draw_id: UUID
    member_id: UUID
    number: int
    way: str
    ticket: int
    prize_id: UUID | None
    how: str
    version: int
    at: datetime

    @property
    def won(self) -> bool:
        return self.how in (BY_CHANCE, GUARANTEED)


@dataclass(frozen=True, slots=True)
class DrawTerms:
    """A draw as plays are decided by it, with its seed."""

    id: UUID
    brand_id: UUID
    rules: DrawRules
    seed: bytes


@dataclass(frozen=True, slots=True)
class CountNow:
    """How far a draw has come, under its lock."""

    played: int
    step: int
    chain: bytes
    last_at: datetime | None
    spent_minor: int
    version: int
    closed: bool


@dataclass(slots=True)
class PlayFacts:
    """What a batch is decided from; taken up by `decide_plays`, which moves it on."""

    terms: Mapping[UUID, DrawTerms]
    counts: dict[UUID, CountNow]
    prizes: dict[UUID, PrizeCount]
    players: dict[tuple[UUID, UUID], PlayerNow]
    earlier: dict[UUID, Played]
    chances: dict[tuple[UUID, UUID], int]
    points: dict[UUID, int]
    now: datetime


@dataclass(frozen=True, slots=True)
class FreshPlay:
    """A play to be written, with what it won, its line of the record and the player after it."""

    wanted: PlayWanted
    played: Played
    prize: Prize | None
    step: int
    who: UUID


PlayDecision = FreshPlay | Played | Refused


def decide_plays(
    wanted: Sequence[PlayWanted], facts: PlayFacts, *, new_player: Callable[[], UUID]
) -> list[PlayDecision]:
    """Decide each play in order of arrival: play it, answer the repeat, or say why not. A refused one takes nothing, and no
    number. `new_player` gives the random name of a member's first play."""
    decisions: list[PlayDecision] = []
    for one in wanted:
        if (before := facts.earlier.get(one.id)) is not None:
            same = (before.draw_id, before.member_id, before.way) == (one.draw_id, one.member_id, one.way)
            decisions.append(before if same else RepeatDiffers(id=one.id))
            continue
        terms, count = facts.terms.get(one.draw_id), facts.counts.get(one.draw_id)
        if terms is None or count is None or terms.brand_id != one.brand_id or not count.version:
            decisions.append(NotFound(what="draw"))
            continue
        at = max(facts.now, count.last_at or facts.now)
        key = (one.draw_id, one.member_id)
        player = on_day(facts.players.get(key) or PlayerNow(new_player()), day_of(at, terms.rules.zone))
        fault = (
            _closed(terms.rules, count, one, at)
            or had_enough(terms.rules, player)
            or _cannot_pay(terms.rules, one, player, facts)
        )
        if (
            fault is None
            and one.way != "free"
            and not anything_to_win(terms.rules, facts.prizes, count.spent_minor, at)
        ):
            fault = DrawEmpty(draw_id=one.draw_id)
        decisions.append(fault if fault is not None else _play(one, terms, count, player, facts, at=at))
    return decisions


def _play(
    one: PlayWanted, terms: DrawTerms, count: CountNow, player: PlayerNow, facts: PlayFacts, *, at: datetime
) -> FreshPlay:
    rules, number, step = terms.rules, count.played + 1, count.step + 1
    ticket = number_below(terms.seed, ticket_message(terms.id, number), rules.tickets)
    drawn = decide(rules, facts.prizes, count.spent_minor, dry=player.dry, ticket=ticket, at=at)
    prize_id = drawn.prize.id if drawn.prize else None
    line = play_written(PlayLine(step, number, at, player.who, one.way, count.version, ticket, prize_id, drawn.how))
    facts.counts[terms.id] = replace(
        count, played=number, step=step, chain=chained(count.chain, line), last_at=at,
        spent_minor=count.spent_minor + counted(facts.prizes, drawn),
    )  # fmt: skip
    facts.players[terms.id, one.member_id] = after_play(player, drawn, way=one.way)
    if one.way == "chance":
        facts.chances[terms.id, one.member_id] -= 1
    elif one.way == "points":
        facts.points[one.member_id] -= rules.points_price
    played = Played(one.id, terms.id, one.member_id, number, one.way, ticket, prize_id, drawn.how, count.version, at)
    facts.earlier[one.id] = played
    return FreshPlay(one, played, drawn.prize, step, player.who)


def _closed(rules: DrawRules, count: CountNow, one: PlayWanted, at: datetime) -> Refused | None:
    if count.closed or at >= rules.ends_at:
        return DrawOver(draw_id=one.draw_id)
    if at < rules.starts_at:
        return DrawNotYet(draw_id=one.draw_id, at=f"{rules.starts_at.astimezone(_zone(rules)):%Y-%m-%d %H:%M}")
    if rules.store_ids and one.store_id not in rules.store_ids:
        return DrawNotHere(draw_id=one.draw_id)
    return None


def had_enough(rules: DrawRules, player: PlayerNow) -> Refused | None:
    """Say that a player has played or won as often as one may; None while it may go on."""
    if rules.plays_total is not None and player.plays >= rules.plays_total:
        return PlayedEnough(plays=rules.plays_total)
    if rules.wins_total is not None and player.wins >= rules.wins_total:
        return WonEnough(wins=rules.wins_total)
    if rules.plays_daily is not None and player.plays_today >= rules.plays_daily:
        return PlayedEnoughToday(plays=rules.plays_daily)
    if rules.wins_daily is not None and player.wins_today >= rules.wins_daily:
        return WonEnoughToday(wins=rules.wins_daily)
    return None


def _cannot_pay(rules: DrawRules, one: PlayWanted, player: PlayerNow, facts: PlayFacts) -> Refused | None:
    if one.way == "free":
        return None if player.free_today < rules.free_daily else NoFreePlay(draw_id=one.draw_id)
    if one.way == "chance":
        left = facts.chances.get((one.draw_id, one.member_id), 0)
        return None if rules.takes_chances and left > 0 else NoChance(draw_id=one.draw_id)
    if one.way not in WAYS or not rules.points_price:
        return NotForPoints(draw_id=one.draw_id)
    ready = facts.points.get(one.member_id, 0)
    return None if ready >= rules.points_price else PlayPointsTooFew(wanted=rules.points_price, ready=ready)


def _zone(rules: DrawRules) -> ZoneInfo:
    return ZoneInfo(rules.zone)
