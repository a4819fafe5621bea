"""With which other legal entities a member is shared, as its consents say."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sitong.member.identity.models import MemberShare


def set_shares(brand_id: UUID, member_id: UUID, *, entity_ids: Collection[UUID], now: datetime) -> list[UUID]:
    """Open a member to the staff of just these legal entities. Only consents decide which. Gives the rows that changed."""
    there = dict(MemberShare.objects.filter(member_id=member_id).values_list("entity_id", "id"))
    gone = [id for entity_id, id in there.items() if entity_id not in entity_ids]
    MemberShare.objects.filter(id__in=gone).delete()
    fresh = MemberShare.objects.bulk_create(
        [
            MemberShare(brand_id=brand_id, member_id=member_id, entity_id=entity_id, since=now)
            for entity_id in sorted(set(entity_ids) - set(there))
        ],
        ignore_conflicts=True,
    )
    return [*gone, *(one.id for one in fresh)]
