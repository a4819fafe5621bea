"""The till's pages: the register itself, its shift, receipts, and the store's day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import path
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.org.stores.queries import StoreFacts, stores_visible_to
from sitong.scene.channels.queries import shops
from sitong.scene.fulfillment.pages import store_page
from sitong.scene.till.actions.registers import RegisterWanted, set_up_registers
from sitong.scene.till.actions.shifts import (
    CashMoveWanted,
    ClosingWanted,
    ShiftWanted,
    close_shift,
    move_cash,
    open_shift,
)
from sitong.scene.till.models import Register, Sale, Shift
from sitong.scene.till.queries import (
    day_of,
    open_shift_of,
    parked_at,
    recent_sales,
    registers_visible_to,
    sales_visible_to,
    shift_reports,
    shifts_visible_to,
)
from sitong.scene.till.receipts import moves_shown, receipt_of, report_rows
from sitong.scene.till.rules import DENOMINATIONS_MINOR
from sitong.scene.till.texts import page_texts
from sitong.shared.access.gates import page_for
from sitong.shared.access.queries import account_names
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import business_date
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, NotFound, Refused, sentence
from sitong.shared.i18n.formats import money_text
from sitong.shared.ids import id_in, new_id
from sitong.shared.money import MINOR_DIGITS

REGISTER_COOKIE = "st_register"
KEPT_S = 365 * 24 * 3600
HOME = "/store/till/"


@require_safe
@never_cache
@page_for("store", permission="till.sell")
@store_page
def till(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Show the register: its page when a shift is open, else where to open one or to set a register up."""
    context = _placed(request, store)
    if context["register"] is None:
        return render(request, "scene/till/setup.html", context)
    if context["shift"] is None:
        return _kept(
            render(request, "scene/till/open.html", {**context, "shift_id": new_id(), **_counting()}), request, context
        )
    texts = page_texts(store, context["register"], context["shift"], currency=context["currency"])
    page = {**context, "texts": texts, "parked": parked_at(store.id).count()}
    return _kept(render(request, "scene/till/till.html", page), request, context)


@require_POST
@page_for("store", permission="till.close")
@store_page
def set_up(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Set up a register, or change one."""
    _must(request, store, "till.close")
    said = request.POST
    wanted = RegisterWanted(
        id_in(said.get("register_id")) or new_id(), store.brand_id, store.id, said.get("name", "").strip()[:40] or _("Till {n}").format(n=1),
        58 if said.get("paper_mm") == "58" else 80, said.get("drawer") == "on", said.get("printer_address", "").strip()[:100],
        said.get("scale_address", "").strip()[:100],
    )  # fmt: skip
    (outcome,) = set_up_registers([wanted], by=request.viewer.account_id, now=clock_now())
    if isinstance(outcome, Refused):
        messages.error(request, sentence(outcome))
        return HttpResponseRedirect(f"{HOME}?setup=1")
    return HttpResponseRedirect(f"{HOME}?register={outcome.id}")


@require_POST
@page_for("store", permission="till.sell")
@store_page
def begin_shift(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Open a shift with the counted float."""
    register = _register(request, store)
    wanted = ShiftWanted(
        id_in(request.POST.get("shift_id")) or new_id(), register.id, _count(request.POST), request.viewer.account_id
    )
    return _done(request, lambda: open_shift(wanted, now=clock_now()), HOME, HOME)


@require_safe
@never_cache
@page_for("store", permission="till.sell")
@store_page
def shift_now(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Show the open shift's report (X), with cash moves and closing."""
    context = _placed(request, store)
    if context["register"] is None or context["shift"] is None:
        return HttpResponseRedirect(HOME)
    more = {"request_id": new_id(), "move_id": new_id(), "may_close": request.viewer.may("till.close"), **_counting()}
    return render(request, "scene/till/shift.html", {**context, **_reported(context, context["shift"]), **more})


@require_POST
@page_for("store", permission="till.sell")
@store_page
def cash_move(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Put cash in or take it out."""
    shift = _open_shift(request, store)
    amount = _minor(request.POST.get("amount", ""), shops([store.id])[store.id].currency)
    reason = request.POST.get("reason", "").strip()
    back = f"{HOME}shift/"
    if not amount or not reason:
        messages.error(request, _("Say how much, and what for."))
        return HttpResponseRedirect(back)
    sign = -1 if request.POST.get("way") == "out" else 1
    wanted = CashMoveWanted(
        id_in(request.POST.get("move_id")) or new_id(), shift.id, sign * amount, reason, request.viewer.account_id
    )
    return _done(request, lambda: move_cash(wanted, now=clock_now()), back, back)


@require_POST
@page_for("store", permission="till.close")
@store_page
def end_shift(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Close the shift with the counted drawer."""
    _must(request, store, "till.close")
    shift_id = id_in(request.POST.get("shift_id"))
    if (
        shift_id is None
        or not shifts_visible_to(request.viewer, "till.close").filter(id=shift_id, store_id=store.id).exists()
    ):
        raise NotFound(what="shift")
    wanted = ClosingWanted(
        id_in(request.POST.get("request_id")) or new_id(), shift_id, _count(request.POST), request.POST.get("note", "").strip(),
        request.viewer.account_id,
    )  # fmt: skip
    return _done(request, lambda: close_shift(wanted, now=clock_now()), f"{HOME}shifts/{shift_id}/", f"{HOME}shift/")


@require_safe
@never_cache
@page_for("store", permission="till.sell")
@store_page
def one_shift(request: ViewerRequest, store: StoreFacts, shift_id: UUID) -> HttpResponse:
    """Show the report of a shift, as it is printed."""
    shift = shifts_visible_to(request.viewer).filter(id=shift_id, store_id=store.id).first()
    if shift is None:
        raise NotFound(what="shift")
    context = _placed(request, store)
    return render(request, "scene/till/report.html", {**context, **_reported(context, shift), "shift_shown": shift})


@require_safe
@never_cache
@page_for("store", permission="till.sell")
@store_page
def sales(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """List the store's last sales; with a receipt's number, those that have it."""
    _must(request, store, "till.sell")
    number = request.GET.get("number", "").strip()
    found: list[Sale] = recent_sales(store.id, limit=40)
    if number.isascii() and number.isdigit():
        found = list(
            sales_visible_to(request.viewer)
            .select_related("register")
            .filter(store_id=store.id, number=int(number[:9]))[:20]
        )
    context = {
        **_placed(request, store),
        "sales": found,
        "number": number,
        "names": account_names({one.by for one in found if one.by}),
    }
    return render(request, "scene/till/sales.html", context)


@require_safe
@never_cache
@page_for("store", permission="till.sell")
@store_page
def receipt(request: ViewerRequest, store: StoreFacts, sale_id: UUID) -> HttpResponse:
    """Show one receipt as it is printed; `?part` gives it alone, for the till's own page."""
    sale = sales_visible_to(request.viewer).select_related("register").filter(id=sale_id, store_id=store.id).first()
    if sale is None:
        raise NotFound(what="sale")
    part = "part" in request.GET
    context = {"receipt": receipt_of(sale), "sale": sale, **({"store": store} if part else _placed(request, store))}
    return render(request, "scene/till/receipt_part.html" if part else "scene/till/receipt.html", context)


@require_safe
@never_cache
@page_for("store", permission="orders.see")
@store_page
def day(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Show the store's day at its tills, or one register's."""
    today = business_date(clock_now(), store.zone)
    on = _day(request.GET.get("on", ""), today)
    register_id = id_in(request.GET.get("register"))
    currency = shops([store.id])[store.id].currency
    shown = day_of(store.id, on, store.zone, register_id=register_id)
    most = max([total for _hour, _count, total in shown.by_hour], default=0)
    context = {
        "store": store, "clerk": account_names([request.viewer.account_id]).get(request.viewer.account_id, ""),
        "day": shown, "currency": currency, "today": today, "before": on - timedelta(days=1),
        "after": on + timedelta(days=1) if on < today else None, "register_id": register_id,
        "registers": Register.objects.filter(store_id=store.id).order_by("name"), "names": _shift_names(shown.shifts),
        "hours": [(hour, count, total, max(1, total * 100 // most) if most else 0) for hour, count, total in shown.by_hour],
        "tenders": [(text, minor, minor * 100 // shown.total_minor if shown.total_minor else 0) for text, minor in (
            (_("Cash"), shown.cash_minor), (_("WeChat Pay"), shown.code_minor), (_("Wallet"), shown.wallet_minor))],
    }  # fmt: skip
    return render(request, "scene/till/day.html", context)


def _placed(request: ViewerRequest, store: StoreFacts) -> dict[str, Any]:
    """Give what each page of the till needs: the store, its registers, the one at which we stand, its open shift."""
    _must(request, store, "till.sell")
    registers = list(registers_visible_to(request.viewer).filter(store_id=store.id))
    register = _chosen(request, registers)
    if "setup" in request.GET and request.viewer.may("till.close"):
        register = None
    return {
        "store": store, "registers": registers, "register": register, "shift": open_shift_of(register.id) if register else None,
        "currency": shops([store.id])[store.id].currency, "may_set_up": request.viewer.may("till.close"),
        "clerk": account_names([request.viewer.account_id]).get(request.viewer.account_id, ""),
    }  # fmt: skip


def _chosen(request: HttpRequest, registers: list[Register]) -> Register | None:
    by_id = {one.id: one for one in registers}
    asked = id_in(request.GET.get("register")) or id_in(request.COOKIES.get(REGISTER_COOKIE))
    return by_id.get(asked) if asked in by_id else registers[0] if registers else None


def _register(request: ViewerRequest, store: StoreFacts) -> Register:
    register_id = id_in(request.POST.get("register_id"))
    found = (
        registers_visible_to(request.viewer).filter(id=register_id, store_id=store.id).first() if register_id else None
    )
    if found is None:
        raise NotFound(what="register")
    return found


def _open_shift(request: ViewerRequest, store: StoreFacts) -> Shift:
    shift_id = id_in(request.POST.get("shift_id"))
    found = shifts_visible_to(request.viewer).filter(id=shift_id, store_id=store.id).first() if shift_id else None
    if found is None:
        raise NotFound(what="shift")
    return found


def _must(request: ViewerRequest, store: StoreFacts, permission: str) -> None:
    if not stores_visible_to(request.viewer, permission).filter(id=store.id).exists():
        raise NotAllowed(permission=permission)


def _kept(response: HttpResponse, request: HttpRequest, context: Mapping[str, Any]) -> HttpResponse:
    """Let this browser stand at this register from now on."""
    if request.COOKIES.get(REGISTER_COOKIE) != str(context["register"].id):
        response.set_cookie(REGISTER_COOKIE, str(context["register"].id), path=HOME, max_age=KEPT_S, samesite="Lax", httponly=True,
                            secure=request.is_secure())  # fmt: skip
    return response


def _reported(context: Mapping[str, Any], shift: Shift) -> dict[str, Any]:
    (report,) = shift_reports([shift])
    place = {"zone": context["store"].zone, "currency": context["currency"]}
    return {"report": report, "rows": report_rows(report, **place), "moves": moves_shown(report, **place)}


def _done(request: HttpRequest, action: Any, good: str, bad: str) -> HttpResponse:
    """Do it and go on; a refusal is said on the page it came from."""
    try:
        action()
    except NotFound:
        raise
    except Refused as refused:
        messages.error(request, sentence(refused))
        return HttpResponseRedirect(bad)
    return HttpResponseRedirect(good)


def _counting() -> dict[str, Any]:
    return {"denominations": [(one, money_text(one)) for one in DENOMINATIONS_MINOR]}


def _count(said: QueryDict) -> dict[str, int]:
    """Read the fields `count_10000`, `count_5000`, …; what is no number counts nothing."""
    count = {}
    for denomination in DENOMINATIONS_MINOR:
        pieces = said.get(f"count_{denomination}", "").strip()
        if pieces.isascii() and pieces.isdigit() and int(pieces[:6]) > 0:
            count[str(denomination)] = int(pieces[:6])
    return count


def _minor(text: str, currency: str) -> int:
    """Read "12.50" as minor units; 0 for what is no amount."""
    whole, _dot, part = text.strip().replace("，", ".").replace(",", ".").partition(".")
    digits = MINOR_DIGITS[currency]
    if not (whole + part).isascii() or not (whole + part).isdigit() or len(part) > digits or len(whole) > 9:
        return 0
    return int((whole or "0") + part.ljust(digits, "0"))


def _shift_names(reports: Any) -> dict[UUID, str]:
    return account_names({one for report in reports for one in (report.shift.opened_by, report.shift.closed_by) if one})


def _day(text: str, today: date) -> date:
    try:
        on = parse_date(text)
    except ValueError:
        on = None
    return min(on, today) if on else today


urlpatterns = [
    path("store/till/", till, name="store-till"),
    path("store/till/registers/", set_up, name="store-till-set-up"),
    path("store/till/shift/", shift_now, name="store-till-shift"),
    path("store/till/shift/open/", begin_shift, name="store-till-open"),
    path("store/till/shift/move/", cash_move, name="store-till-move"),
    path("store/till/shift/close/", end_shift, name="store-till-close"),
    path("store/till/shifts/<uuid:shift_id>/", one_shift, name="store-till-report"),
    path("store/till/sales/", sales, name="store-till-sales"),
    path("store/till/sales/<uuid:sale_id>/receipt/", receipt, name="store-till-receipt"),
    path("store/day/", day, name="store-day"),
]
