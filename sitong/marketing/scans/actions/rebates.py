"""Rebates for scanned receipts: defined, earned, and owed on the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.goods.codes.queries.states import batch_facts
from sitong.marketing.scans.events import RebateEarned
from sitong.marketing.scans.models import RebatePlan
from sitong.marketing.scans.rebating import (
    Earned,
    RebatePlanWanted,
    RebateTerms,
    Received,
    earned,
    rebate_fault,
    serials_of,
    totals,
)
from sitong.org.brands.queries import brand_facts
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.ids import new_id
from sitong.shared.ledger.actions import AccountWanted, TransferWanted, open_accounts, post_transfers
from sitong.shared.statements import integers, run, texts, uuids, write

OWED, GRANTED = "marketing.rebate_owed", "marketing.rebates"
"""What a store or dealer is owed, and the brand's side of it."""

LOCK_PLANS = """
SELECT id, brand_id, product_id, level, amount_minor, budget_minor, spent_minor, starts_at, ends_at FROM marketing_rebateplan
WHERE brand_id = ANY(%s::uuid[]) AND ended_at IS NULL AND starts_at <= %s AND ends_at > %s ORDER BY id FOR NO KEY UPDATE
"""
BEFORE = """
SELECT r.plan_id, r.batch_id, r.serial FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS w(batch_id, first, last)
JOIN marketing_rebate AS r ON r.batch_id = w.batch_id AND r.serial BETWEEN w.first AND w.last
WHERE r.plan_id = ANY(%s::uuid[])
"""
WRITE_REBATES = """
INSERT INTO marketing_rebate (id, brand_id, plan_id, batch_id, serial, holder_id, holder_kind, amount_minor, at)
SELECT r.*, %s::timestamptz FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::uuid[], %s::text[], %s::bigint[]) AS r
"""
SPEND = """
UPDATE marketing_rebateplan AS p SET spent_minor = p.spent_minor + n.spent FROM unnest(%s::uuid[], %s::bigint[]) AS n(plan_id, spent)
WHERE p.id = n.plan_id
"""


def define_rebate_plans(
    wanted: Sequence[RebatePlanWanted], *, by: UUID | None, now: datetime
) -> list[RebatePlan | Refused]:
    """Define rebates for scanned receipts; they hold at once. The same id with the same content again gives what stands there.

    Refused: marketing.rebate_plan, shared.repeat_differs.
    """
    with transaction.atomic():
        there = RebatePlan.objects.in_bulk([one.id for one in wanted])
        outcomes: list[RebatePlan | Refused] = []
        fresh: list[RebatePlan] = []
        for one in wanted:
            values = {field.name: getattr(one, field.name) for field in fields(RebatePlanWanted)}
            if (before := there.get(one.id)) is not None:
                same = all(getattr(before, name) == value for name, value in values.items())
                outcomes.append(before if same else RepeatDiffers(id=one.id))
            elif (fault := rebate_fault(one)) is not None:
                outcomes.append(fault)
            else:
                there[one.id] = plan = RebatePlan(**values, created_at=now, created_by=by)
                fresh.append(plan)
                outcomes.append(plan)
        RebatePlan.objects.bulk_create(fresh)
        record([
            AuditEntry("defined", "marketing.rebate_plan", one.id, one.brand_id, by, {}, {"name": one.name, "amount_minor": one.amount_minor})
            for one in fresh
        ], at=now)  # fmt: skip
    return outcomes


def end_rebate_plan(plan_id: UUID, *, by: UUID | None, now: datetime) -> RebatePlan:
    """Let nothing more be earned under a rebate; what is owed stays owed. Refused: shared.not_found."""
    with transaction.atomic():
        plan = RebatePlan.objects.select_for_update(no_key=True).filter(id=plan_id).first()
        if plan is None:
            raise NotFound(what="rebate")
        if plan.ended_at is None:
            plan.ended_at = now
            plan.save(update_fields=["ended_at"])
            record(
                [AuditEntry("ended", "marketing.rebate_plan", plan.id, plan.brand_id, by, {}, {"name": plan.name})],
                at=now,
            )
    return plan


def earn_rebates(received: Sequence[Received], *, now: datetime) -> int:
    """Owe stores and dealers what their scanned receipts earn: each code once in each plan, never beyond a budget.

    The same receipts again earn nothing. Locks the plans, then the ledger's accounts. Gives how many codes have earned.
    """
    with transaction.atomic():
        rows = run(LOCK_PLANS, [uuids({one.brand_id for one in received}), now, now])
        if not rows:
            return 0
        plans = [RebateTerms(*row) for row in rows]
        known = batch_facts({one.batch_id for one in received})
        whole = [
            replace(one, level=known[one.batch_id].level, product_id=known[one.batch_id].product_id)
            for one in received if one.batch_id in known
        ]  # fmt: skip
        before = run(BEFORE, [
            uuids([one.batch_id for one in whole]), integers([one.first for one in whole]), integers([serials_of(one)[-1] for one in whole]),
            uuids([one.id for one in plans]),
        ])  # fmt: skip
        found = earned(whole, plans, {(row[0], row[1], row[2]) for row in before}, now=now)
        if found:
            _write(found, now=now)
        return sum(len(one.serials) for one in found)


def _write(found: Sequence[Earned], *, now: datetime) -> None:
    each = [(new_id(), one, serial) for one in found for serial in one.serials]
    write(WRITE_REBATES, [
        now,
        uuids([key for key, _, _ in each]),
        uuids([one.plan.brand_id for _, one, _ in each]),
        uuids([one.plan.id for _, one, _ in each]),
        uuids([one.received.batch_id for _, one, _ in each]),
        integers([serial for _, _, serial in each]),
        uuids([one.received.holder_id for _, one, _ in each]),
        texts([one.received.holder_kind for _, one, _ in each]),
        integers([one.plan.amount_minor for _, one, _ in each]),
    ])  # fmt: skip
    spent = totals(found)
    write(SPEND, [uuids(sorted(spent)), integers([spent[one] for one in sorted(spent)])])
    _owe(found, now=now)
    announce([
        RebateEarned(one.plan.brand_id, key, one.plan.id, one.received.batch_id, serial, one.received.holder_kind, one.received.holder_id,
                     one.plan.amount_minor)
        for key, one, serial in each
    ], at=now)  # fmt: skip


def _owe(found: Sequence[Earned], *, now: datetime) -> None:
    """Post one transfer for each receipt and plan: from the brand's side to what the holder is owed."""
    brands = brand_facts({one.plan.brand_id for one in found})
    wanted = [
        account
        for one in found
        for account in (
            AccountWanted(one.plan.brand_id, one.plan.brand_id, brands[one.plan.brand_id].currency, GRANTED),
            AccountWanted(
                one.plan.brand_id, one.received.holder_id, brands[one.plan.brand_id].currency, OWED, "debits"
            ),
        )
    ]
    accounts = open_accounts(wanted, now=now)
    transfers = [
        TransferWanted(
            uuid5(one.plan.id, f"{one.received.id}:{one.received.batch_id}:{one.received.first}"), accounts[2 * at], accounts[2 * at + 1],
            one.amount_minor, "marketing.rebate", document_id=one.received.id,
        )
        for at, one in enumerate(found)
    ]  # fmt: skip
    for outcome in post_transfers(transfers, now=now):
        if isinstance(outcome, Refused):
            raise RuntimeError(f"the ledger refuses what a rebate has decided: {outcome}")
