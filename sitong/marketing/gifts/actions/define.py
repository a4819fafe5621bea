"""Define, change, publish and end gifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sitong.goods.catalog.queries import sku_facts
from sitong.marketing.gifts.actions.give import lock_gift_counts
from sitong.marketing.gifts.definition import GiftDefined, gift_fault, gift_frozen_fault
from sitong.marketing.gifts.models import Gift, GiftCount
from sitong.shared.access.audit import AuditEntry, differing, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

COLUMNS = tuple(
    one.name for one in fields(GiftDefined) if one.name not in {"levels_minor", "store_kinds", "store_ids", "number"}
)


class GiftNumberTaken(Refused):
    """Another gift of the brand has this number."""

    code = "marketing.gift_number_taken"


class GiftEnded(Refused):
    """The gift has ended for good; make another one instead."""

    code = "marketing.gift_ended"


def define_gifts(wanted: Sequence[GiftDefined], *, by: UUID | None, now: datetime) -> list[Gift | Refused]:
    """Put gifts into the library as drafts; `publish_gift` lets campaigns give them. The same id with the same content again
    gives what stands there.

    Refused: marketing.gift_nameless, gift_amounts, gift_levels, gift_dates, gift_stores, gift_quota, gift_number_taken,
    shared.not_found (the goods), shared.repeat_differs.
    """
    with transaction.atomic():
        there = Gift.objects.in_bulk([one.id for one in wanted])
        taken = _numbers_taken(wanted)
        goods = _brands_of_goods(wanted)
        outcomes: list[Gift | Refused] = []
        fresh: list[Gift] = []
        for one in (_whole(one) for one in wanted):
            if (before := there.get(one.id)) is not None:
                outcomes.append(before if gift_defined(before) == one else RepeatDiffers(id=one.id))
                continue
            fault = gift_fault(one)
            if fault is None and one.sku_id and goods.get(one.sku_id) != one.brand_id:
                fault = NotFound(what="SKU")
            if fault is None and (one.brand_id, one.number) in taken:
                fault = GiftNumberTaken(number=one.number)
            if fault is not None:
                outcomes.append(fault)
                continue
            gift = there[one.id] = Gift(id=one.id, brand_id=one.brand_id, created_at=now, created_by=by)
            _put(gift, one)
            taken.add((one.brand_id, one.number))
            fresh.append(gift)
            outcomes.append(gift)
        Gift.objects.bulk_create(fresh)
        GiftCount.objects.bulk_create([GiftCount(gift_id=one.id, brand_id=one.brand_id) for one in fresh])
        record(
            [AuditEntry("defined", "marketing.gift", one.id, one.brand_id, by, {}, _shown(one)) for one in fresh],
            at=now,
        )
    return outcomes


def change_gift(gift_id: UUID, *, changes: dict[str, Any], by: UUID | None, now: datetime) -> Gift:
    """Change fields of a gift, named as in `GiftDefined`. Once one was given, only in favor of the members who hold one.

    What a store is paid back may change at any time: it is fixed for each gift when it is handed over. Raises
    marketing.gift_frozen, what `define_gifts` refuses with, and shared.not_found.
    """
    with transaction.atomic():
        gift, out = _locked(gift_id)
        old = gift_defined(gift)
        new = _whole(replace(old, **{key: value for key, value in changes.items() if key not in {"id", "brand_id"}}))
        fault = gift_fault(new, out=out) or (gift_frozen_fault(old, new) if out else None)
        if fault is None and new.sku_id and _brands_of_goods([new]).get(new.sku_id) != new.brand_id:
            fault = NotFound(what="SKU")
        if fault is None and new.number != old.number and _numbers_taken([new]):
            fault = GiftNumberTaken(number=new.number)
        if fault is not None:
            raise fault
        if new == old:
            return gift
        before = _shown(gift)
        _put(gift, new)
        _keep(gift, "changed", by, now, before)
    return gift


def publish_gift(gift_id: UUID, *, by: UUID | None, now: datetime) -> Gift:
    """Let a gift be given by campaigns. Publishing again changes nothing. Refused: marketing.gift_ended."""
    with transaction.atomic():
        gift, _out = _locked(gift_id)
        if gift.ended_at is not None:
            raise GiftEnded()
        if gift.published_at is None:
            before = _shown(gift)
            gift.published_at = now
            _keep(gift, "published", by, now, before)
    return gift


def end_gift(gift_id: UUID, *, by: UUID | None, now: datetime) -> Gift:
    """Give no more of a gift, for good; those that were given still hold. Again changes nothing."""
    with transaction.atomic():
        gift, _out = _locked(gift_id)
        if gift.ended_at is None:
            before = _shown(gift)
            gift.ended_at = now
            _keep(gift, "ended", by, now, before)
    return gift


def gift_defined(gift: Gift) -> GiftDefined:
    """Give a gift as it would be defined: for changing it, and for copying it under another id."""
    values = {name: getattr(gift, name) for name in COLUMNS}
    honored = gift.honored
    return GiftDefined(
        **values,
        number=gift.number,
        levels_minor=tuple(gift.levels_minor),
        store_kinds=frozenset(honored.get("store_kinds", ())),
        store_ids=frozenset(UUID(one) for one in honored.get("store_ids", ())),
    )


def _locked(gift_id: UUID) -> tuple[Gift, int]:
    out = lock_gift_counts([gift_id])
    gift = Gift.objects.filter(id=gift_id).first()
    if gift is None or gift_id not in out:
        raise NotFound(what="gift")
    return gift, out[gift_id]


def _keep(gift: Gift, what: str, by: UUID | None, now: datetime, before: dict[str, Any]) -> None:
    gift.save()
    record(
        [AuditEntry(what, "marketing.gift", gift.id, gift.brand_id, by, *differing(before, _shown(gift)))],
        at=now,
    )


def _whole(one: GiftDefined) -> GiftDefined:
    """Fill in what may be left out."""
    return replace(
        one,
        number=one.number or one.id.hex[-10:],
        name=one.name.strip()[:100],
        name_en=one.name_en.strip()[:100],
        about=one.about.strip()[:300],
        about_en=one.about_en.strip()[:300],
        levels_minor=tuple(one.levels_minor),
    )


def _put(gift: Gift, one: GiftDefined) -> None:
    for name in COLUMNS:
        if name not in {"id", "brand_id"}:
            setattr(gift, name, getattr(one, name))
    gift.number, gift.levels_minor = one.number, list(one.levels_minor)
    gift.honored = {
        key: sorted(str(value) for value in values)
        for key, values in (("store_kinds", one.store_kinds), ("store_ids", one.store_ids))
        if values
    }


def _brands_of_goods(wanted: Sequence[GiftDefined]) -> dict[UUID, UUID]:
    named = {one.sku_id for one in wanted if one.sku_id}
    return {key: one.brand_id for key, one in sku_facts(named).items()} if named else {}


def _numbers_taken(wanted: Sequence[GiftDefined]) -> set[tuple[UUID, str]]:
    numbers = {(one.brand_id, one.number) for one in wanted if one.number}
    rows = Gift.objects.filter(number__in={number for _, number in numbers}).exclude(id__in=[one.id for one in wanted])
    return {row for row in rows.values_list("brand_id", "number") if row in numbers}


def _shown(gift: Gift) -> dict[str, Any]:
    """Give what the audit keeps of a gift."""
    values = {
        name: getattr(gift, name)
        for name in [*COLUMNS, "number", "levels_minor", "honored", "published_at", "ended_at"]
    }
    return {name: value for name, value in values.items() if name not in {"id", "brand_id"} and value not in (None, "", 0, [], {})}  # fmt: skip
