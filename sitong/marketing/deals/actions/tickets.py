"""Tickets of a two-step draw: drawn online by who is in a complete group, claimed in a store by its closing time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.marketing.coupons.claiming import BASE32, PAIRS, READ_AS
from sitong.marketing.deals.events import DealTicketClaimed
from sitong.marketing.deals.models import DealDay, DealDraw, DealPlace, DealTicket, GroupDeal
from sitong.marketing.deals.rules import DealNotHere
from sitong.shared.errors import NotFound, Refused
from sitong.shared.events.actions import announce
from sitong.shared.statements import run, uuids

CODE_LENGTH = 11
LOCK_DRAWS = """
SELECT d.deal_id, d.claimed, d.claimed_digest FROM unnest(%s::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT * FROM marketing_dealdraw WHERE deal_id = w.id FOR NO KEY UPDATE) AS d
"""


class DealWithoutDraw(Refused):
    """No draw follows this deal."""

    code = "marketing.deal_without_draw"


class DealNotComplete(Refused):
    """Only who has got what a complete group paid for draws a ticket."""

    code = "marketing.deal_not_complete"


class DrawOver(Refused):
    """The list of the last day is closed."""

    code = "marketing.deal_draw_over"


class TicketUnknown(Refused):
    """There is no ticket with this code."""

    code = "marketing.deal_ticket_unknown"


class TicketNotYours(Refused):
    """The ticket is another member's."""

    code = "marketing.deal_ticket_not_yours"


@dataclass(frozen=True, slots=True)
class TicketWanted:
    """A member draws the ticket of its place. The same place has one ticket."""

    place_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class TicketClaimWanted:
    """A ticket is claimed in a store: scanned by a clerk (`by`), or by its member who scanned the counter's code (`member_id`)."""

    brand_id: UUID
    store_id: UUID
    code: str
    by: UUID | None = None
    member_id: UUID | None = None


def draw_tickets(wanted: Sequence[TicketWanted], *, now: datetime) -> list[DealTicket | Refused]:
    """Give sealed tickets to who is in complete groups; again gives the same ticket. What it wins nobody knows: it follows from
    a seed that is sealed and from a list that is not closed yet.

    Refused: shared.not_found (another's place), marketing.deal_without_draw, deal_not_complete, deal_draw_over.
    """
    with transaction.atomic():
        places = DealPlace.objects.in_bulk([one.place_id for one in wanted])
        deals = {one.deal_id for one in places.values()}
        last = _last_closing(deals)
        draws = set(DealDraw.objects.filter(deal_id__in=deals).values_list("deal_id", flat=True))
        there = DealTicket.objects.in_bulk(list(places))
        fresh: dict[UUID, DealTicket] = {}
        faults: dict[int, Refused] = {}
        for at, one in enumerate(wanted):
            place = places.get(one.place_id)
            if place is None or place.member_id != one.member_id:
                faults[at] = NotFound(what="place")
            elif place.id in there or place.id in fresh:
                continue
            elif place.deal_id not in draws:
                faults[at] = DealWithoutDraw()
            elif place.state != "given":
                faults[at] = DealNotComplete()
            elif last.get(place.deal_id, now) <= now:
                faults[at] = DrawOver()
            else:
                fresh[place.id] = DealTicket(
                    id=place.id, brand_id=place.brand_id, deal_id=place.deal_id, member_id=place.member_id, code=_make_code(), drawn_at=now
                )  # fmt: skip
        DealTicket.objects.bulk_create([fresh[key] for key in sorted(fresh)], ignore_conflicts=True)
        written = DealTicket.objects.in_bulk(list(places)) if fresh else there
        return [faults[at] if at in faults else written[one.place_id] for at, one in enumerate(wanted)]


def claim_tickets(wanted: Sequence[TicketClaimWanted], *, now: datetime) -> list[DealTicket | Refused]:
    """Claim tickets in a store, in order of arrival: each gets the next number of its draw's list. Again gives the first answer.

    Refused: marketing.deal_ticket_unknown, deal_ticket_not_yours, deal_not_here (the deal does not run in this store), deal_draw_over. Locks
    the draws, in which the numbers are counted.
    """
    with transaction.atomic():
        codes = [read_ticket_code(one.code) for one in wanted]
        deal_ids = {row.deal_id for row in DealTicket.objects.filter(code__in=codes)}
        draws = {row[0]: [row[1], row[2]] for row in run(LOCK_DRAWS, [uuids(sorted(deal_ids))])}
        tickets = {(row.brand_id, row.code): row for row in DealTicket.objects.filter(code__in=codes)}
        stores = {
            key: frozenset(ids) for key, ids in GroupDeal.objects.filter(id__in=deal_ids).values_list("id", "store_ids")
        }
        undrawn = set(DealDay.objects.filter(deal_id__in=deal_ids, drawn_at=None).values_list("deal_id", flat=True))
        last = _last_closing(deal_ids)
        outcomes: list[DealTicket | Refused] = []
        claimed: dict[UUID, DealTicket] = {}
        for one, code in zip(wanted, codes, strict=True):
            ticket = tickets.get((one.brand_id, code))
            if ticket is None:
                outcomes.append(TicketUnknown())
            elif one.member_id is not None and ticket.member_id != one.member_id:
                outcomes.append(TicketNotYours())
            elif ticket.claimed_at is not None:
                outcomes.append(ticket)
            elif stores[ticket.deal_id] and str(one.store_id) not in stores[ticket.deal_id]:
                outcomes.append(DealNotHere())
            elif ticket.deal_id not in undrawn or last[ticket.deal_id] <= now:
                outcomes.append(DrawOver())
            else:
                count = draws[ticket.deal_id]
                count[0] += 1
                count[1] = hashlib.sha256(f"{count[1]}{count[0]} {ticket.code}\n".encode()).hexdigest()
                ticket.claim_number, ticket.claimed_at = count[0], now
                ticket.claimed_store_id, ticket.claimed_by = one.store_id, one.by
                claimed[ticket.id] = ticket
                outcomes.append(ticket)
        _write_claims(claimed.values(), draws, now=now)
        return outcomes


def move_tickets(place_ids: Collection[UUID], *, to: UUID) -> None:
    """Put the tickets of places into another member's name."""
    DealTicket.objects.filter(id__in=list(place_ids)).update(member_id=to)


def read_ticket_code(typed: str) -> str:
    """Read a ticket's code as people type or scan it: small letters, spaces and dashes, O for 0, I and L for 1. '' when it is none."""
    code = typed.strip().upper()
    code = "T" + code[1:].translate(READ_AS) if code.startswith("T") else ""
    return code if len(code) == CODE_LENGTH and set(code[1:]) <= set(BASE32) else ""


def _make_code() -> str:
    bits = int.from_bytes(os.urandom(7), "big")
    return "T" + "".join(PAIRS[bits >> shift & 1023] for shift in (0, 10, 20, 30, 40))


def _last_closing(deal_ids: Collection[UUID]) -> dict[UUID, datetime]:
    rows = DealDay.objects.filter(deal_id__in=list(deal_ids)).values_list("deal_id", "closes_at").order_by("day")
    return dict(rows)


def _write_claims(
    claimed: Collection[DealTicket], draws: dict[UUID, list[object]], *, now: datetime
) -> None:  # fmt: skip
    if not claimed:
        return
    DealTicket.objects.bulk_update(claimed, ["claim_number", "claimed_at", "claimed_store_id", "claimed_by"])
    changed = {one.deal_id for one in claimed}
    DealDraw.objects.bulk_update(
        [DealDraw(deal_id=key, claimed=draws[key][0], claimed_digest=draws[key][1]) for key in sorted(changed)],  # type: ignore[misc]
        ["claimed", "claimed_digest"],
    )
    announce([
        DealTicketClaimed(one.brand_id, one.id, one.deal_id, one.member_id, one.claimed_store_id)  # type: ignore[arg-type]
        for one in claimed
    ], at=now)  # fmt: skip
