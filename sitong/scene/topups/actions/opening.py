"""Open top-ups, and let those expire that nobody paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from sitong.member.identity.queries import member_facts
from sitong.member.wallet.actions import WalletCapExceeded
from sitong.member.wallet.queries import PlanView, caps_of, plan_open, terms_of, wallets_now
from sitong.member.wallet.rules import WalletNow
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import store_facts
from sitong.scene.payments.actions import close_payments
from sitong.scene.topups.models import TopUpDocument, TopUpState
from sitong.scene.topups.queries import FIELDS, TopUpView
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

PAY_WITHIN = timedelta(minutes=15)
PIECE = 500


class TopUpMalformed(Refused):
    """A top-up names an open plan, or an amount from 1 yuan on and no plan."""

    code = "scene.topup_malformed"


@dataclass(frozen=True, slots=True)
class TopUpWanted:
    """A member wants to pay in: by a plan, or an amount of its own choice (then without a gift). The same id is the same top-up."""

    id: UUID
    brand_id: UUID
    member_id: UUID
    plan_id: UUID | None = None
    pay_minor: int | None = None
    store_id: UUID | None = None
    by: UUID | None = None


def open_topups(wanted: Sequence[TopUpWanted], *, now: datetime) -> list[TopUpView | Refused]:
    """Open top-ups to be paid within 15 minutes. What the wallet would hold is checked here and again when it is paid.

    The money goes to the brand's issuing entity; without one, to the store's. Refused: member.wallet_cap_exceeded,
    scene.topup_malformed, shared.not_found, shared.repeat_differs.
    """
    with transaction.atomic():
        earlier = TopUpDocument.objects.in_bulk([one.id for one in wanted])
        members = member_facts({one.member_id for one in wanted})
        caps, holds = caps_of(members), wallets_now(members)
        stores = store_facts({one.store_id for one in wanted if one.store_id})
        brands = brand_facts({one.brand_id for one in wanted})
        outcomes: list[TopUpView | Refused] = []
        fresh: list[TopUpDocument] = []
        for one in wanted:
            if (before := earlier.get(one.id)) is not None:
                same = (before.member_id, before.plan_id) == (one.member_id, one.plan_id)
                same = same and one.pay_minor in (None, before.pay_minor)
                outcomes.append(_view(before) if same else RepeatDiffers(id=one.id))
                continue
            member, store = members.get(one.member_id), stores.get(one.store_id) if one.store_id else None
            if member is None or member.brand_id != one.brand_id or (one.store_id and store is None):
                outcomes.append(NotFound(what="member"))
                continue
            plan = plan_open(one.plan_id, one.brand_id) if one.plan_id else None
            fault = _fault(one, plan, caps[one.member_id], holds.get(one.member_id, WalletNow()))
            if fault is not None:
                outcomes.append(fault)
                continue
            entity_id = terms_of(one.brand_id).issuer_id or (store.entity_id if store else None)
            row = earlier[one.id] = TopUpDocument(
                id=one.id, brand_id=one.brand_id, member_id=one.member_id, store_id=one.store_id, entity_id=entity_id,
                plan_id=one.plan_id, number=f"W{now:%y%m%d}{one.id.int % 10**8:08d}",
                pay_minor=plan.pay_minor if plan else one.pay_minor or 0, gift_minor=plan.gift_minor if plan else 0,
                currency=brands[one.brand_id].currency, by=one.by, opened_at=now, pay_by=now + PAY_WITHIN,
            )  # fmt: skip
            fresh.append(row)
            outcomes.append(_view(row))
        TopUpDocument.objects.bulk_create(fresh)
        return outcomes


def expire_topups(*, now: datetime) -> int:
    """Let unpaid top-ups expire and close their payments, 500 in a transaction. Gives how many did."""
    expired = 0
    while True:
        with transaction.atomic():
            due = TopUpDocument.objects.select_for_update(no_key=True, skip_locked=True)
            ids = list(
                due.filter(state=TopUpState.OPEN, pay_by__lte=now).order_by("id").values_list("id", flat=True)[:PIECE]
            )
            if ids:
                TopUpDocument.objects.filter(id__in=ids).update(state=TopUpState.EXPIRED)
                close_payments(ids, now=now)
        expired += len(ids)
        if len(ids) < PIECE:
            return expired


def _fault(one: TopUpWanted, plan: PlanView | None, cap: int, holds: WalletNow) -> Refused | None:
    if (one.plan_id and plan is None) or (not one.plan_id and (one.pay_minor is None or one.pay_minor < 100)):
        return TopUpMalformed()
    wanted = plan.pay_minor + plan.gift_minor if plan else one.pay_minor or 0
    if holds.total_minor + wanted > cap:
        return WalletCapExceeded(cap=cap, holds=holds.total_minor, wanted=wanted)
    return None


def _view(row: TopUpDocument) -> TopUpView:
    return TopUpView(*(getattr(row, name) for name in FIELDS))
