"""How far stores and dealers have come towards their purchase targets: added up from the stock's own ledger."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sitong.goods.catalog.queries import skus_of_products
from sitong.goods.inventory.received import received_by
from sitong.marketing.ads.models import AdTarget
from sitong.marketing.ads.rules import Period, period_of
from sitong.org.brands.queries import brand_facts
from sitong.org.dealers.queries import dealers_of
from sitong.org.stores.queries import open_stores_of
from sitong.shared.clock import business_date, day_bounds

LATE = timedelta(days=2)
"""How long after a period's end its receipts are still added up: a worker that stood still loses nobody's campaign."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A place has reached a target in a period."""

    target: AdTarget
    place_id: UUID
    period: Period
    quantity: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one place is in the present period of a target."""

    target: AdTarget
    place_id: UUID
    period: Period
    quantity: int

    @property
    def to_go(self) -> int:
        """How many units are missing; 0 once it is reached."""
        return max(0, self.target.quantity - self.quantity)

    @property
    def reached(self) -> bool:
        return self.to_go == 0


def targets_counting(brand_ids: Collection[UUID] | None = None) -> list[AdTarget]:
    """Give the published targets that have not been ended, of some brands or of all."""
    rows = AdTarget.objects.filter(published_at__isnull=False, ended_at=None)
    return list((rows if brand_ids is None else rows.filter(brand_id__in=brand_ids)).order_by("created_at", "id"))


def places_reached(*, now: datetime) -> list[Reached]:
    """Give all places that have reached a target in its present period, or in the one that has just ended."""
    targets = targets_counting()
    zones = {key: one.zone for key, one in brand_facts({target.brand_id for target in targets}).items()}
    found: list[Reached] = []
    for target in targets:
        today = business_date(now, zones[target.brand_id])
        periods = {_period(target, on) for on in (today - LATE, today)} - {None}
        for period in sorted(periods, key=lambda one: one.first if one else date.min):
            if period is not None:
                received = received_in(target, period, zone=zones[target.brand_id])
                found += [
                    Reached(target, key, period, n) for key, n in sorted(received.items()) if n >= target.quantity
                ]
    return found


def progress_of(target: AdTarget, place_ids: Collection[UUID], *, now: datetime) -> list[Progress]:
    """Give how far places are in the target's present period; nothing outside of its days."""
    zone = brand_facts([target.brand_id])[target.brand_id].zone
    period = _period(target, business_date(now, zone))
    counting = [one for one in place_ids if not target.place_ids or str(one) in target.place_ids]
    if period is None or not counting:
        return []
    received = received_in(target, period, zone=zone, place_ids=counting)
    return [Progress(target, one, period, received.get(one, 0)) for one in counting]


def received_in(
    target: AdTarget, period: Period, *, zone: str, place_ids: Collection[UUID] | None = None
) -> dict[UUID, int]:
    """Give what places of a target received in a period of the brand's calendar."""
    since = day_bounds(period.first, zone)[0]
    until = day_bounds(period.last, zone)[1] if period.last < date.max else day_bounds(date(9000, 1, 1), zone)[1]
    places = places_of(target) if place_ids is None else place_ids
    skus = None
    if target.product_ids:
        of_products = skus_of_products([UUID(one) for one in target.product_ids])
        skus = [sku.id for found in of_products.values() for sku in found]
    return received_by(places, since=since, until=until, sku_ids=skus)


def places_of(target: AdTarget) -> list[UUID]:
    """Give the open stores or the dealers of which a target counts the receipts."""
    found = open_stores_of(target.brand_id) if target.place_kind == "store" else dealers_of(target.brand_id)
    return [one.id for one in found if not target.place_ids or str(one.id) in target.place_ids]


def _period(target: AdTarget, on: date) -> Period | None:
    return period_of(target.period, on, target.starts_on, target.ends_on)
