"""What must always agree between the totals and the orders."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from uuid import UUID

from django.db.models import Sum

from sitong.insight import sources
from sitong.insight.metrics.models import CustomerTotal, DepartmentTotal, SalesTotal
from sitong.insight.metrics.queries import unread_returns, unread_signs
from sitong.insight.metrics.rules import DAY, EVERY_SCENE, MONTH
from sitong.org.brands.queries import all_brands
from sitong.shared.ledger.books import books_check
from sitong.shared.statements import one_snapshot

SHOWN = 20


@books_check("insight.totals")
def check_totals() -> list[str]:
    """Compare, for each brand shown, the totals with what its orders say; orders that are yet to be counted are allowed for."""
    wrong: list[str] = []
    with one_snapshot():
        for brand in all_brands():
            wrong += [f"brand {brand.code}, {sentence}" for sentence in _check(brand.id)]
    return wrong[:SHOWN]


def _check(brand_id: UUID) -> list[str]:
    unread = unread_signs(brand_id)
    expected: dict[tuple[UUID, date], list[int]] = defaultdict(lambda: [0, 0, 0])
    for key, sums in sources.sold_by_day(brand_id).items():
        expected[key] = list(sums)
    for sale in sources.sales_of(list(unread)):
        sign, sums_of = unread[sale.order_id], expected[UUID(sale.places[-1]), sale.on]
        for at, amount in enumerate((sale.revenue_minor, 1, 1 if sale.member_id else 0)):
            sums_of[at] -= sign * amount
    stores = {store for store, _ in expected}
    counted = {
        (place, on): [revenue, orders, of_members]
        for place, on, revenue, orders, of_members in SalesTotal.objects.filter(brand_id=brand_id, grain=DAY)
        .exclude(place_id=brand_id)
        .values_list("place_id", "start_on")
        .annotate(Sum("revenue_minor"), Sum("orders"), Sum("member_orders"))
        if place in stores
    }
    wrong = [
        f"store {store} on {on}: counted {counted.get((store, on), [0, 0, 0])}, its orders say {sums}"
        for (store, on), sums in sorted(expected.items(), key=lambda one: (str(one[0][0]), one[0][1]))
        if counted.get((store, on), [0, 0, 0]) != sums
    ]
    return (
        wrong
        + _check_returns(brand_id)
        + _check_brand(brand_id, expected)
        + ([] if unread else _check_customers(brand_id))
    )


def _check_returns(brand_id: UUID) -> list[str]:
    """What came back, by the store that had sold it and the day on which it came; by month and department it adds up to the same."""
    expected = {key: list(sums) for key, sums in sources.returned_by_day(brand_id).items()}
    for back in sources.backs_of(sorted(unread_returns(brand_id))):
        sums = expected[UUID(back.places[-1]), back.on]
        sums[0] -= back.refund_minor
        sums[1] -= 1
    rows = SalesTotal.objects.filter(brand_id=brand_id, grain=DAY, place_id__in={store for store, _ in expected})
    counted = {
        (place, on): [minor, returns]
        for place, on, minor, returns in rows.values_list("place_id", "start_on").annotate(
            Sum("returned_minor"), Sum("returns")
        )
    }
    wrong = [
        f"store {store} on {on}: counted {counted.get((store, on), [0, 0])} back, its returns say {sums}"
        for (store, on), sums in sorted(expected.items(), key=str)
        if counted.get((store, on), [0, 0]) != sums
    ]
    whole = sum(sums[0] for sums in expected.values())
    for table in (SalesTotal, DepartmentTotal):
        for grain in (DAY, MONTH):
            found = (
                table.objects.filter(place_id=brand_id, grain=grain).aggregate(sum=Sum("returned_minor"))["sum"] or 0
            )
            if found != whole:
                wrong.append(f"{table.__name__} {grain}: counted {found} back, its returns say {whole}")
    return wrong


def _check_brand(brand_id: UUID, expected: dict[tuple[UUID, date], list[int]]) -> list[str]:
    """The brand's own rows, by day and by month and by department, add up to the same revenue."""
    revenue = sum(sums[0] for sums in expected.values())
    wrong = []
    for table in (SalesTotal, DepartmentTotal):
        for grain in (DAY, MONTH):
            rows = table.objects.filter(place_id=brand_id, grain=grain)
            if (counted := rows.aggregate(sum=Sum("revenue_minor"))["sum"] or 0) != revenue:
                wrong.append(f"{table.__name__} {grain}: counted {counted}, its orders say {revenue}")
    return wrong


def _check_customers(brand_id: UUID) -> list[str]:
    rows = CustomerTotal.objects.filter(place_id=brand_id, grain=MONTH, scene=EVERY_SCENE, customers__gt=0)
    counted = dict(rows.values_list("start_on", "customers"))
    expected = sources.customers_by_month(brand_id)
    return [
        f"customers of {month:%Y-%m}: counted {counted.get(month, 0)}, its orders say {expected.get(month, 0)}"
        for month in sorted(set(counted) | set(expected))
        if counted.get(month, 0) != expected.get(month, 0)
    ]
