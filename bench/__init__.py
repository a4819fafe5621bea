"""Benchmarks: one file each, `run() -> list[Figure]`. `python -m bench [NAME …]` prints a table, with JSON=1 JSON lines.

Everything runs on one machine: server, database, load generator and the reference share its cores, and the reference is
measured in the same run, so that a ratio says more than a figure.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value beside what it is compared with. `ratio` is value ÷ reference when both are rates."""

    name: str
    value: float
    unit: str
    reference: float | None = None
    ratio: float | None = None
    extras: dict[str, float | int | str] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Give the figure as one flat object: name, value, unit, reference, ratio, then what else was measured."""
        stated = {
            "name": self.name,
            "value": _short(self.value),
            "unit": self.unit,
            "reference": _short(self.reference),
            "ratio": _short(self.ratio),
        }
        return {**stated, **{key: _short(value) for key, value in self.extras.items()}}


def compared(name: str, value: float, unit: str, reference: float, **extras: float | int | str) -> Figure:
    """Give a figure with its ratio to the reference."""
    return Figure(name, value, unit, reference, value / reference if reference else None, extras)


def _short(value: object) -> object:
    """Round a float to four significant digits; leave the rest."""
    if not isinstance(value, float):
        return value
    rounded = float(f"{value:.4g}")
    return int(rounded) if abs(rounded) >= 1000 else rounded
