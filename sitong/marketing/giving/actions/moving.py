"""Rewards move along with a member who is joined with another."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from sitong.marketing.giving.models import CashDue, Chances, RewardGiven

TABLES = (RewardGiven, Chances, CashDue)
"""All three go by the reward's id."""


def move_rewards(absorbed_id: UUID, *, to: UUID) -> list[UUID]:
    """Put all that campaigns gave to one member, plays and money due with it, into another's name; gives which rewards."""
    with transaction.atomic():
        rows = RewardGiven.objects.select_for_update(no_key=True).filter(member_id=absorbed_id).order_by("id")
        ids = [row.id for row in rows.only("id")]
        _put(ids, absorbed_id, to)
    return ids


def move_rewards_back(reward_ids: Sequence[UUID], *, of: UUID, to: UUID) -> None:
    """Give these rewards back; those that are not in the first one's name any more are left out."""
    with transaction.atomic():
        rows = RewardGiven.objects.select_for_update(no_key=True).filter(id__in=reward_ids, member_id=of).order_by("id")
        _put([row.id for row in rows.only("id")], of, to)


def _put(ids: Sequence[UUID], of: UUID, to: UUID) -> None:
    list(Chances.objects.select_for_update(no_key=True).filter(id__in=ids).order_by("id").only("id"))
    for table in TABLES:
        table.objects.filter(id__in=ids, member_id=of).update(member_id=to)
