"""What linking knows of a member goes when the member is erased."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from sitong.member.linking.models import LinkDecision, LinkedRecord, LinkPair


def erase_linked(member_ids: Collection[UUID]) -> int:
    """Delete pairs, decisions and outcomes about members for good: hashes and reasons of a person. Gives how many rows."""
    of = Q(member_id__in=member_ids)
    gone = LinkDecision.objects.filter(of | Q(other_id__in=member_ids)).delete()[0]
    gone += LinkPair.objects.filter(of | Q(other_id__in=member_ids)).delete()[0]
    return gone + LinkedRecord.objects.filter(of).delete()[0]
