"""Points end with their month: told before, taken after, in bounded pieces."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from sitong.member.points.actions.purses import EXPIRED, Entry, open_purses
from sitong.member.points.events import PointsExpired, PointsExpiring
from sitong.member.points.queries import plans_of
from sitong.org.brands.queries import all_brands
from sitong.shared.clock import business_date
from sitong.shared.columns import ids_of
from sitong.shared.events.actions import announce
from sitong.shared.statements import run, uuids

EXPIRED_AT_ONCE = 1_000

DUE = '"left" > 0 AND brand_id = %s::uuid AND expires_on < %s::date'
SOME_DUE = "SELECT DISTINCT member_id FROM (SELECT member_id FROM member_pointbucket WHERE {due} LIMIT %s::int) AS due"
UNTOLD = '"left" > 0 AND noticed_at IS NULL AND brand_id = %s::uuid AND expires_on BETWEEN %s::date AND %s::date'
ANY_UNTOLD = "SELECT 1 FROM member_pointbucket WHERE {untold} LIMIT 1"
TELL = """
UPDATE member_pointbucket AS b SET noticed_at = %s::timestamptz FROM (
  SELECT member_id, expires_on FROM member_pointbucket WHERE {untold} AND member_id = ANY(%s::uuid[])
  ORDER BY member_id, expires_on FOR NO KEY UPDATE SKIP LOCKED
) AS due WHERE b.member_id = due.member_id AND b.expires_on = due.expires_on
RETURNING b.member_id, b."left", b.expires_on
"""
"""Whoever holds a bucket at the moment is told in the next round."""


def expire_points(*, now: datetime) -> int:
    """Take the points whose last day is over in their brand's zone, a thousand members a transaction; give how many points."""
    expired = 0
    for brand in all_brands():
        today = business_date(now, brand.zone)
        for members in _due(brand.id, today):
            with transaction.atomic():
                expired += _expire(dict.fromkeys(members, brand.id), today, now)
    return expired


def _due(brand_id: UUID, today: date) -> Iterator[list[UUID]]:
    """Give whose points are over, a thousand at once; more than that (a month's end) are listed in one look."""
    some = [key for (key,) in run(SOME_DUE.format(due=DUE), [brand_id, today, EXPIRED_AT_ONCE + 1])]
    if len(some) > EXPIRED_AT_ONCE:
        yield from ids_of("member_pointbucket", "member_id", DUE, [brand_id, today], at_once=EXPIRED_AT_ONCE)
    elif some:
        yield some


def _expire(members: dict[UUID, UUID], today: date, now: datetime) -> int:
    purses = open_purses(members, now=now)
    told: list[PointsExpired] = []
    for purse in purses.of.values():
        for on in sorted(on for on, left in purse.buckets.items() if left and on < today):
            points = purse.buckets[on]
            entry = Entry(uuid5(purse.member_id, f"expired {on} {now.isoformat()}"), purse, "expired", points, None, on)
            purses.take(purses.begin(entry), points, EXPIRED, first=on)
            told.append(PointsExpired(purse.brand_id, purse.member_id, points, on))
    if told:
        purses.write(now=now)
        announce(told, at=now)
    return sum(one.points for one in told)


def tell_of_expiry(*, now: datetime) -> int:
    """Announce which points expire within the plan's days of notice, each bucket once; give how many were told of."""
    told = 0
    brands = all_brands()
    plans = plans_of([brand.id for brand in brands])
    for brand in brands:
        if brand.id not in plans:
            continue
        today = business_date(now, brand.zone)
        last = today + timedelta(days=plans[brand.id].notice_days)
        untold = [brand.id, today, last]
        if not run(ANY_UNTOLD.format(untold=UNTOLD), untold):
            continue
        for members in ids_of("member_pointbucket", "member_id", UNTOLD, untold, at_once=EXPIRED_AT_ONCE):
            with transaction.atomic():
                rows = run(TELL.format(untold=UNTOLD), [now, *untold, uuids(members)])
                announce([PointsExpiring(brand.id, member_id, left, on) for member_id, left, on in rows], at=now)
            told += len(rows)
    return told
