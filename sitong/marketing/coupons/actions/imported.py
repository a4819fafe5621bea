"""Bring in campaigns of another system: their coupons with the goods, what members held, what was redeemed. In bulk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from sitong.shared.statements import days, integers, run, texts, uuids

PIECE = 20_000

WRITE_CAMPAIGNS = """
INSERT INTO marketing_campaign (id, brand_id, name, name_en, kind, source, starts_on, ends_on, created_at)
SELECT c.id, %s::uuid, c.name, c.name_en, c.kind, %s::text, c.starts_on, c.ends_on, %s::timestamptz
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::date[], %s::date[]) AS c(id, name, name_en, kind, starts_on, ends_on)
ON CONFLICT DO NOTHING RETURNING id
"""

WRITE_COUPONS = """
INSERT INTO marketing_coupon (id, brand_id, campaign_id, number, name, name_en, kind, value_minor, percent_bp, quantity_max,
                              threshold_minor, price_minor, terms, goods_listed, stores_choose, stacking, stack_group, ways, transferable,
                              at_counter, claim_from, claim_until, valid_from, valid_until, per_member, published_at, ended_at, void_reason,
                              created_at)
SELECT c.id, %s::uuid, c.campaign_id, c.number, c.name, c.name_en, 'cash', c.value, 0, 1, 0, 0, '{}'::jsonb, true, false, 'free', '',
       '["segment"]'::jsonb, false, false, c.starts, c.ends, c.starts, c.ends, c.per_member, c.starts, c.ends, '', %s::timestamptz
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
     AS c(id, campaign_id, number, name, name_en, value, per_member, starts, ends)
ON CONFLICT DO NOTHING RETURNING id
"""

WRITE_GOODS = """
INSERT INTO marketing_coupongoods (brand_id, coupon_id, product_id)
SELECT %s::uuid, g.coupon_id, g.product_id FROM unnest(%s::uuid[], %s::uuid[]) AS g(coupon_id, product_id)
ON CONFLICT DO NOTHING
"""

WRITE_CLAIMS = """
INSERT INTO marketing_couponclaim (id, brand_id, coupon_id, member_id, code, state, way, source, turn, claimed_at, valid_from, valid_until,
                                   void_reason)
SELECT c.id, %s::uuid, c.coupon_id, c.member_id, c.code, CASE WHEN c.id = ANY(%s::uuid[]) THEN 'redeemed' ELSE 'ready' END, 'segment',
       %s::text, 1, c.starts, c.starts, c.ends, ''
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[], %s::timestamptz[])
     AS c(id, coupon_id, member_id, code, starts, ends)
ON CONFLICT DO NOTHING RETURNING id
"""

WRITE_REDEMPTIONS = """
INSERT INTO marketing_redemption (id, brand_id, claim_id, turn, coupon_id, member_id, store_id, order_id, saved_minor, at)
SELECT r.id, %s::uuid, r.claim_id, 1, r.coupon_id, r.member_id, r.store_id, r.order_id, r.saved, r.at
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::timestamptz[])
     AS r(id, claim_id, coupon_id, member_id, store_id, order_id, saved, at)
ON CONFLICT DO NOTHING
"""

COUNT = """
INSERT INTO marketing_couponcount (coupon_id, brand_id, given, given_today, redeemed, saved_minor, voided, version)
SELECT c.id, %s::uuid, count(k.id), 0, count(r.id), coalesce(sum(r.saved_minor), 0), 0, 1
FROM unnest(%s::uuid[]) AS c(id)
LEFT JOIN marketing_couponclaim k ON k.coupon_id = c.id LEFT JOIN marketing_redemption r ON r.claim_id = k.id GROUP BY c.id
ON CONFLICT (coupon_id) DO UPDATE SET given = excluded.given, redeemed = excluded.redeemed, saved_minor = excluded.saved_minor
"""


class ImportedCampaign(NamedTuple):
    """A campaign of another system; `ends_on` is its last day."""

    id: UUID
    name: str
    name_en: str
    kind: str
    starts_on: date
    ends_on: date


class ImportedCoupon(NamedTuple):
    """A coupon of an imported campaign: an amount off its listed goods, from `starts` to `ends`, when it has ended for good."""

    id: UUID
    campaign_id: UUID
    number: str
    name: str
    name_en: str
    value_minor: int
    per_member: int
    starts: datetime
    ends: datetime
    product_ids: Sequence[UUID]


class ImportedClaim(NamedTuple):
    """A coupon that a member of a campaign's segment held from `starts` to `ends`."""

    id: UUID
    coupon_id: UUID
    member_id: UUID
    code: str
    starts: datetime
    ends: datetime


class ImportedRedemption(NamedTuple):
    """A claim that was redeemed there; store, order and saving as far as they are known."""

    id: UUID
    claim_id: UUID
    coupon_id: UUID
    member_id: UUID
    store_id: UUID | None
    order_id: UUID | None
    saved_minor: int
    at: datetime


def record_imported_campaigns(
    campaigns: Sequence[ImportedCampaign],
    coupons: Sequence[ImportedCoupon],
    *,
    brand_id: UUID,
    source: str,
    now: datetime,
) -> int:
    """Write down campaigns that ran elsewhere, with their coupons, and give how many coupons were new. What is there stays.

    They are over, so nobody can claim them; the goods go in pieces of 20,000 rows, each in a transaction of its own, the
    coupons before them, so that a load that broke off is finished by the next one.
    """
    with transaction.atomic():
        run(WRITE_CAMPAIGNS, [brand_id, source, now, uuids([one.id for one in campaigns]), *_texts(campaigns, "name", "name_en", "kind"),
                              days([one.starts_on for one in campaigns]), days([one.ends_on for one in campaigns])])  # fmt: skip
        new = run(WRITE_COUPONS, [
            brand_id, now, uuids([one.id for one in coupons]), uuids([one.campaign_id for one in coupons]),
            *_texts(coupons, "number", "name", "name_en"), integers([one.value_minor for one in coupons]),
            integers([one.per_member for one in coupons]), _instants([one.starts for one in coupons]), _instants([one.ends for one in coupons]),
        ])  # fmt: skip
        run(COUNT, [brand_id, uuids(sorted(one.id for one in coupons))])
    pairs = list(chain.from_iterable(((one.id, product_id) for product_id in one.product_ids) for one in coupons))
    for start in range(0, len(pairs), PIECE):
        piece = pairs[start : start + PIECE]
        run(WRITE_GOODS, [brand_id, uuids([coupon for coupon, _ in piece]), uuids([product for _, product in piece])])
    return len(new)


def record_imported_claims(
    claims: Sequence[ImportedClaim], redemptions: Sequence[ImportedRedemption], *, brand_id: UUID, source: str
) -> int:
    """Write down who held which imported coupon and what was redeemed, and give how many claims were new. What is there stays.

    One transaction: claims, redemptions, and the counts that follow from them.
    """
    with transaction.atomic():
        new = run(WRITE_CLAIMS, [
            brand_id, uuids([one.claim_id for one in redemptions]), source, uuids([one.id for one in claims]),
            uuids([one.coupon_id for one in claims]), uuids([one.member_id for one in claims]), *_texts(claims, "code"),
            _instants([one.starts for one in claims]), _instants([one.ends for one in claims]),
        ])  # fmt: skip
        run(WRITE_REDEMPTIONS, [
            brand_id, *(uuids([getattr(one, name) for one in redemptions])
                        for name in ("id", "claim_id", "coupon_id", "member_id", "store_id", "order_id")),
            integers([one.saved_minor for one in redemptions]), _instants([one.at for one in redemptions]),
        ])  # fmt: skip
        run(COUNT, [brand_id, uuids(sorted({one.coupon_id for one in claims}))])
    return len(new)


def _texts(rows: Sequence[NamedTuple], *names: str) -> list[str]:
    return [texts([getattr(one, name) for one in rows]) for name in names]


def _instants(values: Sequence[datetime]) -> str:
    return '{"' + '","'.join([value.isoformat() for value in values]) + '"}' if values else "{}"
