"""Between payouts and the provider: outside of transactions. Every call may be made again, because the numbers are ours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from sitong.member.identity.queries import openids_of
from sitong.org.brands.queries import brand_facts
from sitong.scene.payments.payers import settles_transfers
from sitong.scene.payments.provider import ProviderRefused, ProviderUnreachable, Standing, TransferAnswer
from sitong.scene.payments.queries import merchant_of, notify_url, provider_of
from sitong.scene.payouts.actions import make_ready, make_waiting, note_asked, note_later, settle_payouts
from sitong.scene.payouts.models import Payout, PayoutState
from sitong.scene.payouts.queries import payouts_offered, payouts_ready, payouts_waiting
from sitong.scene.payouts.rules import LATER
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound

REMARK = "扫码奖励"
"""What the consumer's WeChat says of the money, and what the merchant has reported of the scene; in the provider's language."""

log = structlog.get_logger(__name__)


def send_payouts(*, now: datetime) -> int:
    """Send what is ready, and make ready what was waiting for its member's WeChat. Gives how many the provider has taken."""
    ready_waiting()
    answers = [answer for one in payouts_ready(now=now) if (answer := _send(one, now=now)) is not None]
    if answers:
        settle_payouts(answers, now=now)
    return len(answers)


def ready_waiting(member_ids: Sequence[UUID] | None = None) -> int:
    """Make ready the waiting payouts of these members (None: of anybody) whose openid in the merchant's app is known."""
    made = 0
    for brand_id, rows in payouts_waiting(member_ids).items():
        try:
            merchant = merchant_of(brand_id=brand_id, entity_id=None)
        except NotFound:
            continue
        known = openids_of({row.member_id for row in rows}, merchant.app_id)
        made += make_ready([row.id for row in rows if row.member_id in known], merchant_id=merchant.id)
    return made


def ask_about_payouts(*, now: datetime, since: timedelta = timedelta(minutes=5)) -> int:
    """Ask about offered payouts whose notification may have been lost. Gives how many changed."""
    answers: list[TransferAnswer] = []
    due = payouts_offered(now=now, since=since)
    for one in due:
        try:
            answers.append(provider_of(one.merchant_id).query_transfer(one.number))
        except (ProviderRefused, ProviderUnreachable, NotFound) as failed:
            log.warning("payout_query_failed", number=one.number, why=str(failed))
    note_asked([one.number for one in due], now=now)
    return settle_payouts([one for one in answers if one.standing is not Standing.UNKNOWN], now=now) if answers else 0


@settles_transfers
def hear_transfers(answers: Sequence[TransferAnswer]) -> None:
    """Take in the provider's notifications."""
    settle_payouts(answers, now=clock_now())


def way_to_receive(payout: Payout) -> dict[str, object]:
    """Give what the member's page needs: `jsapi` for WeChat's question, and `page` where the provider has one of its own."""
    provider = provider_of(payout.merchant_id)
    return {"jsapi": provider.transfer_parameters(payout.package), "page": provider.receiving_url(payout.package)}


def _send(payout: Payout, *, now: datetime) -> TransferAnswer | None:
    """Send one payout. None: not now; it is asked for again with the same number. One that is broken never holds up the others."""
    brand = brand_facts([payout.brand_id])[payout.brand_id]
    try:
        merchant = merchant_of(brand_id=payout.brand_id, entity_id=None)
        payee = openids_of([payout.member_id], merchant.app_id).get(payout.member_id)
        if payee is None or merchant.id != payout.merchant_id:
            make_waiting(payout.id)
            return None
        return provider_of(payout.merchant_id).transfer(
            number=payout.number, amount_minor=payout.amount_minor, payee=payee, remark=REMARK, activity=f"{brand.name}{REMARK}",
            notify_url=notify_url(payout.merchant_id),
        )  # fmt: skip
    except ProviderRefused as refused:
        code = str(refused.facts["provider_code"])
        log.warning("payout_refused", number=payout.number, provider_code=code)
        if code not in LATER:
            return TransferAnswer(payout.number, Standing.FAILED, reason=code)
        note_later(payout.number, code, now=now)
    except (ProviderUnreachable, NotFound) as failed:
        log.warning("payout_not_sent", number=payout.number, why=str(failed))
        note_later(payout.number, failed.code, now=now)
    except Exception:  # the provider's library raises bare exceptions for what it cannot send
        log.exception("payout_not_sent", number=payout.number)
        note_later(payout.number, "unsendable", now=now)
    return None


def is_open(payout: Payout) -> bool:
    """Tell whether a payout waits for its member to receive it."""
    return payout.state == PayoutState.OFFERED and bool(payout.package)
