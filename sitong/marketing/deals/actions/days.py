"""Draw the days of a two-step draw once their lists are closed, publish them, and give the prizes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sitong.marketing.deals.actions.prizes import give_prizes
from sitong.marketing.deals.actions.tickets import LOCK_DRAWS
from sitong.marketing.deals.events import DealDayDrawn
from sitong.marketing.deals.models import DealDay, DealDraw, DealTicket, GroupDeal
from sitong.marketing.deals.proof import day_written
from sitong.shared.events.actions import announce
from sitong.shared.proof.files import proof_read
from sitong.shared.statements import run, uuids

AT_ONCE = 50


def draw_due_days(*, now: datetime) -> int:
    """Draw all days whose list is closed, each in a transaction of its own and in their order. Gives how many were drawn.

    Those take part who claimed their ticket in a store before the day's closing time and have not won on an earlier day.
    """
    drawn = 0
    due = DealDay.objects.filter(drawn_at=None, closes_at__lte=now).order_by("closes_at", "day")
    for deal_id, day in list(due.values_list("deal_id", "day")[:AT_ONCE]):
        drawn += draw_day(deal_id, day, now=now)
    return drawn


def draw_day(deal_id: UUID, day: int, *, now: datetime) -> int:
    """Draw one day, if it is due, not drawn yet, and no earlier one is left. Gives 1 when it was. Locks the draw."""
    with transaction.atomic():
        run(LOCK_DRAWS, [uuids([deal_id])])
        days = list(DealDay.objects.filter(deal_id=deal_id).order_by("day"))
        row = next((one for one in days if one.day == day), None)
        if row is None or row.drawn_at is not None or row.closes_at > now:
            return 0
        if any(one.drawn_at is None for one in days if one.day < day):
            return 0
        deal, draw = GroupDeal.objects.get(id=deal_id), DealDraw.objects.get(deal_id=deal_id)
        taking = list(
            DealTicket.objects.filter(deal_id=deal_id, claimed_at__lt=row.closes_at, won_day=None).order_by(
                "claim_number"
            )
        )
        lines = {f"{one.claim_number} {one.code}": one for one in taking}
        written = day_written(
            _day_terms(deal, draw, row, days), seed=bytes.fromhex(row.seed), tickets=list(lines), winners_max=draw.winners_daily
        )  # fmt: skip
        winners = [lines[one] for one in proof_read(written)["winners"]]
        row.drawn_at, row.proof, row.tickets = now, written.decode(), len(lines)
        row.save(update_fields=["drawn_at", "proof", "tickets"])
        for ticket in winners:
            ticket.won_day = day
        DealTicket.objects.bulk_update(winners, ["won_day"])
        announce([DealDayDrawn(deal.brand_id, deal_id, day, len(lines), len(winners))], at=now)
        give_prizes(winners, draw, now=now)
        return 1


def _day_terms(deal: GroupDeal, draw: DealDraw, row: DealDay, days: list[DealDay]) -> dict[str, Any]:
    """Give what a day's file says beside seed, list and winners: what was published with the deal."""
    return {
        "deal": str(deal.id), "number": deal.number, "name": deal.name, "name_en": deal.name_en, "organizer": draw.organizer,
        "conditions": draw.conditions, "conditions_en": draw.conditions_en,
        "prize": {"name": draw.prize_name, "name_en": draw.prize_name_en, "value_minor": draw.prize_value_minor, "currency": deal.currency},
        "day": row.day, "days": draw.days, "on": row.on.isoformat(), "closes_at": row.closes_at.astimezone(UTC).isoformat(),
        "commitments": [one.commitment for one in days], "rule": "claimed in a store before closes_at, not drawn on an earlier day",
    }  # fmt: skip
