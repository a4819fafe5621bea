"""Give orders to another member: two members turned out to be one, or one to be two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.member.identity.moving import Going
from sitong.shared.statements import run, uuids

MOVE = """
UPDATE scene_order AS o SET member_id = %s::uuid
FROM (SELECT id FROM scene_order WHERE member_id = %s::uuid ORDER BY id FOR NO KEY UPDATE) AS held
WHERE o.id = held.id RETURNING o.id
"""
MOVE_THESE = """
UPDATE scene_order AS o SET member_id = %s::uuid
FROM (SELECT id FROM scene_order WHERE id = ANY(%s::uuid[]) AND member_id = %s::uuid ORDER BY id FOR NO KEY UPDATE) AS held
WHERE o.id = held.id
"""
MOVE_MANY = """
UPDATE scene_order AS o SET member_id = held.to_id
FROM (SELECT r.id, g.to_id, g.join_id FROM scene_order AS r
      JOIN unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS g (join_id, of_id, to_id) ON r.member_id = g.of_id
      ORDER BY r.id FOR NO KEY UPDATE OF r) AS held
WHERE o.id = held.id RETURNING held.join_id, o.id
"""
MOVE_BACK_MANY = """
UPDATE scene_order AS o SET member_id = held.to_id
FROM (SELECT r.id, g.to_id FROM scene_order AS r
      JOIN unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS g (id, of_id, to_id) ON r.id = g.id AND r.member_id = g.of_id
      ORDER BY r.id FOR NO KEY UPDATE OF r) AS held
WHERE o.id = held.id
"""
SINCE = """
SELECT id, number, placed_at FROM scene_order WHERE member_id = %s::uuid AND placed_at > %s AND id <> ALL(%s::uuid[]) ORDER BY placed_at, id
"""


def move_orders(absorbed_id: UUID, *, to: UUID) -> list[UUID]:
    """Give all orders of one member to another; give their ids. What they cost, saved and earned stays as it is."""
    with transaction.atomic():
        return sorted(row[0] for row in run(MOVE, [to, absorbed_id]))


def move_orders_back(order_ids: Sequence[UUID], *, of: UUID, to: UUID) -> None:
    """Give these orders of a member to another; those that are not (any more) that member's stay where they are."""
    with transaction.atomic():
        run(MOVE_THESE, [to, uuids(order_ids), of])


def move_orders_many(joins: Sequence[Going]) -> dict[UUID, list[UUID]]:
    """Give the orders of many absorbed members to those who stay; give their ids by join. One statement."""
    moved: dict[UUID, list[UUID]] = {}
    with transaction.atomic():
        columns = (
            [one.join_id for one in joins],
            [one.absorbed_id for one in joins],
            [one.survivor_id for one in joins],
        )
        for join_id, order_id in run(MOVE_MANY, [uuids(column) for column in columns]):
            moved.setdefault(join_id, []).append(order_id)
    return moved


def move_orders_back_many(joins: Sequence[Going]) -> None:
    """Give these orders back for many joins; those that are not (any more) the survivor's stay. One statement."""
    rows = [(order_id, one.survivor_id, one.absorbed_id) for one in joins for order_id in one.row_ids]
    with transaction.atomic():
        run(
            MOVE_BACK_MANY,
            [uuids(column) for column in zip(*rows, strict=True)] if rows else [uuids(()), uuids(()), uuids(())],
        )


def placed_since(member_id: UUID, since: datetime, *, besides: Sequence[UUID]) -> list[tuple[UUID, str, datetime]]:
    """Give (id, number, instant) of the orders that a member placed after `since`, but for these."""
    return [(row[0], row[1], row[2]) for row in run(SINCE, [member_id, since, uuids(besides)])]
