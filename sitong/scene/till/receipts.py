"""Receipts and shift reports: what stands on them, and their bytes for thermal printers (ESC/POS, Chinese in GB18030).

A receipt is the same on screen and on paper: `receipt_of` gives it, a template or `receipt_bytes` writes it down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import segno
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sitong.goods.catalog.queries import sku_facts
from sitong.member.identity.queries import member_facts
from sitong.member.points.queries import points_now
from sitong.org.stores.queries import StoreFacts, store_facts
from sitong.scene.cart.queries import reason_sentence
from sitong.scene.orders.models import Order, OrderLine
from sitong.scene.till.models import Sale, SaleState
from sitong.scene.till.queries import ShiftReport
from sitong.shared.access.queries import account_names
from sitong.shared.errors import NotFound
from sitong.shared.i18n.formats import moment_text, money_text, quantity_text

DIGITS = 6


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One thing sold: its name, "2 × ¥12.90", what it cost before discounts, and why it cost less."""

    name: str
    detail: str
    goods_minor: int
    savings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What stands on a receipt. `copy` counts prints before this one; a copy says that it is one."""

    sale_id: UUID
    store: str
    address: str
    phone: str
    register: str
    clerk: str
    number: str
    order_number: str
    sold_at: str
    currency: str
    lines: tuple[ReceiptLine, ...]
    pieces: int
    goods_minor: int
    discounts: tuple[tuple[str, int], ...]
    total_minor: int
    tenders: tuple[tuple[str, int], ...]
    given_minor: int
    change_minor: int
    member: str
    points_spent: int
    points_ready: int | None
    copy: int

    def money(self, minor: int) -> str:
        """Write an amount in the receipt's currency."""
        return money_text(minor, self.currency)

    @property
    def saved_minor(self) -> int:
        """Give what was saved in all."""
        return sum(minor for _text, minor in self.discounts)

    @property
    def tenders_shown(self) -> list[tuple[str, str]]:
        return [(text, self.money(minor)) for text, minor in self.tenders]

    @property
    def discounts_shown(self) -> list[tuple[str, str]]:
        return [(text, self.money(-minor)) for text, minor in self.discounts]

    @property
    def lines_shown(self) -> list[tuple[ReceiptLine, str]]:
        return [(line, self.money(line.goods_minor)) for line in self.lines]

    @property
    def goods(self) -> str:
        return self.money(self.goods_minor)

    @property
    def picture(self) -> str:
        """Give the QR code of the sale's id, by which a return finds it, as a picture for the screen."""
        return str(segno.make(str(self.sale_id), micro=False).svg_data_uri(border=1))

    @property
    def total(self) -> str:
        return self.money(self.total_minor)

    @property
    def given(self) -> str:
        return self.money(self.given_minor)

    @property
    def change(self) -> str:
        return self.money(self.change_minor)

    @property
    def saved(self) -> str:
        return self.money(self.saved_minor)


def number_shown(number: int | None) -> str:
    """Write a receipt's number as people read it: 000123."""
    return "" if number is None else f"{number:0{DIGITS}d}"


def receipt_of(sale: Sale) -> Receipt:
    """Give the receipt of a sale that is sold, in the active language. NotFound for one that is not."""
    if sale.state != SaleState.SOLD or sale.sold_at is None:
        raise NotFound(what="receipt")
    order = Order.objects.get(id=sale.id)
    lines = list(OrderLine.objects.filter(order_id=sale.id).order_by("position"))
    store = store_facts([sale.store_id])[sale.store_id]
    member = member_facts([sale.member_id]).get(sale.member_id) if sale.member_id else None
    english = (get_language() or "").startswith("en")
    names = sku_facts({line.sku_id for line in lines}) if english else {}
    points = points_now([member.id]).get(member.id) if member else None
    return Receipt(
        sale.id, _said(store, english), store.address, store.phone, sale.register.name,
        account_names([sale.by]).get(sale.by, "") if sale.by else "", number_shown(sale.number), order.number,
        moment_text(sale.sold_at, store.zone), sale.currency,
        tuple(_line(line, names.get(line.sku_id), sale.currency) for line in lines),
        sum(1 if line.weighed else line.quantity for line in lines), order.goods_minor, tuple(_discounts(order)), sale.total_minor,
        tuple(_tenders(sale)), sale.given_minor, sale.given_minor - sale.cash_minor,
        f"{member.masked_name} {member.masked_phone}".strip() if member else "", order.points_spent,
        points.ready if points else None, sale.prints,
    )  # fmt: skip


def _said(store: StoreFacts, english: bool) -> str:
    return store.name_en or store.name if english else store.name


def _line(line: OrderLine, sku: object, currency: str) -> ReceiptLine:
    name = f"{getattr(sku, 'name_en', '')} {getattr(sku, 'variant_en', '')}".strip() or line.name
    unit = money_text(line.unit_minor, currency)
    detail = f"{quantity_text(line.quantity, line.weighed)} × {unit}" + ("/kg" if line.weighed else "")
    saved = [reason_sentence(reason, currency) for reason in line.reasons if int(reason.get("saved_minor", 0)) > 0]
    return ReceiptLine(name, detail, line.goods_minor, tuple(saved))


def _discounts(order: Order) -> list[tuple[str, int]]:
    price = order.discount_minor - order.promotion_minor - order.coupon_minor - order.points_minor
    rows = [(_("Price savings"), price), (_("Promotions"), order.promotion_minor), (_("Coupons"), order.coupon_minor)]
    if order.points_minor:
        rows.append((_("{n} points").format(n=order.points_spent), order.points_minor))
    return [(text, minor) for text, minor in rows if minor]


def _tenders(sale: Sale) -> list[tuple[str, int]]:
    rows = [(_("Cash"), sale.cash_minor), (_("Wallet"), sale.wallet_minor), (_("WeChat Pay"), sale.code_minor)]
    return [(text, minor) for text, minor in rows if minor]


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One row of a shift's report."""

    text: str
    value: str
    strong: bool = False


def report_rows(report: ShiftReport, *, zone: str, currency: str) -> list[ReportRow]:
    """Give the rows of a shift's X or Z report, in the active language."""
    shift, drawer = report.shift, report.drawer
    names = account_names([one for one in (shift.opened_by, shift.closed_by) if one])

    def money(minor: int) -> str:
        return money_text(minor, currency)

    def at(moment: datetime, by: UUID | None) -> str:
        return f"{moment_text(moment, zone, 'short')} {names.get(by, '') if by else ''}".strip()

    rows = [ReportRow(_("Shift opened"), at(shift.opened_at, shift.opened_by))]
    if shift.closed_at is not None:
        rows.append(ReportRow(_("Shift closed"), at(shift.closed_at, shift.closed_by)))
    numbers = f"{number_shown(report.first_number)} – {number_shown(report.last_number)}" if report.sales else "–"
    rows += [
        ReportRow(_("Sales made"), str(report.sales), True), ReportRow(_("Receipt numbers"), numbers),
        ReportRow(_("Sold altogether"), money(report.total_minor), True), ReportRow(_("Cash"), money(drawer.sales_minor)),
        ReportRow(_("Wallet"), money(report.wallet_minor)), ReportRow(_("WeChat Pay"), money(report.code_minor)),
        ReportRow(_("Given up"), str(report.given_up)),
        ReportRow(_("Float"), money(drawer.float_minor)), ReportRow(_("Wallet top-ups in cash"), money(drawer.topups_minor)),
        ReportRow(_("Cash refunds ({n})").format(n=report.refunds), money(-drawer.refunds_minor)),
        ReportRow(_("Put in"), money(drawer.moved_in_minor)), ReportRow(_("Taken out"), money(-drawer.moved_out_minor)),
        ReportRow(_("Cash expected"), money(drawer.expected_minor), True),
    ]  # fmt: skip
    if (difference := report.difference_minor) is not None and shift.counted_minor is not None:
        rows.append(ReportRow(_("Cash counted"), money(shift.counted_minor), True))
        rows.append(ReportRow(_("Difference"), f"{'+' if difference > 0 else ''}{money(difference)}", True))
    return rows


def moves_shown(report: ShiftReport, *, zone: str, currency: str) -> Sequence[ReportRow]:
    """Give the rows of what was put into the drawer and taken out."""
    return [
        ReportRow(f"{moment_text(move.at, zone, 'time')} {move.reason}", money_text(move.amount_minor, currency))
        for move in report.moves
    ]
