"""The evidence on paper: a PDF with the statistic in words, the map, the scans and the way of the goods."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Circle, Path, Rect, String
from reportlab.graphics.shapes import Drawing as Picture
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from sitong.goods.diversion.maps import Drawing

FONT = "STSong-Light"
"""A font that every PDF reader knows for Chinese; it need not be embedded."""

ROWS_MAX = 500
INK, RULE = colors.HexColor("#1d273b"), colors.HexColor("#d5dae1")


@dataclass(frozen=True, slots=True)
class PageWords:
    """What stands in the report, in the reader's language."""

    heading: str
    number: str
    sentences: Sequence[str]
    scans_heading: str
    scan_columns: Sequence[str]
    scans: Sequence[Sequence[str]]
    moves_heading: str
    move_columns: Sequence[str]
    moves: Sequence[Sequence[str]]
    note: str


def report_pdf(words: PageWords, drawing: Drawing | None) -> bytes:
    """Lay out the report on A4."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    title = ParagraphStyle("title", fontName=FONT, fontSize=16, leading=22, textColor=INK)
    head = ParagraphStyle("head", fontName=FONT, fontSize=12, leading=20, textColor=INK, spaceBefore=8)
    text = ParagraphStyle("text", fontName=FONT, fontSize=10, leading=15, textColor=INK, spaceAfter=4, wordWrap="CJK")
    small = ParagraphStyle("small", fontName=FONT, fontSize=7.5, leading=10, textColor=INK, wordWrap="CJK")
    out = io.BytesIO()
    page = SimpleDocTemplate(out, pagesize=A4, leftMargin=16 * mm, rightMargin=16 * mm, topMargin=16 * mm, bottomMargin=16 * mm,
                             title=f"{words.number} {words.heading}", invariant=1)  # fmt: skip
    story = [Paragraph(escape(words.heading), title), Paragraph(escape(words.number), text)]
    story += [Paragraph(escape(sentence), text) for sentence in words.sentences]
    if drawing is not None:
        story += [Spacer(1, 4 * mm), _picture(drawing, page.width), Spacer(1, 4 * mm)]
    if words.moves:
        story += [
            Paragraph(escape(words.moves_heading), head),
            _table(words.move_columns, words.moves, small, page.width),
        ]
    if words.scans:
        story += [
            Paragraph(escape(words.scans_heading), head),
            _table(words.scan_columns, words.scans[:ROWS_MAX], small, page.width),
        ]
    story.append(Paragraph(escape(words.note), small))
    page.build(story)
    return out.getvalue()


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], style: ParagraphStyle, width: float) -> LongTable:
    cells = [[Paragraph(escape(cell), style) for cell in row] for row in [columns, *rows]]
    table = LongTable(cells, colWidths=[width / len(columns)] * len(columns), repeatRows=1)
    table.setStyle(TableStyle([
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE), ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#f1f3f6")),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5), ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]))  # fmt: skip
    return table


def _picture(drawing: Drawing, width: float) -> Picture:
    """Draw the map; paper counts from the lower left corner."""
    factor = width / drawing.width
    picture = Picture(width, drawing.height * factor)
    picture.add(
        Rect(
            0,
            0,
            drawing.width * factor,
            drawing.height * factor,
            fillColor=colors.HexColor("#f8fafc"),
            strokeColor=RULE,
        )
    )

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return point[0] * factor, (drawing.height - point[1]) * factor

    for area in drawing.areas:
        own = area.kind == "own"
        path = Path(
            fillColor=colors.HexColor("#cfe2ff" if own else "#e9ecef"),
            strokeColor=colors.HexColor("#2f6fdb" if own else "#7b8794"),
            strokeWidth=0.6,
        )
        for ring in area.rings:
            path.moveTo(*at(ring[0]))
            for corner in ring[1:]:
                path.lineTo(*at(corner))
            path.closePath()
        picture.add(path)
    for spot in drawing.spots:
        x, y = at(spot.at)
        picture.add(
            Circle(
                x,
                y,
                spot.radius * factor,
                fillColor=colors.Color(0.84, 0.22, 0.22, alpha=0.55),
                strokeColor=colors.HexColor("#a12626"),
                strokeWidth=0.5,
            )
        )
    for area in drawing.areas:
        x, y = at(area.middle)
        picture.add(String(x, y, area.name, fontName=FONT, fontSize=8, textAnchor="middle", fillColor=INK))
    picture.add(Rect(8, 8, drawing.scale_points * factor, 1, fillColor=INK, strokeColor=INK))
    picture.add(String(8, 12, f"{drawing.scale_km} km", fontName=FONT, fontSize=7, fillColor=INK))
    return picture
