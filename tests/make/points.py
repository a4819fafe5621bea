"""Points, made through their actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sitong.member.points.actions import (
    PointsEarned,
    PointsGift,
    earn_points,
    give_points,
    mature_points,
    publish_points_plan,
)
from sitong.member.points.rules import PointsPlan
from sitong.shared.ids import new_id
from tests.make.org import NOW, done


def a_points_plan(brand: Any, *, now: datetime = NOW, **terms: Any) -> PointsPlan:
    """A point for each yuan that was paid, one point pays a fen; pending 7 days, kept 12 months."""
    return publish_points_plan(
        PointsPlan(brand.id, **{"version": 0, "earn_points_per_100": 1, "minor_per_point": 1, **terms}),
        by=None,
        now=now,
    )


def some_points(member: Any, points: int, *, now: datetime = NOW, **fields: Any) -> None:
    """Points that are ready at once."""
    done(give_points([PointsGift(new_id(), member.brand_id, member.id, points, **fields)], now=now))


def earned_points(
    member: Any, points: int, *, document_id: UUID | None = None, days: int = 7, now: datetime = NOW
) -> UUID:
    """Points that a document has earned, pending for some days. Gives the document's id."""
    document_id = document_id or new_id()
    wanted = PointsEarned(new_id(), document_id, member.brand_id, member.id, points, now + timedelta(days=days))
    done(earn_points([wanted], now=now))
    return document_id


def matured_points(member: Any, points: int, *, document_id: UUID | None = None, now: datetime = NOW) -> UUID:
    """Points that a document has earned and that have become ready."""
    document_id = earned_points(member, points, document_id=document_id, days=0, now=now)
    mature_points(now=now)
    return document_id
