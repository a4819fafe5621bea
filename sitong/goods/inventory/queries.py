"""What lies where, and what may be promised."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import Min, Q, QuerySet

from sitong.goods.catalog.queries import sku_facts
from sitong.goods.inventory.models import Hold, Level, Location, LocationKind, Lot, Move, StockDocument
from sitong.goods.inventory.rules import LevelNow, LotKey, Pair
from sitong.org.dealers.queries import dealers_visible_to
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer

LEVELS = """
SELECT l.location_id, l.sku_id, l.on_hand, l.held, l.safety
FROM unnest(%s::uuid[], %s::uuid[]) AS wanted(location_id, sku_id)
JOIN goods_level AS l USING (location_id, sku_id)
"""


@dataclass(frozen=True, slots=True)
class LevelShown:
    """What people see of a level: its SKU's name, what is free, and the date of the lot that expires next."""

    sku_id: UUID
    name: str
    name_en: str
    variant: str
    weighed: bool
    on_hand: int
    held: int
    safety: int
    free: int
    next_expiry_on: date | None


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """Units of a SKU that have been shipped to a location and have not arrived."""

    shipment_id: UUID
    from_location_id: UUID
    to_location_id: UUID
    sku_id: UUID
    quantity: int


def levels_now(pairs: Collection[Pair]) -> dict[Pair, LevelNow]:
    """Give the levels of these (location_id, sku_id) without locking them: what is shown, not what is promised."""
    wanted = list(dict.fromkeys(pairs))
    found = dict.fromkeys(wanted, LevelNow())
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(LEVELS, list(map(list, zip(*wanted, strict=True))))
            found.update({(location, sku): LevelNow(*numbers) for location, sku, *numbers in cursor.fetchall()})
    return found


def free_now(pairs: Collection[Pair]) -> dict[Pair, int]:
    """Give how many units may be promised: on hand, less what is held, less the safety stock; 0 where there is no level."""
    return {pair: level.free for pair, level in levels_now(pairs).items()}


def free_online(pairs: Collection[Pair], online_takes_stock: Mapping[UUID, bool]) -> dict[Pair, int]:
    """Give how many units an online channel may promise. A location whose store keeps its stock to itself gives none.

    Whether online orders may take a store's stock is the store's fact (`StoreFacts.online_takes_stock`); the caller passes
    it in. A location of which nothing is said gives none either.
    """
    free = free_now([pair for pair in pairs if online_takes_stock.get(pair[0], False)])
    return {pair: free.get(pair, 0) for pair in pairs}


def levels_at(location_id: UUID) -> QuerySet[Level]:
    """Give the levels of a location that have ever held something, by SKU."""
    return Level.objects.filter(location_id=location_id).order_by("sku_id")


def levels_shown(location_id: UUID, *, after: UUID | None = None, limit: int = 50) -> list[LevelShown]:
    """Give a page of the levels of a location by SKU, with what people need to know of each. Three statements."""
    found = levels_at(location_id)
    page = list((found.filter(sku_id__gt=after) if after else found)[:limit])
    return _shown(location_id, {level.sku_id: LevelNow(level.on_hand, level.held, level.safety) for level in page})


def stock_shown(location_id: UUID, sku_ids: Collection[UUID]) -> list[LevelShown]:
    """Give what lies of these SKUs at a location, in their order, also of those that have never come there."""
    return _shown(
        location_id, {sku: level for (_, sku), level in levels_now([(location_id, sku) for sku in sku_ids]).items()}
    )


def _shown(location_id: UUID, levels: Mapping[UUID, LevelNow]) -> list[LevelShown]:
    facts = sku_facts(levels)
    dated = Lot.objects.filter(
        location_id=location_id, sku_id__in=list(levels), quantity__gt=0, expires_on__isnull=False
    )
    expiry = dict(dated.values_list("sku_id").annotate(first=Min("expires_on")))
    return [
        LevelShown(
            sku, facts[sku].name, facts[sku].name_en, facts[sku].variant, facts[sku].weighed,
            level.on_hand, level.held, level.safety, level.free, expiry.get(sku),
        )
        for sku, level in levels.items()
    ]  # fmt: skip


def lots_at(location_id: UUID, sku_ids: Collection[UUID]) -> QuerySet[Lot]:
    """Give the lots of these SKUs that lie at a location, in the order in which they are taken; undated ones last."""
    lots = Lot.objects.filter(location_id=location_id, sku_id__in=sku_ids, quantity__gt=0)
    return lots.order_by("sku_id", "expires_on", "code")


def lots_expiring(location_ids: Collection[UUID], *, before: date) -> QuerySet[Lot]:
    """Give the lots at these locations that expire before a date, the first first."""
    return Lot.objects.filter(location_id__in=location_ids, expires_on__lt=before, quantity__gt=0).order_by(
        "expires_on", "code", "id"
    )


def moves_at(location_id: UUID, sku_id: UUID) -> QuerySet[Move]:
    """Give the moves of a SKU at a location, the latest first."""
    return Move.objects.filter(location_id=location_id, sku_id=sku_id).order_by("-at", "-id")


def documents_at(location_id: UUID) -> QuerySet[StockDocument]:
    """Give the stock documents of a location, also shipments on their way there, the latest first."""
    return StockDocument.objects.filter(Q(location_id=location_id) | Q(to_location_id=location_id)).order_by(
        "-at", "-id"
    )


def locations_visible_to(viewer: Viewer, permission: str = "stock.see") -> QuerySet[Location]:
    """Give the locations at which the viewer may do what `permission` names, but for the roads to them.

    The brand's staff: all; a dealer's: those of its branch and of the stores in it; a store's: its own.
    """
    if viewer.brand_id is None:
        return Location.objects.none()
    found = Location.objects.filter(brand_id=viewer.brand_id).exclude(kind=LocationKind.TRANSIT)
    if viewer.place_ids("brand", permission):
        return found
    return found.filter(
        Q(place_id__in=dealers_visible_to(viewer, permission).values("id"))
        | Q(place_id__in=stores_visible_to(viewer, permission).values("id"))
    )


def locations_of(place_ids: Collection[UUID]) -> QuerySet[Location]:
    """Give the locations that belong to these places (brands, dealers, stores), but for the roads to them."""
    return Location.objects.filter(place_id__in=place_ids).exclude(kind=LocationKind.TRANSIT).order_by("name", "id")


ON_THE_WAY = """
SELECT s.id, s.location_id, s.to_location_id, m.sku_id, sum(m.quantity)::bigint
FROM goods_stockdocument AS s
JOIN goods_stockdocument AS d ON d.id = s.id OR (d.of_id = s.id AND d.kind = 'arrival')
JOIN goods_move AS m ON m.document_id = d.id
JOIN goods_location AS road ON road.id = m.location_id AND road.kind = 'transit'
WHERE s.kind = 'shipment' AND s.to_location_id = ANY(%s::uuid[])
GROUP BY s.id, m.sku_id HAVING sum(m.quantity) > 0 ORDER BY s.at, s.id, m.sku_id
"""


def on_the_way_to(location_ids: Collection[UUID]) -> list[OnTheWay]:
    """Give what has been shipped to these locations and has not arrived, the oldest shipment first."""
    with connection.cursor() as cursor:
        cursor.execute(ON_THE_WAY, [list(location_ids)])
        return [OnTheWay(*row) for row in cursor.fetchall()]


def quantities_held() -> dict[UUID, dict[UUID, int]]:
    """Give what every document holds of each SKU: for those who check whether they still should."""
    found: dict[UUID, dict[UUID, int]] = {}
    for document_id, sku_id, quantity in Hold.objects.values_list("document_id", "sku_id", "quantity").iterator():
        found.setdefault(document_id, {})[sku_id] = quantity
    return found


LOTS_MOVED = """
SELECT m.document_id, m.sku_id, lot.code, lot.expires_on, sum(m.quantity)::bigint
FROM goods_move AS m JOIN goods_lot AS lot ON lot.id = m.lot_id
WHERE m.document_id = ANY(%s::uuid[]) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4 NULLS LAST, 3
"""


def lots_moved(document_ids: Collection[UUID]) -> dict[UUID, dict[UUID, list[tuple[LotKey, int]]]]:
    """Give, by document and SKU, how many units of each lot a document moved (negative: away). One statement."""
    found: dict[UUID, dict[UUID, list[tuple[LotKey, int]]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(LOTS_MOVED, [list(document_ids)])
        for document_id, sku_id, code, expires_on, quantity in cursor.fetchall():
            found.setdefault(document_id, {}).setdefault(sku_id, []).append(((code, expires_on), quantity))
    return found
