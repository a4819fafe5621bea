"""What is forgotten in time: codes that have run out, limits that have filled up again."""

from __future__ import annotations

from datetime import datetime

from sitong.shared.access.actions.codes import forget_codes
from sitong.shared.access.actions.limits import forget_full_buckets
from sitong.shared.events.periodic import every


@every(3_600, "org.forget_codes")
def forget_old_codes(now: datetime) -> None:
    """Delete sign-in codes a day after they ran out."""
    forget_codes(now=now)


@every(600, "org.forget_limits")
def forget_full_limits(now: datetime) -> None:
    """Delete the limits' rows that say no more than none."""
    forget_full_buckets(now=now)
