"""Fetch a provider's bill and compare it: outside of transactions, repeatable at any time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import structlog

from sitong.scene.payments.actions.bills import keep_bill
from sitong.scene.payments.provider import ProviderRefused, ProviderUnreachable
from sitong.scene.payments.queries import bill_days_missing, our_side, provider_of
from sitong.scene.payments.rules import BillMalformed, Difference, compare, read_bill
from sitong.shared.clock import business_date

log = structlog.get_logger(__name__)

BILL_ZONE = "Asia/Shanghai"
"""WeChat Pay's bills are of Beijing's days, ready the next morning at ten."""
DAYS_BACK = 7


def check_bill(merchant_id: UUID, on: date, *, now: datetime) -> list[Difference]:
    """Fetch one account's bill of one day, compare it with our payments and refunds, and keep the outcome.

    Raises ProviderUnreachable, ProviderRefused, BillMalformed; then nothing is kept.
    """
    text = provider_of(merchant_id).trade_bill(on)
    lines = read_bill(text) if text else []
    ours = our_side(
        merchant_id,
        on,
        [one.payment_number for one in lines],
        [one.refund_number for one in lines if one.refund_number],
        zone=BILL_ZONE,
    )
    differences = compare(
        lines, paid=ours.paid, of_day=ours.of_day, refunded=ours.refunded, refunded_of_day=ours.refunded_of_day
    )
    keep_bill(merchant_id, on, lines=lines, differences=differences, now=now)
    return differences


def check_bills(*, now: datetime) -> int:
    """Check the bills of the last days that are ready and were not checked. Gives how many were."""
    last = business_date(now - timedelta(hours=10), BILL_ZONE) - timedelta(days=1)
    days = [last - timedelta(days=back) for back in range(DAYS_BACK)]
    checked = 0
    for merchant_id, on in bill_days_missing(days):
        try:
            check_bill(merchant_id, on, now=now)
            checked += 1
        except (ProviderUnreachable, ProviderRefused, BillMalformed) as failed:
            log.warning("bill_not_checked", merchant=str(merchant_id), on=on.isoformat(), why=str(failed))
    return checked
