"""Take cards back: what is left of the price goes back, exactly."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from sitong.member.cards.actions.books import CardMoney, move_money
from sitong.member.cards.actions.refused import CardAlreadyReturned
from sitong.member.cards.events import CardReturned
from sitong.member.cards.models import Card, CardForm, CardReturn
from sitong.member.cards.rules import CardNow, back_of
from sitong.org.brands.queries import brand_facts
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound
from sitong.shared.events.actions import announce
from sitong.shared.ids import new_id


def take_back_card(return_id: UUID, card_id: UUID, *, by: UUID | None, now: datetime) -> CardReturn:
    """Take a card back in the caller's transaction, which gives the refund to the member. The same id gives the first answer.

    Refused: shared.not_found, member.card_returned. Locks the card, then ledger accounts.
    """
    with transaction.atomic():
        card = Card.objects.select_for_update(no_key=True).filter(id=card_id).first()
        if card is None:
            raise NotFound(what="card")
        if (before := CardReturn.objects.filter(card_id=card_id).first()) is not None:
            if before.id == return_id:
                return before
            raise CardAlreadyReturned()
        back = back_of(card_now(card), _today(card, now))
        row = CardReturn(
            id=return_id, brand_id=card.brand_id, card=card, refund_minor=back.refund_minor, earned_minor=back.earned_minor,
            visits_left=back.visits_left, days_left=back.days_left, by=by, at=now,
        )  # fmt: skip
        row.save(force_insert=True)
        # What days have given to the seller so far may differ from what it has earned today: a card may come back whole.
        due = back.earned_minor - card.released_minor if card.form == CardForm.PERIOD else 0
        of = (card.id, card.brand_id, card.entity_id, card.currency)
        move_money(
            [
                CardMoney(return_id, *of, max(0, -due), "unearned", by),
                CardMoney(return_id, *of, max(0, due), "earned", by),
                CardMoney(return_id, *of, back.refund_minor, "paid_back", by),
            ],
            now=now,
        )
        card.returned_at = now
        if card.form == CardForm.PERIOD:
            card.released_minor = back.earned_minor
        card.save(update_fields=["returned_at", "released_minor"])
        after = {"refund_minor": back.refund_minor, "earned_minor": back.earned_minor}
        record([AuditEntry("returned", "member.card", card.id, card.brand_id, by, {}, after)], at=now)
        announce([CardReturned(card.brand_id, card.id, card.member_id, back.refund_minor)], at=now)
    return row


def release_days(*, now: datetime, piece: int = 500) -> int:
    """Let the days of periodic cards that have begun become the seller's, a piece in a transaction. Gives how many cards moved."""
    moved = 0
    for brand_id, zone in sorted((key, brand.zone) for key, brand in brand_facts(_brands()).items()):
        today = business_date(now, zone)
        while done := _release(brand_id, today, piece, now=now):
            moved += done
    return moved


def card_now(card: Card) -> CardNow:
    """Give a card's row as the rules see it."""
    return CardNow(
        card.form, card.price_minor, card.visits, card.gift_visits, card.used, card.bought_on, card.valid_from, card.valid_until,
        card.returned_at is not None,
    )  # fmt: skip


def _brands() -> list[UUID]:
    return list(
        Card.objects.filter(form=CardForm.PERIOD, returned_at=None).values_list("brand_id", flat=True).distinct()
    )


def _release(brand_id: UUID, today: date, piece: int, *, now: datetime) -> int:
    with transaction.atomic():
        open_cards = Card.objects.select_for_update(no_key=True, skip_locked=True).filter(
            brand_id=brand_id, form=CardForm.PERIOD, returned_at=None, valid_from__lte=today
        )
        due = [
            *open_cards.filter(released_on=None).order_by("id")[:piece],
            *open_cards.filter(released_on__lt=today).order_by("id")[:piece],
        ]
        rows = [row for row in due if row.released_minor < row.price_minor]
        money = []
        for row in due:
            earned = row.price_minor - back_of(card_now(row), today).refund_minor
            if earned > row.released_minor:
                money.append(
                    CardMoney(
                        new_id(),
                        row.id,
                        row.brand_id,
                        row.entity_id,
                        row.currency,
                        earned - row.released_minor,
                        "earned",
                    )
                )
                row.released_minor = earned
            row.released_on = today
        move_money(money, now=now)
        Card.objects.bulk_update(due, ["released_minor", "released_on"])
        return len(rows)


def _today(card: Card, now: datetime) -> date:
    return business_date(now, brand_facts([card.brand_id])[card.brand_id].zone)
