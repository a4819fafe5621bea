"""What came and went at a place lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from sitong.goods.codes.models import CodeBatch, CodeMove
from sitong.goods.codes.moving import Place
from sitong.goods.codes.queries.where import PlaceNamed, place_names


@dataclass(frozen=True, slots=True)
class MoveShown:
    """One move of a range of codes, as its place sees it."""

    id: UUID
    kind: str
    level: str
    number: str
    first: int
    last: int
    start: PlaceNamed | None
    goal: PlaceNamed | None
    at: datetime

    @property
    def count(self) -> int:
        """How many codes moved by themselves."""
        return self.last - self.first + 1


def moves_lately(place: Place, *, limit: int) -> list[MoveShown]:
    """Give what a place shipped, received, sold or took back, and what is on its way to it, the latest first."""
    rows = list(CodeMove.objects.filter(Q(to_id=place.id) | Q(from_id=place.id)).order_by("-at", "-id")[:limit])
    batches = CodeBatch.objects.in_bulk(list({row.batch_id for row in rows}))
    ends = {row.id: (_place(row.from_kind, row.from_id), _place(row.to_kind, row.to_id)) for row in rows}
    names = place_names({end for pair in ends.values() for end in pair if end})
    return [
        MoveShown(
            row.id, row.kind, batches[row.batch_id].level, batches[row.batch_id].number, row.first, row.last,
            names.get(start) if (start := ends[row.id][0]) else None, names.get(goal) if (goal := ends[row.id][1]) else None, row.at,
        )
        for row in rows
    ]  # fmt: skip


def _place(kind: str, place_id: UUID | None) -> Place | None:
    return Place(kind, place_id) if place_id else None
