"""How the dealers stand in a quarter: scans, how many of them far, and what that weighs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sitong.goods.diversion.models import DiversionWeight
from sitong.org.dealers.queries import dealer_facts, dealers_visible_to
from sitong.shared.access.viewer import Viewer

SHOWN = 50
DECIBANS = 4.342944819


@dataclass(frozen=True, slots=True)
class Watched:
    """A dealer in a quarter. `far_bp`: of its codes' scans at least 5 km outside, in basis points."""

    id: UUID
    name: str
    name_en: str
    scans: int
    far: int
    far_bp: int
    weight_db: int
    looked_at: Any


def dealers_watched(viewer: Viewer, period_on: date) -> list[Watched]:
    """Give the dealers that a viewer may see, the heaviest first. Two statements."""
    found = DiversionWeight.objects.filter(
        brand_id=viewer.brand_id or UUID(int=0),
        period_on=period_on,
        kind="dealer",
        subject_id__in=dealers_visible_to(viewer, "diversion.see").values("id"),
    ).order_by("-best", "subject_id")[:SHOWN]
    rows = list(found)
    names = dealer_facts({one.subject_id for one in rows})
    return [
        Watched(
            one.subject_id, names[one.subject_id].name, names[one.subject_id].name_en, one.scans, one.far[0],
            10_000 * one.far[0] // max(1, one.scans), round(one.best * DECIBANS), one.looked_at,
        )
        for one in rows
        if one.subject_id in names
    ]  # fmt: skip
