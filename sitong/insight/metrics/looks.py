"""What a viewer asks for on a page, and everything that the page shows of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sitong.insight import sources
from sitong.insight.metrics import queries
from sitong.insight.metrics.places import Place, Places
from sitong.insight.metrics.queries import Asked, Figures, Row
from sitong.insight.metrics.rules import MONTH, PERIOD_DAYS_MAX, WEEK, YEAR, Period, end_of, start_of
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused
from sitong.shared.money import MINOR_DIGITS

PRESETS = ("today", "yesterday", "week", "month", "days30", "year", "all")
DEFAULT = "days30"
DAYS_DRAWN_MAX = 400


class PeriodWrong(Refused):
    """The period ends before it begins, or is too long."""

    code = "insight.period_wrong"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at figures: where, when, and what was chosen."""

    places: Places
    place: Place
    asked: Asked
    preset: str
    departments: Sequence[sources.Department]

    @property
    def stores(self) -> list[Place]:
        return self.places.stores_at(self.place)


@dataclass(frozen=True, slots=True)
class Named:
    """A row with the names of what it is about."""

    row: Row
    name: str
    name_en: str
    share_bp: int


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything a page or an export shows."""

    now: Figures
    before: Figures
    days: Sequence[Row]
    stores: Sequence[Named]
    departments: Sequence[Named]
    scenes: Sequence[Row]


def period_of(wanted: Mapping[str, str], *, today: date, span: Callable[[], Period | None]) -> tuple[Period, str]:
    """Give the period that a query string asks for, and the name of the preset ('' for dates). Refuses PeriodWrong."""
    if wanted.get("start") or wanted.get("end"):
        return period_between(_day(wanted.get("start")) or today, _day(wanted.get("end")) or today), ""
    preset = wanted.get("period", "") if wanted.get("period") in PRESETS else DEFAULT
    if preset == "all":
        return span() or Period(today, today + timedelta(days=1)), preset
    if preset in ("today", "yesterday"):
        start = today - timedelta(days=preset == "yesterday")
        return Period(start, start + timedelta(days=1)), preset
    if preset == "days30":
        return Period(today - timedelta(days=29), today + timedelta(days=1)), preset
    grain = {"week": WEEK, "month": MONTH, "year": YEAR}[preset]
    return Period(start_of(grain, today), end_of(grain, start_of(grain, today))), preset


def period_between(start: date, last: date) -> Period:
    """Give the period of two days, both included. Refuses PeriodWrong."""
    if not start <= last or (last - start).days >= PERIOD_DAYS_MAX or last == date.max:
        raise PeriodWrong()
    return Period(start, last + timedelta(days=1))


def look_of(places: Places, brand_id: UUID, wanted: Mapping[str, str], *, now: datetime) -> Look:
    """Read what a query string asks for. Refuses NotFound for a place or department that is not the viewer's, PeriodWrong."""
    place = places.place(_uuid(wanted.get("place")))
    period, preset = period_of(wanted, today=business_date(now, places.zone), span=lambda: queries.span_of(place.id))
    departments = sources.departments_of(brand_id)
    department_id = _uuid(wanted.get("department"))
    if department_id and department_id not in {one.id for one in departments}:
        raise NotFound(what="department")
    return Look(places, place, Asked(place.id, period, wanted.get("scene") or None, department_id), preset, departments)


def see(look: Look) -> Seen:
    """Read all that a look shows: a dozen statements, whatever the period."""
    asked = look.asked
    now = queries.figures(asked)
    before = queries.figures(Asked(asked.place_id, asked.period.before(), asked.scene, asked.department_id))
    stores = look.stores
    names = {one.id: (one.name, one.name_en) for one in stores}
    by_store = queries.by_place(asked, [one.id for one in stores]) if look.place.kind != "store" else []
    department_names = {one.id: (one.name, one.name_en) for one in look.departments}
    return Seen(
        now, before, queries.by_day(asked),
        _named(by_store, names), _named(queries.by_department(asked), department_names), queries.by_scene(asked),
    )  # fmt: skip


def change_bp(now: int | None, before: int | None) -> int | None:
    """Give by how much a figure has changed, in basis points; None when there was nothing before."""
    return (now - before) * 10_000 // before if now is not None and before else None


def drawn(seen: Seen, period: Period, currency: str, said: Callable[[Named], str]) -> dict[str, Any]:
    """Give the numbers behind the charts: every day of the period (months when there are too many), departments, stores."""
    unit = 10 ** MINOR_DIGITS[currency]
    by_day: dict[date, list[int]] = {}
    monthly = period.days > DAYS_DRAWN_MAX
    at = period.start
    while at < period.end:
        by_day[start_of(MONTH, at) if monthly else at] = [0, 0]
        at = end_of(MONTH, start_of(MONTH, at)) if monthly else at + timedelta(days=1)
    for row in seen.days:
        sums = by_day[start_of(MONTH, row.key) if monthly else row.key]
        sums[0] += row.revenue_minor
        sums[1] += row.orders
    return {
        "days": [on.isoformat()[:7] if monthly else on.isoformat() for on in by_day],
        "revenue": [sums[0] / unit for sums in by_day.values()],
        "orders": [sums[1] for sums in by_day.values()],
        "departments": [{"name": said(one), "value": one.row.revenue_minor / unit} for one in seen.departments[:12]],
        "stores": [{"name": said(one), "value": one.row.revenue_minor / unit} for one in seen.stores[:10]],
    }


def _named(rows: Sequence[Row], names: Mapping[Any, tuple[str, str]]) -> list[Named]:
    whole = sum(row.revenue_minor for row in rows)
    return [
        Named(row, *names.get(row.key, ("", "")), row.revenue_minor * 10_000 // whole if whole else 0) for row in rows
    ]


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise PeriodWrong() from None


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound() from None
