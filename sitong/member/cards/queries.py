"""Ask for cards: on offer, a member's own, by the code that is shown, used in a store, owed by the brand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from sitong.member.cards.actions.back import card_now
from sitong.member.cards.actions.use import read_code
from sitong.member.cards.models import Card, CardKind, CardPerson, CardReturn, CardUse
from sitong.member.cards.rules import Back, back_of
from sitong.org.brands.queries import brand_facts
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class CardShown:
    """A card as people see it, with what would go back today."""

    card: Card
    kind: CardKind
    left: int
    days_left: int
    ended: bool
    back: Back
    people: tuple[CardPerson, ...]


@dataclass(frozen=True, slots=True)
class KindSold:
    """A card on offer or closed, and how many were sold, are in use, were given back."""

    kind: CardKind
    sold: int
    returned: int
    uses: int


def kinds_on_offer(brand_id: UUID, *, store_id: UUID | None = None) -> list[CardKind]:
    """Give the brand's cards on offer, in a store those that hold there, the cheapest first."""
    rows = CardKind.objects.filter(brand_id=brand_id, closed_at=None).order_by("price_minor", "id")
    return [row for row in rows if store_id is None or not row.store_ids or store_id in row.store_ids]


def kinds_sold(brand_id: UUID) -> list[KindSold]:
    """Give all cards of the brand, open ones first, with what became of them."""
    rows = CardKind.objects.filter(brand_id=brand_id).order_by("closed_at", "price_minor", "id")
    counted: dict[UUID, Any] = {
        row["kind_id"]: row
        for row in Card.objects.filter(brand_id=brand_id).values("kind_id").annotate(
            sold=Count("id"), returned=Count("id", filter=Q(returned_at__isnull=False)), used_in_all=Coalesce(Sum("used"), 0)
        )
    }  # fmt: skip
    none = {"sold": 0, "returned": 0, "used_in_all": 0}
    found = [
        KindSold(row, *(int(counted.get(row.id, none)[name]) for name in ("sold", "returned", "used_in_all")))
        for row in rows
    ]
    return sorted(found, key=lambda one: one.kind.closed_at is not None)


def cards_of(member_ids: Collection[UUID]) -> list[Card]:
    """Give the members' cards, the oldest first."""
    return list(Card.objects.filter(member_id__in=list(member_ids)).select_related("kind").order_by("bought_at", "id"))


def shown(cards: Collection[Card], *, now: datetime) -> list[CardShown]:
    """Give cards as people see them now."""
    zones = {key: brand.zone for key, brand in brand_facts({one.brand_id for one in cards}).items()}
    people: dict[UUID, list[CardPerson]] = {}
    for person in CardPerson.objects.filter(card_id__in=[one.id for one in cards], removed_at=None).order_by(
        "added_at"
    ):
        people.setdefault(person.card_id, []).append(person)
    return [_shown(one, business_date(now, zones[one.brand_id]), tuple(people.get(one.id, ()))) for one in cards]


def card_of(card_id: UUID, *, brand_id: UUID | None, member_id: UUID | None = None) -> Card:
    """Give one card of the brand, and of the member when one is named. Raises shared.not_found."""
    rows = Card.objects.filter(id=card_id).select_related("kind")
    row = (rows.filter(member_id=member_id) if member_id else rows).first()
    if row is None or row.brand_id != brand_id:
        raise NotFound(what="card")
    return row


def card_by_code(brand_id: UUID, typed: str) -> Card | None:
    """Give the card whose code is shown."""
    code = read_code(typed)
    return Card.objects.filter(brand_id=brand_id, code=code).select_related("kind").first() if code else None


def uses_of(card_id: UUID, *, limit: int = 50) -> list[CardUse]:
    """Give a card's uses, the latest first, with who it was."""
    return list(CardUse.objects.filter(card_id=card_id).select_related("person").order_by("-visit")[:limit])


def used_in(store_id: UUID, *, since: datetime, limit: int = 50) -> list[CardUse]:
    """Give what was used in a store since then, the latest first."""
    found = CardUse.objects.filter(store_id=store_id, at__gte=since).select_related("card__kind", "person")
    return list(found.order_by("-at")[:limit])


def cards_visible_to(viewer: Viewer) -> QuerySet[Card]:
    """Give the brand's cards to its staff at headquarters."""
    if viewer.system != "brand" or not viewer.may("member.see"):
        return Card.objects.none()
    return Card.objects.filter(Q(brand_id=viewer.brand_id))


def owed_minor(brand_id: UUID) -> dict[str, int]:
    """Give what the brand's cards took, earned, gave back and still owe, as `check_books` holds it against the ledger."""
    cards = Card.objects.filter(brand_id=brand_id).aggregate(taken=Sum("price_minor"), days=Sum("released_minor"))
    uses = CardUse.objects.filter(brand_id=brand_id).aggregate(value=Sum("value_minor"))["value"] or 0
    back = CardReturn.objects.filter(brand_id=brand_id).aggregate(back=Sum("refund_minor"))["back"] or 0
    taken, earned = cards["taken"] or 0, uses + (cards["days"] or 0)
    return {"taken": taken, "earned": earned, "paid_back": back, "owed": taken - earned - back}


def still_owing(member_ids: Collection[UUID], *, now: datetime) -> bool:
    """Tell whether something is still owed on a card of these members."""
    return any(
        one.card.returned_at is None
        and not one.ended
        and (one.left > 0 if one.card.form == "visits" else one.days_left > 0)
        for one in shown(cards_of(member_ids), now=now)
    )


def _shown(card: Card, today: date, people: tuple[CardPerson, ...]) -> CardShown:
    facts = card_now(card)
    back = back_of(facts, today)
    ended = card.valid_until is not None and today > card.valid_until
    return CardShown(card, card.kind, facts.visits_left, back.days_left, ended, back, people)


def kind_facts(kind_ids: Collection[UUID]) -> dict[UUID, CardKind]:
    """Give offers by id, open or closed."""
    return CardKind.objects.in_bulk(list(kind_ids))


def refunds_of(card_ids: Collection[UUID]) -> dict[UUID, int]:
    """Give what went back of each of these cards, 0 for one that is held; cards that are not there are left out."""
    rows = Card.objects.filter(id__in=list(card_ids)).values_list("id", "back__refund_minor")
    return {key: refund or 0 for key, refund in rows}
