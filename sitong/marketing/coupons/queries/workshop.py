"""Coupons and campaigns as headquarters' workshop lists them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When

from sitong.marketing.coupons.models import Campaign, Coupon, CouponCount, CouponStore
from sitong.shared.access.viewer import Viewer
from sitong.shared.statements import run


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign with what came of it. `members` are those who hold or held one of its coupons, each counted once."""

    id: UUID
    name: str
    name_en: str
    kind: str
    source: str
    starts_on: date
    ends_on: date
    coupons: int
    goods: int
    members: int
    given: int
    redeemed: int
    saved_minor: int


CAMPAIGNS = """
SELECT c.id, c.name, c.name_en, c.kind, c.source, c.starts_on, c.ends_on,
       k.coupons, g.goods, m.members, coalesce(k.given, 0), coalesce(k.redeemed, 0), coalesce(k.saved, 0)
FROM marketing_campaign AS c
CROSS JOIN LATERAL (SELECT count(*) AS coupons, sum(n.given) AS given, sum(n.redeemed) AS redeemed, sum(n.saved_minor)::bigint AS saved
                    FROM marketing_coupon AS k LEFT JOIN marketing_couponcount AS n ON n.coupon_id = k.id WHERE k.campaign_id = c.id) AS k
CROSS JOIN LATERAL (SELECT count(*) AS goods FROM marketing_coupon AS k JOIN marketing_coupongoods AS g ON g.coupon_id = k.id
                    WHERE k.campaign_id = c.id) AS g
CROSS JOIN LATERAL (SELECT count(DISTINCT l.member_id) AS members FROM marketing_coupon AS k
                    JOIN marketing_couponclaim AS l ON l.coupon_id = k.id WHERE k.campaign_id = c.id) AS m
WHERE c.brand_id = %s AND (%s::uuid IS NULL OR c.id = %s) ORDER BY c.starts_on DESC, c.name
"""


def brand_coupons(viewer: Viewer, permission: str = "coupon.see") -> QuerySet[Coupon]:
    """Give the coupons of the viewer's brand, to headquarters' staff alone, with `given`, `redeemed` and `saved_minor`."""
    counts = CouponCount.objects.filter(coupon_id=OuterRef("id"))
    return (
        Coupon.objects.filter(Q(brand_id__in=viewer.place_ids("brand", permission)), brand_id=viewer.brand_id)  # type: ignore[misc]
        .select_related("campaign")
        .annotate(
            given=Subquery(counts.values("given")),
            redeemed=Subquery(counts.values("redeemed")),
            saved_minor=Subquery(counts.values("saved_minor")),
            voided=Subquery(counts.values("voided")),
        )
    )


def with_state(coupons: QuerySet[Coupon], *, at: datetime) -> QuerySet[Coupon]:
    """Give each coupon its state at an instant, as `looks.state_of` names it."""
    state = Case(
        When(voided_at__isnull=False, then=Value("void")),
        When(ended_at__lte=at, then=Value("ended")),
        When(published_at=None, then=Value("draft")),
        When(paused_at__isnull=False, then=Value("paused")),
        When(claim_from__gt=at, then=Value("coming")),
        When(claim_until__lte=at, then=Value("over")),
        default=Value("running"),
        output_field=CharField(),
    )
    return coupons.annotate(state=state)


def counted_by_state(coupons: QuerySet[Coupon]) -> dict[str, int]:
    """Count coupons by their state."""
    return dict(coupons.order_by().values_list("state").annotate(Count("id")))  # type: ignore[misc]


def campaign_rows(brand_id: UUID, *, campaign_id: UUID | None = None) -> list[CampaignRow]:
    """Give a brand's campaigns (or one of them), the youngest first, with what came of them. One statement."""
    return [CampaignRow(*row) for row in run(CAMPAIGNS, [brand_id, campaign_id, campaign_id])]


def campaign_choices(brand_id: UUID, *, imported: bool) -> list[tuple[str, str, str]]:
    """Give id and names of campaigns to choose from, the youngest first."""
    found = Campaign.objects.filter(brand_id=brand_id)
    if not imported:
        found = found.filter(source="")
    rows = found.order_by("-starts_on", "name").values_list("id", "name", "name_en")
    return [(str(key), name, name_en) for key, name, name_en in rows[:200]]


def stores_of_coupon(coupon_id: UUID) -> list[dict[str, Any]]:
    """Give the stores to which a coupon was pushed, those that chose it first."""
    rows = CouponStore.objects.filter(coupon_id=coupon_id).order_by(F("chosen_at").asc(nulls_last=True), "pushed_at")
    return list(rows.values("store_id", "pushed_at", "chosen_at"))  # type: ignore[arg-type]


def pushed_below(store_ids: Collection[UUID], *, at: datetime) -> list[tuple[Coupon, list[tuple[UUID, bool]]]]:
    """Give the running coupons that were pushed to some of these stores, and for each of them whether it has chosen."""
    rows: dict[UUID, dict[UUID, bool]] = {}
    for one in CouponStore.objects.filter(store_id__in=store_ids):
        rows.setdefault(one.coupon_id, {})[one.store_id] = one.chosen_at is not None
    alive = Q(valid_until=None) | Q(valid_until__gt=at)
    coupons = Coupon.objects.filter(alive, id__in=rows, ended_at=None, voided_at=None, published_at__isnull=False)
    ordered = list(dict.fromkeys(store_ids))
    return [
        (one, [(store_id, rows[one.id][store_id]) for store_id in ordered if store_id in rows[one.id]])
        for one in coupons.order_by("-published_at", "number")
    ]


def campaign_coupons(brand_id: UUID) -> dict[UUID, tuple[str, str]]:
    """Give the coupons that a brand's campaigns may give now, by id, with their names (Chinese, English)."""
    rows = Coupon.objects.filter(
        brand_id=brand_id, published_at__isnull=False, ended_at=None, voided_at=None, ways__contains=["campaign"]
    ).order_by("name", "id")
    return {row[0]: (row[1], row[2] or row[1]) for row in rows.values_list("id", "name", "name_en")}


def names_of_coupons(coupon_ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Give the names of coupons; unknown ones are left out."""
    rows = Coupon.objects.filter(id__in=coupon_ids).values_list("id", "name", "name_en")
    return {row[0]: (row[1], row[2] or row[1]) for row in rows}
