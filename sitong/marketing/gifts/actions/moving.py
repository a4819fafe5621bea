"""Gifts move along with a member who is joined with another."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from sitong.marketing.gifts.models import GiftClaim


def move_gifts(absorbed_id: UUID, *, to: UUID) -> list[UUID]:
    """Put all gifts of one member into another's hands; gives which. Redemptions stay with their claims."""
    with transaction.atomic():
        rows = GiftClaim.objects.select_for_update(no_key=True).filter(member_id=absorbed_id).order_by("id")
        ids = [row.id for row in rows.only("id")]
        GiftClaim.objects.filter(id__in=ids).update(member_id=to)
    return ids


def move_gifts_back(claim_ids: Sequence[UUID], *, of: UUID, to: UUID) -> None:
    """Give these gifts back; those that are not in the first one's hands any more are left out."""
    with transaction.atomic():
        rows = GiftClaim.objects.select_for_update(no_key=True).filter(id__in=claim_ids, member_id=of).order_by("id")
        GiftClaim.objects.filter(id__in=[row.id for row in rows.only("id")]).update(member_id=to)
