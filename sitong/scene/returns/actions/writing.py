"""Write returns down: the returns, their lines, and what came back of each line of the orders. One statement a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sitong.scene.orders.rules import order_number
from sitong.scene.returns.rules import Accepted
from sitong.shared.statements import bytes_of, days, integers, pipelined, texts, uuids, write

WRITE_RETURNS = """
INSERT INTO scene_return (id, brand_id, number, order_id, member_id, store_id, location_id, entity_id, sold_store_id, sold_entity_id,
                          way, reason, note, late_reason, currency, refund_minor, cash_minor, exchange_minor, exchange_order_id, points,
                          coupons, shift_id, content_hash, by, at, returned_on)
SELECT r.id, r.brand_id, r.number, r.order_id, r.member_id, r.store_id, r.location_id, r.entity_id, r.sold_store_id, r.sold_entity_id,
       r.way, r.reason, r.note, r.late_reason, r.currency, r.refund, r.cash, r.exchange, r.exchange_order_id, r.points,
       r.coupons, r.shift_id, r.content_hash, r.by, %s::timestamptz, r.returned_on
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[],
            %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::uuid[],
            %s::bigint[], %s::int[], %s::uuid[], %s::bytea[], %s::uuid[], %s::date[])
  AS r(id, brand_id, number, order_id, member_id, store_id, location_id, entity_id, sold_store_id, sold_entity_id, way, reason, note,
       late_reason, currency, refund, cash, exchange, exchange_order_id, points, coupons, shift_id, content_hash, by, returned_on)
"""

WRITE_LINES = """
INSERT INTO scene_returnline (return_id, position, condition, brand_id, order_id, sku_id, quantity, refund_minor, points)
SELECT * FROM unnest(%s::uuid[], %s::smallint[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[])
"""

KEEP_WHAT_CAME_BACK = """
UPDATE scene_orderline AS l SET returned = l.returned + c.quantity, returned_minor = l.returned_minor + c.minor
FROM (
  SELECT order_id, position, sum(quantity)::bigint AS quantity, sum(minor)::bigint AS minor
  FROM unnest(%s::uuid[], %s::smallint[], %s::bigint[], %s::bigint[]) AS part(order_id, position, quantity, minor) GROUP BY 1, 2
) AS c WHERE l.order_id = c.order_id AND l.position = c.position
"""
"""Adds instead of setting: should two ever write at once, the table's own check stops what would be more than was bought."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A return with where its money goes: out of the drawer, into another order, and the rest over the order's payments."""

    accepted: Accepted
    entity_id: UUID
    number: str
    returned_on: date
    cash_minor: int
    exchange_minor: int
    exchange_order_id: UUID | None
    coupons: int

    @property
    def sent_minor(self) -> int:
        """What goes back over the order's payments."""
        return self.accepted.refund_minor - self.cash_minor - self.exchange_minor


def return_number(return_id: UUID, on: date, *, attempt: int = 0) -> str:
    """Give the number that people see, "R260303-K7M2Q-9XW4T", made as an order's."""
    return f"R{order_number(return_id, on, attempt=attempt)}"


def write_returns(settled: Sequence[Settled], *, now: datetime) -> None:
    """Write the returns of a batch, in the order of their ids. Three statements."""
    ordered = sorted(settled, key=lambda one: one.accepted.wanted.id.int)
    parts = [(one.accepted, part) for one in ordered for part in one.accepted.parts]
    with pipelined():
        write(WRITE_RETURNS, [now, *_columns(ordered)])
        write(WRITE_LINES, [
            uuids([one.wanted.id for one, _ in parts]),
            integers([part.line.position for _, part in parts]),
            texts([part.condition for _, part in parts]),
            uuids([one.order.brand_id for one, _ in parts]),
            uuids([one.order.id for one, _ in parts]),
            uuids([part.line.sku_id for _, part in parts]),
            integers([part.quantity for _, part in parts]),
            integers([part.refund_minor for _, part in parts]),
            integers([part.points for _, part in parts]),
        ])  # fmt: skip
        write(KEEP_WHAT_CAME_BACK, [
            uuids([one.order.id for one, _ in parts]),
            integers([part.line.position for _, part in parts]),
            integers([part.quantity for _, part in parts]),
            integers([part.refund_minor for _, part in parts]),
        ])  # fmt: skip


def _columns(settled: Sequence[Settled]) -> list[str]:
    orders = [one.accepted.order for one in settled]
    wanted = [one.accepted.wanted for one in settled]
    return [
        uuids([one.id for one in wanted]),
        uuids([one.brand_id for one in orders]),
        texts([one.number for one in settled]),
        uuids([one.id for one in orders]),
        uuids([one.member_id for one in orders]),
        uuids([one.store_id for one in wanted]),
        uuids([one.location_id or one.store_id for one in wanted]),
        uuids([one.entity_id for one in settled]),
        uuids([one.store_id for one in orders]),
        uuids([one.entity_id for one in orders]),
        texts([one.way for one in wanted]),
        texts([one.reason for one in wanted]),
        texts([one.note.strip()[:200] for one in wanted]),
        texts([one.late_reason.strip()[:200] for one in wanted]),
        texts([one.currency for one in orders]),
        integers([one.accepted.refund_minor for one in settled]),
        integers([one.cash_minor for one in settled]),
        integers([one.exchange_minor for one in settled]),
        uuids([one.exchange_order_id for one in settled]),
        integers([one.accepted.points for one in settled]),
        integers([one.coupons for one in settled]),
        uuids([one.shift_id for one in wanted]),
        bytes_of([one.accepted.content_hash for one in settled]),
        uuids([one.by for one in wanted]),
        days([one.returned_on for one in settled]),
    ]
