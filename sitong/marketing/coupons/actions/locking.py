"""Lock claims: what is in members' hands is used, passed on or made void under its lock."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sitong.marketing.coupons.queries.claims import COLUMNS, claim_of, narrowed
from sitong.marketing.coupons.rules import ClaimNow
from sitong.shared.statements import run, uuids

LOCK = f"""{COLUMNS}
FROM unnest(%s::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT * FROM marketing_couponclaim WHERE id = w.id FOR NO KEY UPDATE) AS c
JOIN marketing_coupon AS k ON k.id = c.coupon_id
"""  # noqa: S608


def lock_claims(
    claim_ids: Collection[UUID], *, product_ids: Collection[UUID], store_ids: Collection[UUID] | None = None
) -> dict[UUID, ClaimNow]:
    """Lock claims in the order of their ids, in one statement, and give them as they are under the lock; unknown ones are left out.

    `product_ids` are those of the carts, `store_ids` (None: all) the stores that matter: of long lists only these are read.
    """
    if not claim_ids:
        return {}
    rows = run(LOCK, [*narrowed(product_ids, store_ids), uuids(sorted(set(claim_ids)))])
    return {row[0]: claim_of(row) for row in rows}
