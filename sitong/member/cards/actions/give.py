"""Give members the cards that they have paid for."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from sitong.member.cards.actions.books import CardMoney, move_money
from sitong.member.cards.actions.refused import CardKindClosed, CardPriceUnlawful
from sitong.member.cards.events import CardBought
from sitong.member.cards.models import Card, CardForm, CardKind
from sitong.member.cards.rules import BEARER_PRICE_MAX_MINOR, bearer_until, period_until
from sitong.member.identity.queries import MemberFacts, member_facts
from sitong.member.identity.rules import ALPHABET
from sitong.org.brands.queries import brand_facts
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce

CODE_LETTERS = 13


@dataclass(frozen=True, slots=True)
class CardWanted:
    """A card for a member; the money is there. `id` is the purchase's. `entity_id`: who owes what the card promises.

    `opened_at`: when the purchase was opened; an offer that was closed since still holds for it.
    """

    id: UUID
    brand_id: UUID
    member_id: UUID
    kind_id: UUID
    entity_id: UUID | None = None
    store_id: UUID | None = None
    by: UUID | None = None
    opened_at: datetime | None = None


def give_cards(wanted: Sequence[CardWanted], *, now: datetime) -> list[Card | Refused]:
    """Give cards that were paid, and owe them on the ledger. The same id is the same card.

    A visit card of a member known by phone has no end; of one who is not, after the offer's years. A periodic card begins
    today. Refused: shared.not_found, member.card_kind_closed, member.card_price_unlawful, shared.repeat_differs.
    """
    with transaction.atomic():
        kinds = CardKind.objects.in_bulk({one.kind_id for one in wanted})
        members = member_facts({one.member_id for one in wanted})
        zones = {key: brand.zone for key, brand in brand_facts({one.brand_id for one in wanted}).items()}
        earlier = Card.objects.in_bulk([one.id for one in wanted])
        outcomes: list[Card | Refused] = []
        fresh: list[Card] = []
        for one in wanted:
            if (before := earlier.get(one.id)) is not None:
                same = (before.member_id, before.kind_id) == (one.member_id, one.kind_id)
                outcomes.append(before if same else RepeatDiffers(id=one.id))
                continue
            fault = _fault(one, kinds, members, now)
            if fault is not None:
                outcomes.append(fault)
                continue
            today = business_date(now, zones[one.brand_id])
            card = earlier[one.id] = _card(one, kinds[one.kind_id], members[one.member_id], today, now)
            fresh.append(card)
            outcomes.append(card)
        Card.objects.bulk_create(fresh)
        move_money(
            [
                CardMoney(row.id, row.id, row.brand_id, row.entity_id, row.currency, row.price_minor, "taken", row.by)
                for row in fresh
            ],
            now=now,
        )
        announce(
            [
                CardBought(row.brand_id, row.id, row.kind_id, row.member_id, row.price_minor, row.store_id)
                for row in fresh
            ],
            at=now,
        )
    return outcomes


def look_at_cards(wanted: Sequence[CardWanted], *, now: datetime) -> list[Refused | None]:
    """Say what `give_cards` would refuse with now, without giving anything."""
    kinds: Mapping[UUID, CardKind] = CardKind.objects.in_bulk({one.kind_id for one in wanted})
    members = member_facts({one.member_id for one in wanted})
    return [_fault(one, kinds, members, now) for one in wanted]


def move_cards(from_id: UUID, *, to: UUID, card_ids: Collection[UUID] | None) -> list[UUID]:
    """Put cards into another member's name: all (None) or these. What is owed on them stays with the cards. Gives which."""
    with transaction.atomic():
        rows = Card.objects.select_for_update(no_key=True).filter(member_id=from_id)
        rows = rows if card_ids is None else rows.filter(id__in=list(card_ids))
        ids = [row.id for row in rows.order_by("id").only("id")]
        Card.objects.filter(id__in=ids).update(member_id=to)
        return ids


def _fault(
    one: CardWanted, kinds: Mapping[UUID, CardKind], members: Mapping[UUID, MemberFacts], now: datetime
) -> Refused | None:
    kind, member = kinds.get(one.kind_id), members.get(one.member_id)
    if kind is None or kind.brand_id != one.brand_id or member is None or member.brand_id != one.brand_id:
        return NotFound(what="card")
    if kind.closed_at is not None and kind.closed_at <= (one.opened_at or now):
        return CardKindClosed()
    if not member.phone and kind.price_minor > BEARER_PRICE_MAX_MINOR:
        return CardPriceUnlawful(most=BEARER_PRICE_MAX_MINOR // 100)
    return None


def _card(one: CardWanted, kind: CardKind, member: MemberFacts, today: date, now: datetime) -> Card:
    until = period_until(today, kind.months) if kind.form == CardForm.PERIOD else None
    if kind.form == CardForm.VISITS and not member.phone:
        until = bearer_until(today, kind.bearer_years)
    return Card(
        id=one.id, brand_id=one.brand_id, kind=kind, member_id=one.member_id, number=f"V{now:%y%m%d}{one.id.int % 10**8:08d}",
        code="V" + "".join(secrets.choice(ALPHABET) for _ in range(CODE_LETTERS)), form=kind.form, price_minor=kind.price_minor,
        currency=kind.currency, entity_id=one.entity_id, visits=kind.visits, gift_visits=kind.gift_visits, bought_on=today,
        valid_from=today, valid_until=until, store_id=one.store_id, by=one.by, bought_at=now,
    )  # fmt: skip
