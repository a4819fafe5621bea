"""Set prices. A price in force is ended and the next one starts; nothing is overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from sitong.goods.pricing.models import Price, PriceList
from sitong.org.stores.queries import store_facts
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.ids import new_id

AMOUNT_MAX_MINOR = 100_000_000_00
QUANTITY_MAX = 2_147_483_647
BACKDATED_MAX = timedelta(minutes=5)
PIECE = 10_000

LOCK_SKUS = "SELECT id, brand_id FROM goods_sku WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"

STANDING = """
SELECT id, sku_id, price_list, channel, store_kind, store_id, quantity_from, tier, amount_minor, starts_at, ends_at FROM goods_price
WHERE sku_id = ANY(%s) AND (ends_at IS NULL OR ends_at > %s)
"""

ENDED = """
UPDATE goods_price AS p SET ends_at = e.ends_at FROM unnest(%s::uuid[], %s::timestamptz[]) AS e(id, ends_at) WHERE p.id = e.id
"""

ADDED = """
INSERT INTO goods_price (id, brand_id, sku_id, price_list, channel, store_kind, store_id, quantity_from, tier, amount_minor,
                         starts_at, ends_at, by)
SELECT wanted.*, staff.by
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::int[], %s::text[],
            %s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS wanted, (SELECT %s::uuid AS by) AS staff
"""

HOLDS_ON = """
UPDATE goods_price SET ends_at = %s
WHERE sku_id = %s AND price_list = 'regular' AND channel = %s AND store_kind = %s AND store_id IS NOT DISTINCT FROM %s
  AND quantity_from = %s AND tier = %s AND ends_at = %s
"""


class PriceWrong(Refused):
    """The amount, the step or the period of a price is not possible."""

    code = "goods.price_wrong"


class PriceOverlaps(Refused):
    """A price for the same SKU, list, channel, store and step is already set for a part of that time."""

    code = "goods.price_overlaps"


@dataclass(frozen=True, slots=True)
class PriceWanted:
    """A price to set. `starts_at` None: now. A promotion needs `ends_at`; a regular price mostly has none.

    `id` is made by the client: the same id with the same content again changes nothing.
    """

    sku_id: UUID
    amount_minor: int
    price_list: str = PriceList.REGULAR
    channel: str = ""
    store_kind: str = ""
    store_id: UUID | None = None
    quantity_from: int = 1
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    id: UUID = field(default_factory=new_id)
    tier: str = ""

    @property
    def key(self) -> tuple[UUID, str, str, str, UUID | None, int, str]:
        """What may have one price at a time."""
        return (
            self.sku_id,
            self.price_list,
            self.channel,
            self.store_kind,
            self.store_id,
            self.quantity_from,
            self.tier,
        )


@dataclass(slots=True)
class _Standing:
    """A price that is or will be in force, while the batch is decided."""

    id: UUID
    amount_minor: int
    starts_at: datetime
    ends_at: datetime | None
    added: bool = False
    ended: bool = False


def set_prices(wanted: Sequence[PriceWanted], *, by: UUID | None, now: datetime) -> list[UUID | Refused]:
    """Set prices in order of arrival; give the id of each, or why not.

    A regular price has no end: it ends the one in force for the same SKU, channel, store, tier and step, and holds until the
    next one that is already set. A promotion has an end and may not overlap another one of the same key. Staff cannot
    set prices in the past; the platform (`by` None) may, to bring in history in order of time. Any number at once.
    """
    outcomes: list[UUID | Refused] = []
    with transaction.atomic():
        for start in range(0, len(wanted), PIECE):
            outcomes += _set_piece(wanted[start : start + PIECE], by=by, now=now)
    return outcomes


def end_prices(price_ids: Sequence[UUID], *, by: UUID | None, now: datetime) -> list[UUID | Refused]:
    """End prices now; give the id of each, or why not. What held has ended; what was still to come never was.

    When a regular price that was still to come goes, the one before it holds on in its place. One that has ended already
    is left as it is.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK_SKUS, [sorted(Price.objects.filter(id__in=price_ids).values_list("sku_id", flat=True))])
        known = Price.objects.in_bulk(list(price_ids))
        held = [one for one in known.values() if one.starts_at < now and (one.ends_at is None or one.ends_at > now)]
        to_come = [one for one in known.values() if one.starts_at >= now]
        for one in sorted(to_come, key=lambda price: price.starts_at, reverse=True):
            Price.objects.filter(id=one.id).delete()
            if one.price_list == PriceList.REGULAR:
                cursor.execute(HOLDS_ON, [one.ends_at, one.sku_id, one.channel, one.store_kind, one.store_id,
                                          one.quantity_from, one.tier, one.starts_at])  # fmt: skip
        cursor.execute(ENDED, [[one.id for one in held], [now] * len(held)])
        record([AuditEntry("ended", "goods.price", one.sku_id, one.brand_id, by, {"amount_minor": one.amount_minor},
                           {"price_id": one.id, "ends_at": now}) for one in [*held, *to_come]], at=now)  # fmt: skip
    return [price_id if price_id in known else NotFound(price_id=price_id) for price_id in price_ids]


def _set_piece(wanted: Sequence[PriceWanted], *, by: UUID | None, now: datetime) -> list[UUID | Refused]:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SKUS, [sorted({one.sku_id for one in wanted})])
        brands = dict(cursor.fetchall())
    stores = {one.id: one.brand_id for one in store_facts({one.store_id for one in wanted if one.store_id}).values()}
    earlier = Price.objects.in_bulk([one.id for one in wanted])
    standing = _standing(list(brands), since=min([now, *(one.starts_at for one in wanted if one.starts_at)]))
    added: dict[UUID, PriceWanted] = {}
    outcomes: list[UUID | Refused] = []
    traces: list[AuditEntry] = []
    for one in wanted:
        if one.id in earlier or one.id in added:
            same = _same(earlier[one.id], one) if one.id in earlier else added[one.id] == one
            outcomes.append(one.id if same else RepeatDiffers(id=one.id))
            continue
        refused = _fault(one, brands, by=by, now=now)
        if refused is None and one.store_id is not None and stores.get(one.store_id) != brands[one.sku_id]:
            refused = NotFound(store_id=one.store_id)
        if refused is None:
            before = _place(one, standing.setdefault(one.key, []), now=now)
            if isinstance(before, Refused):
                refused = before
            elif by is not None:
                traces.append(_trace(one, before, brands[one.sku_id], by=by, now=now))
        if refused is None:
            added[one.id] = one
        outcomes.append(refused or one.id)
    _write(list(added.values()), [one for row in standing.values() for one in row], brands, by=by)
    record(traces, at=now)
    return outcomes


def _standing(sku_ids: list[UUID], *, since: datetime) -> dict[tuple[object, ...], list[_Standing]]:
    found: dict[tuple[object, ...], list[_Standing]] = {}
    with connection.cursor() as cursor:
        cursor.execute(STANDING, [sku_ids, since])
        for price_id, *key, amount_minor, starts_at, ends_at in cursor.fetchall():
            found.setdefault(tuple(key), []).append(_Standing(price_id, amount_minor, starts_at, ends_at))
    return found


def _fault(one: PriceWanted, brands: dict[UUID, UUID], *, by: UUID | None, now: datetime) -> Refused | None:
    starts_at = one.starts_at or now
    if one.sku_id not in brands:
        return NotFound(sku_id=one.sku_id)
    if not 0 <= one.amount_minor <= AMOUNT_MAX_MINOR:
        return PriceWrong(what="amount")
    if not 1 <= one.quantity_from <= QUANTITY_MAX:
        return PriceWrong(what="step")
    if one.price_list not in PriceList.values or (one.price_list == PriceList.PROMOTION) != (one.ends_at is not None):
        return PriceWrong(what="end")
    if one.ends_at is not None and one.ends_at <= starts_at:
        return PriceWrong(what="period")
    if by is not None and starts_at < now - BACKDATED_MAX:
        return PriceWrong(what="past")
    return None


def _place(one: PriceWanted, row: list[_Standing], *, now: datetime) -> int | Refused | None:
    """Put the price among those of its key; give the amount that held before it, None when none did."""
    starts_at, ends_at = one.starts_at or now, one.ends_at
    overlapping = [
        other for other in row
        if (other.ends_at is None or other.ends_at > starts_at) and (ends_at is None or ends_at > other.starts_at)
    ]  # fmt: skip
    before: int | None = None
    for other in sorted(overlapping, key=lambda standing: standing.starts_at):
        if one.price_list == PriceList.PROMOTION or other.starts_at == starts_at:
            return PriceOverlaps(starts_at=other.starts_at, amount_minor=other.amount_minor)
        if other.starts_at < starts_at:
            other.ends_at, other.ended, before = starts_at, not other.added, other.amount_minor
        elif ends_at is None:
            ends_at = other.starts_at  # the next is set already: this one holds until then
    row.append(_Standing(one.id, one.amount_minor, starts_at, ends_at, added=True))
    return before


def _write(wanted: list[PriceWanted], rows: list[_Standing], brands: dict[UUID, UUID], *, by: UUID | None) -> None:
    ended = [one for one in rows if one.ended]
    fresh = {one.id: one for one in rows if one.added}
    with connection.cursor() as cursor:
        if ended:
            cursor.execute(ENDED, [[one.id for one in ended], [one.ends_at for one in ended]])
        if wanted:
            cursor.execute(ADDED, [
                [one.id for one in wanted], [brands[one.sku_id] for one in wanted], [one.sku_id for one in wanted],
                [one.price_list for one in wanted], [one.channel for one in wanted], [one.store_kind for one in wanted],
                [one.store_id for one in wanted], [one.quantity_from for one in wanted], [one.tier for one in wanted],
                [one.amount_minor for one in wanted],
                [fresh[one.id].starts_at for one in wanted], [fresh[one.id].ends_at for one in wanted], by,
            ])  # fmt: skip


def _same(kept: Price, one: PriceWanted) -> bool:
    """Tell a repeat from another price under the same id. The period is left out: both ends may have moved since."""
    return kept.amount_minor == one.amount_minor and one.key == (
        kept.sku_id, kept.price_list, kept.channel, kept.store_kind, kept.store_id, kept.quantity_from, kept.tier,
    )  # fmt: skip


def _trace(one: PriceWanted, before: int | None, brand_id: UUID, *, by: UUID, now: datetime) -> AuditEntry:
    where = {"price_list": str(one.price_list), "channel": one.channel, "store_kind": one.store_kind,
             "store_id": one.store_id, "quantity_from": one.quantity_from, "tier": one.tier}  # fmt: skip
    after = {"amount_minor": one.amount_minor, "starts_at": one.starts_at or now, "ends_at": one.ends_at, **where}
    return AuditEntry("set", "goods.price", one.sku_id, brand_id, by, {"amount_minor": before}, after)
