"""Give the winners their prizes: at once, and again where something stood in the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.marketing.deals.models import DealDraw, DealTicket
from sitong.marketing.giving.actions import RewardDue, give_rewards
from sitong.marketing.giving.rules import reward_read
from sitong.shared.errors import Refused

PRIZE = UUID("0d6a8f1e-5b2c-5c43-9a77-3f1f0a5f6d18")
"""Name space of prizes: a ticket's prize is given once."""
PIECE = 100


def give_prizes(winners: Sequence[DealTicket], draw: DealDraw, *, now: datetime) -> None:
    """Give each winner the draw's prize. What cannot be given stays owed, with the reason, and is tried again."""
    if not winners:
        return
    with transaction.atomic():
        prize = reward_read(draw.prize)
        due = [
            RewardDue(uuid5(PRIZE, str(one.id)), one.brand_id, one.member_id, prize, f"deal:{draw.deal_id}", one.claimed_store_id)
            for one in winners
        ]  # fmt: skip
        for ticket, told in zip(winners, give_rewards(due, now=now), strict=True):
            if isinstance(told, Refused):
                ticket.prize_given_at, ticket.prize_refused = None, told.code
            else:
                ticket.prize_given_at, ticket.prize_refused = now, ""
        DealTicket.objects.bulk_update(winners, ["prize_given_at", "prize_refused"])


def give_refused_prizes(*, now: datetime) -> int:
    """Try again to give what winners were not given yet, up to 100. Gives how many have it now."""
    given = 0
    owed = DealTicket.objects.filter(won_day__isnull=False, prize_given_at=None).order_by("id")
    for ticket in list(owed[:PIECE]):
        give_prizes([ticket], DealDraw.objects.get(deal_id=ticket.deal_id), now=now)
        given += ticket.prize_given_at is not None
    return given
