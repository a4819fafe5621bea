"""Set up a store's registers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from sitong.scene.channels.queries import Shop, shops
from sitong.scene.till.models import Register, Shift
from sitong.shared.access.audit import AuditEntry, differing, record
from sitong.shared.errors import NotFound, Refused
from sitong.shared.statements import run, uuids

LOCK = "SELECT id FROM scene_register WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE"


class RegisterNameTaken(Refused):
    """Another open register of the store has this name."""

    code = "scene.register_name_taken"


class RegisterInUse(Refused):
    """A shift is open at the register: close it first."""

    code = "scene.register_in_use"


@dataclass(frozen=True, slots=True)
class RegisterWanted:
    """A register to be set up, or to be changed to this. The same id with the same facts is the same register."""

    id: UUID
    brand_id: UUID
    store_id: UUID
    name: str
    paper_mm: int = 80
    drawer: bool = True
    printer_address: str = ""
    scale_address: str = ""


FACTS = ("name", "paper_mm", "drawer", "printer_address", "scale_address")


def lock_registers(register_ids: Sequence[UUID]) -> dict[UUID, Register]:
    """Lock registers in the order of their ids until the transaction ends, and give them as they are then."""
    run(LOCK, [uuids(set(register_ids))])
    return {one.id: one for one in Register.objects.filter(id__in=set(register_ids))}


def set_up_registers(wanted: Sequence[RegisterWanted], *, by: UUID | None, now: datetime) -> list[Register | Refused]:
    """Set up registers, or change those that are there under the same id, each in its own store.

    Refused: shared.not_found (no such store of the brand, another store's register), scene.register_name_taken.
    """
    with transaction.atomic():
        there = lock_registers([one.id for one in wanted])
        known = shops({one.store_id for one in wanted})
        return [_set_up(one, there.get(one.id), known, by=by, now=now) for one in wanted]


def _set_up(
    one: RegisterWanted, before: Register | None, known: Mapping[UUID, Shop], *, by: UUID | None, now: datetime
) -> Register | Refused:
    shop = known.get(one.store_id)
    if shop is None or shop.closed or shop.brand_id != one.brand_id:
        return NotFound(what="store")
    if before is not None and (before.store_id != one.store_id or before.closed_at is not None):
        return NotFound(what="register")
    same_name = Register.objects.filter(store_id=one.store_id, name=one.name, closed_at=None).exclude(id=one.id)
    if same_name.exists():
        return RegisterNameTaken(name=one.name)
    facts = {name: getattr(one, name) for name in FACTS}
    old = {name: getattr(before, name) for name in FACTS} if before else {}
    if before is not None and old == facts:
        return before
    row = before or Register(id=one.id, brand_id=one.brand_id, store_id=one.store_id, opened_at=now)
    for name, value in facts.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # the id is another brand's register, which the wall hides
        return NotFound(what="register")
    verb = "changed" if before else "opened"
    record([AuditEntry(verb, "scene.register", row.id, row.brand_id, by, *differing(old, facts))], at=now)
    return row


def close_register(register_id: UUID, *, by: UUID | None, now: datetime) -> Register:
    """Take a register away; its sales and shifts stay. Again it changes nothing. Refused: scene.register_in_use."""
    with transaction.atomic():
        row = lock_registers([register_id]).get(register_id)
        if row is None:
            raise NotFound(what="register")
        if row.closed_at is not None:
            return row
        if Shift.objects.filter(register_id=register_id, closed_at=None).exists():
            raise RegisterInUse(name=row.name)
        row.closed_at = now
        row.save(update_fields=["closed_at"])
        record([AuditEntry("closed", "scene.register", row.id, row.brand_id, by)], at=now)
        return row
