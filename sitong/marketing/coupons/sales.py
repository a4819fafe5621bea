"""What orders with a coupon brought, and orders without it: told by the word above, which knows orders. Registered there."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Sales:
    """Paid orders and their totals: those that used one of the coupons, and the holders' other ones of the same time."""

    orders_with: int = 0
    total_with_minor: int = 0
    orders_without: int = 0
    total_without_minor: int = 0

    @property
    def basket_with_minor(self) -> int:
        """What an order with the coupon comes to."""
        return self.total_with_minor // self.orders_with if self.orders_with else 0

    @property
    def basket_without_minor(self) -> int:
        """What an order without it comes to."""
        return self.total_without_minor // self.orders_without if self.orders_without else 0


SalesReader = Callable[[Collection[UUID], Collection[UUID], datetime, datetime], Sales]
_readers: list[SalesReader] = []


def tells_sales(reader: SalesReader) -> SalesReader:
    """Register who tells sales: by the orders that used the coupons, the members that held them, and the period."""
    _readers[:] = [reader]
    return reader


def sales_of(order_ids: Collection[UUID], member_ids: Collection[UUID], *, since: datetime, until: datetime) -> Sales:
    """Give the sales with and without; nothing where nobody tells them."""
    return _readers[0](order_ids, member_ids, since, until) if _readers else Sales()
