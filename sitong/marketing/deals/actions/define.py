"""Define group deals, publish them (which freezes them and commits to the draw's seeds), and end them."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import h3
from django.db import transaction

from sitong.marketing.coupons.models import Coupon
from sitong.marketing.deals.actions.join import lock_deal_counts
from sitong.marketing.deals.definition import (
    RESOLUTION_MAX,
    DealCells,
    DealDates,
    DealWanted,
    DrawWanted,
    definition_fault,
)
from sitong.marketing.deals.events import DealPublished
from sitong.marketing.deals.models import DealCount, DealDay, DealDraw, DealKind, GroupDeal
from sitong.marketing.giving.queries import rewards_fault
from sitong.marketing.giving.rules import reward_read
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import open_stores_of
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.geo import Position, cell_of
from sitong.shared.proof.rules import SEED_BYTES, commitment_of

NUMBER = re.compile(r"[A-Za-z0-9-]{3,20}")
KEPT = tuple(one.name for one in fields(DealWanted) if one.name not in {"draw", "cells", "store_ids", "number"})


class DealNumberTaken(Refused):
    """Another deal of the brand has this number in its link, or it is none."""

    code = "marketing.deal_number_taken"


class DealFrozen(Refused):
    """The deal is published: its terms and its draw cannot be changed any more."""

    code = "marketing.deal_frozen"


class DealCouponUnfit(Refused):
    """The coupon is not published, not given by group deals, or there are fewer than one group needs."""

    code = "marketing.deal_coupon_unfit"


class DealWithoutStores(Refused):
    """No open store lies in the area, or is among those chosen."""

    code = "marketing.deal_without_stores"


def define_deals(wanted: Sequence[DealWanted], *, by: UUID | None, now: datetime) -> list[GroupDeal | Refused]:
    """Define deals as drafts; the same id again changes the draft. Once published nothing changes: the same content again gives
    what stands there, another is refused.

    Refused: marketing.deal_nameless, deal_gives_nothing, deal_numbers, deal_dates, deal_cells, deal_number_taken, deal_frozen,
    deal_prize_too_high, deal_draw_terms; shared.repeat_differs (another brand's id).
    """
    return [_define(one, by=by, now=now) for one in wanted]


def publish_deal(deal_id: UUID, *, by: UUID | None, now: datetime) -> GroupDeal:
    """Open a deal and freeze it. Its stores are settled, and for each day of its draw a seed is made, of which only the
    commitment can be read until that day is drawn. Again changes nothing.

    Raises marketing.deal_coupon_unfit, deal_without_stores, deal_dates (the draw's first day is over), shared.not_found.
    """
    with transaction.atomic():
        lock_deal_counts([deal_id])
        deal = GroupDeal.objects.filter(id=deal_id).first()
        if deal is None:
            raise NotFound(what="deal")
        if deal.published_at is not None:
            return deal
        _require_coupon(deal, now)
        deal.store_ids = [str(one) for one in _stores_of(deal)]
        draw = DealDraw.objects.filter(deal_id=deal.id).first()
        zone = brand_facts([deal.brand_id])[deal.brand_id].zone
        days = _days(draw, zone) if draw is not None else []
        if deal.ends_at <= now or (days and days[0].closes_at <= now):
            raise DealDates()
        deal.published_at = now
        deal.save()
        DealDay.objects.bulk_create(days)
        _change_version(deal.id)
        record([AuditEntry("published", "marketing.deal", deal.id, deal.brand_id, by, {}, {"name": deal.name})], at=now)
        announce([DealPublished(deal.brand_id, deal.id)], at=now)
        return deal


def end_deal(deal_id: UUID, *, by: UUID | None, now: datetime) -> GroupDeal:
    """Let no new groups be opened; groups that are open go on, and so does the draw. Again changes nothing. Raises shared.not_found."""
    with transaction.atomic():
        lock_deal_counts([deal_id])
        deal = GroupDeal.objects.filter(id=deal_id).first()
        if deal is None:
            raise NotFound(what="deal")
        if deal.ended_at is None and deal.published_at is not None:
            deal.ended_at = now
            deal.save(update_fields=["ended_at"])
            _change_version(deal.id)
            record([AuditEntry("ended", "marketing.deal", deal.id, deal.brand_id, by, {}, {"name": deal.name})], at=now)
        return deal


def _define(one: DealWanted, *, by: UUID | None, now: datetime) -> GroupDeal | Refused:
    with transaction.atomic():
        lock_deal_counts([one.id])
        before = GroupDeal.objects.filter(id=one.id).first()
        if before is not None and before.brand_id != one.brand_id:
            return RepeatDiffers(id=one.id)
        number = one.number.strip() or (before.number if before else f"G{one.id.int % 10**9:09d}")
        taken = GroupDeal.objects.filter(brand_id=one.brand_id, number=number).exclude(id=one.id).exists()
        fault = definition_fault(one) or _cells_fault(one.cells)
        published = before is not None and before.published_at is not None
        if fault is None and one.draw is not None and not published:
            fault = rewards_fault(one.brand_id, [reward_read(one.draw.prize)])
        if fault is None and (taken or not NUMBER.fullmatch(number)):
            fault = DealNumberTaken(number=number)
        if fault is not None:
            return fault
        deal = before or GroupDeal(id=one.id, created_at=now, created_by=by)
        values = {name: getattr(one, name) for name in KEPT}
        if before is not None and published:
            same = all(getattr(before, name) == value for name, value in values.items())
            return before if same and _same_draw(before, one.draw) else DealFrozen()
        for name, value in values.items():
            setattr(deal, name, value)
        deal.kind = DealKind.COUPON if one.coupon_id else DealKind.GOODS
        deal.number, deal.currency = number, brand_facts([one.brand_id])[one.brand_id].currency
        deal.cells, deal.store_ids = list(one.cells), [str(store) for store in one.store_ids]
        deal.save()
        if before is None:
            DealCount.objects.bulk_create([DealCount(deal_id=deal.id, brand_id=deal.brand_id)])
        DealDraw.objects.filter(deal_id=deal.id).delete()
        if one.draw is not None:
            draw = {field.name: getattr(one.draw, field.name) for field in fields(DrawWanted)}
            DealDraw.objects.bulk_create([DealDraw(deal_id=deal.id, brand_id=deal.brand_id, **draw)])
        record([AuditEntry("defined", "marketing.deal", deal.id, deal.brand_id, by, {}, {"name": deal.name})], at=now)
        return deal


def _same_draw(deal: GroupDeal, wanted: DrawWanted | None) -> bool:
    there = DealDraw.objects.filter(deal_id=deal.id).first()
    if there is None or wanted is None:
        return there is None and wanted is None
    return all(getattr(there, field.name) == getattr(wanted, field.name) for field in fields(DrawWanted))


def _cells_fault(cells: Collection[str]) -> Refused | None:
    sound = all(h3.is_valid_cell(one) and h3.get_resolution(one) <= RESOLUTION_MAX for one in cells)
    return None if sound else DealCells()


def _require_coupon(deal: GroupDeal, now: datetime) -> None:
    if deal.coupon_id is None:
        return
    coupon = Coupon.objects.filter(id=deal.coupon_id, brand_id=deal.brand_id).first()
    fit = (
        coupon is not None and coupon.published_at is not None and coupon.ended_at is None and coupon.voided_at is None
        and "campaign" in coupon.ways and coupon.per_member >= deal.per_member
        and (coupon.valid_until is None or coupon.valid_until > now)
        and (coupon.quota_total is None or coupon.quota_total >= deal.people * (deal.groups_max or 1))
    )  # fmt: skip
    if not fit:
        raise DealCouponUnfit()


def _stores_of(deal: GroupDeal) -> list[UUID]:
    """Settle where the deal runs: the chosen stores and those in its cells; none of both: everywhere."""
    if not deal.store_ids and not deal.cells:
        return []
    chosen, cells = {UUID(one) for one in deal.store_ids}, set(deal.cells)
    sizes = {h3.get_resolution(one) for one in cells}
    found = [
        store.id for store in open_stores_of(deal.brand_id)
        if store.id in chosen or (
            store.latitude_e6 is not None and store.longitude_e6 is not None
            and any(cell_of(Position(store.latitude_e6, store.longitude_e6), resolution=size) in cells for size in sizes)
        )
    ]  # fmt: skip
    if not found:
        raise DealWithoutStores()
    return found


def _days(draw: DealDraw, zone: str) -> list[DealDay]:
    made = []
    for day in range(draw.days):
        on = draw.first_on + timedelta(days=day)
        clock = time(draw.closes_minute // 60, draw.closes_minute % 60)
        seed = os.urandom(SEED_BYTES)
        made.append(DealDay(
            brand_id=draw.brand_id, deal_id=draw.deal_id, day=day + 1, on=on, commitment=commitment_of(seed), seed=seed.hex(),
            closes_at=datetime.combine(on, clock, tzinfo=ZoneInfo(zone)),
        ))  # fmt: skip
    return made


def _change_version(deal_id: UUID) -> None:
    count = DealCount.objects.get(deal_id=deal_id)
    count.version += 1
    count.save(update_fields=["version"])
