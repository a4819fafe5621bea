"""Define scan plans and change them: frozen once one has been drawn from, but in the consumers' favor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sitong.goods.catalog.queries import skus_of_products
from sitong.goods.codes.queries.states import batch_facts
from sitong.marketing.giving.queries import rewards_fault
from sitong.marketing.scans.actions.scan import lock_scan_counts
from sitong.marketing.scans.definition import ScanPlanTarget, ScanPlanWanted, definition_fault, frozen_fault
from sitong.marketing.scans.models import ScanPlan, ScanPlanCount
from sitong.marketing.scans.rules import PlanNow
from sitong.marketing.scans.terms import prizes_read, prizes_written
from sitong.shared.access.audit import AuditEntry, differing, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

KEPT = tuple(one.name for one in fields(ScanPlanWanted) if one.name not in {"id", "brand_id", "prizes"})


class ScanPlanEnded(Refused):
    """The plan has ended for good; make a copy of it instead."""

    code = "marketing.scan_plan_ended"


def define_scan_plans(wanted: Sequence[ScanPlanWanted], *, by: UUID | None, now: datetime) -> list[ScanPlan | Refused]:
    """Define plans as drafts, each whole or not at all; `publish_scan_plan` opens them. The same id with the same content again
    gives what stands there.

    Refused: marketing.scan_plan_nameless, scan_plan_target, scan_plan_dates, scan_plan_prizes, scan_plan_chances, scan_plan_limits,
    scan_prize_unlawful, scan_cash_range; what `rewards_fault` says; shared.repeat_differs.
    """
    with transaction.atomic():
        there = ScanPlan.objects.in_bulk([one.id for one in wanted])
        outcomes: list[ScanPlan | Refused] = []
        fresh: list[ScanPlan] = []
        for one in wanted:
            if (before := there.get(one.id)) is not None:
                outcomes.append(before if plan_wanted_of(before) == one else RepeatDiffers(id=one.id))
                continue
            fault = _fault(one, PlanNow())
            if fault is not None:
                outcomes.append(fault)
                continue
            plan = there[one.id] = ScanPlan(id=one.id, brand_id=one.brand_id, created_at=now, created_by=by)
            _put(plan, one)
            fresh.append(plan)
            outcomes.append(plan)
        ScanPlan.objects.bulk_create(fresh)
        ScanPlanCount.objects.bulk_create(
            [ScanPlanCount(plan_id=one.id, brand_id=one.brand_id, won_each=[0] * len(one.prizes)) for one in fresh]
        )
        record(
            [AuditEntry("defined", "marketing.scan_plan", one.id, one.brand_id, by, {}, _shown(one)) for one in fresh],
            at=now,
        )
    return outcomes


def change_scan_plan(plan_id: UUID, *, changes: dict[str, Any], by: UUID | None, now: datetime) -> ScanPlan:
    """Change fields of a plan, named as in `ScanPlanWanted`. Once somebody has drawn from it, only in the consumers' favor:
    later, more, likelier; never another reward, never less.

    Raises marketing.scan_plan_frozen, marketing.scan_plan_ended, what `define_scan_plans` refuses with, and shared.not_found.
    """
    with transaction.atomic():
        plan, count = locked_plan(plan_id)
        old = plan_wanted_of(plan)
        new = replace(old, **{key: value for key, value in changes.items() if key not in {"id", "brand_id"}})
        fault = (frozen_fault(old, new) if count.drawn else None) or _fault(new, count)
        if fault is not None:
            raise fault
        if new != old:
            before = _shown(plan)
            _put(plan, new)
            plan.save()
            record(
                [
                    AuditEntry(
                        "changed", "marketing.scan_plan", plan.id, plan.brand_id, by, *differing(before, _shown(plan))
                    )
                ],
                at=now,
            )
    return plan


def publish_scan_plan(plan_id: UUID, *, by: UUID | None, now: datetime) -> ScanPlan:
    """Let codes be drawn with under a plan, from its beginning on. Again it changes nothing. Refused: marketing.scan_plan_ended."""
    return _mark(
        plan_id,
        "published",
        only=lambda plan: plan.published_at is None,
        put=lambda plan: _set(plan, published_at=now),
        by=by,
        now=now,
    )


def pause_scan_plan(plan_id: UUID, *, by: UUID | None, now: datetime) -> ScanPlan:
    """Let nobody draw for the time being; codes keep their chance. Refused: marketing.scan_plan_ended."""
    return _mark(
        plan_id,
        "paused",
        only=lambda plan: plan.paused_at is None,
        put=lambda plan: _set(plan, paused_at=now),
        by=by,
        now=now,
    )


def resume_scan_plan(plan_id: UUID, *, by: UUID | None, now: datetime) -> ScanPlan:
    """Let codes be drawn with again. Refused: marketing.scan_plan_ended."""
    return _mark(
        plan_id,
        "resumed",
        only=lambda plan: plan.paused_at is not None,
        put=lambda plan: _set(plan, paused_at=None),
        by=by,
        now=now,
    )


def end_scan_plan(plan_id: UUID, *, by: UUID | None, now: datetime) -> ScanPlan:
    """End a plan for good; what was won is still handed over. Refused: marketing.scan_plan_ended."""
    return _mark(
        plan_id,
        "ended",
        only=lambda plan: plan.ended_at is None,
        put=lambda plan: _set(plan, ended_at=now),
        by=by,
        now=now,
    )


def locked_plan(plan_id: UUID) -> tuple[ScanPlan, PlanNow]:
    """Give a plan under its lock, with how far it has come. Refused: shared.not_found, marketing.scan_plan_ended."""
    rows = lock_scan_counts([plan_id])
    plan = ScanPlan.objects.filter(id=plan_id).first()
    if not rows or plan is None:
        raise NotFound(what="plan")
    if plan.ended_at is not None:
        raise ScanPlanEnded()
    return plan, PlanNow(rows[0][2], rows[0][3], rows[0][4], rows[0][5], tuple(rows[0][7]))


def plan_wanted_of(plan: ScanPlan) -> ScanPlanWanted:
    """Give a plan as it would be defined: for changing it, and for copying it under another id."""
    values = {name: getattr(plan, name) for name in KEPT}
    return ScanPlanWanted(plan.id, plan.brand_id, prizes=prizes_read(plan.prizes), **values)


def _fault(one: ScanPlanWanted, count: PlanNow) -> Refused | None:
    fault = definition_fault(one, count) or rewards_fault(one.brand_id, [prize.reward for prize in one.prizes])
    if fault is not None:
        return fault
    if one.batch_id is not None:
        batch = batch_facts([one.batch_id]).get(one.batch_id)
        return (
            None if batch is not None and batch.brand_id == one.brand_id and batch.level == "item" else ScanPlanTarget()
        )
    skus = skus_of_products([one.product_id]).get(one.product_id, []) if one.product_id else []
    return None if skus and skus[0].brand_id == one.brand_id else ScanPlanTarget()


def _mark(plan_id: UUID, action: str, *, only: Any, put: Any, by: UUID | None, now: datetime) -> ScanPlan:
    with transaction.atomic():
        plan, _ = locked_plan(plan_id)
        if only(plan):
            put(plan)
            plan.save()
            record(
                [AuditEntry(action, "marketing.scan_plan", plan.id, plan.brand_id, by, {}, {"name": plan.name})], at=now
            )
    return plan


def _set(plan: ScanPlan, **values: Any) -> None:
    for name, value in values.items():
        setattr(plan, name, value)


def _put(plan: ScanPlan, one: ScanPlanWanted) -> None:
    _set(plan, **{name: getattr(one, name) for name in KEPT})
    plan.name, plan.name_en, plan.prizes = one.name.strip()[:100], one.name_en.strip()[:100], prizes_written(one.prizes)


def _shown(plan: ScanPlan) -> dict[str, Any]:
    """Give what the audit keeps of a plan."""
    values = {name: getattr(plan, name) for name in (*KEPT, "prizes")}
    return {name: value for name, value in values.items() if value not in (None, "", 0, [])}
