"""Claims as deciding needs them: those of a member, one by its code; under lock by `actions.lock_claims`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.marketing.coupons.claiming import read_code
from sitong.marketing.coupons.rules import ClaimNow, CouponFacts, terms_of
from sitong.shared.statements import run, texts, uuids

COLUMNS = """
SELECT c.id, c.brand_id, c.member_id, c.code, c.state, c.turn, c.valid_from, c.valid_until,
       k.id, k.name, k.name_en, k.kind, k.value_minor, k.percent_bp, k.cap_minor, k.quantity_max, k.threshold_minor, k.stacking,
       k.stack_group, k.terms, k.goods_listed,
       CASE WHEN k.goods_listed THEN ARRAY(SELECT g.product_id FROM marketing_coupongoods AS g
                                           WHERE g.coupon_id = k.id AND g.product_id = ANY(%s::uuid[])) END,
       CASE WHEN k.stores_choose THEN ARRAY(SELECT s.store_id FROM marketing_couponstore AS s
                                            WHERE s.coupon_id = k.id AND s.chosen_at IS NOT NULL
                                              AND (%s::uuid[] IS NULL OR s.store_id = ANY(%s::uuid[]))) END,
       k.voided_at IS NOT NULL, k.at_counter
"""

READY = f"""{COLUMNS}
FROM marketing_couponclaim AS c JOIN marketing_coupon AS k ON k.id = c.coupon_id
WHERE c.member_id = ANY(%s::uuid[]) AND c.state = 'ready' AND c.valid_until > %s::timestamptz AND k.voided_at IS NULL
ORDER BY c.valid_until, c.id
"""

BY_CODE = f"{COLUMNS} FROM marketing_couponclaim AS c JOIN marketing_coupon AS k ON k.id = c.coupon_id WHERE c.brand_id = %s AND c.code = %s"

IDS = """
SELECT w.brand_id, w.code, c.id FROM unnest(%s::uuid[], %s::text[]) AS w(brand_id, code)
JOIN marketing_couponclaim AS c ON c.brand_id = w.brand_id AND c.code = w.code
"""


def claims_ready(
    member_ids: Collection[UUID],
    *,
    at: datetime,
    product_ids: Collection[UUID],
    store_ids: Collection[UUID] | None = None,
) -> dict[UUID, list[ClaimNow]]:
    """Give the coupons that members hold and have not used, the soonest to expire first; those whose time is yet to come too.

    `product_ids` are those of the cart, `store_ids` (None: all) the stores that matter: of long lists only these are read.
    """
    found: dict[UUID, list[ClaimNow]] = {member_id: [] for member_id in member_ids}
    for row in run(READY, [*narrowed(product_ids, store_ids), uuids(member_ids), at]):
        claim = claim_of(row)
        found[claim.member_id].append(claim)
    return found


def claim_by_code(brand_id: UUID, code: str, *, product_ids: Collection[UUID] = ()) -> ClaimNow | None:
    """Give the claim with this code, however it is typed; None when there is none in the brand."""
    rows = run(BY_CODE, [*narrowed(product_ids, None), brand_id, read_code(code)])
    return claim_of(rows[0]) if rows else None


def prices_of(coupon_ids: Collection[UUID]) -> dict[UUID, tuple[UUID, str, int]]:
    """Give brand, name and price of coupons that are bought; others are left out."""
    rows = run(
        "SELECT id, brand_id, name, price_minor FROM marketing_coupon WHERE id = ANY(%s::uuid[]) AND price_minor > 0",
        [uuids(coupon_ids)],
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def holders_of(claim_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Give in whose hands claims are."""
    rows = run("SELECT id, member_id FROM marketing_couponclaim WHERE id = ANY(%s::uuid[])", [uuids(claim_ids)])
    return {row[0]: row[1] for row in rows}


def ids_by_code(codes: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], UUID]:
    """Give the ids of claims by brand and code, as `read_code` gives it. A code never changes its claim."""
    pairs = sorted(set(codes))
    rows = run(IDS, [uuids([pair[0] for pair in pairs]), texts([pair[1] for pair in pairs])]) if pairs else []
    return {(row[0], row[1]): row[2] for row in rows}


def narrowed(product_ids: Collection[UUID], store_ids: Collection[UUID] | None) -> list[str | None]:
    """Give the parameters of `COLUMNS`."""
    stores = None if store_ids is None else uuids(store_ids)
    return [uuids(product_ids), stores, stores]


def claim_of(row: tuple[Any, ...]) -> ClaimNow:
    """Make a claim of a row of `COLUMNS`."""
    facts = CouponFacts(
        row[8], row[1], row[9], row[10], row[11], row[12], row[13], row[14], row[15], row[16], row[17], row[18], terms_of(row[19]), row[20],
        frozenset(row[21] or ()), None if row[22] is None else frozenset(row[22]), row[23], row[24],
    )  # fmt: skip
    return ClaimNow(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], facts)
