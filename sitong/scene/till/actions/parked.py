"""Put a basket aside and fetch it at any register of the store, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sitong.scene.till.models import ParkedSale, Register
from sitong.shared.errors import NotFound, Refused, RepeatDiffers


class FetchedAlready(Refused):
    """Somebody else has fetched the parked sale before."""

    code = "scene.parked_fetched_already"


@dataclass(frozen=True, slots=True)
class ParkWanted:
    """A basket to be put aside. `id` was made by the till; `content` is read by the till's page alone."""

    id: UUID
    register_id: UUID
    content: Mapping[str, Any]
    label: str = ""
    by: UUID | None = None


def park_sale(wanted: ParkWanted, *, now: datetime) -> ParkedSale:
    """Put a basket aside; nothing is held or promised. The same id again gives the same. Refused: shared.not_found."""
    register = Register.objects.filter(id=wanted.register_id, closed_at=None).first()
    if register is None:
        raise NotFound(what="register")
    row, fresh = ParkedSale.objects.get_or_create(id=wanted.id, defaults={
        "brand_id": register.brand_id, "store_id": register.store_id, "register": register, "label": wanted.label[:40],
        "content": dict(wanted.content), "by": wanted.by, "parked_at": now,
    })  # fmt: skip
    if not fresh and (row.register_id != register.id or row.content != dict(wanted.content)):
        raise RepeatDiffers(id=wanted.id)
    return row


def fetch_parked(parked_id: UUID, *, request_id: UUID, by: UUID | None, now: datetime) -> ParkedSale:
    """Give a parked basket to one register; the same request again gets it again, another is refused.

    Refused: shared.not_found, scene.parked_fetched_already.
    """
    with transaction.atomic():
        row = ParkedSale.objects.select_for_update(no_key=True).filter(id=parked_id).first()
        if row is None:
            raise NotFound(what="parked sale")
        if row.fetched_at is not None and row.fetch_id != request_id:
            raise FetchedAlready(by=row.fetched_by, at=row.fetched_at.isoformat())
        if row.fetched_at is None:
            row.fetched_at, row.fetched_by, row.fetch_id = now, by, request_id
            row.save(update_fields=["fetched_at", "fetched_by", "fetch_id"])
        return row
