"""Draws as players see them: what runs, its prizes with their odds, and how a member stands in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID, uuid4

from django.db.models import QuerySet

from sitong.marketing.draws.models import Draw, DrawCount, DrawPlay, DrawPlayer, DrawPrize, DrawSeed
from sitong.marketing.draws.playing import had_enough
from sitong.marketing.draws.rules import (
    DrawRules,
    PlayerNow,
    Prize,
    PrizeCount,
    anything_to_win,
    day_of,
    left_of,
    odds_of,
    on_day,
    percent_text,
    rules_read,
)
from sitong.marketing.giving.queries import chances_left
from sitong.member.points.queries import points_now
from sitong.shared.errors import Refused

SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class PublishedPrize:
    """A prize as it is published, computed from the rules themselves. `quantity` and `left` None: no limit."""

    prize: Prize
    odds: Fraction
    percent: str
    quantity: int | None
    left: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a member stands in a draw, without a lock. `way`: how the next play would be paid, '' when there is none, and then
    `fault` says why. `played`, `won`: so far."""

    way: str
    fault: Refused | None
    free_left: int
    chances: int
    points: int
    played: int
    won: int
    until_guarantee: int | None


def open_draws(brand_id: UUID, *, at: datetime, store_id: UUID | None = None) -> list[Draw]:
    """Give the published draws that run or are about to, those that hold in a store when one is named; the first to end first."""
    found = published_draws(brand_id).filter(ends_at__gt=at).exclude(id__in=_closed(brand_id))
    rows = found.order_by("ends_at", "id")[:SHOWN_MAX]
    return [
        one for one in rows if store_id is None or not (there := one.rules.get("store_ids")) or str(store_id) in there
    ]


def published_draws(brand_id: UUID) -> QuerySet[Draw]:
    """Give a brand's draws that were published: whoever has the link may read them, also when they are over."""
    return Draw.objects.filter(brand_id=brand_id, published_at__isnull=False)


def prizes_published(draw: Draw, *, at: datetime) -> list[PublishedPrize]:
    """Give a draw's prizes with odds, numbers and how many are left now, in the order of the rules."""
    counts = prize_counts(draw.id)
    return shown_prizes(rules_read(draw.rules), counts, at=at)


def shown_prizes(rules: DrawRules, counts: Mapping[UUID, PrizeCount], *, at: datetime) -> list[PublishedPrize]:
    """Give prizes with odds and numbers from the rules: what is published, whatever the page."""
    return [
        PublishedPrize(
            one, odds_of(rules, one), percent_text(odds_of(rules, one)), sum(part.quantity for part in one.releases) if one.releases else None,
            left_of(one, counts.get(one.id, PrizeCount()), at),
        )
        for one in rules.prizes
    ]  # fmt: skip


def prize_counts(draw_id: UUID) -> dict[UUID, PrizeCount]:
    """Give how many of each prize were won and came back, without a lock."""
    rows = DrawPrize.objects.filter(draw_id=draw_id).values_list("prize_id", "won", "returned")
    return {row[0]: PrizeCount(row[1], row[2]) for row in rows}


def standing_of(draw: Draw, member_id: UUID, *, at: datetime) -> Standing:
    """Give how a member stands: which play is next, and why there is none. Promises nothing; `play_draws` decides."""
    rules, count = rules_read(draw.rules), DrawCount.objects.get(draw_id=draw.id)
    at = max(at, count.last_at or at)
    row = DrawPlayer.objects.filter(draw_id=draw.id, member_id=member_id).first()
    player = PlayerNow(uuid4())
    if row is not None:
        player = PlayerNow(
            row.id, row.plays, row.wins, row.dry, row.on_day, row.plays_today, row.wins_today, row.free_today
        )
    player = on_day(player, day_of(at, rules.zone))
    free = max(rules.free_daily - player.free_today, 0)
    chances = chances_left([member_id], draw.id)[member_id] if rules.takes_chances else 0
    points = points_now([member_id])[member_id].ready if rules.points_price else 0
    ways = [
        ("free", free > 0),
        ("chance", chances > 0),
        ("points", bool(rules.points_price) and points >= rules.points_price),
    ]
    winnable = anything_to_win(rules, prize_counts(draw.id), count.spent_minor, at)
    way = next((name for name, there in ways if there and (name == "free" or winnable)), "")
    fault = had_enough(rules, player)
    dry = rules.guarantee_after - player.dry if rules.guarantee_after else None
    return Standing("" if fault else way, fault, free, chances, points, player.plays, player.wins, dry)


def plays_of(draw_id: UUID, member_id: UUID) -> list[DrawPlay]:
    """Give a member's last plays of a draw, the last first, so that it can find them in the record."""
    return list(DrawPlay.objects.filter(draw_id=draw_id, member_id=member_id).order_by("-number")[:SHOWN_MAX])


def play_of(member_id: UUID, play_id: UUID) -> DrawPlay | None:
    """Give one play of a member."""
    return DrawPlay.objects.filter(id=play_id, member_id=member_id).first()


def state_of(draw: Draw, count: DrawCount, *, at: datetime) -> str:
    """Give a draw's state: draft, coming, running, over or stopped."""
    if draw.published_at is None:
        return "draft"
    if draw.stopped_at is not None:
        return "stopped"
    at = max(at, count.last_at or at)
    if count.closed_at is not None or at >= draw.ends_at:
        return "over"
    return "coming" if at < draw.starts_at else "running"


def count_of(draw_id: UUID) -> DrawCount:
    """Give how far a draw has come, without a lock."""
    return DrawCount.objects.get(draw_id=draw_id)


def seed_published(draw_id: UUID) -> str:
    """Give a draw's seed as hexadecimal once it is public; '' before."""
    seed = DrawSeed.objects.get(draw_id=draw_id)
    return seed.seed if seed.revealed_at is not None else ""


def _closed(brand_id: UUID) -> QuerySet[DrawCount]:
    return DrawCount.objects.filter(brand_id=brand_id, closed_at__isnull=False).values("draw_id")  # type: ignore[return-value]
