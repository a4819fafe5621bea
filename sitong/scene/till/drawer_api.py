"""Registers, shifts and a store's day over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Status

from sitong.org.stores.queries import store_facts, stores_visible_to
from sitong.scene.channels.queries import shops
from sitong.scene.till import schemas
from sitong.scene.till.actions.registers import RegisterWanted, close_register, set_up_registers
from sitong.scene.till.actions.shifts import (
    CashMoveWanted,
    ClosingWanted,
    ShiftWanted,
    close_shift,
    move_cash,
    open_shift,
)
from sitong.scene.till.models import CashMove, Register, Shift
from sitong.scene.till.printing import drawer_bytes, report_bytes
from sitong.scene.till.queries import (
    ShiftReport,
    day_of,
    register_for,
    registers_visible_to,
    shift_reports,
    shifts_visible_to,
)
from sitong.scene.till.receipts import moves_shown, report_rows
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import business_date
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound, Refused

router = Router(tags=["till"])
SELL, CLOSE = "till.sell", "till.close"


@router.get("/till/registers", response=list[schemas.RegisterOut], auth=API_AUTH, summary="List a store's registers")
def list_registers(request: ViewerRequest, store_id: UUID) -> list[Register]:
    """The open ones, by name."""
    return list(registers_visible_to(_may(request, SELL)).filter(store_id=_store(request, store_id, SELL)))


@router.post("/till/registers", response=schemas.RegisterOut, auth=API_AUTH, summary="Set up a register")
def put_register(request: ViewerRequest, wanted: schemas.RegisterIn) -> Register:
    """Set up a register, or change the one of this id."""
    viewer = _may(request, CLOSE)
    if viewer.brand_id is None:
        raise NotFound(what="store")
    store_id = _store(request, wanted.store_id, CLOSE)
    facts = wanted.model_dump(exclude={"id", "store_id"})
    (outcome,) = set_up_registers(
        [RegisterWanted(wanted.id, viewer.brand_id, store_id, **facts)], by=viewer.account_id, now=clock_now()
    )
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


@router.post(
    "/till/registers/{register_id}/close", response=schemas.RegisterOut, auth=API_AUTH, summary="Take a register away"
)
def take_register_away(request: ViewerRequest, register_id: UUID) -> Register:
    """Its sales and shifts stay. Refused while a shift is open."""
    register = register_for(_may(request, CLOSE), register_id, CLOSE)
    return close_register(register.id, by=request.viewer.account_id, now=clock_now())


@router.get("/till/registers/{register_id}/drawer.bin", auth=API_AUTH, summary="Give the bytes that open the drawer")
def open_drawer(request: ViewerRequest, register_id: UUID) -> HttpResponse:
    """ESC/POS for the register's printer. A register without a drawer is not found."""
    if not register_for(_may(request, SELL), register_id).drawer:
        raise NotFound(what="drawer")
    return HttpResponse(drawer_bytes(), content_type="application/octet-stream")


@router.post("/till/shifts", response={201: schemas.ShiftOut}, auth=API_AUTH, summary="Open a shift")
def open_one(request: ViewerRequest, wanted: schemas.ShiftIn) -> Status[Shift]:
    """With a counted float. The same id again gives the same shift."""
    register = register_for(_may(request, SELL), wanted.register_id)
    one = ShiftWanted(wanted.id, register.id, wanted.count, request.viewer.account_id)
    return Status(201, open_shift(one, now=clock_now()))


@router.get("/till/shifts", response=list[schemas.ShiftOut], auth=API_AUTH, summary="List a store's shifts")
def list_shifts(request: ViewerRequest, store_id: UUID) -> list[Shift]:
    """The latest hundred, the newest first."""
    return list(shifts_visible_to(_may(request, SELL)).filter(store_id=_store(request, store_id, SELL))[:100])


@router.get("/till/shifts/{shift_id}", response=schemas.ReportOut, auth=API_AUTH, summary="Show a shift's report")
def show_report(request: ViewerRequest, shift_id: UUID) -> dict[str, object]:
    """X while it is open, Z when it is closed."""
    return shown(report_for(_may(request, SELL), shift_id))


@router.post("/till/shifts/{shift_id}/close", response=schemas.ReportOut, auth=API_AUTH, summary="Close a shift")
def close_one(request: ViewerRequest, shift_id: UUID, wanted: schemas.ClosingIn) -> dict[str, object]:
    """With the counted drawer; gives the Z report. Refused while sales are still being paid."""
    _shift(_may(request, CLOSE), shift_id, CLOSE)
    one = ClosingWanted(wanted.request_id, shift_id, wanted.count, wanted.note, request.viewer.account_id)
    return shown(shift_reports([close_shift(one, now=clock_now())])[0])


@router.post(
    "/till/shifts/{shift_id}/moves",
    response={201: schemas.CashMoveOut},
    auth=API_AUTH,
    summary="Put cash in or take it out",
)
def move_one(request: ViewerRequest, shift_id: UUID, wanted: schemas.CashMoveIn) -> Status[CashMove]:
    """For a reason that is no sale. The same id again is the same move."""
    _shift(_may(request, SELL), shift_id, SELL)
    one = CashMoveWanted(wanted.id, shift_id, wanted.amount_minor, wanted.reason, request.viewer.account_id)
    return Status(201, move_cash(one, now=clock_now()))


@router.get("/till/shifts/{shift_id}/report.bin", auth=API_AUTH, summary="Give a shift's report for a printer")
def print_report(request: ViewerRequest, shift_id: UUID, width: schemas.Width = None) -> HttpResponse:
    """ESC/POS for 58 or 80 mm paper: X while the shift is open, Z when it is closed."""
    report = report_for(_may(request, SELL), shift_id)
    store = store_facts([report.shift.store_id])[report.shift.store_id]
    place = {"zone": store.zone, "currency": shops([store.id])[store.id].currency}
    made = report_bytes(
        title_of(report), store.name, report_rows(report, **place), moves_shown(report, **place),
        width_mm=width or report.register.paper_mm,
    )  # fmt: skip
    return HttpResponse(made, content_type="application/octet-stream")


@router.get("/till/days", response=schemas.TillDayOut, auth=API_AUTH, summary="Show a store's day at its tills")
def show_day(
    request: ViewerRequest, store_id: UUID, on: date | None = None, register_id: UUID | None = None
) -> dict[str, object]:
    """Sales by tender and hour, the best goods, refunds, shifts with their differences. Today when no date is given."""
    _may(request, SELL)
    store = store_facts([_store(request, store_id, SELL)])[store_id]
    day = day_of(store.id, on or business_date(clock_now(), store.zone), store.zone, register_id=register_id)
    sums = {
        name: getattr(day, name)
        for name in schemas.TillDayOut.model_fields
        if hasattr(day, name) and name not in ("goods", "shifts")
    }
    return {
        **sums, "store_id": store.id, "goods": [asdict(one) for one in day.goods], "shifts": [shown(one) for one in day.shifts],
        "hours": [{"hour": hour, "sales": sales, "total_minor": total} for hour, sales, total in day.by_hour],
    }  # fmt: skip


def title_of(report: ShiftReport) -> str:
    """Name a report: X or Z, of which shift."""
    text = _("Z report, shift {n}") if report.closed else _("X report, shift {n}")
    return text.format(n=report.shift.number)


def report_for(viewer: Viewer, shift_id: UUID, permission: str = SELL) -> ShiftReport:
    """Give the report of a shift that the viewer may see."""
    return shift_reports([_shift(viewer, shift_id, permission)])[0]


def shown(report: ShiftReport) -> dict[str, object]:
    """Give a report as the API says it."""
    drawer = report.drawer
    return {
        "shift": report.shift, "register_name": report.register.name, "sales": report.sales, "total_minor": report.total_minor,
        "cash_minor": drawer.sales_minor, "wallet_minor": report.wallet_minor, "code_minor": report.code_minor,
        "given_up": report.given_up, "paying": report.paying, "float_minor": drawer.float_minor, "topups_minor": drawer.topups_minor,
        "refunds": report.refunds, "refunds_minor": drawer.refunds_minor, "moved_in_minor": drawer.moved_in_minor,
        "moved_out_minor": drawer.moved_out_minor, "expected_minor": drawer.expected_minor, "difference_minor": report.difference_minor,
        "first_number": report.first_number, "last_number": report.last_number, "moves": list(report.moves),
    }  # fmt: skip


def _may(request: ViewerRequest, permission: str) -> Viewer:
    request.viewer.require(permission)
    return request.viewer


def _store(request: ViewerRequest, store_id: UUID, permission: str) -> UUID:
    if not stores_visible_to(request.viewer, permission).filter(id=store_id).exists():
        raise NotFound(what="store")
    return store_id


def _shift(viewer: Viewer, shift_id: UUID, permission: str) -> Shift:
    found = shifts_visible_to(viewer, permission).filter(id=shift_id).first()
    if found is None:
        raise NotFound(what="shift")
    return found
