"""Give top-ups to another member."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from sitong.scene.topups.models import TopUpDocument


def move_topups(from_id: UUID, to_id: UUID, *, row_ids: Sequence[UUID] | None) -> list[UUID]:
    """Give one member's top-ups (these, or all) to another, and give their ids."""
    with transaction.atomic():
        rows = TopUpDocument.objects.select_for_update(no_key=True).filter(member_id=from_id)
        rows = rows if row_ids is None else rows.filter(id__in=list(row_ids))
        ids = list(rows.order_by("id").values_list("id", flat=True))
        TopUpDocument.objects.filter(id__in=ids).update(member_id=to_id)
        return ids
