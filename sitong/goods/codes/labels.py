"""Codes as QR pictures and as sheets of labels."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

ACROSS, DOWN = 5, 13
PER_SHEET = ACROSS * DOWN
WIDTH, HEIGHT = 38.1 * mm, 21.2 * mm
LEFT, TOP, BETWEEN = 4.75 * mm, 10.7 * mm, 2.5 * mm
"""A4 sheets of 65 labels of 38.1 × 21.2 mm, which every printer's shop sells."""
QR_SIDE = 19 * mm
QUIET = 4
"""Modules of white that a QR code has around it."""


def qr_of(link: str) -> segno.QRCode:
    """Make the QR code of a link. Links are in capitals: with those a code of 25 to 33 modules a side is enough."""
    return segno.make(link, error="m", boost_error=False, micro=False)


def svg_of(link: str) -> bytes:
    """Draw a QR code as an SVG picture of its own."""
    out = io.BytesIO()
    qr_of(link).save(out, kind="svg", scale=4, border=QUIET)
    return out.getvalue()


def png_of(link: str) -> bytes:
    """Draw a QR code as a PNG picture, eight pixels a module."""
    out = io.BytesIO()
    qr_of(link).save(out, kind="png", scale=8, border=QUIET)
    return out.getvalue()


def sheets_of(labels: Sequence[tuple[str, str, str]]) -> bytes:
    """Give label sheets as one PDF: of each label the link in its QR code, the letters below each other, and a line of words."""
    page = Canvas("", pagesize=A4)
    page.setTitle("")
    for at, (link, letters, words) in enumerate(labels):
        place = at % PER_SHEET
        if at and not place:
            page.showPage()
        x = LEFT + place % ACROSS * (WIDTH + BETWEEN)
        y = A4[1] - TOP - (place // ACROSS + 1) * HEIGHT
        _label(page, x, y, link, letters, words)
    drawn: bytes = page.getpdfdata()
    return drawn


def _label(page: Any, x: float, y: float, link: str, letters: str, words: str) -> None:
    modules = list(qr_of(link).matrix_iter(border=QUIET))
    side = QR_SIDE / len(modules)
    path = page.beginPath()
    for row, dark in enumerate(modules):
        for first, last in _runs(dark):
            path.rect(x + first * side, y + 1 * mm + (len(modules) - row - 1) * side, (last - first) * side, side)
    page.drawPath(path, stroke=0, fill=1)
    page.setFont("Courier-Bold", 7)
    for line, start in enumerate(range(0, len(letters), 6)):
        page.drawString(x + QR_SIDE, y + HEIGHT - (6 + 3 * line) * mm, letters[start : start + 6])
    page.setFont("Helvetica", 5)
    page.drawString(x + QR_SIDE, y + 2.5 * mm, words)


def _runs(line: Any) -> Iterator[tuple[int, int]]:
    """Give where a row of modules is dark: half-open, as few pieces as there are."""
    start = None
    for at, dark in enumerate([*line, 0]):
        if dark and start is None:
            start = at
        elif not dark and start is not None:
            yield start, at
            start = None
