"""What wallets hold, what they went through, and what is on offer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

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


NONE = (0, 0)
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


def entries_since(member_id: UUID, since: datetime) -> list[EntryView]:
    """Give a wallet's entries made after an instant, the earliest first."""
    rows = WalletEntry.objects.filter(member_id=member_id, at__gt=since).order_by("at", "id")
    return [EntryView(*row) for row in rows.values_list(*ENTRY_FIELDS)]


def withdrawn_by(request_id: UUID) -> list[EntryView]:
    """Give the entries that one request to pay out has made."""
    rows = WalletEntry.objects.filter(document_id=request_id, kind="withdraw").order_by("at", "id")
    return [EntryView(*row) for row in rows.values_list(*ENTRY_FIELDS)]


def plan_open(plan_id: UUID, brand_id: UUID) -> PlanView | None:
    """Give an open plan of the brand."""
    rows = TopUpPlan.objects.filter(id=plan_id, brand_id=brand_id, closed_at__isnull=True)
    return next((PlanView(*row) for row in rows.values_list(*PLAN_FIELDS)), None)


def plans_closed(brand_id: UUID, *, limit: int = 20) -> list[PlanView]:
    """Give the brand's closed plans, the latest closed first."""
    rows = TopUpPlan.objects.filter(brand_id=brand_id, closed_at__isnull=False).order_by("-closed_at", "id")
    return [PlanView(*row) for row in rows.values_list(*PLAN_FIELDS)[:limit]]


@dataclass(frozen=True, slots=True)
class EntityWallets:
    """What one entity has to do with the brand's wallets, in minor units, since the beginning.

    `taken` less `paid_out` is the money it has received for wallets, `redeemed` the principal that was spent at it (less
    what went back). `held_minor` is what it still holds of members' money; below zero, others owe it so much.
    """

    entity_id: UUID | None
    taken_minor: int
    paid_out_minor: int
    redeemed_minor: int
    gifts_given_minor: int
    gifts_redeemed_minor: int
    gifts_forfeited_minor: int

    @property
    def held_minor(self) -> int:
        return self.taken_minor - self.paid_out_minor - self.redeemed_minor


def entity_wallets(brand_id: UUID) -> list[EntityWallets]:
    """Give each entity's side of the brand's wallets. One statement, over the entries."""
    rows = WalletEntry.objects.filter(brand_id=brand_id).exclude(kind="stayed").values_list("entity_id", "kind")
    sums: dict[UUID | None, dict[str, tuple[int, int]]] = {}
    for entity_id, kind, principal, gift in rows.annotate(p=Sum("principal_minor"), g=Sum("gift_minor")).order_by():
        sums.setdefault(entity_id, {})[kind] = (int(principal), int(gift))
    return [
        EntityWallets(
            entity_id, of.get("top_up", NONE)[0], -of.get("withdraw", NONE)[0], -of.get("spend", NONE)[0] - of.get("give_back", NONE)[0],
            of.get("top_up", NONE)[1], -of.get("spend", NONE)[1] - of.get("give_back", NONE)[1], -of.get("withdraw", NONE)[1],
        )
        for entity_id, of in sorted(sums.items(), key=lambda item: str(item[0]))
    ]  # fmt: skip


def brand_wallets(brand_id: UUID) -> WalletNow:
    """Give what the brand's members hold in all, as the entries say."""
    held = WalletEntry.objects.filter(brand_id=brand_id).aggregate(p=Sum("principal_minor"), g=Sum("gift_minor"))
    return WalletNow(int(held["p"] or 0), int(held["g"] or 0))


@dataclass(frozen=True, slots=True)
class BrandEntry:
    """One entry of a member's wallet as headquarters sees it: the member by number only."""

    id: UUID
    member_id: UUID
    member_number: str
    kind: str
    principal_minor: int
    gift_minor: int
    at: datetime


def brand_entries(brand_id: UUID, *, before: datetime | None = None, limit: int = 50) -> list[BrandEntry]:
    """Give the brand's latest wallet entries, the latest first."""
    rows = WalletEntry.objects.filter(brand_id=brand_id)
    rows = rows.filter(at__lt=before) if before else rows
    found = list(rows.order_by("-at", "-id")[: min(max(limit, 1), 200)])
    members = member_facts({one.member_id for one in found})
    return [
        BrandEntry(
            one.id, one.member_id, members[one.member_id].number if one.member_id in members else "", one.kind, one.principal_minor,
            one.gift_minor, one.at,
        )
        for one in found
    ]  # fmt: skip
