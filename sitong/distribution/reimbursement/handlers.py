"""What reimbursement does when gifts are handed over or taken back, and when a month is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sitong.distribution.reimbursement.actions import claim_back, draw_statements, take_claims_back
from sitong.marketing.gifts.events import GiftRedeemed, GiftTakenBack
from sitong.shared.clock import now as present
from sitong.shared.events.periodic import every
from sitong.shared.events.registry import on

CLAIMS = "distribution.claims"


@on(GiftRedeemed, GiftTakenBack, subscriber=CLAIMS, batch=500)
def claim(events: Sequence[GiftRedeemed | GiftTakenBack]) -> None:
    """Claim upward what stores handed over, and take back what did not happen after all."""
    now = present()
    claim_back([event.redemption_id for event in events if isinstance(event, GiftRedeemed)], now=now)
    take_claims_back([event.redemption_id for event in events if isinstance(event, GiftTakenBack)], now=now)


@every(600, "distribution.draw_statements")
def draw(now: datetime) -> None:
    draw_statements(now=now)
