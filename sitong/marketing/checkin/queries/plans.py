"""Plans of check-in: which run in a store on its own day, and all of a brand's for those who make them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from sitong.marketing.checkin.deciding import StoreNow
from sitong.marketing.checkin.models import CheckInPlan
from sitong.marketing.checkin.rules import Plan, Step
from sitong.marketing.giving.rules import reward_read, reward_written
from sitong.org.stores.queries import StoreFacts, store_facts
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import business_date
from sitong.shared.geo import Position


def steps_written(steps: Collection[Step]) -> list[dict[str, Any]]:
    """Write steps for a JSON column."""
    return [
        {"on": one.on, "count": one.count, "again": one.again, "reward": reward_written(one.reward)} for one in steps
    ]


def steps_read(kept: Collection[dict[str, Any]]) -> tuple[Step, ...]:
    """Read what `steps_written` wrote."""
    return tuple(Step(one["on"], one["count"], reward_read(one["reward"]), one["again"]) for one in kept)


def plan_of(row: CheckInPlan) -> Plan:
    """Give a plan as deciding needs it."""
    return Plan(
        row.id, row.brand_id, row.store_id, row.per, steps_read(row.steps), row.by_position, row.by_code, row.accuracy_m_max,
        row.device_members_max, row.crowd_members, row.crowd_s, row.starts_on, row.ends_on, row.name, row.name_en,
    )  # fmt: skip


def plans_running(brand_ids: Collection[UUID], store_ids: Collection[UUID]) -> list[Plan]:
    """Give the published plans of brands and of stores, whatever the day. One statement."""
    rows = CheckInPlan.objects.filter(
        Q(store_id=None) | Q(store_id__in=store_ids), brand_id__in=brand_ids, published_at__isnull=False, ended_at=None
    )
    return [plan_of(one) for one in rows]


def plans_behind(plan_ids: Collection[UUID]) -> dict[UUID, Plan]:
    """Give plans by id, ended ones too. One statement."""
    return {one.id: plan_of(one) for one in CheckInPlan.objects.filter(id__in=plan_ids)}


def stores_now(store_ids: Collection[UUID], *, now: datetime) -> dict[UUID, StoreNow]:
    """Give open stores with their own day and the plans that run there on it, the brand's first. Two statements."""
    stores = {key: one for key, one in store_facts(store_ids).items() if one.closed_at is None}
    plans = plans_running({one.brand_id for one in stores.values()}, set(stores))
    return {key: _store_now(one, plans, business_date(now, one.zone)) for key, one in stores.items()}


def store_plans(store: StoreFacts, *, now: datetime) -> tuple[Plan, ...]:
    """Give the plans that run in one store now, the brand's first."""
    plans = plans_running([store.brand_id], [store.id])
    return _store_now(store, plans, business_date(now, store.zone)).plans


def plans_visible_to(viewer: Viewer) -> QuerySet[CheckInPlan]:
    """Give the brand's plans to its staff with coupon.see; those of single stores stand at the stores."""
    return CheckInPlan.objects.filter(brand_id__in=viewer.place_ids("brand", "coupon.see"), store_id=None)


def plans_of_store(store_id: UUID) -> QuerySet[CheckInPlan]:
    """Give a store's own plans, the newest first."""
    return CheckInPlan.objects.filter(store_id=store_id).order_by("-created_at", "-id")


def _store_now(store: StoreFacts, plans: Collection[Plan], on: date) -> StoreNow:
    there = [
        one for one in plans if one.brand_id == store.brand_id and one.store_id in (None, store.id) and one.runs_on(on)
    ]
    known = store.latitude_e6 is not None and store.longitude_e6 is not None
    center = Position(store.latitude_e6, store.longitude_e6) if known else None  # type: ignore[arg-type]
    there.sort(key=lambda one: one.store_id is not None)
    return StoreNow(store.id, store.brand_id, on, center, store.fence_m, tuple(there))
