"""Points of two members who turn out to be one: what the one has goes to the other, and back when the join is undone.

Everything goes by transfers between the two members; what came from where stands in PointsMoved.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID, uuid5

from sitong.member.identity.queries import member_facts
from sitong.member.points.actions.purses import Entry, Purses, open_purses
from sitong.member.points.models import PointsEarning, PointsMoved, PointsSpending
from sitong.member.points.queries import OWED, PENDING, READY
from sitong.member.points.rules import FOR_EVER, Purse, grace_on, put_in, take_from
from sitong.org.brands.queries import brand_facts
from sitong.shared.clock import business_date
from sitong.shared.ids import new_id


def move_points(absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
    """Give the survivor all points of the absorbed member, each with its expiry, and what it has earned and spent.

    In the join's transaction. Gives the ids of the rows that say what moved. With nothing there it changes nothing.
    """
    purses, giver, out, into = _two(absorbed_id, survivor_id, f"{join_id} {now.isoformat()}", now)
    earnings = list(PointsEarning.objects.filter(member_id=absorbed_id))
    spendings = list(PointsSpending.objects.filter(member_id=absorbed_id).values_list("id", flat=True))
    moved = [_moved(giver, join_id, "bucket", now, left, on=on) for on, left in sorted(giver.buckets.items()) if left]
    moved += [_moved(giver, join_id, "earning", now, _pending(one), row_id=one.id) for one in earnings]
    moved += [_moved(giver, join_id, "spending", now, 0, row_id=key) for key in spendings]
    moved += [_moved(giver, join_id, "owed", now, giver.owed)] if giver.owed else []
    _pass_pending(purses, out, into, giver.pending)
    _pass_owed(purses, out, into, giver.owed)
    _pass_ready(purses, out, into, [(one.expires_on or FOR_EVER, one.points) for one in moved if one.what == "bucket"])
    _write(purses, out, into, now)
    PointsEarning.objects.filter(member_id=absorbed_id).update(member_id=survivor_id)
    PointsSpending.objects.filter(member_id=absorbed_id).update(member_id=survivor_id)
    PointsMoved.objects.bulk_create(moved, batch_size=2_000)
    return [one.id for one in moved]


def move_points_back(
    row_ids: Sequence[UUID], *, absorbed_id: UUID, survivor_id: UUID, join_id: UUID, now: datetime
) -> None:
    """Give the absorbed member back what these rows say: what has been spent of it since is owed by the survivor.

    Points whose last day is over do not come back: they would have ended with either. What was earned and has matured
    since comes back as ready points of the same expiry. Ids that are earnings made since are those that a person chose.
    """
    rows = list(PointsMoved.objects.filter(id__in=row_ids, join_id=join_id))
    chosen = set(row_ids) - {one.id for one in rows}
    if not row_ids:
        return
    purses, giver, out, into = _two(survivor_id, absorbed_id, f"{join_id} back {now.isoformat()}", now)
    today = _today(giver, now)
    pending_then = {one.row_id: one.points for one in rows if one.what == "earning"}
    pending_then |= dict(PointsEarning.objects.filter(id__in=chosen).values_list("id", "points"))
    earnings = list(PointsEarning.objects.filter(id__in=pending_then, member_id=survivor_id))  # type: ignore[misc]
    ready = [(one.expires_on, one.points) for one in rows if one.what == "bucket" and one.expires_on]
    ready += [
        (one.expires_on, one.points - one.taken_back)
        for one in earnings
        if one.matured_at is not None and one.expires_on and pending_then[one.id]
    ]
    _pass_pending(purses, out, into, sum(_pending(one) for one in earnings))
    _pass_ready(purses, out, into, [(on, points) for on, points in ready if points and on >= today])
    _pass_owed_back(purses, out, into, sum(one.points for one in rows if one.what == "owed"), grace_on(today))
    _write(purses, out, into, now)
    PointsEarning.objects.filter(id__in=[one.id for one in earnings]).update(member_id=absorbed_id)
    spendings = [one.row_id for one in rows if one.what == "spending"]
    PointsSpending.objects.filter(id__in=spendings, member_id=survivor_id).update(member_id=absorbed_id)  # type: ignore[misc]


def earned_since(member_id: UUID, since: datetime, *, besides: Sequence[UUID]) -> list[tuple[UUID, int, datetime]]:
    """Give what a member has earned since an instant, line by line: id, points, when."""
    rows = PointsEarning.objects.filter(member_id=member_id, earned_at__gt=since).exclude(id__in=besides)
    return list(rows.order_by("earned_at", "id").values_list("id", "points", "earned_at"))


def _two(giver_id: UUID, taker_id: UUID, name: str, now: datetime) -> tuple[Purses, Purse, Entry, Entry]:
    facts = member_facts([giver_id, taker_id])
    purses = open_purses({key: facts[key].brand_id for key in (giver_id, taker_id)}, now=now)
    giver, taker = purses.of[giver_id], purses.of[taker_id]
    out = Entry(uuid5(giver_id, f"points out {name}"), giver, "moved_out", 0)
    into = Entry(uuid5(taker_id, f"points into {name}"), taker, "moved_in", 0)
    return purses, giver, out, into


def _pass_pending(purses: Purses, out: Entry, into: Entry, points: int) -> None:
    out.purse.pending -= points
    into.purse.pending += points
    out.pending_change -= points
    into.pending_change += points
    purses.between(out, into.purse, PENDING, PENDING, points)


def _pass_ready(purses: Purses, out: Entry, into: Entry, parts: Sequence[tuple[date, int]]) -> None:
    """Pass ready points on, each out of its own bucket, else of the oldest, else on the giver's debt."""
    passed = owed = settled = 0
    for on, points in parts:
        got = sum(part for _, part in take_from(out.purse, points, first=on))
        passed += got
        owed += points - got
        settled += put_in(into.purse, points, on)
    out.purse.owed += owed
    out.ready_change -= passed
    out.owed_change += owed
    into.ready_change += passed + owed - settled
    into.owed_change -= settled
    purses.between(out, into.purse, READY, READY, passed)
    purses.between(out, into.purse, OWED, READY, owed)
    purses.between(into, into.purse, READY, OWED, settled)


def _pass_owed(purses: Purses, out: Entry, into: Entry, points: int) -> None:
    out.purse.owed -= points
    into.purse.owed += points
    out.owed_change -= points
    into.owed_change += points
    purses.between(into, out.purse, OWED, OWED, points)


def _pass_owed_back(purses: Purses, out: Entry, into: Entry, points: int, on: date) -> None:
    """Pass a debt back. What the survivor has settled of it since comes back to it as ready points."""
    still = min(points, out.purse.owed)
    _pass_owed(purses, out, into, still)
    settled = points - still
    into.purse.owed += settled
    into.owed_change += settled
    put_in(out.purse, settled, on)
    out.ready_change += settled
    purses.between(into, out.purse, OWED, READY, settled)


def _write(purses: Purses, out: Entry, into: Entry, now: datetime) -> None:
    if not purses.legs:
        return
    out.points, into.points = (
        abs(one.pending_change) + abs(one.ready_change) + abs(one.owed_change) for one in (out, into)
    )
    purses.begin(out)
    purses.begin(into)
    purses.write(now=now)


def _pending(one: PointsEarning) -> int:
    return one.points - one.taken_back if one.matured_at is None else 0


def _today(purse: Purse, now: datetime) -> date:
    return business_date(now, brand_facts([purse.brand_id])[purse.brand_id].zone)


def _moved(
    giver: Purse,
    join_id: UUID,
    what: str,
    now: datetime,
    points: int,
    *,
    on: date | None = None,
    row_id: UUID | None = None,
) -> PointsMoved:
    return PointsMoved(
        id=new_id(),
        brand_id=giver.brand_id,
        join_id=join_id,
        what=what,
        row_id=row_id,
        expires_on=on,
        points=points,
        at=now,
    )
