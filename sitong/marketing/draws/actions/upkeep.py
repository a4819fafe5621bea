"""What follows by itself: prizes that nobody claims go back, seeds are published after the end, plays move with members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.marketing.draws.actions.play import lock_draws
from sitong.marketing.draws.events import DrawSeedPublished, PrizeExpired
from sitong.marketing.draws.models import (
    Draw,
    DrawCount,
    DrawPlay,
    DrawPlayer,
    DrawPrize,
    DrawSeed,
    DrawWin,
    PrizeAddress,
    PrizeReturn,
    WinState,
)
from sitong.marketing.draws.record import chained, return_line
from sitong.shared.events.actions import announce

PIECE = 500


def expire_prizes(*, now: datetime) -> int:
    """Let goods that nobody claimed in time expire, and put them back into the pools of draws that still run; gives how many.

    What comes back stands in the record, for it decides later plays. Draw by draw, its count locked before its wins.
    """
    expired = 0
    waiting = (
        DrawWin.objects.filter(state=WinState.OPEN, expires_at__lte=now).order_by().values_list("draw_id", flat=True)
    )
    for draw_id in sorted(set(waiting[:PIECE])):
        expired += _expire(draw_id, now=now)
    return expired


def publish_seeds(*, now: datetime) -> int:
    """Publish the seeds of draws that are over, and close these for good; gives how many. A clock that jumps back opens none."""
    over = DrawSeed.objects.filter(revealed_at=None).values_list("draw_id", flat=True)
    ended = Draw.objects.filter(id__in=over, published_at__isnull=False)
    ids = [
        one.id for one in ended.only("id", "ends_at", "stopped_at") if one.ends_at <= now or one.stopped_at is not None
    ]
    published = 0
    for draw_id in sorted(ids)[:PIECE]:
        with transaction.atomic():
            count = lock_draws([draw_id])[draw_id][1]
            draw, seed = Draw.objects.get(id=draw_id), DrawSeed.objects.get(draw_id=draw_id)
            at = max(now, count.last_at or now)
            if seed.revealed_at is not None or (draw.ends_at > at and draw.stopped_at is None):
                continue
            seed.revealed_at = at
            seed.save(update_fields=["revealed_at"])
            DrawCount.objects.filter(draw_id=draw_id, closed_at=None).update(closed_at=at)
            announce([DrawSeedPublished(draw.brand_id, draw.id, draw.commitment, seed.seed)], at=now)
            published += 1
    return published


def move_plays(absorbed_id: UUID, *, to: UUID) -> list[UUID]:
    """Give one member's players, plays, wins and addresses to another; gives the ids of plays and players.

    Where both have played one draw, each keeps its own player: limits count for the survivor's. Locks wins, sorted.
    """
    with transaction.atomic():
        both = DrawPlayer.objects.filter(member_id=to).values("draw_id")
        players = list(
            DrawPlayer.objects.filter(member_id=absorbed_id).exclude(draw_id__in=both).values_list("id", flat=True)
        )
        DrawPlayer.objects.filter(id__in=players).update(member_id=to)
        wins = DrawWin.objects.select_for_update(no_key=True).filter(member_id=absorbed_id).order_by("id")
        DrawWin.objects.filter(id__in=[one.id for one in wins.only("id")]).update(member_id=to)
        plays = list(DrawPlay.objects.filter(member_id=absorbed_id).values_list("id", flat=True))
        DrawPlay.objects.filter(id__in=plays).update(member_id=to)
        PrizeAddress.objects.filter(member_id=absorbed_id).update(member_id=to)
    return [*players, *plays]


def move_plays_back(row_ids: Sequence[UUID], *, of: UUID, to: UUID) -> None:
    """Give these plays and players back, with what the plays have won; those that are not the first one's any more stay."""
    with transaction.atomic():
        wins = DrawWin.objects.select_for_update(no_key=True).filter(id__in=row_ids, member_id=of).order_by("id")
        won = [one.id for one in wins.only("id")]
        DrawPlayer.objects.filter(id__in=row_ids, member_id=of).update(member_id=to)
        DrawWin.objects.filter(id__in=won).update(member_id=to)
        DrawPlay.objects.filter(id__in=row_ids, member_id=of).update(member_id=to)
        PrizeAddress.objects.filter(win_id__in=won).update(member_id=to)


def erase_addresses(member_ids: Sequence[UUID]) -> int:
    """Take away the addresses of members for good; plays and prizes stay in the books. Gives how many."""
    return PrizeAddress.objects.filter(member_id__in=member_ids).delete()[0]


def _expire(draw_id: UUID, *, now: datetime) -> int:
    with transaction.atomic():
        count = lock_draws([draw_id])[draw_id][1]
        rows = DrawWin.objects.select_for_update(no_key=True).filter(
            draw_id=draw_id, state=WinState.OPEN, expires_at__lte=now
        )
        wins = list(rows.order_by("id")[:PIECE])
        at, step, chain = max(now, count.last_at or now), count.step, count.chain
        back: dict[UUID, int] = {}
        returns = []
        for win in wins:
            win.state, win.done_at = WinState.EXPIRED, now
            if count.closed:
                continue
            step += 1
            chain = chained(chain, return_line(step, at, win.prize_id, win.id))
            back[win.prize_id] = back.get(win.prize_id, 0) + 1
            returns.append(
                PrizeReturn(id=win.id, brand_id=win.brand_id, draw_id=draw_id, prize_id=win.prize_id, step=step, at=at)
            )
        DrawWin.objects.bulk_update(wins, ["state", "done_at"])
        PrizeReturn.objects.bulk_create(returns)
        prizes = list(DrawPrize.objects.filter(prize_id__in=back))
        for prize in prizes:
            prize.returned += back[prize.prize_id]
        DrawPrize.objects.bulk_update(prizes, ["returned"])
        if returns:
            DrawCount.objects.filter(draw_id=draw_id).update(step=step, chain=chain, last_at=at)
        announce([PrizeExpired(one.brand_id, one.id, one.draw_id, one.prize_id, one.member_id) for one in wins], at=now)
    return len(wins)
