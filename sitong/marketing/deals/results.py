"""What deals have brought: groups, places, money, and who came to which store."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from sitong.marketing.deals.models import DealTicket
from sitong.shared.statements import run, uuids

GROUPS = """
SELECT deal_id, count(*), count(*) FILTER (WHERE state = 'open'), count(*) FILTER (WHERE state = 'complete'),
       count(*) FILTER (WHERE state = 'expired')
FROM marketing_dealgroup WHERE deal_id = ANY(%s::uuid[]) GROUP BY 1
"""
PLACES = """
SELECT deal_id, count(DISTINCT member_id), count(*) FILTER (WHERE paid_at IS NOT NULL),
       coalesce(sum(price_minor) FILTER (WHERE paid_at IS NOT NULL), 0),
       coalesce(sum(price_minor) FILTER (WHERE paid_at IS NOT NULL AND state NOT IN ('paid', 'given')), 0)
FROM marketing_dealplace WHERE deal_id = ANY(%s::uuid[]) GROUP BY 1
"""
TICKETS = """
SELECT deal_id, count(*), count(claimed_at), count(won_day), count(prize_given_at)
FROM marketing_dealticket WHERE deal_id = ANY(%s::uuid[]) GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class DealResults:
    """A deal in numbers. `refunded_minor` is what went or is going back of `paid_minor`."""

    groups: int = 0
    open: int = 0
    complete: int = 0
    expired: int = 0
    members: int = 0
    paid: int = 0
    paid_minor: int = 0
    refunded_minor: int = 0
    tickets: int = 0
    claimed: int = 0
    won: int = 0
    prizes_given: int = 0


def results_of(deal_ids: Collection[UUID]) -> dict[UUID, DealResults]:
    """Give the results of deals. Three statements."""
    ids = uuids(deal_ids)
    groups = {row[0]: row[1:] for row in run(GROUPS, [ids])}
    places = {row[0]: row[1:] for row in run(PLACES, [ids])}
    tickets = {row[0]: row[1:] for row in run(TICKETS, [ids])}
    none = (0, 0, 0, 0)
    return {
        key: DealResults(*map(int, (*groups.get(key, none), *places.get(key, none), *tickets.get(key, none)))) for key in deal_ids
    }  # fmt: skip


def claimed_by_store(deal_id: UUID) -> dict[UUID, int]:
    """Give how many tickets were claimed in each store, the most first."""
    rows = DealTicket.objects.filter(deal_id=deal_id, claimed_store_id__isnull=False).values_list("claimed_store_id")
    return {key: count for key, count in rows.annotate(n=Count("id")).order_by("-n") if key is not None}
