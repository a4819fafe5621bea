"""The record of a draw: its lines in their order, their chain, and the file that proves them once the seed is public."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sitong.marketing.draws.models import Draw, DrawCount, DrawPlay, DrawSeed, DrawVersion, PrizeReturn
from sitong.marketing.draws.record import (
    BEGINNING,
    PlayLine,
    chained,
    play_written,
    record_content,
    return_line,
    rules_line,
)
from sitong.org.brands.queries import brand_facts
from sitong.shared.errors import Refused
from sitong.shared.proof.files import proof_written


class DrawNotOver(Refused):
    """The seed is published when nobody can play any more."""

    code = "marketing.draw_not_over"


def lines_of(draw_id: UUID) -> Iterator[str]:
    """Give the lines of a draw's record in their order."""
    rules = ((one.step, rules_line(one.step, one.version, one.at, one.rules))
             for one in DrawVersion.objects.filter(draw_id=draw_id).order_by("step"))  # fmt: skip
    returns = ((one.step, return_line(one.step, one.at, one.prize_id, one.id))
               for one in PrizeReturn.objects.filter(draw_id=draw_id).order_by("step"))  # fmt: skip
    return (line for _, line in heapq.merge(rules, returns, _plays(draw_id)))


def chain_of(draw_id: UUID) -> bytes:
    """Compute the chain over all lines of a draw anew."""
    chain = BEGINNING
    for line in lines_of(draw_id):
        chain = chained(chain, line)
    return chain


def record_file(draw: Draw) -> bytes:
    """Give the file by which anybody computes a draw again. Raises marketing.draw_not_over before its seed is public."""
    seed = DrawSeed.objects.get(draw_id=draw.id)
    if seed.revealed_at is None:
        raise DrawNotOver(draw_id=draw.id)
    brand = brand_facts([draw.brand_id])[draw.brand_id]
    versions: list[dict[str, Any]] = list(
        DrawVersion.objects.filter(draw_id=draw.id).order_by("version").values_list("rules", flat=True)
    )
    chain = bytes(DrawCount.objects.get(draw_id=draw.id).chain)
    return proof_written(record_content(
        draw_id=draw.id, brand=brand.name, commitment=draw.commitment, seed=seed.seed, versions=versions, lines=list(lines_of(draw.id)),
        chain=chain,
    ))  # fmt: skip


def _plays(draw_id: UUID) -> Iterator[tuple[int, str]]:
    columns = ("step", "number", "at", "player_id", "way", "version", "ticket", "prize_id", "how")
    rows = DrawPlay.objects.filter(draw_id=draw_id).order_by("number").values_list(*columns)
    return ((row[0], play_written(PlayLine(*row))) for row in rows.iterator(chunk_size=5_000))
