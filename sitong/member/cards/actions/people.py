"""Who of the family may use a card; and telling owners that a card will end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from sitong.member.cards.actions.refused import CardAlreadyReturned, CardPeopleTooMany
from sitong.member.cards.events import CardEnding
from sitong.member.cards.models import Card, CardPerson
from sitong.member.cards.rules import NAME_MAX
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.events.actions import announce

NOTICE_DAYS = 7
PIECE = 1_000


def name_person(person_id: UUID, card_id: UUID, *, name: str, by: UUID | None, now: datetime) -> CardPerson:
    """Let somebody of the family use a card that may be shared. The same id is the same person.

    Refused: shared.not_found, member.card_people_too_many, member.card_returned, shared.repeat_differs.
    """
    name = name.strip()[:NAME_MAX]
    with transaction.atomic():
        card = Card.objects.select_for_update(no_key=True).filter(id=card_id).first()
        if card is None:
            raise NotFound(what="card")
        if (before := CardPerson.objects.filter(id=person_id).first()) is not None:
            if (before.card_id, before.name) != (card.id, name):
                raise RepeatDiffers(id=person_id)
            return before
        if card.returned_at:
            raise CardAlreadyReturned()
        most = card.kind.family_max
        if not name or CardPerson.objects.filter(card_id=card.id, removed_at=None).count() >= most:
            raise CardPeopleTooMany(most=most)
        person = CardPerson(id=person_id, brand_id=card.brand_id, card=card, name=name, by=by, added_at=now)
        person.save(force_insert=True)
        return person


def take_off_person(person_id: UUID, card_id: UUID, *, now: datetime) -> None:
    """Let somebody use a card no more; what that person used stays. Again changes nothing. Refused: shared.not_found."""
    with transaction.atomic():
        person = CardPerson.objects.select_for_update(no_key=True).filter(id=person_id, card_id=card_id).first()
        if person is None:
            raise NotFound(what="person")
        if person.removed_at is None:
            person.removed_at = now
            person.save(update_fields=["removed_at"])


def tell_of_card_endings(*, now: datetime) -> int:
    """Announce once for each card that it will end within seven days. Gives how many."""
    with transaction.atomic():
        today = now.date()
        due = Card.objects.select_for_update(no_key=True, skip_locked=True).filter(
            returned_at=None, noticed_at=None, valid_until__range=(today, today + timedelta(days=NOTICE_DAYS))
        )
        rows = list(due.order_by("id")[:PIECE])
        Card.objects.filter(id__in=[row.id for row in rows]).update(noticed_at=now)
        announce(
            [CardEnding(row.brand_id, row.id, row.member_id, row.valid_until) for row in rows if row.valid_until],
            at=now,
        )
    return len(rows)


def forget_people(member_ids: Sequence[UUID]) -> int:
    """Take away the names of the people who may use these members' cards. Gives how many."""
    return CardPerson.objects.filter(card__member_id__in=list(member_ids)).exclude(name="").update(name="")
