"""Reads of group deals: for whoever pays and gives, for members, for books."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from sitong.marketing.deals.models import DealDay, DealDraw, DealGroup, DealPlace, DealTicket, GroupDeal
from sitong.shared.access.viewer import Viewer

INSIDE = ("held", "paid", "given")
BOUGHT = ("paid", "given")


@dataclass(frozen=True, slots=True)
class DealFacts:
    """A deal as the words above need it."""

    id: UUID
    brand_id: UUID
    number: str
    name: str
    name_en: str
    coupon_id: UUID | None
    sku_id: UUID | None
    quantity: int
    price_minor: int
    currency: str
    people: int


@dataclass(frozen=True, slots=True)
class PlaceForBooks:
    """A place with what it was to get."""

    id: UUID
    state: str
    price_minor: int
    sku_id: UUID | None
    coupon_id: UUID | None


@dataclass(frozen=True, slots=True)
class DayView:
    """One day of a draw, as everybody may see it."""

    day: int
    on: object
    closes_at: datetime
    commitment: str
    drawn_at: datetime | None
    tickets: int
    winners: tuple[str, ...] = ()


def deals_of(deal_ids: Collection[UUID]) -> dict[UUID, DealFacts]:
    """Give the facts of deals by id."""
    if not deal_ids:
        return {}
    names = tuple(DealFacts.__dataclass_fields__)
    return {row[0]: DealFacts(*row) for row in GroupDeal.objects.filter(id__in=list(deal_ids)).values_list(*names)}


def places_owed(place_ids: Collection[UUID]) -> dict[UUID, int]:
    """Give how much of each place's money the place keeps: its price while it is paid for or given, else nothing."""
    rows = DealPlace.objects.filter(id__in=list(place_ids)).values_list("id", "state", "price_minor")
    return {key: price if state in BOUGHT else 0 for key, state, price in rows}


def places_for_books() -> list[PlaceForBooks]:
    """Give every place, for the books."""
    deals = {row[0]: row[1:] for row in GroupDeal.objects.values_list("id", "sku_id", "coupon_id")}
    rows = DealPlace.objects.values_list("id", "state", "price_minor", "deal_id")
    return [PlaceForBooks(key, state, price, *deals[deal_id]) for key, state, price, deal_id in rows]


def own_place(place_id: UUID, *, member_id: UUID) -> DealPlace | None:
    """Give a member's own place."""
    return DealPlace.objects.filter(id=place_id, member_id=member_id).first()


def own_ticket(place_id: UUID, *, member_id: UUID) -> DealTicket | None:
    """Give a member's own ticket."""
    return DealTicket.objects.filter(id=place_id, member_id=member_id).first()


def own_places(member_id: UUID, *, limit: int = 50) -> list[DealPlace]:
    """Give a member's places, the newest first."""
    return list(DealPlace.objects.filter(member_id=member_id).order_by("-joined_at")[:limit])


def own_tickets(member_id: UUID) -> dict[UUID, DealTicket]:
    """Give a member's tickets by their place."""
    return {row.id: row for row in DealTicket.objects.filter(member_id=member_id)}


def brand_deals(viewer: Viewer) -> QuerySet[GroupDeal]:
    """Give the deals of the viewer's brand."""
    return GroupDeal.objects.filter(brand_id=viewer.brand_id)  # type: ignore[misc]


def open_deals(brand_id: UUID, *, at: datetime, store_id: UUID | None = None) -> list[GroupDeal]:
    """Give the deals that run now, or whose draw does, in a store; the newest first."""
    drawing = DealDay.objects.filter(brand_id=brand_id, closes_at__gt=at).values("deal_id")
    running = Q(ends_at__gt=at) | Q(id__in=drawing)
    rows = GroupDeal.objects.filter(running, brand_id=brand_id, published_at__isnull=False, starts_at__lte=at)
    return [
        one
        for one in rows.order_by("-starts_at")
        if store_id is None or not one.store_ids or str(store_id) in one.store_ids
    ]


def draw_runs(deal_id: UUID, *, at: datetime) -> bool:
    """Tell whether days of the deal's draw are left."""
    return DealDay.objects.filter(deal_id=deal_id, closes_at__gt=at).exists()


def published_deal(brand_id: UUID, deal_id: UUID) -> GroupDeal | None:
    """Give a published deal of a brand."""
    return GroupDeal.objects.filter(brand_id=brand_id, id=deal_id, published_at__isnull=False).first()


def published_deal_by_number(brand_id: UUID, number: str) -> GroupDeal | None:
    """Give the published deal behind a link."""
    return GroupDeal.objects.filter(brand_id=brand_id, number=number, published_at__isnull=False).first()


def groups_open(deal_id: UUID, *, at: datetime, limit: int = 20) -> list[DealGroup]:
    """Give open groups of a deal, the fullest first."""
    rows = DealGroup.objects.filter(deal_id=deal_id, state="open", ends_at__gt=at).order_by("-taken", "opened_at")
    return list(rows[:limit])


def group_of(brand_id: UUID, group_id: UUID) -> DealGroup | None:
    """Give a group of a brand."""
    return DealGroup.objects.filter(brand_id=brand_id, id=group_id).first()


def groups_by_id(group_ids: Collection[UUID]) -> dict[UUID, DealGroup]:
    """Give groups by id."""
    return DealGroup.objects.in_bulk(list(group_ids))


def places_in(group_id: UUID, *, limit: int = 200) -> list[DealPlace]:
    """Give the places of a group that are taken, in order of joining."""
    rows = DealPlace.objects.filter(group_id=group_id, state__in=INSIDE if limit else BOUGHT).order_by(
        "joined_at", "id"
    )
    return list(rows[:limit])


def draw_of(deal_id: UUID) -> DealDraw | None:
    """Give the draw that follows a deal."""
    return DealDraw.objects.filter(deal_id=deal_id).first()


def draws_of(deal_ids: Collection[UUID]) -> dict[UUID, DealDraw]:
    """Give the draws of deals by deal."""
    return DealDraw.objects.in_bulk(list(deal_ids))


def days_of(deal_id: UUID) -> list[DayView]:
    """Give the days of a draw, each with its winners' tickets when it is drawn."""
    won: dict[int, list[str]] = {}
    rows = DealTicket.objects.filter(deal_id=deal_id, won_day__isnull=False).order_by("claim_number")
    for day, number, code in rows.values_list("won_day", "claim_number", "code"):
        won.setdefault(int(day or 0), []).append(f"{number} {code}")
    found = DealDay.objects.filter(deal_id=deal_id).order_by("day")
    values = found.values_list("day", "on", "closes_at", "commitment", "drawn_at", "tickets")
    return [DayView(*row, tuple(won.get(row[0], ()))) for row in values]


def day_proof(deal_id: UUID, day: int) -> str | None:
    """Give the file of a drawn day; None before it is drawn."""
    return (
        DealDay.objects.filter(deal_id=deal_id, day=day, drawn_at__isnull=False).values_list("proof", flat=True).first()
    )


def ticket_by_code(brand_id: UUID, code: str) -> DealTicket | None:
    """Give a ticket by its code."""
    return DealTicket.objects.filter(brand_id=brand_id, code=code).first()


def tickets_claimed_in(store_id: UUID, *, since: datetime, until: datetime) -> list[DealTicket]:
    """Give the tickets that were claimed in a store in a period, the newest first."""
    rows = DealTicket.objects.filter(claimed_store_id=store_id, claimed_at__gte=since, claimed_at__lt=until)
    return list(rows.order_by("-claimed_at"))


def places_kept(member_ids: Collection[UUID]) -> list[Mapping[str, Any]]:
    """Give every place that members took in groups, with its ticket, for whoever asks for all that is kept of them."""
    deals = {row.id: row for row in GroupDeal.objects.filter(id__in=DealPlace.objects.filter(member_id__in=list(member_ids)).values("deal_id"))}  # fmt: skip
    tickets = {row.id: row for row in DealTicket.objects.filter(member_id__in=list(member_ids))}
    kept: list[Mapping[str, Any]] = []
    for row in DealPlace.objects.filter(member_id__in=list(member_ids)).order_by("joined_at"):
        ticket = tickets.get(row.id)
        kept.append({
            "deal": deals[row.deal_id].name, "state": row.state, "price_minor": row.price_minor, "currency": deals[row.deal_id].currency,
            "joined_at": row.joined_at, "paid_at": row.paid_at, "source": row.source, "ticket": ticket.code if ticket else None,
            "ticket_claimed_at": ticket.claimed_at if ticket else None, "won_day": ticket.won_day if ticket else None,
        })  # fmt: skip
    return kept


def joined_since(member_id: UUID, since: datetime, *, besides: Collection[UUID]) -> list[tuple[UUID, datetime]]:
    """Give the places that a member took since an instant, but for those."""
    rows = DealPlace.objects.filter(member_id=member_id, joined_at__gte=since).exclude(id__in=list(besides))
    return list(rows.values_list("id", "joined_at"))


def deals_by_id(deal_ids: Collection[UUID]) -> dict[UUID, GroupDeal]:
    """Give deals by id."""
    return GroupDeal.objects.in_bulk(list(deal_ids))


def tickets_of_members(deal_id: UUID, member_ids: Collection[UUID]) -> list[DealTicket]:
    """Give the tickets of a draw that these members hold."""
    return list(DealTicket.objects.filter(deal_id=deal_id, member_id__in=list(member_ids)).order_by("drawn_at"))


def tickets_to_claim(member_id: UUID, *, at: datetime) -> list[tuple[DealTicket, GroupDeal]]:
    """Give a member's tickets that are not claimed yet and whose draw has a list that is not closed."""
    found = list(DealTicket.objects.filter(member_id=member_id, claimed_at=None).order_by("drawn_at"))
    running = {one.deal_id for one in found if draw_runs(one.deal_id, at=at)}
    deals = deals_by_id(running)
    return [(one, deals[one.deal_id]) for one in found if one.deal_id in running]


def tickets_won(deal_id: UUID) -> list[DealTicket]:
    """Give the tickets of a draw that have won, by day."""
    return list(DealTicket.objects.filter(deal_id=deal_id, won_day__isnull=False).order_by("won_day", "claim_number"))


def places_pending(member_ids: Collection[UUID]) -> bool:
    """Tell whether any of these members has a place in a group that has not ended yet."""
    return DealPlace.objects.filter(member_id__in=list(member_ids), state__in=["held", "paid"]).exists()
