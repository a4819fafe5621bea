"""Stores' counters for gifts: locked before something is handed over, set by whoever runs the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.marketing.gifts.models import GiftCounter
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.statements import run, uuids

LOCK = """
SELECT c.store_id, c.position, c.digest FROM unnest(%s::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT * FROM marketing_giftcounter WHERE store_id = w.id FOR NO KEY UPDATE) AS c
"""
MISSING = "SELECT w.id FROM unnest(%s::uuid[]) AS w(id) WHERE NOT EXISTS (SELECT FROM marketing_giftcounter WHERE store_id = w.id)"
OPEN_AND_LOCK = """
INSERT INTO marketing_giftcounter AS c (store_id, brand_id, confirms_itself, position, digest)
SELECT w.id, w.brand_id, false, 0, ''::bytea FROM unnest(%s::uuid[], %s::uuid[]) AS w(id, brand_id) ORDER BY w.id
ON CONFLICT (store_id) DO UPDATE SET position = c.position RETURNING store_id, position, digest
"""
"""One sorted pass inserts what is missing and locks the rest, so that two batches never meet crosswise."""


@dataclass(frozen=True, slots=True)
class CounterNow:
    """The end of a store's chain of proofs, under its lock."""

    store_id: UUID
    position: int
    digest: bytes


def lock_counters(stores: Mapping[UUID, UUID], *, now: datetime) -> dict[UUID, CounterNow]:  # noqa: ARG001
    """Lock the counters of stores (store to brand) in the order of their ids, opening those that are missing."""
    if not stores:
        return {}
    keys = sorted(stores)
    missing = bool(run(MISSING, [uuids(keys)]))
    brands = [uuids([stores[key] for key in keys])] if missing else []
    rows = run(OPEN_AND_LOCK if missing else LOCK, [uuids(keys), *brands])
    return {row[0]: CounterNow(row[0], row[1], bytes(row[2])) for row in rows}


def let_counter_confirm_itself(store_id: UUID, *, brand_id: UUID, by: UUID | None, now: datetime) -> None:
    """Let consumers at the store's counter redeem without a clerk's tap, but for gifts that always need one."""
    _set(store_id, brand_id, itself=True, by=by, now=now)


def let_clerks_confirm(store_id: UUID, *, brand_id: UUID, by: UUID | None, now: datetime) -> None:
    """Let the clerk's phone ring for each gift that a consumer asks for at the counter."""
    _set(store_id, brand_id, itself=False, by=by, now=now)


def _set(store_id: UUID, brand_id: UUID, *, itself: bool, by: UUID | None, now: datetime) -> None:
    with transaction.atomic():
        lock_counters({store_id: brand_id}, now=now)
        changed = (
            GiftCounter.objects.filter(store_id=store_id).exclude(confirms_itself=itself).update(confirms_itself=itself)
        )
        if changed:
            entry = AuditEntry(
                "changed", "marketing.giftcounter", store_id, brand_id, by, {"confirms_itself": not itself},
                {"confirms_itself": itself},
            )  # fmt: skip
            record([entry], at=now)
