"""Open accounts of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from sitong.shared.ids import new_ids

OPEN = """
INSERT INTO shared_ledgeraccount
  (id, brand_id, owner_id, unit, kind, "limit", opened_at, debits_posted, credits_posted, debits_pending, credits_pending)
SELECT id, brand_id, owner_id, unit, kind, cap, %s, 0, 0, 0, 0
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[]) AS wanted(id, brand_id, owner_id, unit, kind, cap)
ON CONFLICT (owner_id, kind, unit, brand_id) DO NOTHING
"""
FIND = """
SELECT wanted.place, account.id FROM unnest(%s::int[], %s::uuid[], %s::uuid[], %s::text[], %s::text[]) AS wanted(place, brand_id, owner_id, unit, kind)
JOIN shared_ledgeraccount AS account USING (brand_id, owner_id, unit, kind)
"""


@dataclass(frozen=True, slots=True)
class AccountWanted:
    """An account to have. `limit`: "debits" may not exceed credits, "credits" may not exceed debits, "" neither."""

    brand_id: UUID
    owner_id: UUID
    unit: str
    kind: str
    limit: str = ""


def open_accounts(wanted: Sequence[AccountWanted], *, now: datetime) -> list[UUID]:
    """Give the id of each account, opening those that are missing. One that stands keeps the limit that it was opened with."""
    if not wanted:
        return []
    once = sorted(
        {(one.owner_id, one.kind, one.unit, one.brand_id): one for one in wanted}.items(), key=lambda item: item[0]
    )
    rows = [one for _, one in once]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OPEN, [
            now, new_ids(len(rows)), [one.brand_id for one in rows], [one.owner_id for one in rows],
            [one.unit for one in rows], [one.kind for one in rows], [one.limit for one in rows],
        ])  # fmt: skip
        cursor.execute(FIND, [
            list(range(len(wanted))), [one.brand_id for one in wanted], [one.owner_id for one in wanted],
            [one.unit for one in wanted], [one.kind for one in wanted],
        ])  # fmt: skip
        found = dict(cursor.fetchall())
    return [found[place] for place in range(len(wanted))]
