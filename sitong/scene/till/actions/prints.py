"""Keep how often a receipt was printed."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from sitong.scene.till.models import Sale, SaleState


def note_printed(sale_id: UUID) -> None:
    """Count one print of a sold sale's receipt; every later one says that it is a copy."""
    Sale.objects.filter(id=sale_id, state=SaleState.SOLD, prints__lt=32_000).update(prints=F("prints") + 1)
