"""Gifts handed over below dealers, and what is claimed for them, made through the actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.distribution.reimbursement.actions import claim_back, draw_statements
from sitong.distribution.reimbursement.actions.accounts import DUE, OWED
from sitong.distribution.reimbursement.models import ClaimLine, Statement
from sitong.marketing.gifts.actions import RedeemGift, redeem_gifts
from sitong.shared.ids import new_id
from sitong.shared.ledger.models import LedgerAccount
from tests.make.gifts import a_gift, a_held_gift
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_dealer, a_store, done


@dataclass
class Chain:
    """A brand, two dealers above each other, a store below them, and a gift for which each level claims 5 % more."""

    brand: Any
    upper: Any
    lower: Any
    store: Any
    gift: Any
    member: Any

    def handed_over(self, *, store: Any = None, now: datetime = NOW, by: UUID | None = None) -> UUID:
        """Hand one gift over; give the redemption."""
        held = a_held_gift(self.gift, self.member, now=now)
        wanted = RedeemGift(new_id(), self.brand.id, (store or self.store).id, held.code, by=by)
        return done(redeem_gifts([wanted], now=now)).id

    def claimed(self, count: int = 1, *, now: datetime = NOW) -> list[UUID]:
        """Hand gifts over and claim them upward; give the redemptions."""
        made = [self.handed_over(now=now) for _ in range(count)]
        claim_back(made, now=now)
        return made

    def line(self, redemption_id: UUID, level: int = 0) -> ClaimLine:
        return ClaimLine.objects.get(redemption_id=redemption_id, level=level, of_id=None)


def a_chain(*, now: datetime = NOW, **gift: Any) -> Chain:
    brand = a_brand(now=now)
    upper = a_dealer(brand, now=now)
    lower = a_dealer(parent=upper, name="浦东经销", now=now)
    store = a_store(dealer=lower, now=now)
    return Chain(brand, upper, lower, store, a_gift(brand, handling_bp=500, now=now, **gift), a_member(brand, now=now))


def stated(chain: Chain, level: int = 0, *, now: datetime) -> Statement:
    """Draw the statements of the month before; give the one of a level (0: the store's)."""
    draw_statements(now=now)
    claimant = (chain.store, chain.lower, chain.upper)[level]
    return Statement.objects.filter(claimant_id=claimant.id).latest("month_on")


def due_to(party: Any) -> int:
    """What others owe somebody, by the ledger."""
    row = LedgerAccount.objects.filter(owner_id=party.id, kind=DUE).first()
    return row.debits_posted - row.credits_posted if row else 0


def owed_by(party: Any) -> int:
    """What somebody owes those below, by the ledger."""
    row = LedgerAccount.objects.filter(owner_id=party.id, kind=OWED).first()
    return row.credits_posted - row.debits_posted if row else 0
