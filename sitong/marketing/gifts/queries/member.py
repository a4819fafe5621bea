"""A member's gifts as other words ask for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.marketing.gifts.models import GiftClaim, GiftRedemption
from sitong.marketing.gifts.queries.library import names_of_gifts

LATER_MAX = 200


def gifts_since(member_id: UUID, since: datetime, *, besides: Collection[UUID]) -> list[tuple[UUID, str, datetime]]:
    """Give the gifts that a member got after an instant: id, the gift's name, when."""
    rows = (
        GiftClaim.objects.filter(member_id=member_id, given_at__gt=since)
        .exclude(id__in=besides)
        .order_by("given_at", "id")
    )
    found = list(rows[:LATER_MAX])
    names = names_of_gifts({one.gift_id for one in found})
    return [(one.id, names[one.gift_id][0], one.given_at) for one in found]


def gifts_kept(member_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Give everything that is kept of members' gifts, the oldest first, as plain values."""
    rows = list(GiftClaim.objects.filter(member_id__in=member_ids).order_by("given_at", "id"))
    names = names_of_gifts({one.gift_id for one in rows})
    used = {
        (one.claim_id, one.turn): one for one in GiftRedemption.objects.filter(claim_id__in=[one.id for one in rows])
    }
    return [
        {
            "gift": names[one.gift_id][0], "code": one.code, "state": one.state, "source": one.source, "given_at": one.given_at,
            "valid_from": one.valid_from, "valid_until": one.valid_until,
            "redeemed_at": used[one.id, one.turn].at if (one.id, one.turn) in used else None,
        }
        for one in rows
    ]  # fmt: skip
