"""What others may hear of orders. Lines are read by order id where they are needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@dataclass(frozen=True, slots=True)
class OrderHappening(Happening):
    """The facts that every event of an order carries. `placed_on` is the business date in the store's zone."""

    order_id: UUID
    store_id: UUID
    member_id: UUID | None
    channel: str
    scene: str
    total_minor: int
    placed_on: date
    number: str = ""


@happening
@dataclass(frozen=True, slots=True)
class OrderPlaced(OrderHappening):
    name: ClassVar[str] = "scene.order_placed"


@happening
@dataclass(frozen=True, slots=True)
class OrderPaid(OrderHappening):
    name: ClassVar[str] = "scene.order_paid"


@happening
@dataclass(frozen=True, slots=True)
class OrderHandedOver(OrderHappening):
    name: ClassVar[str] = "scene.order_handed_over"


@happening
@dataclass(frozen=True, slots=True)
class OrderCanceled(OrderHappening):
    """`was_paid` 1: money goes back, so figures take the order out again; 0: it was never paid."""

    name: ClassVar[str] = "scene.order_canceled"
    was_paid: int = 0


@happening
@dataclass(frozen=True, slots=True)
class OrderExpired(OrderHappening):
    name: ClassVar[str] = "scene.order_expired"


@happening
@dataclass(frozen=True, slots=True)
class GoodsReturned(Happening):
    """Goods of an order came back: at `store_id`, sold by `sold_store_id`, in business dates of each.

    `refund_minor` is what they had cost, `points` those spent on them that went back, `lines` how many lines were touched,
    `whole` 1: nothing of the order is left with the member. The lines stand in the return and, added up, in the order's.
    """

    name: ClassVar[str] = "scene.goods_returned"
    return_id: UUID
    order_id: UUID
    store_id: UUID
    sold_store_id: UUID
    entity_id_received: UUID | None
    entity_id_sold: UUID | None
    member_id: UUID | None
    channel: str
    scene: str
    refund_minor: int
    points: int
    lines: int
    whole: int
    placed_on: date
    returned_on: date
    number: str = ""
    exchange_order_id: UUID | None = None


@happening
@dataclass(frozen=True, slots=True)
class OrdersImported(Happening):
    """Paid orders from elsewhere were brought in together, in one bounded piece; their ids lie in [first_id, last_id]."""

    name: ClassVar[str] = "scene.orders_imported"
    source: str
    first_id: UUID
    last_id: UUID
    count: int
