"""With which other legal entities a member is shared, as its consents say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.member.identity.models import MemberShare


def set_shares(brand_id: UUID, shares: Mapping[tuple[UUID, UUID], bool], *, now: datetime) -> None:
    """Open or close members to the staff of legal entities: (member, entity) → whether. Only consents decide that."""
    opened = [pair for pair, yes in shares.items() if yes]
    MemberShare.objects.bulk_create(
        [MemberShare(brand_id=brand_id, member_id=member, entity_id=entity, since=now) for member, entity in opened],
        ignore_conflicts=True,
    )
    for (member, entity), yes in shares.items():
        if not yes:
            MemberShare.objects.filter(member_id=member, entity_id=entity).delete()


def move_shares(member_id: UUID, *, to: UUID) -> list[UUID]:
    """Give another member this one's shares; where it has the same already, the row stays. Gives which moved."""
    with transaction.atomic():
        there = MemberShare.objects.filter(member_id=to).values("entity_id")
        rows = MemberShare.objects.filter(member_id=member_id).exclude(entity_id__in=there)
        ids = list(rows.select_for_update(no_key=True).order_by("id").values_list("id", flat=True))
        MemberShare.objects.filter(id__in=ids).update(member_id=to)
    return ids


def move_shares_back(share_ids: Sequence[UUID], *, of: UUID, to: UUID) -> None:
    """Give these shares of a member to another, as far as it still has them."""
    MemberShare.objects.filter(id__in=share_ids, member_id=of).update(member_id=to)
