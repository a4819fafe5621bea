"""Between cards and the ledger: a card's own account holds what is owed on it, the entity's accounts what came, was earned, went back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sitong.shared.errors import Refused
from sitong.shared.ledger.actions import AccountWanted, TransferWanted, open_accounts, post_transfers

OWED, TAKEN, EARNED, PAID_BACK = "cards.owed", "cards.taken", "cards.earned", "cards.paid_back"


@dataclass(frozen=True, slots=True)
class CardMoney:
    """An amount that moves between a card and its entity. `way`: taken, earned, unearned, paid_back."""

    id: UUID
    card_id: UUID
    brand_id: UUID
    entity_id: UUID | None
    currency: str
    amount_minor: int
    way: str
    by: UUID | None = None


SIDES = {"taken": TAKEN, "earned": EARNED, "unearned": EARNED, "paid_back": PAID_BACK}
TO_CARD = {"taken", "unearned"}


def move_money(wanted: Sequence[CardMoney], *, now: datetime) -> None:
    """Post what cards have decided. The caller holds the cards' rows; accounts are locked last, in one pass."""
    wanted = [one for one in wanted if one.amount_minor]
    if not wanted:
        return
    accounts = open_accounts(
        [
            account
            for one in wanted
            for account in (
                AccountWanted(one.brand_id, one.card_id, one.currency, OWED, "debits"),
                AccountWanted(one.brand_id, one.entity_id or one.brand_id, one.currency, SIDES[one.way]),
            )
        ],
        now=now,
    )
    transfers = []
    for at, one in enumerate(wanted):
        card, side = accounts[2 * at], accounts[2 * at + 1]
        debit, credit = (side, card) if one.way in TO_CARD else (card, side)
        transfers.append(
            TransferWanted(
                uuid5(one.id, one.way),
                debit,
                credit,
                one.amount_minor,
                f"cards.{one.way}",
                document_id=one.card_id,
                by=one.by,
            )
        )
    for outcome in post_transfers(transfers, now=now):
        if isinstance(outcome, Refused):
            raise RuntimeError(f"the ledger refuses what a card has decided: {outcome}")
