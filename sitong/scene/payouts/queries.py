"""Reads of payouts: what is to be sent, what a member has, what the desk sees."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, Sum

from sitong.scene.payouts.models import Payout, PayoutState

SEND_AGAIN_AFTER = timedelta(seconds=60)
PIECE = 100


def payouts_waiting(member_ids: Sequence[UUID] | None, *, limit: int = 1_000) -> dict[UUID, list[Payout]]:
    """Give waiting payouts by brand, the oldest first."""
    rows = Payout.objects.filter(state=PayoutState.WAITING)
    rows = rows if member_ids is None else rows.filter(member_id__in=list(member_ids))
    found: dict[UUID, list[Payout]] = {}
    for row in rows.order_by("due_at", "id")[:limit]:
        found.setdefault(row.brand_id, []).append(row)
    return found


def payouts_ready(*, now: datetime) -> list[Payout]:
    """Give payouts to be sent: never asked for, or asked for a while ago without an answer that holds."""
    due = Payout.objects.filter(state=PayoutState.READY).filter(
        Q(asked_at=None) | Q(asked_at__lte=now - SEND_AGAIN_AFTER)
    )
    return list(due.order_by("asked_at", "due_at")[:PIECE])


def payouts_offered(*, now: datetime, since: timedelta) -> list[Payout]:
    """Give payouts that wait for their member and about which nobody has asked for a while."""
    rows = Payout.objects.filter(state=PayoutState.OFFERED).filter(Q(asked_at=None) | Q(asked_at__lte=now - since))
    return list(rows.order_by("asked_at")[:PIECE])


def payouts_of(member_ids: Collection[UUID], *, limit: int = 100) -> list[Payout]:
    """Give members' payouts, the latest first."""
    return list(Payout.objects.filter(member_id__in=list(member_ids)).order_by("-due_at", "-id")[:limit])


def payout_of(member_id: UUID, payout_id: UUID) -> Payout | None:
    """Give one of a member's own payouts."""
    return Payout.objects.filter(member_id=member_id, id=payout_id).first()


def payouts_of_brand(brand_id: UUID, *, state: str = "") -> Any:
    """Give a brand's payouts (of one state), the latest first."""
    rows = Payout.objects.filter(brand_id=brand_id)
    return (rows.filter(state=state) if state else rows).order_by("-due_at", "-id")


def payout_totals(brand_id: UUID) -> dict[str, tuple[int, int]]:
    """Give how many payouts a brand has in each state, and their sum in minor units. One statement."""
    rows = Payout.objects.filter(brand_id=brand_id).values_list("state").annotate(Count("id"), Sum("amount_minor"))
    return {state: (count, int(minor)) for state, count, minor in rows}
