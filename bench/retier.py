"""The tiers of a whole brand at once: 27.9 million members, 17.6 million entries, six levels.

Who changes is found in columns, as `retier_all` does it, and by PostgreSQL in one statement over the same rows: at a period's end,
when whoever has a level above the lowest is due, and under a new plan, when everybody is. `retier-columns` are columns that
are there already; the others are read out of PostgreSQL first. Then a part of the changes is written with its events.

SIZE=1m (as chosen by itself), 10m or 28m: how many members; entries and active members in proportion.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

import numpy

from bench import Figure, server

MEMBERS = {"1m": 1_000_000, "10m": 10_000_000, "28m": 27_900_000}
ENTRIES_SHARE, ACTIVE_SHARE = 17.6 / 27.9, 5.8 / 27.9
LEVELS = (0, 30_000, 100_000, 200_000, 500_000, 800_000)
BEFORE, ON = date(2026, 2, 28), date(2026, 3, 1)
"""Standings were settled on the last day of a period; on the next day whoever has a level is due."""

DAYS = 210
WRITTEN_MAX = 200_000
CHUNK = 1_000_000
EPOCH = date(2000, 1, 1).toordinal()
FOUND = """
WITH best AS ({best}), reached AS (
  SELECT s.member_id, s.level, s.keeps_until, width_bucket(coalesce(b.best, 0), %(thresholds)s::bigint[]) AS now
  FROM member_standing AS s LEFT JOIN best AS b USING (member_id)
  WHERE s.brand_id = %(brand)s::uuid AND (s.version <> %(version)s::int OR s.keeps_until < %(today)s::date)
)
SELECT count(*), count(*) FILTER (WHERE now > level), count(*) FILTER (WHERE now < level) FROM reached
"""

T = TypeVar("T")


def run() -> list[Figure]:
    """Make the rows, find who changes three ways, compare, and write a part of it."""
    size = os.environ.get("SIZE", "1m")
    members = MEMBERS[size]
    plan, columns = _plan(), _generate(members)
    columns_s, found = _timed(_find, columns, plan)
    rose, fell = int(found.rows.rose.sum()), int((found.moved & ~found.rows.rose).sum())
    alone_mib = _peak_mib()
    with server.database():
        plan = _published(plan)
        _load(plan, *columns)
        del columns
        whole_s, due = _timed(_find_due, plan)
        reference_s, counts = _timed(_ask_postgresql, plan)
        if counts != (len(due.members), rose, fell) or due.found.moves() != found.moves():
            raise AssertionError((counts, len(due.members), rose, fell))
        written, write_s = _write(plan, due)
        del due
        plan = _cheaper(plan)
        plan_s, (plan_rose, plan_fell) = _timed(_count_due, plan)
        plan_reference_s, _ = _timed(_ask_postgresql, plan)
    also: dict[str, Any] = {"members": members, "entries": int(members * ENTRIES_SHARE), "levels": len(LEVELS)}
    period = {"due": counts[0], "rose": rose, "fell": fell, "peak_mib": alone_mib, "same": "yes"}
    whole = {"due": members, "rose": plan_rose, "fell": plan_fell, "peak_mib": _peak_mib()}
    return [
        Figure("retier-columns", columns_s, "s", reference_s, reference_s / columns_s, also | period),
        Figure("retier-period", whole_s, "s", reference_s, reference_s / whole_s, period),
        Figure("retier-plan", plan_s, "s", plan_reference_s, plan_reference_s / plan_s, whole),
        Figure("retier-write", written / write_s, "standings/s", extras={"written": written}),
    ]


def _plan() -> Any:
    from sitong.member.tiers.rules import Level, Plan

    levels = tuple(Level(at, f"l{at}", f"l{at}", "", threshold) for at, threshold in enumerate(LEVELS, 1))
    return Plan(UUID(int=0), 1, "spending", "rolling", 6, "month", 14, levels)


def _generate(members: int) -> tuple[Any, Any]:
    """Make entries of the active members, and the standings of all as they were at the end of the last period."""
    from sitong.member.tiers.bulk import Entries, Kept, levels_on
    from sitong.member.tiers.rules import FOR_EVER

    random = numpy.random.default_rng(5)
    count, active = int(members * ENTRIES_SHARE), int(members * ACTIVE_SHARE)
    who = numpy.sort((active * random.random(count) ** 2).astype(numpy.int32))  # a few buy often
    who = (who.astype(numpy.int64) * members // active).astype(numpy.int32)
    on = (BEFORE.toordinal() - random.integers(0, DAYS, count)).astype(numpy.int32)
    amount = numpy.minimum(random.lognormal(9.2, 1.0, count), 2_000_000).astype(numpy.int64) + 100
    entries = Entries(who, on, amount)
    plan = _plan()
    level, _ = levels_on(entries, members, BEFORE, plan)
    base, until = plan.level_for(0), BEFORE.toordinal()
    zeros = numpy.zeros(members, numpy.int32)
    return entries, Kept(
        zeros + 1, level.astype(numpy.int32), zeros + until - 60,
        numpy.where(level <= base, FOR_EVER.toordinal(), until).astype(numpy.int32), zeros + until, zeros, zeros,
    )  # fmt: skip


def _find(columns: Any, plan: Any) -> Any:
    from sitong.member.tiers.bulk import levels_on, settled

    entries, kept = columns
    level, _ = levels_on(entries, len(kept.level), ON, plan)
    return settled(kept, level, ON, plan, {})


def _find_due(plan: Any) -> Any:
    from sitong.member.tiers.actions.retiering import find_due

    return find_due(plan, ON)


def _cheaper(plan: Any) -> Any:
    """Give another version of the plan, as if it were published: everybody is due."""
    levels = tuple(replace(level, threshold=level.threshold * 4 // 5) for level in plan.levels)
    return replace(plan, version=plan.version + 1, levels=levels)


def _count_due(plan: Any) -> tuple[int, int]:
    rows = _find_due(plan).found.rows
    return int(rows.rose.sum()), int(((rows.before != rows.after) & ~rows.rose).sum())


def _ask_postgresql(plan: Any) -> tuple[int, int, int]:
    from django.db import connection

    from sitong.member.tiers.spread import BEST, ROLLING, _facts

    best = BEST.format(amount="amount_minor", window=ROLLING % {"months": plan.window_months})
    with connection.cursor() as cursor:
        cursor.execute("SET work_mem = '256MB'")
        cursor.execute(FOUND.format(best=best), {**_facts(plan, ON), "version": plan.version})
        count, rose, fell = cursor.fetchone()
        cursor.execute("RESET work_mem")
        return count, rose, fell


def _load(plan: Any, entries: Any, kept: Any) -> None:
    """Write the rows into the platform's own tables by binary COPY; they are no part of what is measured."""
    from django.db import connections

    members = len(kept.level)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE member_tierday DROP CONSTRAINT member_tierday_pkey")
        for table in ("member_tierday", "member_standing"):
            cursor.execute(f"ALTER TABLE {table} SET UNLOGGED")
        for start in range(0, members, CHUNK):
            some = slice(start, min(start + CHUNK, members))
            ids = _ids(numpy.arange(some.start, some.stop))
            rows = [ids, _brands(len(ids), plan), *((kept_column[some], ">i4") for kept_column in (kept.version,)),
                    (kept.level[some], ">i2"), (kept.since[some] - EPOCH, ">i4"), (kept.keeps_until[some] - EPOCH, ">i4"),
                    (kept.settled_on[some] - EPOCH, ">i4"), (kept.floor_level[some], ">i2")]  # fmt: skip
            _copy(
                cursor,
                "member_standing (member_id, brand_id, version, level, since, keeps_until, settled_on, floor_level)",
                rows,
            )
        for start in range(0, len(entries.member), CHUNK):
            some = slice(start, start + CHUNK)
            ids = _ids(entries.member[some])
            rows = [ids, (entries.on[some] - EPOCH, ">i4"), _brands(len(ids), plan), (entries.amount[some], ">i8"),
                    (entries.amount[some] // 100, ">i8")]  # fmt: skip
            _copy(cursor, 'member_tierday (member_id, "on", brand_id, amount_minor, points)', rows)
        cursor.execute("ANALYZE member_tierday")
        cursor.execute("ANALYZE member_standing")


def _published(plan: Any) -> Any:
    from sitong.member.tiers.actions import publish_tier_plan
    from sitong.org.brands.actions import found_brand

    brand = found_brand(code="bench", name="bench", name_en="", zone="Asia/Shanghai", by=None, now=_noon())
    return publish_tier_plan(replace(plan, brand_id=brand.id, version=0), by=None, now=_noon())


def _noon() -> Any:
    return datetime(ON.year, ON.month, ON.day, 4, tzinfo=UTC)


def _ids(at: numpy.ndarray) -> numpy.ndarray:
    """Give ids for places: in the order of time in front, scattered behind, as UUIDv7 are."""
    halves = numpy.empty((len(at), 2), ">u8")
    halves[:, 0] = (0x019C000000000000 + (at.astype(numpy.uint64) << numpy.uint64(16))) | numpy.uint64(0x7000)
    with numpy.errstate(over="ignore"):
        halves[:, 1] = ((at.astype(numpy.uint64) + numpy.uint64(1)) * numpy.uint64(0x9E3779B97F4A7C15)) >> numpy.uint64(
            2
        ) | numpy.uint64(1 << 63)
    return halves.view("V16").ravel()


def _brands(count: int, plan: Any) -> numpy.ndarray:
    return numpy.full(count, numpy.void(plan.brand_id.bytes))


def _copy(cursor: Any, into: str, columns: list[Any]) -> None:
    """Send columns as one binary COPY: each field with its length before it."""
    given = [(column, "V16") if isinstance(column, numpy.ndarray) else column for column in columns]
    form: list[tuple[str, str]] = [("count", ">i2")]
    for at, (_, kind) in enumerate(given):
        form += [(f"length{at}", ">i4"), (f"value{at}", kind)]
    rows = numpy.empty(len(given[0][0]), numpy.dtype(form))
    rows["count"] = len(given)
    for at, (column, kind) in enumerate(given):
        rows[f"length{at}"], rows[f"value{at}"] = numpy.dtype(kind).itemsize, column
    with cursor.copy(f"COPY {into} FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        copy.write(rows.tobytes())
        copy.write(b"\xff\xff")


def _write(plan: Any, due: Any) -> tuple[int, float]:
    """Write a part of what was found, as `retier_all` does, and look whether it stands there."""
    from django.db import connection

    from sitong.member.tiers.actions import retiering
    from sitong.member.tiers.models import Retiering

    asked = Retiering.objects.get(brand_id=plan.brand_id, ended_at=None)
    began, written = time.perf_counter(), 0
    for piece in retiering._pieces(due):
        written += retiering._write(asked.id, due, piece, plan, ON, _noon()) or 0
        if written >= WRITTEN_MAX:
            break
    took = time.perf_counter() - began
    asked.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM shared_event WHERE name IN ('member.tier_rose', 'member.tier_fell')")
        (told,) = cursor.fetchone()
    if (asked.written, asked.rose + asked.fell) != (written, told):
        raise AssertionError((asked.written, written, asked.rose + asked.fell, told))
    return written, took


def _timed(work: Callable[..., T], *about: Any) -> tuple[float, T]:
    began = time.perf_counter()
    outcome = work(*about)
    return time.perf_counter() - began, outcome


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
