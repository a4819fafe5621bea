"""For how long a brand takes goods back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.scene.returns.models import ReturnPolicy
from sitong.scene.returns.queries import window_days_of
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import Refused

WINDOW_DAYS_LEAST, WINDOW_DAYS_MOST = 7, 365


class ReturnWindowWrong(Refused):
    """The law grants seven days for what is sold at a distance, so no brand may grant less; a year is the most."""

    code = "scene.return_window_wrong"


def set_return_window(brand_id: UUID, window_days: int, *, by: UUID | None, now: datetime) -> int:
    """Set for how many days after handing over goods are taken back, from now on also for orders that are out. Leaves who."""
    if not WINDOW_DAYS_LEAST <= window_days <= WINDOW_DAYS_MOST:
        raise ReturnWindowWrong(least=WINDOW_DAYS_LEAST, most=WINDOW_DAYS_MOST)
    with transaction.atomic():
        before = window_days_of(brand_id)
        ReturnPolicy.objects.update_or_create(
            brand_id=brand_id, defaults={"window_days": window_days, "changed_at": now, "changed_by": by}
        )
        record([
            AuditEntry("changed", "scene.return_window", brand_id, brand_id, by, {"window_days": before}, {"window_days": window_days})
        ], at=now)  # fmt: skip
    return window_days
