"""The verbs of cards, a file for each."""

from sitong.member.cards.actions.back import card_now, release_days, take_back_card
from sitong.member.cards.actions.give import CardWanted, give_cards, look_at_cards, move_cards
from sitong.member.cards.actions.offer import KindWanted, close_kind, offer_kinds, reopen_kind
from sitong.member.cards.actions.people import forget_people, name_person, take_off_person, tell_of_card_endings
from sitong.member.cards.actions.refused import (
    CardAlreadyReturned,
    CardEnded,
    CardEnoughToday,
    CardKindClosed,
    CardKindWrong,
    CardNotYet,
    CardPeopleTooMany,
    CardPersonUnknown,
    CardPriceUnlawful,
    CardUnknown,
    CardUsedUp,
    CardWrongStore,
)
from sitong.member.cards.actions.use import Used, UseWanted, read_code, use_cards

__all__ = [
    "CardAlreadyReturned",
    "CardEnded",
    "CardEnoughToday",
    "CardKindClosed",
    "CardKindWrong",
    "CardNotYet",
    "CardPeopleTooMany",
    "CardPersonUnknown",
    "CardPriceUnlawful",
    "CardUnknown",
    "CardUsedUp",
    "CardWanted",
    "CardWrongStore",
    "KindWanted",
    "UseWanted",
    "Used",
    "card_now",
    "close_kind",
    "forget_people",
    "give_cards",
    "look_at_cards",
    "move_cards",
    "name_person",
    "offer_kinds",
    "read_code",
    "release_days",
    "reopen_kind",
    "take_back_card",
    "take_off_person",
    "tell_of_card_endings",
    "use_cards",
]
