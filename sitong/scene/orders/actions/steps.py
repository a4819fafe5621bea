"""What every later step of an order shares: its lock, its new state, its row of history. One statement each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sitong.scene.orders.events import OrderHappening
from sitong.shared.statements import run, texts, uuids

FIELDS = """id, brand_id, store_id, member_id, number, channel, scene, state, currency, total_minor, placed_on, pickup_code, pay_by, coupon_minor,
       points_spent, promotion_minor"""

LOCK = f"SELECT {FIELDS} FROM scene_order WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE"  # noqa: S608 (constants)

SET_STATE = "UPDATE scene_order SET state = %s WHERE id = ANY(%s::uuid[])"

WRITE_STEPS = """
INSERT INTO scene_orderstep (order_id, step, brand_id, by, at, reason, request_id)
SELECT s.id, %s, s.brand_id, s.by, %s::timestamptz, s.reason, s.request_id
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[]) AS s(id, brand_id, by, reason, request_id)
"""

STEPS = "SELECT order_id, by, at, request_id FROM scene_orderstep WHERE order_id = ANY(%s::uuid[]) AND step = %s"


@dataclass(slots=True)
class LockedOrder:
    """An order under lock. `state` follows what the batch has decided so far."""

    id: UUID
    brand_id: UUID
    store_id: UUID
    member_id: UUID | None
    number: str
    channel: str
    scene: str
    state: str
    currency: str
    total_minor: int
    placed_on: date
    pickup_code: str
    pay_by: datetime | None
    coupon_minor: int = 0
    points_spent: int = 0
    promotion_minor: int = 0

    def happened(self, kind: type[OrderHappening], **more: int) -> OrderHappening:
        """Give an event of this order."""
        return kind(
            self.brand_id,
            self.id,
            self.store_id,
            self.member_id,
            self.channel,
            self.scene,
            self.total_minor,
            self.placed_on,
            self.number,
            **more,
        )


@dataclass(frozen=True, slots=True)
class StepMade:
    """One order takes one step: who asked, in which request, and why."""

    order: LockedOrder
    by: UUID | None = None
    request_id: UUID | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StepKept:
    """A step that was taken before."""

    by: UUID | None
    at: datetime
    request_id: UUID | None


def lock_orders(order_ids: Collection[UUID]) -> dict[UUID, LockedOrder]:
    """Lock orders, in the order of their ids, until the transaction ends. Unknown ones are left out."""
    return {row[0]: LockedOrder(*row) for row in run(LOCK, [uuids(set(order_ids))])}


def steps_kept(order_ids: Collection[UUID], step: str) -> dict[UUID, StepKept]:
    """Give who took this step of each order, and when."""
    return {row[0]: StepKept(row[1], row[2], row[3]) for row in run(STEPS, [uuids(order_ids), step])}


def write_steps(made: Sequence[StepMade], step: str, *, now: datetime) -> None:
    """Bring the orders into the state that `step` names and add it to their history. Two statements."""
    ids = uuids([one.order.id for one in made])
    run(SET_STATE, [step, ids])
    run(WRITE_STEPS, [
        step, now, ids,
        uuids([one.order.brand_id for one in made]),
        uuids([one.by for one in made]),
        texts([one.reason[:200] for one in made]),
        uuids([one.request_id for one in made]),
    ])  # fmt: skip
