"""Prizes as they were in the version of the rules under which they were won."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sitong.marketing.draws.models import DrawVersion
from sitong.marketing.draws.rules import Prize, rules_read


def prizes_of(versions: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int, UUID], Prize]:
    """Give the prizes of draws as they were in a version: (draw, version, prize) → prize. One statement."""
    rows = DrawVersion.objects.filter(
        draw_id__in={one[0] for one in versions}, version__in={one[1] for one in versions}
    )
    return {
        (row.draw_id, row.version, prize.id): prize
        for row in rows if (row.draw_id, row.version) in versions for prize in rules_read(row.rules).prizes
    }  # fmt: skip
