"""The picture of a wheel: sectors of equal size, drawn with attributes alone. Pure.

The sectors show what there is; the odds stand in the table below the wheel, computed from the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

RADIUS = 150
TEXT_AT = 100
COLORS = ("#fff7e8", "#ffd9a0", "#ffe9c9")
LETTERS_A_LINE = 6
LETTERS_A_LINE_LATIN = 11


@dataclass(frozen=True, slots=True)
class Sector:
    """One sector: its outline, its color, where its text stands and how it is turned, the text in lines."""

    outline: str
    color: str
    x: float
    y: float
    turned: float
    lines: tuple[str, ...]


def sectors(labels: Sequence[str]) -> list[Sector]:
    """Give the sectors for labels, the first at the top and on clockwise; two at least."""
    count = max(len(labels), 1)
    width = 2 * pi / count
    drawn = []
    for at, label in enumerate(labels):
        middle = at * width - pi / 2
        start, end = middle - width / 2, middle + width / 2
        outline = (
            f"M0 0L{RADIUS * cos(start):.2f} {RADIUS * sin(start):.2f}"
            f"A{RADIUS} {RADIUS} 0 {int(width > pi)} 1 {RADIUS * cos(end):.2f} {RADIUS * sin(end):.2f}Z"
        )
        color = COLORS[at % 2 if count % 2 == 0 else (at % 2 if at < count - 1 else 2)]
        x, y = TEXT_AT * cos(middle), TEXT_AT * sin(middle)
        drawn.append(Sector(outline, color, round(x, 2), round(y, 2), round(at * 360 / count, 2), lines_of(label)))
    return drawn


def lines_of(label: str) -> tuple[str, ...]:
    """Break a label into two lines at most, between words where there are any."""
    width = LETTERS_A_LINE_LATIN if label.isascii() else LETTERS_A_LINE
    if len(label) <= width:
        return (label,)
    words = label.split(" ")
    if len(words) == 1:
        return label[:width], label[width : 2 * width - 1] + ("…" if len(label) > 2 * width else label[2 * width - 1 :])
    first = words[0]
    for word in words[1:]:
        if len(first) + 1 + len(word) > width:
            break
        first = f"{first} {word}"
    rest = label[len(first) :].strip()
    return first[: width + 2], rest if len(rest) <= width + 1 else rest[:width] + "…"
