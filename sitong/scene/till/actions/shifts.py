"""Open and close shifts, put cash into a drawer and take it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.scene.channels.queries import shops
from sitong.scene.till.actions.registers import lock_registers
from sitong.scene.till.events import ShiftClosed
from sitong.scene.till.models import CashMove, Register, Sale, SaleState, Shift
from sitong.scene.till.queries import drawer_of
from sitong.scene.till.rules import count_fault, counted_minor
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce


class ShiftOpenAlready(Refused):
    """The register has an open shift: whose, and since when."""

    code = "scene.shift_open_already"


class ShiftIsClosed(Refused):
    """The register has no open shift, or this one was closed: open one first."""

    code = "scene.shift_closed"


class ShiftHasOpenSales(Refused):
    """Sales of the shift are still being paid: finish them or give them up first."""

    code = "scene.shift_has_open_sales"


class CountMalformed(Refused):
    """A count names a denomination that is none, or less than nothing of one."""

    code = "scene.count_malformed"


class CashNotThere(Refused):
    """More cash would be taken out than lies in the drawer."""

    code = "scene.cash_not_there"


@dataclass(frozen=True, slots=True)
class ShiftWanted:
    """A shift is to begin with so much counted cash. `id` was made by the till."""

    id: UUID
    register_id: UUID
    count: Mapping[str, int] = field(default_factory=dict)
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class ClosingWanted:
    """A shift is to end with this count of its drawer. The same `request_id` again gets the same answer."""

    request_id: UUID
    shift_id: UUID
    count: Mapping[str, int]
    note: str = ""
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class CashMoveWanted:
    """Cash is put in (positive) or taken out (negative) for a reason."""

    id: UUID
    shift_id: UUID
    amount_minor: int
    reason: str
    by: UUID | None = None


def open_shift(wanted: ShiftWanted, *, now: datetime) -> Shift:
    """Open a shift at a register with a counted float. The same id again gives the same shift.

    Refused: shared.not_found, scene.shift_open_already, scene.count_malformed. Locks the register.
    """
    if count_fault(wanted.count):
        raise CountMalformed()
    with transaction.atomic():
        register = _locked(wanted.register_id)
        if (before := Shift.objects.filter(id=wanted.id).first()) is not None:
            if before.register_id != register.id or before.float_count != dict(wanted.count):
                raise RepeatDiffers(id=wanted.id)
            return before
        if (there := Shift.objects.filter(register=register, closed_at=None).first()) is not None:
            raise ShiftOpenAlready(number=there.number, by=there.opened_by, at=there.opened_at.isoformat())
        register.last_shift += 1
        register.save(update_fields=["last_shift"])
        zone = shops([register.store_id])[register.store_id].zone
        return Shift.objects.create(
            id=wanted.id, brand_id=register.brand_id, store_id=register.store_id, register=register, number=register.last_shift,
            float_minor=counted_minor(wanted.count), float_count=dict(wanted.count), opened_by=wanted.by, opened_at=now,
            opened_on=business_date(now, zone),
        )  # fmt: skip


def close_shift(wanted: ClosingWanted, *, now: datetime) -> Shift:
    """Close a shift with the count of its drawer; expected cash and difference are kept with it.

    The register's lock lets no sale slip in between reckoning and closing. Refused: shared.not_found, scene.shift_closed,
    scene.shift_has_open_sales, scene.count_malformed.
    """
    if count_fault(wanted.count):
        raise CountMalformed()
    with transaction.atomic():
        shift = _locked_shift(wanted.shift_id)
        if shift.closed_at is not None:
            if shift.close_id == wanted.request_id and shift.closed_count == dict(wanted.count):
                return shift
            raise ShiftIsClosed(number=shift.number, by=shift.closed_by, at=shift.closed_at.isoformat())
        if paying := Sale.objects.filter(shift=shift, state=SaleState.PAYING).count():
            raise ShiftHasOpenSales(count=paying)
        shift.expected_minor = drawer_of([shift])[shift.id].expected_minor
        shift.counted_minor = counted_minor(wanted.count)
        shift.closed_at, shift.closed_by, shift.close_id = now, wanted.by, wanted.request_id
        shift.closed_count, shift.note = dict(wanted.count), wanted.note[:200]
        shift.save()
        difference = shift.counted_minor - shift.expected_minor
        record([AuditEntry("closed", "scene.shift", shift.id, shift.brand_id, wanted.by, {},
                           {"expected_minor": shift.expected_minor, "counted_minor": shift.counted_minor})], at=now)  # fmt: skip
        announce([
            ShiftClosed(shift.brand_id, shift.id, shift.store_id, shift.register_id, shift.expected_minor, difference)
        ], at=now)  # fmt: skip
        return shift


def move_cash(wanted: CashMoveWanted, *, now: datetime) -> CashMove:
    """Put cash into the drawer of an open shift or take it out. The same id again is the same move.

    Refused: shared.not_found, scene.shift_closed, scene.cash_not_there. Locks the register.
    """
    with transaction.atomic():
        shift = _locked_shift(wanted.shift_id)
        if (before := CashMove.objects.filter(id=wanted.id).first()) is not None:
            if (before.shift_id, before.amount_minor) != (shift.id, wanted.amount_minor):
                raise RepeatDiffers(id=wanted.id)
            return before
        if shift.closed_at is not None:
            raise ShiftIsClosed(number=shift.number, by=shift.closed_by, at=shift.closed_at.isoformat())
        there = drawer_of([shift])[shift.id].expected_minor
        if there + wanted.amount_minor < 0:
            raise CashNotThere(wanted_minor=-wanted.amount_minor, there_minor=there)
        return CashMove.objects.create(
            id=wanted.id, brand_id=shift.brand_id, shift=shift, amount_minor=wanted.amount_minor, reason=wanted.reason[:100],
            by=wanted.by, at=now,
        )  # fmt: skip


def _locked(register_id: UUID) -> Register:
    register = lock_registers([register_id]).get(register_id)
    if register is None or register.closed_at is not None:
        raise NotFound(what="register")
    return register


def _locked_shift(shift_id: UUID) -> Shift:
    """Lock the shift's register, then the shift: whoever hands cash out of its drawer holds the shift's row meanwhile."""
    register_id = Shift.objects.filter(id=shift_id).values_list("register_id", flat=True).first()
    if register_id is None:
        raise NotFound(what="shift")
    lock_registers([register_id])
    return Shift.objects.select_for_update(no_key=True).get(id=shift_id)
