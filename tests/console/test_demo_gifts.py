"""The demo's gifts: claims in every state, loaded once more without doubling."""

from __future__ import annotations

import pytest

from sitong.console.demo.gifts import Giving, load_gifts
from sitong.distribution.reimbursement.models import ClaimLine, Dispute, Settlement, Statement
from sitong.marketing.gifts.models import GiftClaim, GiftRedemption
from sitong.shared import clock
from sitong.shared.ledger.books import check_books
from tests.make.member import a_member
from tests.make.org import a_brand, a_dealer, a_store


@pytest.mark.usefixtures("db")
def test_the_demo_shows_claims_in_every_state_and_loads_twice():
    now = clock.now()
    brand = a_brand(now=now)
    below = a_dealer(parent=a_dealer(brand, now=now), now=now)
    stores = [a_store(brand, now=now).id, a_store(dealer=below, now=now).id]
    giving = Giving(brand.id, "Asia/Shanghai", [a_member(brand, now=now).id for _ in range(3)], stores)
    for _ in range(2):
        load_gifts(giving, now=now)
        assert (GiftRedemption.objects.count(), GiftClaim.objects.count()) == (48, 48 + 6)
        assert ClaimLine.objects.count() == 24 + 24 * 3
        assert Statement.objects.count() == 12 and Statement.objects.filter(settled_at__isnull=False).count() == 4
        assert Statement.objects.filter(checked_at__isnull=False).count() == 8
        assert (Settlement.objects.count(), Dispute.objects.count()) == (4, 2)
        assert ClaimLine.objects.filter(statement_id=None).count() == 24
        assert check_books() == []
