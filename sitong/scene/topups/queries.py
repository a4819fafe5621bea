"""Read top-ups: a member's own, a document, and what may still be paid out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sitong.member.identity.queries import MemberFacts, member_by_code, member_by_key, member_by_phone
from sitong.scene.payments.queries import payments_of
from sitong.scene.topups.models import TopUpDocument, TopUpState
from sitong.shared.errors import NotFound


@dataclass(frozen=True, slots=True)
class TopUpView:
    """One paying in as people see it."""

    id: UUID
    brand_id: UUID
    member_id: UUID
    store_id: UUID | None
    entity_id: UUID | None
    number: str
    pay_minor: int
    gift_minor: int
    currency: str
    state: str
    withdrawn_minor: int
    opened_at: datetime
    pay_by: datetime
    paid_at: datetime | None


FIELDS = tuple(TopUpView.__dataclass_fields__)


def topup_of(topup_id: UUID, *, brand_id: UUID | None, member_id: UUID | None = None) -> TopUpView:
    """Give one top-up of the brand, and of the member when one is named. Raises NotFound."""
    rows = TopUpDocument.objects.filter(id=topup_id, brand_id=brand_id)  # type: ignore[misc]
    rows = rows.filter(member_id=member_id) if member_id else rows
    row = rows.values_list(*FIELDS).first()
    if row is None:
        raise NotFound(what="top-up")
    return TopUpView(*row)


def topups_paid(member_id: UUID) -> list[TopUpView]:
    """Give a member's paid top-ups, the latest first: the order in which money is paid out again."""
    rows = TopUpDocument.objects.filter(member_id=member_id, state=TopUpState.PAID).order_by("-paid_at", "-id")
    return [TopUpView(*row) for row in rows.values_list(*FIELDS)]


def payable_out(member_id: UUID, kinds: tuple[str, ...]) -> int:
    """Give how much of the member's top-ups could go back by these kinds of payment, if the wallet still held it all."""
    topups = topups_paid(member_id)
    kind_of = kinds_of([one.id for one in topups])
    return sum(one.pay_minor - one.withdrawn_minor for one in topups if kind_of.get(one.id) in kinds)


def kinds_of(topup_ids: list[UUID]) -> dict[UUID, str]:
    """Give by which kind of payment each top-up was paid."""
    return {
        topup_id: payment.kind
        for topup_id, payments in payments_of(topup_ids).items() for payment in payments if payment.state == "paid"
    }  # fmt: skip


def member_shown(brand_id: UUID, text: str, *, at: datetime) -> MemberFacts | None:
    """Give the member who shows this at a counter: the code on its phone, its number, or its card."""
    return (
        member_by_code(brand_id, text, at=at)
        or member_by_phone(brand_id, text)
        or member_by_key(brand_id, "card", text)
    )
