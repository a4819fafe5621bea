"""Points of two members who turn out to be one: what the one has goes to the other, and back when the join is undone.

Everything goes by transfers between the two members; what came from where stands in PointsMoved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID, uuid5

from sitong.member.identity.moving import Going
from sitong.member.identity.queries import member_facts
from sitong.member.points.actions.purses import Entry, Purses, open_purses
from sitong.member.points.models import PointsEarning, PointsMoved, PointsSpending
from sitong.member.points.queries import OWED, PENDING, READY
from sitong.member.points.rules import FOR_EVER, Purse, grace_on, put_in, take_from
from sitong.org.brands.queries import brand_facts
from sitong.shared.clock import business_date
from sitong.shared.ids import new_id
from sitong.shared.statements import run, uuids

GIVE_ALL = (
    "UPDATE member_pointsearning AS r SET member_id = g.to_id FROM unnest(%s::uuid[], %s::uuid[]) AS g (of_id, to_id)"
    " WHERE r.member_id = g.of_id",
    "UPDATE member_pointsspending AS r SET member_id = g.to_id FROM unnest(%s::uuid[], %s::uuid[]) AS g (of_id, to_id)"
    " WHERE r.member_id = g.of_id",
)
GIVE_EARNINGS = """
UPDATE member_pointsearning AS r SET member_id = g.to_id FROM unnest(%s::uuid[], %s::uuid[]) AS g (id, to_id) WHERE r.id = g.id
"""
GIVE_SPENDINGS = """
UPDATE member_pointsspending AS r SET member_id = g.to_id FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS g (id, of_id, to_id)
WHERE r.id = g.id AND r.member_id = g.of_id
"""


def move_points(absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
    """Give the survivor all points of the absorbed member, each with its expiry, and what it has earned and spent.

    In the join's transaction. Gives the ids of the rows that say what moved. With nothing there it changes nothing.
    """
    return move_points_many([Going(join_id, absorbed_id, survivor_id)], now=now)[join_id]


def move_points_many(joins: Sequence[Going], *, now: datetime) -> dict[UUID, list[UUID]]:
    """Move the points of many joins, no two of which share a member; one statement a table, whatever their number."""
    purses = _open(joins, now)
    earnings = _by_member(PointsEarning.objects.filter(member_id__in=[one.absorbed_id for one in joins]))
    spendings: dict[UUID, list[UUID]] = {}
    spent = PointsSpending.objects.filter(member_id__in=[one.absorbed_id for one in joins])
    for member_id, key in spent.values_list("member_id", "id"):
        spendings.setdefault(member_id, []).append(key)
    answer: dict[UUID, list[UUID]] = {}
    rows: list[PointsMoved] = []
    for one in joins:
        name = f"{one.join_id} {now.isoformat()}"
        giver, out, into = _two(purses, one.absorbed_id, one.survivor_id, name)
        moved = [
            _moved(giver, one.join_id, "bucket", now, left, on=on) for on, left in sorted(giver.buckets.items()) if left
        ]
        moved += [
            _moved(giver, one.join_id, "earning", now, _pending(row), row_id=row.id)
            for row in earnings.get(one.absorbed_id, ())
        ]
        moved += [
            _moved(giver, one.join_id, "spending", now, 0, row_id=key) for key in spendings.get(one.absorbed_id, ())
        ]
        moved += [_moved(giver, one.join_id, "owed", now, giver.owed)] if giver.owed else []
        before = len(purses.legs)
        _pass_pending(purses, out, into, giver.pending)
        _pass_owed(purses, out, into, giver.owed)
        buckets = [(row.expires_on or FOR_EVER, row.points) for row in moved if row.what == "bucket"]
        _pass_ready(purses, out, into, buckets)
        _begin(purses, out, into, before)
        rows += moved
        answer[one.join_id] = [row.id for row in moved]
    _write(purses, now)
    pairs = [uuids([one.absorbed_id for one in joins]), uuids([one.survivor_id for one in joins])]
    for statement in GIVE_ALL:
        run(statement, pairs)
    PointsMoved.objects.bulk_create(rows, batch_size=2_000)
    return answer


def move_points_back(
    row_ids: Sequence[UUID], *, absorbed_id: UUID, survivor_id: UUID, join_id: UUID, now: datetime
) -> None:
    """Give the absorbed member back what these rows say: what has been spent of it since is owed by the survivor.

    Points whose last day is over do not come back: they would have ended with either. What was earned and has matured
    since comes back as ready points of the same expiry. Ids that are earnings made since are those that a person chose.
    """
    move_points_back_many([Going(join_id, absorbed_id, survivor_id, tuple(row_ids))], now=now)


def move_points_back_many(joins: Sequence[Going], *, now: datetime) -> None:
    """Give points back for many joins, no two of which share a member; one statement a table, whatever their number."""
    joins = [one for one in joins if one.row_ids]
    if not joins:
        return
    named = {key for one in joins for key in one.row_ids}
    rows: dict[UUID, list[PointsMoved]] = {one.join_id: [] for one in joins}
    for row in PointsMoved.objects.filter(id__in=named, join_id__in=rows):
        rows[row.join_id].append(row)
    chosen = named - {row.id for of in rows.values() for row in of}
    wanted = chosen | {row.row_id for of in rows.values() for row in of if row.what == "earning" and row.row_id}
    standing = {row.id: row for row in PointsEarning.objects.filter(id__in=wanted)}
    purses = _open(joins, now)
    brands = brand_facts({purse.brand_id for purse in purses.of.values()})
    days = {key: business_date(now, one.zone) for key, one in brands.items()}
    given: list[tuple[UUID, UUID]] = []
    spent: list[tuple[UUID, UUID, UUID]] = []
    for one in joins:
        mine = rows[one.join_id]
        pending_then = {row.row_id: row.points for row in mine if row.what == "earning"}
        pending_then |= {key: standing[key].points for key in chosen.intersection(one.row_ids) if key in standing}
        earnings = [
            standing[key] for key in pending_then if key in standing and standing[key].member_id == one.survivor_id
        ]
        _give_back(purses, one, mine, pending_then, earnings, days, now)
        given += [(row.id, one.absorbed_id) for row in earnings]
        spent += [
            (row.row_id, one.survivor_id, one.absorbed_id) for row in mine if row.what == "spending" and row.row_id
        ]
    _write(purses, now)
    run(GIVE_EARNINGS, [uuids([key for key, _ in given]), uuids([to for _, to in given])])
    run(
        GIVE_SPENDINGS,
        [uuids([row[0] for row in spent]), uuids([row[1] for row in spent]), uuids([row[2] for row in spent])],
    )


def _give_back(
    purses: Purses, one: Going, rows: Sequence[PointsMoved], pending_then: Mapping[UUID | None, int],
    earnings: Sequence[PointsEarning], days: Mapping[UUID, date], now: datetime,
) -> None:  # fmt: skip
    """Decide what goes back to the absorbed member of one join."""
    giver, out, into = _two(purses, one.survivor_id, one.absorbed_id, f"{one.join_id} back {now.isoformat()}")
    today = days[giver.brand_id]
    ready = [(row.expires_on, row.points) for row in rows if row.what == "bucket" and row.expires_on]
    ready += [
        (row.expires_on, row.points - row.taken_back)
        for row in earnings
        if row.matured_at is not None and row.expires_on and pending_then[row.id]
    ]
    before = len(purses.legs)
    _pass_pending(purses, out, into, sum(_pending(row) for row in earnings))
    _pass_ready(purses, out, into, [(on, points) for on, points in ready if points and on >= today])
    _pass_owed_back(purses, out, into, sum(row.points for row in rows if row.what == "owed"), grace_on(today))
    _begin(purses, out, into, before)


def earned_since(member_id: UUID, since: datetime, *, besides: Sequence[UUID]) -> list[tuple[UUID, int, datetime]]:
    """Give what a member has earned since an instant, line by line: id, points, when."""
    rows = PointsEarning.objects.filter(member_id=member_id, earned_at__gt=since).exclude(id__in=besides)
    return list(rows.order_by("earned_at", "id").values_list("id", "points", "earned_at"))


def _open(joins: Sequence[Going], now: datetime) -> Purses:
    """Lock the points of all members of these joins."""
    facts = member_facts([key for one in joins for key in (one.absorbed_id, one.survivor_id)])
    return open_purses({key: one.brand_id for key, one in sorted(facts.items())}, now=now)


def _two(purses: Purses, giver_id: UUID, taker_id: UUID, name: str) -> tuple[Purse, Entry, Entry]:
    giver, taker = purses.of[giver_id], purses.of[taker_id]
    out = Entry(uuid5(giver_id, f"points out {name}"), giver, "moved_out", 0)
    into = Entry(uuid5(taker_id, f"points into {name}"), taker, "moved_in", 0)
    return giver, out, into


def _by_member(earnings: Iterable[PointsEarning]) -> dict[UUID, list[PointsEarning]]:
    found: dict[UUID, list[PointsEarning]] = {}
    for one in earnings:
        found.setdefault(one.member_id, []).append(one)
    return found


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


def _begin(purses: Purses, out: Entry, into: Entry, legs_before: int) -> None:
    """Enter what happened to the two, if anything did."""
    if len(purses.legs) == legs_before:
        return
    out.points, into.points = (
        abs(one.pending_change) + abs(one.ready_change) + abs(one.owed_change) for one in (out, into)
    )
    purses.begin(out)
    purses.begin(into)


def _write(purses: Purses, now: datetime) -> None:
    if purses.legs:
        purses.write(now=now)


def _pending(one: PointsEarning) -> int:
    return one.points - one.taken_back if one.matured_at is None else 0


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
