"""Draws at headquarters' desk: the list, what came of one, who has won."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from sitong.marketing.draws.models import Draw, DrawCount, DrawPlay, DrawVersion, DrawWin
from sitong.marketing.draws.queries.member import WonPrize, with_prizes
from sitong.marketing.draws.queries.shop import PublishedPrize, prizes_published, state_of
from sitong.marketing.draws.rules import Prize, Release, released
from sitong.shared.access.viewer import Viewer
from sitong.shared.statements import run

WINNERS_MAX = 200
BY_DAY = """
SELECT (at AT TIME ZONE %s)::date, count(*), count(DISTINCT member_id), count(*) FILTER (WHERE how IN ('chance', 'guaranteed'))
FROM marketing_drawplay WHERE draw_id = %s::uuid GROUP BY 1 ORDER BY 1
"""
BY_WAY = "SELECT way, count(*) FROM marketing_drawplay WHERE draw_id = %s::uuid GROUP BY 1 ORDER BY 1"
BY_STATE = "SELECT prize_id, state, count(*), sum(value_minor)::bigint FROM marketing_drawwin WHERE draw_id = %s::uuid GROUP BY 1, 2"
BY_HOW = "SELECT prize_id, how, count(*) FROM marketing_drawplay WHERE draw_id = %s::uuid AND prize_id IS NOT NULL GROUP BY 1, 2"
BY_STORE = """
SELECT store_id, count(*), count(*) FILTER (WHERE how IN ('chance', 'guaranteed')) FROM marketing_drawplay
WHERE draw_id = %s::uuid AND store_id IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200
"""


@dataclass(frozen=True, slots=True)
class PrizeResult:
    """What came of one prize. `states`: how many of its wins stand how; `hows`: how they were won. `released`: how many could be
    won up to now; `coming`: the next release."""

    shown: PublishedPrize
    won: int
    states: dict[str, int]
    hows: dict[str, int]
    value_minor: int
    expected: int | None
    released: int | None
    coming: Release | None


@dataclass(frozen=True, slots=True)
class DrawResults:
    """What came of a draw, counted from plays and wins themselves. `cost_minor`: what all that was won is worth."""

    played: int
    members: int
    won: int
    cost_minor: int
    spent_minor: int
    prizes: list[PrizeResult]
    by_day: list[tuple[date, int, int, int]]
    by_way: dict[str, int]
    by_store: list[tuple[UUID, int, int]]


def draws_visible_to(viewer: Viewer, permission: str = "coupon.see") -> QuerySet[Draw]:
    """Give the draws that headquarters' viewer may see; others have none at a desk."""
    return Draw.objects.filter(brand_id__in=viewer.place_ids("brand", permission))


def wins_visible_to(viewer: Viewer, permission: str = "coupon.see") -> QuerySet[DrawWin]:
    """Give what was won in the draws that the viewer may see."""
    return DrawWin.objects.filter(brand_id__in=viewer.place_ids("brand", permission))


def with_counts(draws: QuerySet[Draw] | list[Draw], *, at: datetime) -> list[tuple[Draw, str, DrawCount]]:
    """Give draws with their states and counts. Two statements."""
    rows = list(draws)
    counts = DrawCount.objects.in_bulk([one.id for one in rows])
    return [(one, state_of(one, counts[one.id], at=at), counts[one.id]) for one in rows]


def draw_results(draw: Draw, *, at: datetime, zone: str) -> DrawResults:
    """Give what came of a draw. Seven statements over its plays and wins."""
    count = DrawCount.objects.get(draw_id=draw.id)
    states: dict[UUID, dict[str, int]] = {}
    values: dict[UUID, int] = {}
    for prize_id, state, number, value in run(BY_STATE, [draw.id]):
        states.setdefault(prize_id, {})[state] = number
        values[prize_id] = values.get(prize_id, 0) + int(value)
    hows: dict[UUID, dict[str, int]] = {}
    for prize_id, how, number in run(BY_HOW, [draw.id]):
        hows.setdefault(prize_id, {})[how] = number
    prizes = [
        PrizeResult(
            one, sum(states.get(one.prize.id, {}).values()), states.get(one.prize.id, {}), hows.get(one.prize.id, {}), values.get(one.prize.id, 0),
            round(one.odds * count.played) if one.prize.weight else None, released(one.prize, at), _coming(one.prize, at),
        )
        for one in prizes_published(draw, at=at)
    ]  # fmt: skip
    by_day = [(row[0], row[1], row[2], row[3]) for row in run(BY_DAY, [zone, draw.id])]
    by_store = [(row[0], row[1], row[2]) for row in run(BY_STORE, [draw.id])]
    members = DrawPlay.objects.filter(draw_id=draw.id).values("member_id").distinct().count()
    won = sum(row[3] for row in by_day)
    return DrawResults(
        count.played, members, won, sum(values.values()), count.spent_minor, prizes, by_day, dict(run(BY_WAY, [draw.id])), by_store
    )  # fmt: skip


def _coming(prize: Prize, at: datetime) -> Release | None:
    """Give the next release of a prize; None when there is none any more."""
    return min((one for one in prize.releases if one.at > at), key=lambda one: one.at, default=None)


def winners_of(draw: Draw, *, state: str = "", prize_id: UUID | None = None) -> list[WonPrize]:
    """Give who has won what, the last first; consolations are left out. At most 200."""
    rows = DrawWin.objects.filter(draw_id=draw.id).exclude(how="consolation")
    if state:
        rows = rows.filter(state=state)
    if prize_id:
        rows = rows.filter(prize_id=prize_id)
    return with_prizes(list(rows.order_by("-won_at", "-id")[:WINNERS_MAX]))


def versions_of(draw_id: UUID) -> list[DrawVersion]:
    """Give the versions of a draw's rules, the first first."""
    return list(DrawVersion.objects.filter(draw_id=draw_id).order_by("version"))


def not_given(draw_id: UUID) -> dict[str, int]:
    """Give why rewards that are due could not be given yet: refusal code to how many."""
    rows: Any = run(
        "SELECT fault, count(*) FROM marketing_drawwin WHERE draw_id = %s::uuid AND state = 'due' AND fault <> '' GROUP BY 1",
        [draw_id],
    )
    return dict(rows)


def win_by_code(brand_id: UUID, code: str) -> WonPrize | None:
    """Give the prize behind the code that a member shows."""
    found = with_prizes(list(DrawWin.objects.filter(brand_id=brand_id, code=code)[:1])) if code else []
    return found[0] if found else None


def handed_over_in(store_id: UUID, *, since: datetime) -> list[WonPrize]:
    """Give the prizes that were handed over in a store since an instant, the last first."""
    rows = DrawWin.objects.filter(done_in=store_id, done_at__gte=since, state="handed").order_by("-done_at")
    return with_prizes(list(rows[:WINNERS_MAX]))
