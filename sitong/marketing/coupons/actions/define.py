"""Define coupons and campaigns, and change coupons: frozen once one is given, but in the members' favor."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from sitong.marketing.coupons.actions.claim import lock_counts
from sitong.marketing.coupons.definition import CouponWanted, definition_fault, frozen_fault
from sitong.marketing.coupons.events import CouponProlonged
from sitong.marketing.coupons.models import Campaign, Coupon, CouponCount, CouponGoods
from sitong.marketing.coupons.rules import kept_terms, terms_of
from sitong.shared.access.audit import AuditEntry, differing, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce

GOODS_PIECE = 20_000
LIST_GOODS = """
INSERT INTO marketing_coupongoods (coupon_id, product_id, brand_id)
SELECT %s::uuid, product_id, %s::uuid FROM unnest(%s::uuid[]) AS product_id ON CONFLICT DO NOTHING
"""
KEPT = tuple(
    one.name for one in fields(CouponWanted) if one.name not in {"terms", "goods", "ways", "at_counter", "number"}
)


class CouponNumberTaken(Refused):
    """Another coupon of the brand has this number in its link."""

    code = "marketing.coupon_number_taken"


class CampaignDates(Refused):
    """A campaign needs a name, and ends on the day on which it begins or later."""

    code = "marketing.campaign_dates"


@dataclass(frozen=True, slots=True)
class CampaignWanted:
    """An effort under one name and time. The id is the caller's: sent again, it gets the first answer."""

    id: UUID
    brand_id: UUID
    name: str
    starts_on: date
    ends_on: date
    name_en: str = ""
    kind: str = ""
    source: str = ""


def define_campaigns(wanted: Sequence[CampaignWanted], *, by: UUID | None, now: datetime) -> list[Campaign | Refused]:
    """Enter campaigns; the same id again gives what stands there. Refused: marketing.campaign_dates."""
    with transaction.atomic():
        there = Campaign.objects.in_bulk([one.id for one in wanted])
        outcomes: list[Campaign | Refused] = []
        fresh: list[Campaign] = []
        for one in wanted:
            if (before := there.get(one.id)) is not None:
                outcomes.append(before if before.brand_id == one.brand_id else RepeatDiffers(id=one.id))
                continue
            if not one.name.strip() or one.ends_on < one.starts_on:
                outcomes.append(CampaignDates())
                continue
            values = {field.name: getattr(one, field.name) for field in fields(CampaignWanted)}
            campaign = there[one.id] = Campaign(**values, created_at=now)
            fresh.append(campaign)
            outcomes.append(campaign)
        Campaign.objects.bulk_create(fresh)
        record(
            [
                AuditEntry("defined", "marketing.campaign", one.id, one.brand_id, by, {}, {"name": one.name})
                for one in fresh
            ],
            at=now,
        )
    return outcomes


def define_coupons(wanted: Sequence[CouponWanted], *, by: UUID | None, now: datetime) -> list[Coupon | Refused]:
    """Define coupons as drafts, each whole or not at all; `publish_coupons` opens them. The same id with the same content again
    gives what stands there.

    Refused: marketing.coupon_nameless, coupon_gives_nothing, coupon_amounts, coupon_without_goods, coupon_hours, coupon_dates,
    coupon_quota, coupon_ways, coupon_price, coupon_group, coupon_number_taken; shared.not_found (the campaign),
    shared.repeat_differs.
    """
    with transaction.atomic():
        there = Coupon.objects.in_bulk([one.id for one in wanted])
        taken = _numbers_taken([one for one in wanted if one.id not in there])
        campaigns = _campaigns(wanted)
        outcomes: list[Coupon | Refused] = []
        fresh: list[tuple[Coupon, CouponWanted]] = []
        for one in (_whole(one) for one in wanted):
            if (before := there.get(one.id)) is not None:
                same = before.brand_id == one.brand_id and _row(one, now, by).name == before.name
                outcomes.append(before if same else RepeatDiffers(id=one.id))
                continue
            fault = definition_fault(one)
            if fault is None and one.campaign_id and campaigns.get(one.campaign_id) != one.brand_id:
                fault = NotFound(what="campaign")
            if fault is None and (one.brand_id, one.number) in taken:
                fault = CouponNumberTaken(number=one.number)
            if fault is not None:
                outcomes.append(fault)
                continue
            coupon = there[one.id] = _row(one, now, by)
            taken.add((one.brand_id, one.number))
            fresh.append((coupon, one))
            outcomes.append(coupon)
        coupons = [coupon for coupon, _ in fresh]
        Coupon.objects.bulk_create(coupons)
        CouponCount.objects.bulk_create([CouponCount(coupon_id=one.id, brand_id=one.brand_id) for one in coupons])
        for coupon, one in fresh:
            _list_goods(coupon, one.goods or ())
        record(
            [AuditEntry("defined", "marketing.coupon", one.id, one.brand_id, by, {}, _shown(one)) for one in coupons],
            at=now,
        )
    return outcomes


def change_coupon(coupon_id: UUID, *, changes: dict[str, Any], by: UUID | None, now: datetime) -> Coupon:
    """Change fields of a coupon, named as in `CouponWanted`. Once one was given, only in favor of the members that hold one.

    Who holds one that was to end at the old `valid_until` has it until the new one: that follows at once, by an event, since
    claims are never locked after counts. Raises marketing.coupon_frozen, what
    `define_coupons` refuses with, and shared.not_found.
    """
    with transaction.atomic():
        rows = lock_counts([coupon_id])
        coupon = Coupon.objects.filter(id=coupon_id).first()
        if not rows or coupon is None:
            raise NotFound(what="coupon")
        given = rows[0][2]
        old = wanted_of(coupon)
        new = replace(old, **{key: value for key, value in changes.items() if key not in {"id", "brand_id"}})
        fault = definition_fault(new, given=given - rows[0][3]) or (frozen_fault(old, new) if given else None)
        if fault is None and new.campaign_id and _campaigns([new]).get(new.campaign_id) != new.brand_id:
            fault = NotFound(what="campaign")
        if fault is None and new.number != old.number and _numbers_taken([new]):
            fault = CouponNumberTaken(number=new.number)
        if fault is not None:
            raise fault
        if new == old:
            return coupon
        before = _shown(coupon)
        _put(coupon, new)
        coupon.save()
        if new.goods != old.goods:
            CouponGoods.objects.filter(coupon_id=coupon.id).exclude(product_id__in=new.goods or ()).delete()
            _list_goods(coupon, new.goods or ())
        if given and old.valid_until and new.valid_until and new.valid_until > old.valid_until:
            announce([CouponProlonged(coupon.brand_id, coupon.id, old.valid_until, new.valid_until)], at=now)
        raise_versions([coupon.id])
        record(
            [
                AuditEntry(
                    "changed", "marketing.coupon", coupon.id, coupon.brand_id, by, *differing(before, _shown(coupon))
                )
            ],
            at=now,
        )
    return coupon


def raise_versions(coupon_ids: Collection[UUID]) -> None:
    """Let every process read these coupons anew before it gives one; the caller holds their counts' locks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE marketing_couponcount SET version = version + 1 WHERE coupon_id = ANY(%s)", [list(coupon_ids)]
        )


def wanted_of(coupon: Coupon) -> CouponWanted:
    """Give a coupon as it would be defined: for changing it, and for copying it under another id."""
    goods = None
    if coupon.goods_listed:
        goods = tuple(sorted(CouponGoods.objects.filter(coupon_id=coupon.id).values_list("product_id", flat=True)))
    values = {name: getattr(coupon, name) for name in KEPT}
    return CouponWanted(
        **values,
        number=coupon.number,
        terms=terms_of(coupon.terms),
        goods=goods,
        ways=tuple(coupon.ways),
        at_counter=coupon.at_counter,
    )


def _whole(one: CouponWanted) -> CouponWanted:
    """Fill in what may be left out."""
    return replace(
        one,
        number=one.number or f"{one.id.hex[-10:]}",
        at_counter=one.kind == "exchange" if one.at_counter is None else one.at_counter,
        goods=None if one.goods is None else tuple(sorted(set(one.goods))),
    )


def _row(one: CouponWanted, now: datetime, by: UUID | None) -> Coupon:
    coupon = Coupon(id=one.id, brand_id=one.brand_id, created_at=now, created_by=by)
    _put(coupon, one)
    return coupon


def _put(coupon: Coupon, one: CouponWanted) -> None:
    for name in KEPT:
        if name not in {"id", "brand_id"}:
            setattr(coupon, name, getattr(one, name))
    coupon.name, coupon.name_en = one.name.strip()[:100], one.name_en.strip()[:100]
    coupon.number, coupon.terms, coupon.ways = one.number, kept_terms(one.terms), sorted(set(one.ways))
    coupon.goods_listed, coupon.at_counter = one.goods is not None, bool(one.at_counter)


def _campaigns(wanted: Iterable[CouponWanted]) -> dict[UUID, UUID]:
    """Give the brands of the campaigns that are named."""
    named = {one.campaign_id for one in wanted if one.campaign_id}
    return dict(Campaign.objects.filter(id__in=named).values_list("id", "brand_id")) if named else {}


def _numbers_taken(wanted: Iterable[CouponWanted]) -> set[tuple[UUID, str]]:
    numbers = {(one.brand_id, one.number) for one in wanted if one.number}
    rows = Coupon.objects.filter(number__in={number for _, number in numbers}).values_list("brand_id", "number", "id")
    ids = {one.id for one in wanted}
    return {
        (brand_id, number)
        for brand_id, number, coupon_id in rows
        if (brand_id, number) in numbers and coupon_id not in ids
    }


def _list_goods(coupon: Coupon, goods: Sequence[UUID]) -> None:
    with connection.cursor() as cursor:
        for at in range(0, len(goods), GOODS_PIECE):
            cursor.execute(LIST_GOODS, [coupon.id, coupon.brand_id, list(goods[at : at + GOODS_PIECE])])


def _shown(coupon: Coupon) -> dict[str, Any]:
    """Give what the audit keeps of a coupon."""
    names = [*KEPT, "terms", "ways", "goods_listed", "at_counter"]
    values = {name: getattr(coupon, name) for name in names if name not in {"id", "brand_id"}}
    return {name: value for name, value in values.items() if value not in (None, "", 0, [], {})}
