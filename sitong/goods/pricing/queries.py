"""Read prices: all candidates for a few SKUs, the price now, the history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sitong.goods.pricing.models import Price
from sitong.goods.pricing.rules import PriceCandidate, choose_price, reference_price
from sitong.shared.statements import run, uuids

CANDIDATES = """
SELECT id, sku_id, amount_minor, starts_at, ends_at, price_list, channel, store_kind, store_id, quantity_from, tier
FROM goods_price WHERE sku_id = ANY(%s::uuid[]) AND starts_at <= %s AND (ends_at IS NULL OR ends_at > %s)
"""
HISTORY_SEEN = timedelta(days=60)
"""How far back a struck-through price looks for the last price before a promotion."""


Struck = tuple[int, datetime]
"""A lawful struck-through price in minor units, and the end of the promotion that is below it."""


@dataclass(frozen=True, slots=True)
class PriceNow:
    """What one SKU costs now, what may be struck through beside it, and until when a promotion holds."""

    price_id: UUID
    amount_minor: int
    struck_minor: int | None
    ends_at: datetime | None


def price_candidates(
    sku_ids: Collection[UUID], *, at: datetime, since: datetime | None = None
) -> dict[UUID, list[PriceCandidate]]:
    """Give the prices in force at `at` of each SKU, for `rules.choose_price`; with `since`, those of any instant from then on.

    One statement; SKUs without one stay out.
    """
    return _candidates(sku_ids, until=at, since=since or at)


def price_now(
    sku_ids: Collection[UUID], *, channel: str, store_kind: str, store_id: UUID | None, at: datetime, quantity: int = 1
) -> dict[UUID, PriceNow]:
    """Give the price of each SKU in a store and channel, with its lawful struck-through price. SKUs without one stay out."""
    seen = _candidates(sku_ids, until=at, since=at - HISTORY_SEEN)
    place = {"channel": channel, "store_kind": store_kind, "store_id": store_id, "quantity": quantity, "at": at}
    found = {}
    for sku_id, candidates in seen.items():
        if (held := choose_price(candidates, **place)) is not None:  # type: ignore[arg-type]
            struck = reference_price(candidates, **place)  # type: ignore[arg-type]
            found[sku_id] = PriceNow(held.id, held.amount_minor, struck, held.ends_at if struck else None)
    return found


def struck_prices(asked: Sequence[tuple[UUID, str, str, UUID | None]], *, at: datetime) -> list[Struck | None]:
    """Give the lawful struck-through price (`rules.reference_price`) and the promotion's end for each SKU, channel, store
    kind and store; None where there is none. One statement."""
    seen = _candidates({sku_id for sku_id, _, _, _ in asked}, until=at, since=at - HISTORY_SEEN)
    struck: list[Struck | None] = []
    for sku_id, channel, store_kind, store_id in asked:
        place = {"channel": channel, "store_kind": store_kind, "store_id": store_id, "quantity": 1, "at": at}
        reference = reference_price(seen.get(sku_id, []), **place)  # type: ignore[arg-type]
        held = choose_price(seen.get(sku_id, []), **place) if reference is not None else None  # type: ignore[arg-type]
        struck.append(
            (reference, held.ends_at)
            if reference is not None and held is not None and held.ends_at is not None
            else None
        )
    return struck


def prices_of(sku_ids: Collection[UUID]) -> list[Price]:
    """Give all prices of the SKUs, past, present and to come, newest start first: the history as people read it."""
    return list(Price.objects.filter(sku_id__in=list(sku_ids)).order_by("sku_id", "-starts_at", "-id"))


def _candidates(sku_ids: Collection[UUID], *, until: datetime, since: datetime) -> dict[UUID, list[PriceCandidate]]:
    found: dict[UUID, list[PriceCandidate]] = {}
    for row in run(CANDIDATES, [uuids(sku_ids), until, since]):
        found.setdefault(row[1], []).append(PriceCandidate(*row))
    return found
