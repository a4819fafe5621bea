"""Registers, open shifts and sales, made through the actions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.scene.cart.rules import LineWanted
from sitong.scene.till.actions.registers import RegisterWanted, set_up_registers
from sitong.scene.till.actions.sell import Sold, sell
from sitong.scene.till.actions.shifts import ShiftWanted, open_shift
from sitong.scene.till.models import Register, Shift
from sitong.scene.till.rules import SaleWanted, TenderWanted
from sitong.shared.ids import new_id
from tests.make.org import NOW, done
from tests.make.scene import Selling

FLOAT = {"10000": 2, "1000": 5, "100": 10}  # 260.00


def a_register(store: Any, *, name: str = "1 号收银台", now: datetime = NOW, **fields: Any) -> Register:
    wanted = RegisterWanted(new_id(), store.brand_id, store.id, name, **fields)
    return done(set_up_registers([wanted], by=None, now=now))


def an_open_shift(
    register: Register, *, count: dict[str, int] | None = None, by: UUID | None = None, now: datetime = NOW
) -> Shift:
    return open_shift(ShiftWanted(new_id(), register.id, FLOAT if count is None else count, by), now=now)


def a_working_register(store: Any, *, now: datetime = NOW, **fields: Any) -> Register:
    """A register with an open shift."""
    register = a_register(store, now=now, **fields)
    an_open_shift(register, now=now)
    return register


def cash(amount_minor: int, given_minor: int | None = None) -> TenderWanted:
    return TenderWanted("cash", amount_minor, given_minor)


def a_sale_wanted(
    selling: Selling, register: Register, lines: Sequence[tuple[int, int]], tenders: Sequence[TenderWanted], *,
    id: UUID | None = None, total_minor: int | None = None, member: Any = None, **fields: Any,
) -> SaleWanted:  # fmt: skip
    """A sale of (number of the goods, quantity); the total is what the tenders add up to unless it is given."""
    wanted = tuple(LineWanted(selling.goods[at].sku_id, quantity) for at, quantity in lines)
    total = sum(tender.amount_minor for tender in tenders) if total_minor is None else total_minor
    return SaleWanted(
        id or new_id(), register.brand_id, register.store_id, register.id, wanted, total, tuple(tenders),
        member.id if member else None, **fields,
    )  # fmt: skip


def a_sale(
    selling: Selling, register: Register, *lines: tuple[int, int], total_minor: int, now: datetime = NOW, **fields: Any
) -> Sold:
    """A sale paid in cash."""
    return done(sell([a_sale_wanted(selling, register, lines, [cash(total_minor)], **fields)], now=now))
