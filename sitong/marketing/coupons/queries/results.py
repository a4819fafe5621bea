"""What came of a coupon."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sitong.shared.statements import run

NUMBERS = """
SELECT count(*), count(DISTINCT coalesce(taken_by, member_id)), count(*) FILTER (WHERE state = 'redeemed'),
       count(DISTINCT member_id) FILTER (WHERE state = 'redeemed'), count(*) FILTER (WHERE state = 'void'),
       count(*) FILTER (WHERE state = 'ready' AND valid_until <= %s::timestamptz),
       count(*) FILTER (WHERE state = 'ready' AND valid_until > %s::timestamptz), count(*) FILTER (WHERE taken_by IS NOT NULL)
FROM marketing_couponclaim WHERE coupon_id = %s::uuid
"""
BY_WAY = "SELECT way, count(*) FROM marketing_couponclaim WHERE coupon_id = %s::uuid GROUP BY 1 ORDER BY 2 DESC, 1"
USES = """
SELECT count(*) FILTER (WHERE u.redemption_id IS NULL), count(*) FILTER (WHERE u.redemption_id IS NOT NULL),
       coalesce(sum(r.saved_minor) FILTER (WHERE u.redemption_id IS NULL), 0)::bigint,
       count(DISTINCT r.order_id) FILTER (WHERE u.redemption_id IS NULL),
       count(*) FILTER (WHERE u.redemption_id IS NULL AND r.order_id IS NULL)
FROM marketing_redemption AS r LEFT JOIN marketing_redemptionundone AS u ON u.redemption_id = r.id WHERE r.coupon_id = %s::uuid
"""
BY_DAY = """
SELECT on_day, sum(claimed)::bigint, sum(redeemed)::bigint FROM (
  SELECT (claimed_at AT TIME ZONE %s)::date AS on_day, 1 AS claimed, 0 AS redeemed FROM marketing_couponclaim WHERE coupon_id = %s::uuid
  UNION ALL
  SELECT (r.at AT TIME ZONE %s)::date, 0, 1 FROM marketing_redemption AS r WHERE r.coupon_id = %s::uuid
    AND NOT EXISTS (SELECT FROM marketing_redemptionundone AS u WHERE u.redemption_id = r.id)
) AS d GROUP BY 1 ORDER BY 1
"""
BY_STORE = """
SELECT r.store_id, count(*), coalesce(sum(r.saved_minor), 0)::bigint FROM marketing_redemption AS r WHERE r.coupon_id = %s::uuid
  AND NOT EXISTS (SELECT FROM marketing_redemptionundone AS u WHERE u.redemption_id = r.id) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200
"""
ORDERS = """
SELECT DISTINCT r.order_id FROM marketing_redemption AS r WHERE r.coupon_id = %s::uuid AND r.order_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM marketing_redemptionundone AS u WHERE u.redemption_id = r.id) AND r.at >= %s::timestamptz
  AND r.at < %s::timestamptz LIMIT %s
"""
HOLDERS = """
SELECT DISTINCT member_id FROM marketing_couponclaim WHERE coupon_id = %s::uuid LIMIT %s
"""
ORDERS_MAX = 50_000


@dataclass(frozen=True, slots=True)
class CouponResults:
    """What came of a coupon, counted from claims and redemptions themselves. `redemptions` are those that stand."""

    issued: int
    members: int
    redeemed: int
    members_redeemed: int
    voided: int
    expired: int
    ready: int
    passed_on: int
    redemptions: int
    taken_back: int
    saved_minor: int
    orders: int
    at_counter: int
    by_way: dict[str, int] = field(default_factory=dict)


def coupon_results(coupon_id: UUID, *, at: datetime) -> CouponResults:
    """Give what came of a coupon. Three statements over its claims and redemptions."""
    (numbers,) = run(NUMBERS, [at, at, coupon_id])
    (uses,) = run(USES, [coupon_id])
    return CouponResults(*numbers, *uses, by_way={row[0]: row[1] for row in run(BY_WAY, [coupon_id])})  # type: ignore[misc]


def results_by_day(coupon_id: UUID, *, zone: str) -> list[tuple[date, int, int]]:
    """Give day, how many were given, how many redeemed, by the calendar of a zone."""
    return [(row[0], row[1], row[2]) for row in run(BY_DAY, [zone, coupon_id, zone, coupon_id])]


def results_by_store(coupon_id: UUID) -> list[tuple[UUID | None, int, int]]:
    """Give store, redemptions and what they saved, the most first."""
    return [(row[0], row[1], row[2]) for row in run(BY_STORE, [coupon_id])]


def orders_with(coupon_id: UUID, *, since: datetime, until: datetime) -> list[UUID]:
    """Give the orders that used a coupon in a period: whoever knows orders adds up their sales. At most 50,000."""
    return [row[0] for row in run(ORDERS, [coupon_id, since, until, ORDERS_MAX])]


def members_holding(coupon_id: UUID) -> list[UUID]:
    """Give the members who have or had a coupon: whoever knows orders compares them with the others. At most 50,000."""
    return [row[0] for row in run(HOLDERS, [coupon_id, ORDERS_MAX])]
