"""What came of a coupon, or of all of a campaign's: given, redeemed, saved, by day, by store, sales with and without."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sitong.marketing.coupons.sales import Sales, sales_of
from sitong.shared.statements import run, uuids

STORES_MAX = 50
DAYS_MAX = 400

SUMS = """
SELECT coalesce(sum(given), 0), coalesce(sum(voided), 0) FROM marketing_couponcount WHERE coupon_id = ANY(%s::uuid[])
"""
MEMBERS = "SELECT DISTINCT member_id FROM marketing_couponclaim WHERE coupon_id = ANY(%s::uuid[])"
WAYS = "SELECT way, count(*) FROM marketing_couponclaim WHERE coupon_id = ANY(%s::uuid[]) GROUP BY way ORDER BY count(*) DESC, way"
CLAIMED = """
SELECT (claimed_at AT TIME ZONE %s)::date, count(*) FROM marketing_couponclaim WHERE coupon_id = ANY(%s::uuid[]) GROUP BY 1 ORDER BY 1
"""
STANDING = """
FROM marketing_redemption AS r WHERE r.coupon_id = ANY(%s::uuid[])
AND NOT EXISTS (SELECT FROM marketing_redemptionundone AS u WHERE u.redemption_id = r.id)
"""
USED = f"SELECT count(*), coalesce(sum(r.saved_minor), 0) {STANDING}"
REDEEMED = f"SELECT (r.at AT TIME ZONE %s)::date, count(*) {STANDING} GROUP BY 1 ORDER BY 1"
BY_STORE = (
    f"SELECT r.store_id, count(*), sum(r.saved_minor) {STANDING} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {STORES_MAX}"
)
ORDERS = f"SELECT DISTINCT r.order_id {STANDING} AND r.order_id IS NOT NULL"
SPAN = (
    "SELECT min(claimed_at), max(least(valid_until, %s)) FROM marketing_couponclaim WHERE coupon_id = ANY(%s::uuid[])"
)


@dataclass(frozen=True, slots=True)
class StoreResult:
    """What one store redeemed; no store where it is not known."""

    store_id: UUID | None
    redeemed: int
    saved_minor: int


@dataclass(frozen=True, slots=True)
class Results:
    """What came of some coupons. `days` are (day, given, redeemed), each day from the first to the last; `ways` how members got them."""

    given: int
    redeemed: int
    saved_minor: int
    voided: int
    members: int
    days: list[tuple[date, int, int]]
    stores: list[StoreResult]
    ways: list[tuple[str, int]]
    sales: Sales

    @property
    def rate_bp(self) -> int:
        """The share of the given ones that was redeemed."""
        return self.redeemed * 10_000 // self.given if self.given else 0


def results_of(coupon_ids: Collection[UUID], *, zone: str, at: datetime) -> Results:
    """Give what came of these coupons, counted by the days of `zone`. Ten statements, however many coupons."""
    ids = uuids(sorted(coupon_ids))
    given, voided = run(SUMS, [ids])[0]
    redeemed, saved = run(USED, [ids])[0]
    claimed = dict(run(CLAIMED, [zone, ids]))  # rows of two
    used = dict(run(REDEEMED, [zone, ids]))  # rows of two
    members = [row[0] for row in run(MEMBERS, [ids])]
    orders = [row[0] for row in run(ORDERS, [ids])]
    since, until = run(SPAN, [at, ids])[0]
    sales = sales_of(orders, members, since=since, until=until) if members and since < until else Sales()
    return Results(
        int(given), int(redeemed), int(saved), int(voided), len(members),
        [(day, claimed.get(day, 0), used.get(day, 0)) for day in _every_day({*claimed, *used})],
        [StoreResult(row[0], row[1], int(row[2])) for row in run(BY_STORE, [ids])], [(row[0], row[1]) for row in run(WAYS, [ids])], sales,
    )  # fmt: skip


def _every_day(days: set[date]) -> list[date]:
    """Give each day from the first to the last; over very long times only those on which something happened."""
    if not days or (max(days) - min(days)).days > DAYS_MAX:
        return sorted(days)
    return [min(days) + timedelta(days=number) for number in range((max(days) - min(days)).days + 1)]
