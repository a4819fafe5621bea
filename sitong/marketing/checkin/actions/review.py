"""Somebody of the brand has looked at check-ins that wait: they count after all, or they do not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.marketing.checkin.actions.writing import lock_standings, write_standings, write_won
from sitong.marketing.checkin.deciding import Facts, StoreNow, count_day
from sitong.marketing.checkin.events import MemberCheckedIn
from sitong.marketing.checkin.models import CheckIn, CheckInState
from sitong.marketing.checkin.queries.days import days_of, rewards_had
from sitong.marketing.checkin.queries.plans import plans_behind, stores_now
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.events.actions import announce


def accept_check_ins(check_in_ids: Collection[UUID], *, by: UUID | None, now: datetime) -> int:
    """Let check-ins that wait count for their own day, and give what they reach by the plans of then. Gives how many.

    A day that comes late closes the gap in a run, so a reward for days in a row may become due with it. Those that do not
    wait any more are left out.
    """
    with transaction.atomic():
        rows = _locked(check_in_ids)
        stores = stores_now({row.store_id for row in rows}, now=now)
        plans = plans_behind({row.plan_id for row in rows})
        keys = {(place, row.member_id) for row in rows for place in (row.brand_id, row.store_id)}
        facts = Facts(
            now, stores, {}, {}, lock_standings({(place, row.member_id): row.brand_id for row in rows for place in (row.brand_id, row.store_id)}),
            days_of(keys), frozenset(), {}, {}, {}, rewards_had({row.member_id for row in rows}, _plan_ids(stores, set(plans))),
        )  # fmt: skip
        won, events = [], []
        for row in sorted(rows, key=lambda one: (one.on, one.at, one.id)):
            store = stores.get(row.store_id)
            if store is None:  # closed meanwhile: the day counts, by the plan that it was checked in under
                store = StoreNow(row.store_id, row.brand_id, row.on, None, 0, ())
            own = tuple(one for one in store.plans if one.store_id is not None and one.id != row.plan_id)
            stands, reached = count_day(
                (row.member_id, replace(store, plans=(plans[row.plan_id], *own)), row.on), facts
            )
            row.streak, row.total = stands.streak, stands.total
            row.state, row.settled_at, row.settled_by = CheckInState.COUNTED, now, by
            won.append((row.id, row.brand_id, row.store_id, row.member_id, reached))
            events.append(
                MemberCheckedIn(
                    row.brand_id, row.id, row.member_id, row.store_id, row.on, row.way, row.streak, row.total
                )
            )
        CheckIn.objects.bulk_update(rows, ["state", "streak", "total", "settled_at", "settled_by"])
        if rows:
            write_standings({key: facts.stands[key] for key in keys})
        write_won(won, now=now)
        _traced("accepted", rows, by, now)
        announce(events, at=now)
    return len(rows)


def refuse_check_ins(check_in_ids: Collection[UUID], *, by: UUID | None, now: datetime) -> int:
    """Let check-ins that wait not count. Their day is over for the member, who was not there. Gives how many."""
    with transaction.atomic():
        rows = _locked(check_in_ids)
        for row in rows:
            row.state, row.settled_at, row.settled_by = CheckInState.REFUSED, now, by
        CheckIn.objects.bulk_update(rows, ["state", "settled_at", "settled_by"])
        _traced("refused", rows, by, now)
    return len(rows)


def _locked(check_in_ids: Collection[UUID]) -> list[CheckIn]:
    rows = CheckIn.objects.select_for_update(no_key=True).filter(id__in=check_in_ids, state=CheckInState.WAITING)
    return list(rows.order_by("id"))


def _plan_ids(stores: dict[UUID, StoreNow], known: set[UUID]) -> set[UUID]:
    return known | {plan.id for store in stores.values() for plan in store.plans}


def _traced(verb: str, rows: list[CheckIn], by: UUID | None, now: datetime) -> None:
    record(
        [
            AuditEntry(verb, "marketing.check_in", one.id, one.brand_id, by, after={"on": one.on.isoformat()})
            for one in rows
        ],
        at=now,
    )
