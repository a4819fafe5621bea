"""Gifts of brand one, handed over and claimed upward, that others would like to have."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sitong.distribution.reimbursement.actions import DisputeWanted, claim_back, dispute_lines, draw_statements
from sitong.distribution.reimbursement.models import ClaimLine
from sitong.marketing.gifts.actions import AskWanted, RedeemGift, ask_for_gifts, redeem_gifts
from sitong.shared import clock
from sitong.shared.ids import new_id
from tests.make.gifts import a_gift, a_held_gift
from tests.make.org import done


def gift_samples(brand: Any, store: Any, member: Any) -> dict[str, Any]:
    """A gift of the library, one in a member's hands for which it asks, one that was handed over and is claimed and doubted."""
    now = clock.now()
    before = now - timedelta(days=40)
    gift = a_gift(brand, name="秘密礼品", now=before, valid_days=90)
    ready, fetched = a_held_gift(gift, member, now=before), a_held_gift(gift, member, now=before)
    redemption = done(redeem_gifts([RedeemGift(new_id(), brand.id, store.id, fetched.code)], now=before))
    claim_back([redemption.id], now=before)
    draw_statements(now=now)
    line = ClaimLine.objects.get(redemption_id=redemption.id, level=0)
    dispute_lines([DisputeWanted(line.id, "秘密理由")], by=None, now=now)
    ask = done(ask_for_gifts([AskWanted(new_id(), brand.id, store.id, ready.id, member.id)], now=now))
    return {
        "gift_id": str(gift.id), "gift_claim_id": str(ready.id), "ask_id": str(ask.id), "redemption_id": str(redemption.id),
        "statement_id": str(line.statement_id), "line_id": str(line.id), "claim_verb": "dispute", "GiftPatch": {"name": "新礼品名"},
        "gift_verb": "end", "ask_answer": "decline",
    }  # fmt: skip
