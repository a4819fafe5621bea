"""Read registers, shifts with their drawers, sales, parked baskets, and a store's day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum

from sitong.org.stores.queries import stores_visible_to
from sitong.scene.orders.models import OrderLine
from sitong.scene.payments.models import Payment, Refund
from sitong.scene.returns.queries import cash_returned_in
from sitong.scene.till.models import CashMove, ParkedSale, Register, Sale, SaleState, Shift
from sitong.scene.till.rules import Drawer
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound

TOP = 10


@dataclass(frozen=True, slots=True)
class ShiftReport:
    """What a shift did, at any moment (X) or when it is closed (Z). Amounts in minor units of `currency`."""

    shift: Shift
    register: Register
    drawer: Drawer
    sales: int
    total_minor: int
    wallet_minor: int
    code_minor: int
    given_up: int
    paying: int
    refunds: int
    first_number: int | None
    last_number: int | None
    moves: tuple[CashMove, ...]

    @property
    def closed(self) -> bool:
        return self.shift.closed_at is not None

    @property
    def difference_minor(self) -> int | None:
        """Give counted − expected; None while the shift is open."""
        if self.shift.counted_minor is None or self.shift.expected_minor is None:
            return None
        return self.shift.counted_minor - self.shift.expected_minor


@dataclass(frozen=True, slots=True)
class Goods:
    """What was sold of one SKU."""

    sku_id: UUID
    name: str
    weighed: bool
    quantity: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class Day:
    """A store's day at its tills."""

    on: date
    sales: int
    total_minor: int
    discount_minor: int
    cash_minor: int
    wallet_minor: int
    code_minor: int
    members: int
    refunds: int
    refunds_minor: int
    by_hour: tuple[tuple[int, int, int], ...]
    goods: tuple[Goods, ...]
    shifts: tuple[ShiftReport, ...]


def registers_visible_to(viewer: Viewer, permission: str = "till.sell") -> QuerySet[Register]:
    """Give the open registers of the stores at which the viewer may do this."""
    stores = stores_visible_to(viewer, permission).values("id")
    return Register.objects.filter(store_id__in=stores, closed_at=None).order_by("name")


def register_for(viewer: Viewer, register_id: UUID, permission: str = "till.sell") -> Register:
    """Give one register, or NotFound when the viewer may not do this there."""
    found = registers_visible_to(viewer, permission).filter(id=register_id).first()
    if found is None:
        raise NotFound(what="register")
    return found


def shifts_visible_to(viewer: Viewer, permission: str = "till.sell") -> QuerySet[Shift]:
    """Give the shifts of the stores at which the viewer may do this, the newest first."""
    return Shift.objects.filter(store_id__in=stores_visible_to(viewer, permission).values("id")).order_by("-opened_at")


def sales_visible_to(viewer: Viewer, permission: str = "till.sell") -> QuerySet[Sale]:
    """Give the sales of the stores at which the viewer may do this, the newest first."""
    return Sale.objects.filter(store_id__in=stores_visible_to(viewer, permission).values("id")).order_by("-begun_at")


def parked_at(store_id: UUID) -> QuerySet[ParkedSale]:
    """Give the baskets that wait in a store, the oldest first."""
    return ParkedSale.objects.filter(store_id=store_id, fetched_at=None).order_by("parked_at")


def parked_visible_to(viewer: Viewer) -> QuerySet[ParkedSale]:
    """Give the baskets of the stores at which the viewer may sell."""
    return ParkedSale.objects.filter(store_id__in=stores_visible_to(viewer, "till.sell").values("id"))


def open_shift_of(register_id: UUID) -> Shift | None:
    """Give the register's open shift."""
    return Shift.objects.filter(register_id=register_id, closed_at=None).first()


def drawer_of(shifts: Sequence[Shift]) -> dict[UUID, Drawer]:
    """Give what moved each shift's drawer: cash payments and refunds that name the shift, and moves. Four statements.

    The cash of a sale that was given up went in and out again: neither counts.
    """
    ids = [shift.id for shift in shifts]
    up = Sale.objects.filter(shift_id__in=ids, state=SaleState.GIVEN_UP).values("id")
    order = Q(document_kind="order")
    taken = {
        row[0]: (row[1] or 0, row[2] or 0)
        for row in Payment.objects.filter(shift_id__in=ids, provider="cash", state="paid")
        .exclude(document_id__in=up).values_list("shift_id")
        .annotate(sales=Sum("amount_minor", filter=order), others=Sum("amount_minor", filter=~order))
    }  # fmt: skip
    refunds = Counter({row[0]: row[2] for row in _cash_refunds(ids)})
    refunds.update(cash_returned_in(ids))
    moves = {
        row[0]: (row[1] or 0, -(row[2] or 0))
        for row in CashMove.objects.filter(shift_id__in=ids).values_list("shift_id")
        .annotate(came=Sum("amount_minor", filter=Q(amount_minor__gt=0)), went=Sum("amount_minor", filter=Q(amount_minor__lt=0)))
    }  # fmt: skip
    return {
        shift.id: Drawer(
            shift.float_minor, *taken.get(shift.id, (0, 0)), refunds[shift.id], *moves.get(shift.id, (0, 0))
        )
        for shift in shifts
    }


def _cash_refunds(shift_ids: Sequence[UUID]) -> list[tuple[UUID, int, int]]:
    """Give shift, number and sum of the cash handed back out of drawers."""
    rows = Refund.objects.filter(shift_id__in=shift_ids, payment__provider="cash", state="done")
    up = Sale.objects.filter(shift_id__in=shift_ids, state=SaleState.GIVEN_UP).values("id")
    rows = rows.exclude(payment__document_id__in=up).values_list("shift_id")  # type: ignore[assignment]
    return list(rows.annotate(count=Count("id"), total=Sum("amount_minor")))  # type: ignore[arg-type]


def shift_reports(shifts: Sequence[Shift]) -> list[ShiftReport]:
    """Give the reports of shifts, in their order. A fixed number of statements."""
    ids = [shift.id for shift in shifts]
    sold, paying, up = (Q(state=state) for state in (SaleState.SOLD, SaleState.PAYING, SaleState.GIVEN_UP))
    told = {
        row[0]: row[1:]
        for row in Sale.objects.filter(shift_id__in=ids)
        .values_list("shift_id")
        .annotate(
            count=Count("id", filter=sold), total=Sum("total_minor", filter=sold), wallet=Sum("wallet_minor", filter=sold),
            code=Sum("code_minor", filter=sold), up=Count("id", filter=up), paying=Count("id", filter=paying),
            first=Min("number"), last=Max("number"),
        )
    }  # fmt: skip
    drawers = drawer_of(shifts)
    registers = Register.objects.in_bulk({shift.register_id for shift in shifts})
    refunds = {row[0]: row[1] for row in _cash_refunds(ids)}
    moves: dict[UUID, list[CashMove]] = {}
    for move in CashMove.objects.filter(shift_id__in=ids).order_by("at", "id"):
        moves.setdefault(move.shift_id, []).append(move)
    reports = []
    for shift in shifts:
        count, total, wallet, code, given_up, open_ones, first, last = told.get(
            shift.id, (0, 0, 0, 0, 0, 0, None, None)
        )
        reports.append(ShiftReport(
            shift, registers[shift.register_id], drawers[shift.id], count, total or 0, wallet or 0, code or 0, given_up, open_ones,
            refunds.get(shift.id, 0), first, last, tuple(moves.get(shift.id, ())),
        ))  # fmt: skip
    return reports


def sale_of(sale_id: UUID) -> Sale | None:
    """Give one sale with its register."""
    return Sale.objects.select_related("register", "shift").filter(id=sale_id).first()


def sales_of_orders(order_ids: Collection[UUID]) -> dict[UUID, Sale]:
    """Give the sales behind orders, by order id; orders of other channels are left out."""
    return Sale.objects.in_bulk(list(order_ids))


def sale_by_number(store_id: UUID, number: int) -> Sale | None:
    """Give the latest sale of a store with this receipt number."""
    return Sale.objects.filter(store_id=store_id, number=number).order_by("-sold_at").first()


def day_of(store_id: UUID, on: date, zone: str, *, register_id: UUID | None = None) -> Day:
    """Give a store's day at its tills, or one register's. A fixed number of statements."""
    shifts = Shift.objects.filter(store_id=store_id, opened_on=on).order_by("opened_at")
    sales = Sale.objects.filter(store_id=store_id, sold_on=on, state=SaleState.SOLD)
    if register_id is not None:
        shifts, sales = shifts.filter(register_id=register_id), sales.filter(register_id=register_id)
    total = sales.aggregate(
        count=Count("id"), total=Sum("total_minor"), cash=Sum("cash_minor"), wallet=Sum("wallet_minor"), code=Sum("code_minor"),
        members=Count("member_id", distinct=True),
    )  # fmt: skip
    hours: dict[int, tuple[int, int]] = {}
    there = ZoneInfo(zone)
    for at, amount in sales.values_list("sold_at", "total_minor"):
        hour = at.astimezone(there).hour  # type: ignore[union-attr]
        count, sum_minor = hours.get(hour, (0, 0))
        hours[hour] = (count + 1, sum_minor + amount)
    lines = OrderLine.objects.filter(order_id__in=sales.values("id"))
    goods = lines.values_list("sku_id", "weighed").annotate(
        name=Max("name"), quantity=Sum("quantity"), total=Sum("total_minor")
    ).order_by("-total", "sku_id")[:TOP]  # fmt: skip
    reports = tuple(shift_reports(list(shifts)))
    return Day(
        on, total["count"], total["total"] or 0, lines.aggregate(sum=Sum("discount_minor"))["sum"] or 0, total["cash"] or 0,
        total["wallet"] or 0, total["code"] or 0, total["members"], sum(one.refunds for one in reports), sum(one.drawer.refunds_minor for one in reports),
        tuple((hour, *hours[hour]) for hour in sorted(hours)),
        tuple(Goods(sku_id, name, weighed, quantity, amount) for sku_id, weighed, name, quantity, amount in goods),
        reports,
    )  # fmt: skip


def recent_sales(store_id: UUID, *, limit: int = 20, before: datetime | None = None) -> list[Sale]:
    """Give a store's last sales, the newest first."""
    rows = Sale.objects.select_related("register").filter(store_id=store_id, state=SaleState.SOLD)
    if before is not None:
        rows = rows.filter(sold_at__lt=before)
    return list(rows.order_by(F("sold_at").desc())[:limit])
