"""What wallets hold, what they went through, and what is on offer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sitong.member.identity.queries import member_facts
from sitong.member.wallet.models import (
    BEARER_CAP_MAX_MINOR,
    NAMED_CAP_MAX_MINOR,
    TopUpPlan,
    WalletEntry,
    WalletTerms,
)
from sitong.member.wallet.rules import WalletNow
from sitong.shared.ledger.queries import accounts_of

PRINCIPAL = "member.wallet_principal"
GIFT = "member.wallet_gift"
HELD = "member.wallet_held"
GIVEN = "member.wallet_given"
"""Kinds of ledger accounts: a member's two parts; with an entity, the money it took in for wallets and the gifts it gave."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a brand's wallets may hold, and which entity owes it (none: the one where it was paid in)."""

    brand_id: UUID
    named_cap_minor: int
    bearer_cap_minor: int
    issuer_id: UUID | None


@dataclass(frozen=True, slots=True)
class PlanView:
    """An open offer: pay so much, get so much as a gift."""

    id: UUID
    brand_id: UUID
    name: str
    name_en: str
    pay_minor: int
    gift_minor: int
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry of a wallet's history; the parts are signed."""

    id: UUID
    kind: str
    principal_minor: int
    gift_minor: int
    currency: str
    document_id: UUID | None
    at: datetime

    @property
    def total_minor(self) -> int:
        return self.principal_minor + self.gift_minor


PLAN_FIELDS = tuple(PlanView.__dataclass_fields__)
ENTRY_FIELDS = tuple(EntryView.__dataclass_fields__)


def wallets_now(member_ids: Collection[UUID]) -> dict[UUID, WalletNow]:
    """Give what the members' wallets hold; who has none is not in it. One statement, no lock: to show, not to promise."""
    found: dict[UUID, dict[str, int]] = {}
    for owner_id, kind, credits, debits in (
        accounts_of(member_ids)
        .filter(kind__in=[PRINCIPAL, GIFT])
        .values_list("owner_id", "kind", "credits_posted", "debits_posted")
    ):
        of = found.setdefault(owner_id, {})
        of[kind] = of.get(kind, 0) + credits - debits
    return {owner_id: WalletNow(of.get(PRINCIPAL, 0), of.get(GIFT, 0)) for owner_id, of in found.items()}


def terms_of(brand_id: UUID) -> Terms:
    """Give the brand's terms; the lawful maximum when it has not said."""
    row = WalletTerms.objects.filter(brand_id=brand_id).first()
    if row is None:
        return Terms(brand_id, NAMED_CAP_MAX_MINOR, BEARER_CAP_MAX_MINOR, None)
    return Terms(brand_id, row.named_cap_minor, row.bearer_cap_minor, row.issuer_id)


def caps_of(member_ids: Collection[UUID]) -> dict[UUID, int]:
    """Give how much each member's wallet may hold: named where the member's phone is known, else the bearer's cap."""
    members = member_facts(member_ids)
    terms = {brand_id: terms_of(brand_id) for brand_id in {one.brand_id for one in members.values()}}
    return {
        one.id: terms[one.brand_id].named_cap_minor if one.phone else terms[one.brand_id].bearer_cap_minor
        for one in members.values()
    }


def plans_open(brand_id: UUID) -> list[PlanView]:
    """Give the brand's open top-up plans, the smallest first."""
    rows = TopUpPlan.objects.filter(brand_id=brand_id, closed_at__isnull=True).order_by("pay_minor", "id")
    return [PlanView(*row) for row in rows.values_list(*PLAN_FIELDS)]


def entries_of(member_id: UUID, *, before: datetime | None = None, limit: int = 50) -> list[EntryView]:
    """Give a wallet's history, the latest first; `before` pages on by `at`."""
    rows = WalletEntry.objects.filter(member_id=member_id)
    rows = rows.filter(at__lt=before) if before else rows
    return [
        EntryView(*row) for row in rows.order_by("-at", "-id").values_list(*ENTRY_FIELDS)[: min(max(limit, 1), 200)]
    ]
