"""What figures are made of: facts about orders, as `sources` reads them.

Ids of places, members and departments are text in here (hexadecimal, without dashes): they are parts of dictionary keys by
the million, and Python compares text far quicker than UUIDs.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID


class Sale(NamedTuple):
    """One paid order as the figures see it. `places` are the brand, the dealers above the store, and the store."""

    order_id: UUID
    brand_id: str
    places: tuple[str, ...]
    member_id: str | None
    on: date
    channel: str
    scene: str
    revenue_minor: int
    discount_minor: int


class Back(NamedTuple):
    """One return as the figures see it. `places` are those of the store that sold, `on` is the day on which it came back."""

    return_id: UUID
    brand_id: str
    places: tuple[str, ...]
    on: date
    channel: str
    scene: str
    refund_minor: int


class Part(NamedTuple):
    """What one department has of one order, or of one return (then `order_id` is the return's)."""

    order_id: UUID
    department_id: str
    revenue_minor: int
    items: int
