"""Receipts as ESC/POS bytes for 58 and 80 mm paper. Pure: no database, no printer; python-escpos makes the commands.

Chinese goes as GB18030 in the printer's two-byte mode (FS &), in which each Chinese character takes two columns.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from django.utils.translation import gettext as _
from escpos.printer import Dummy

from sitong.scene.till.receipts import Receipt, ReportRow

COLUMNS = {58: 32, 80: 48}
TWO_BYTES = b"\x1c&"
DRAWER_PIN = 2


def columns_of(text: str) -> int:
    """Give how many columns a text takes: two for each wide (Chinese) character."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def folded(text: str, width: int) -> list[str]:
    """Break a text into lines of at most `width` columns; English breaks at spaces where it can."""
    lines, line = [], ""
    for letter in text:
        if columns_of(line + letter) > width:
            head, space, tail = line.rpartition(" ")
            cut = bool(space) and letter != " " and ord(letter) < 0x2E80 and columns_of(tail) < width // 2
            lines.append(head if cut else line.rstrip())
            line = tail if cut else ""
        line += letter if line or not lines or letter != " " else ""
    return [*lines, line] if line or not lines else lines


def across(left: str, right: str, width: int) -> list[str]:
    """Set a text to the left and an amount to the right edge; a long text goes on over the lines above the amount."""
    room = width - columns_of(right) - 1
    lines = folded(left, room) if columns_of(left) <= room else folded(left, width)
    if columns_of(lines[-1]) > room:
        lines.append("")
    return [*lines[:-1], lines[-1] + " " * (width - columns_of(lines[-1]) - columns_of(right)) + right]


class Paper:
    """Bytes for one piece of paper."""

    def __init__(self, width_mm: int) -> None:
        self.width = COLUMNS[width_mm]
        self.printer = Dummy(profile="default")
        self.printer.hw("INIT")
        self.printer._raw(TWO_BYTES)

    def text(self, text: str, *, align: str = "left", bold: bool = False, large: bool = False) -> None:
        """Write a text over as many lines as it takes."""
        self.printer.set(align=align, bold=bold, normal_textsize=not large, double_width=large, double_height=large)
        for line in folded(text, self.width // (2 if large else 1)):
            self._line(line)

    def row(self, left: str, right: str, *, bold: bool = False) -> None:
        """Write a text with an amount at the right edge."""
        self.printer.set(align="left", bold=bold, normal_textsize=True)
        for line in across(left, right, self.width):
            self._line(line)

    def rule(self) -> None:
        """Draw a line."""
        self.printer.set(align="left", bold=False, normal_textsize=True)
        self._line("-" * self.width)

    def code(self, text: str) -> None:
        """Draw a QR code by the printer's own command."""
        self.printer.set(align="center")
        self.printer.qr(text, native=True, size=5 if self.width < 40 else 6)

    def kick(self) -> None:
        """Open the drawer."""
        self.printer.cashdraw(DRAWER_PIN)

    def done(self) -> bytes:
        """Cut, and give the bytes."""
        self.printer.set(align="left", bold=False, normal_textsize=True)
        self.printer.cut()
        return bytes(self.printer.output)

    def _line(self, text: str) -> None:
        self.printer._raw(text.encode("gb18030") + b"\n")


def receipt_bytes(receipt: Receipt, *, width_mm: int, kick: bool = False) -> bytes:
    """Write a receipt for 58 or 80 mm paper, in the active language; `kick` opens the drawer first."""
    paper = Paper(width_mm)
    if kick:
        paper.kick()
    paper.text(receipt.store, align="center", bold=True, large=True)
    for text in (receipt.address, receipt.phone):
        if text:
            paper.text(text, align="center")
    if receipt.copy:
        paper.text(_("*** COPY {n} ***").format(n=receipt.copy), align="center", bold=True)
    paper.rule()
    paper.row(_("Receipt {number}").format(number=receipt.number), receipt.register)
    paper.row(receipt.sold_at, receipt.clerk)
    paper.text(receipt.order_number)
    paper.rule()
    for line, goods in receipt.lines_shown:
        paper.text(line.name)
        paper.row(f"  {line.detail}", goods)
        for saving in line.savings:
            paper.text(f"  {saving}")
    paper.rule()
    paper.row(_("{n} pieces").format(n=receipt.pieces), receipt.money(receipt.goods_minor))
    for text, minor in receipt.discounts_shown:
        paper.row(text, minor)
    paper.text(f"{_('Total')} {receipt.total}", align="right", bold=True, large=True)
    for text, minor in receipt.tenders_shown:
        paper.row(text, minor)
    if receipt.change_minor:
        paper.row(_("Given"), receipt.given)
        paper.row(_("Change back"), receipt.change, bold=True)
    if receipt.member:
        paper.rule()
        paper.row(_("Member"), receipt.member)
        if receipt.points_spent:
            paper.row(_("Points spent"), str(receipt.points_spent))
        if receipt.points_ready is not None:
            paper.row(_("Points ready"), str(receipt.points_ready))
    paper.rule()
    if receipt.saved_minor:
        paper.text(_("You saved {amount}.").format(amount=receipt.saved), align="center", bold=True)
    paper.text(_("Thank you. Keep this receipt for returns."), align="center")
    paper.code(str(receipt.sale_id))
    return paper.done()


def report_bytes(
    title: str, store: str, rows: Sequence[ReportRow], moves: Sequence[ReportRow], *, width_mm: int
) -> bytes:
    """Write a shift's X or Z report."""
    paper = Paper(width_mm)
    paper.text(title, align="center", bold=True, large=True)
    paper.text(store, align="center")
    paper.rule()
    for row in rows:
        paper.row(row.text, row.value, bold=row.strong)
    if moves:
        paper.rule()
        for row in moves:
            paper.row(row.text, row.value)
    return paper.done()


def drawer_bytes() -> bytes:
    """Give the bytes that open the drawer and print nothing."""
    printer = Dummy(profile="default")
    printer.cashdraw(DRAWER_PIN)
    return bytes(printer.output)
