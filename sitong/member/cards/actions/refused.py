"""What cards refuse."""

from __future__ import annotations

from sitong.shared.errors import Refused


class CardKindWrong(Refused):
    """An offer makes no sense, or the law forbids it: fact field."""

    code = "member.card_kind_wrong"


class CardPriceUnlawful(Refused):
    """A member who is not known by phone may not buy a prepaid card of this price: fact most (minor units)."""

    code = "member.card_price_unlawful"


class CardKindClosed(Refused):
    """The card is on offer no more."""

    code = "member.card_kind_closed"


class CardUnknown(Refused):
    """No card has this code."""

    code = "member.card_unknown"


class CardAlreadyReturned(Refused):
    """The card was given back."""

    code = "member.card_returned"


class CardWrongStore(Refused):
    """The card does not hold in this store."""

    code = "member.card_wrong_store"


class CardNotYet(Refused):
    """The card holds from a later day on: fact valid_from."""

    code = "member.card_not_yet"


class CardEnded(Refused):
    """The card has ended: fact valid_until."""

    code = "member.card_ended"


class CardUsedUp(Refused):
    """No visit is left."""

    code = "member.card_used_up"


class CardEnoughToday(Refused):
    """The card was used as often today as it may be: fact per_day."""

    code = "member.card_enough_today"


class CardPersonUnknown(Refused):
    """This person may not use the card."""

    code = "member.card_person_unknown"


class CardPeopleTooMany(Refused):
    """No more people may use this card: fact most. Or the name is empty."""

    code = "member.card_people_too_many"


FAULTS: dict[str, type[Refused]] = {
    "returned": CardAlreadyReturned, "wrong_store": CardWrongStore, "not_yet": CardNotYet, "ended": CardEnded, "used_up": CardUsedUp,
    "enough_today": CardEnoughToday,
}  # fmt: skip
