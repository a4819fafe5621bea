"""What a process keeps of deals between batches: good as long as the version under the lock is the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

from sitong.marketing.deals.rules import DealTerms
from sitong.shared.statements import run, uuids

KEPT_MAX = 20_000
READ = """
SELECT id, brand_id, people, group_hours, price_minor, starts_at, ends_at, store_ids, per_member, groups_max,
       published_at IS NOT NULL, ended_at IS NOT NULL, sku_id IS NOT NULL
FROM marketing_groupdeal WHERE id = ANY(%s::uuid[])
"""
_terms: dict[UUID, tuple[int, DealTerms]] = {}


def deal_terms(versions: Mapping[UUID, int]) -> dict[UUID, DealTerms]:
    """Give what joins are decided by, for deals whose counts the caller has locked (`versions`, as read there)."""
    found = {key: kept[1] for key, version in versions.items() if (kept := _terms.get(key)) and kept[0] == version}
    if missing := [key for key in versions if key not in found]:
        if len(_terms) > KEPT_MAX:
            _terms.clear()
        for row in run(READ, [uuids(missing)]):
            stores = json.loads(row[7]) if isinstance(row[7], str) else row[7]
            terms = DealTerms(
                row[0], row[1], row[2], row[3], row[4], row[5], row[6], frozenset(UUID(one) for one in stores), row[8], row[9], row[10], row[11], row[12]
            )  # fmt: skip
            found[terms.id] = terms
            _terms[terms.id] = (versions[terms.id], terms)
    return found
