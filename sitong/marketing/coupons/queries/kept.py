"""What a process keeps of coupons between batches: it is good as long as the version under the lock is the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

from sitong.marketing.coupons.claiming import CouponTerms
from sitong.marketing.coupons.rules import terms_of
from sitong.org.brands.queries import brand_facts
from sitong.shared.statements import run, uuids

KEPT_MAX = 20_000
READ = """
SELECT id, brand_id, ways, terms, claim_from, claim_until, valid_from, valid_until, valid_days, quota_total, quota_daily, per_member,
       clerk_daily, published_at IS NOT NULL, paused_at IS NOT NULL, ended_at IS NOT NULL OR voided_at IS NOT NULL
FROM marketing_coupon WHERE id = ANY(%s::uuid[])
"""

_terms: dict[UUID, tuple[int, CouponTerms]] = {}
_zones: dict[UUID, str] = {}


def coupon_terms(versions: Mapping[UUID, int]) -> dict[UUID, CouponTerms]:
    """Give what claims are decided by, for coupons whose counts the caller has locked (`versions`, as read there)."""
    found = {key: kept[1] for key, version in versions.items() if (kept := _terms.get(key)) and kept[0] == version}
    if missing := [key for key in versions if key not in found]:
        if len(_terms) > KEPT_MAX:
            _terms.clear()
        for row in run(READ, [uuids(missing)]):
            conditions = terms_of(row[3])
            terms = CouponTerms(
                row[0], row[1], _words(row[2]), conditions.tiers, conditions.first_order, row[4], row[5], row[6], row[7], row[8],
                row[9], row[10], row[11], row[12], row[13], row[14], row[15],
            )  # fmt: skip
            found[terms.id] = terms
            _terms[terms.id] = (versions[terms.id], terms)
    return found


def zone_of(brand_id: UUID) -> str:
    """Give the zone by whose days a brand's coupons count. A brand's zone never changes, so it is read once a process."""
    zone = _zones.get(brand_id)
    if zone is None:
        zone = _zones[brand_id] = brand_facts([brand_id])[brand_id].zone
    return zone


def _words(kept: list[str] | str) -> frozenset[str]:
    """Read a list of words as it is kept in JSON (as text where Django reads it)."""
    return frozenset(json.loads(kept) if isinstance(kept, str) else kept)
