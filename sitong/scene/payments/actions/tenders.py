"""Take cash, money from wallets, and what returned goods had cost: paid at once, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.member.wallet.actions import WalletPayment, pay_from_wallets
from sitong.scene.payments.models import Payment, PaymentState
from sitong.scene.payments.queries import PaymentFacts, _facts
from sitong.shared.errors import Refused, RepeatDiffers


class GivenTooLittle(Refused):
    """Less cash was handed over than is to be paid with it: facts given, wanted (minor units)."""

    code = "scene.given_too_little"


class TenderMalformed(Refused):
    """An amount below 1, an unknown kind, a wallet without a member, or an exchange without the document that came back."""

    code = "scene.tender_malformed"


@dataclass(frozen=True, slots=True)
class Tender:
    """Money given for a document at once: `kind` "cash", "wallet" or "exchange". The same id is the same tender.

    An exchange pays with what returned goods of the document `source_id` had cost: that money stays on its payments.

    `amount_minor` is what it pays; `given_minor` the cash that was handed over (the change is the difference). The caller
    knows what the document costs, and holds its lock; payments know no document.
    """

    id: UUID
    document_id: UUID
    brand_id: UUID
    entity_id: UUID | None
    kind: str
    amount_minor: int
    currency: str
    member_id: UUID | None = None
    given_minor: int | None = None
    by: UUID | None = None
    shift_id: UUID | None = None
    document_kind: str = "order"
    source_id: UUID | None = None


def take_tenders(wanted: Sequence[Tender], *, now: datetime) -> list[PaymentFacts | Refused]:
    """Take tenders in order of arrival; each is a paid payment of its document. Call within the document's transaction.

    Refused: scene.tender_malformed, scene.given_too_little, member.wallet_too_low, shared.repeat_differs. Whoever takes
    several for one document and needs all of them rolls its own transaction back on a refusal.
    """
    with transaction.atomic():
        earlier = {row.id: row for row in Payment.objects.filter(id__in=[one.id for one in wanted])}
        outcomes: list[PaymentFacts | Refused | None] = []
        asked: dict[UUID, Tender] = {}
        for one in wanted:
            if (before := earlier.get(one.id)) is not None:
                outcomes.append(_facts(before) if _same(before, one) else RepeatDiffers(id=one.id))
            elif one.id in asked:
                outcomes.append(None if asked[one.id] == one else RepeatDiffers(id=one.id))
            elif (fault := _fault(one)) is not None:
                outcomes.append(fault)
            else:
                asked[one.id] = one
                outcomes.append(None)
        refused = _pay_from_wallets([one for one in asked.values() if one.kind == "wallet"], now=now)
        fresh = {one.id: _taken(one, now) for one in asked.values() if one.id not in refused}
        Payment.objects.bulk_create(fresh.values())
        return [
            outcome if outcome is not None else refused[one.id] if one.id in refused else _facts(fresh[one.id])
            for one, outcome in zip(wanted, outcomes, strict=True)
        ]


def _pay_from_wallets(tenders: Sequence[Tender], *, now: datetime) -> dict[UUID, Refused]:
    """Take the wallet tenders and give those that were refused."""
    if not tenders:
        return {}
    payments = [
        WalletPayment(one.id, one.document_id, one.brand_id, one.member_id, one.amount_minor, one.by, one.entity_id, one.currency)
        for one in tenders if one.member_id is not None
    ]  # fmt: skip
    outcomes = pay_from_wallets(payments, now=now)
    return {one.id: told for one, told in zip(payments, outcomes, strict=True) if isinstance(told, Refused)}


def _fault(one: Tender) -> Refused | None:
    lacks = (one.kind == "wallet" and one.member_id is None) or (
        (one.kind == "exchange") != (one.source_id is not None)
    )
    if one.amount_minor < 1 or one.kind not in ("cash", "wallet", "exchange") or lacks:
        return TenderMalformed(kind=one.kind)
    if one.given_minor is not None and one.given_minor < one.amount_minor:
        return GivenTooLittle(given=one.given_minor, wanted=one.amount_minor)
    return None


def _same(before: Payment, one: Tender) -> bool:
    return (before.document_id, before.provider, before.amount_minor) == (one.document_id, one.kind, one.amount_minor)


def _taken(one: Tender, now: datetime) -> Payment:
    return Payment(
        id=one.id, brand_id=one.brand_id, document_id=one.document_id, document_kind=one.document_kind,
        entity_id=one.entity_id, member_id=one.member_id, provider=one.kind, number=one.id.hex, amount_minor=one.amount_minor,
        currency=one.currency, given_minor=one.given_minor if one.kind == "cash" else None, shift_id=one.shift_id, by=one.by,
        source_id=one.source_id, state=PaymentState.PAID, opened_at=now, paid_at=now,
    )  # fmt: skip
