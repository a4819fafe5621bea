"""What is given of cards to a member who asks; a card that still owes something must be given back before the member is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.cards.actions import forget_people
from sitong.member.cards.queries import cards_of, still_owing
from sitong.member.identity.giving import Rows, erases_of_member, gives_of_member
from sitong.shared.errors import Refused


class CardsNotEmpty(Refused):
    """A card of the member's own still holds visits or days; it must be given back before nobody can claim it any more."""

    code = "member.cards_not_empty"


@gives_of_member("cards")
def give_cards_of(member_ids: Sequence[UUID]) -> Rows:
    """Every card, with its uses and the people who may use it."""
    return [
        {
            "number": one.number, "name": one.kind.name, "price_minor": one.price_minor, "currency": one.currency, "bought_at": one.bought_at,
            "valid_until": one.valid_until, "returned_at": one.returned_at, "uses": [use.at for use in one.uses.order_by("visit")],
            "people": [person.name for person in one.people.order_by("added_at")],
        }
        for one in cards_of(member_ids)
    ]  # fmt: skip


@erases_of_member("cards")
def erase(member_ids: Sequence[UUID], *, now: datetime) -> int:
    """The names of the family go. Refused while something is owed on a card: member.cards_not_empty."""
    if still_owing(member_ids, now=now):
        raise CardsNotEmpty()
    return forget_people(member_ids)
