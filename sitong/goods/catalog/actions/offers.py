"""Offer products: the brand pushes them to all of itself, to a dealer's branch or to a store (O3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from sitong.goods.catalog.actions.shelf import ProductWithdrawn
from sitong.goods.catalog.models import Offer, Product
from sitong.org.brands.queries import brand_facts
from sitong.org.dealers.queries import dealer_facts
from sitong.org.stores.queries import store_facts
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused
from sitong.shared.ids import new_ids

OFFER = """
INSERT INTO goods_offer (id, brand_id, product_id, place_kind, place_id, by, at)
SELECT offered.*, staff.by, staff.at FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[]) AS offered,
                                          (SELECT %s::uuid AS by, %s::timestamptz AS at) AS staff
ON CONFLICT (product_id, place_id) DO NOTHING
"""
PIECE = 20_000


@dataclass(frozen=True, slots=True)
class OfferPlace:
    """Where to: `kind` brand, dealer (and everything below) or store, with its id."""

    kind: str
    id: UUID


def offer_products(
    product_ids: Sequence[UUID], places: Sequence[OfferPlace], *, by: UUID | None, now: datetime
) -> list[UUID | Refused]:
    """Offer each product to all the places; give its id, or why not. Raises NotFound for a place that there is not.

    Repeats change nothing. A place of another brand is not found.
    """
    with transaction.atomic():
        products = Product.objects.only("id", "brand_id", "withdrawn_at").in_bulk(list(product_ids))
        brands = _brands_of(places)
        outcomes: list[UUID | Refused] = []
        offered: list[tuple[UUID, UUID, OfferPlace]] = []
        for product_id in product_ids:
            product = products.get(product_id)
            if product is None:
                outcomes.append(NotFound(product_id=product_id))
            elif product.withdrawn_at is not None:
                outcomes.append(ProductWithdrawn(product_id=product_id))
            else:
                for place in places:
                    if brands[place.id] != product.brand_id:
                        raise NotFound(place_id=place.id)
                    offered.append((product.brand_id, product_id, place))
                outcomes.append(product_id)
        _write(offered, by=by, now=now)
        if by is not None and offered:
            record([AuditEntry("offered", "goods.product", None, offered[0][0], by, {}, {
                "products": len({product_id for _, product_id, _ in offered}), "first_product_id": offered[0][1],
                "places": [f"{place.kind}:{place.id}" for place in places],
            })], at=now)  # fmt: skip
    return outcomes


def recall_offers(product_ids: Sequence[UUID], places: Sequence[OfferPlace], *, by: UUID | None, now: datetime) -> int:
    """Take offers back, so that no further store adopts; give how many. Stores that have adopted keep the product."""
    with transaction.atomic():
        gone = Offer.objects.filter(product_id__in=product_ids, place_id__in=[place.id for place in places])
        rows = list(gone.values_list("brand_id", "product_id", "place_kind", "place_id"))
        gone.delete()
        record([AuditEntry("recalled", "goods.product", product_id, brand_id, by, {"place": f"{kind}:{place_id}"}, {})
                for brand_id, product_id, kind, place_id in rows], at=now)  # fmt: skip
    return len(rows)


def _brands_of(places: Sequence[OfferPlace]) -> dict[UUID, UUID]:
    ids = {kind: [place.id for place in places if place.kind == kind] for kind in ("brand", "dealer", "store")}
    found = {brand_id: brand_id for brand_id in (brand_facts(ids["brand"]) if ids["brand"] else ())}
    found |= {one.id: one.brand_id for one in (dealer_facts(ids["dealer"]).values() if ids["dealer"] else ())}
    found |= {one.id: one.brand_id for one in (store_facts(ids["store"]).values() if ids["store"] else ())}
    for place in places:
        if place.id not in found:
            raise NotFound(place_id=place.id)
    return found


def _write(offered: Sequence[tuple[UUID, UUID, OfferPlace]], *, by: UUID | None, now: datetime) -> None:
    with connection.cursor() as cursor:
        for start in range(0, len(offered), PIECE):
            piece = offered[start : start + PIECE]
            cursor.execute(OFFER, [
                new_ids(len(piece)), [brand_id for brand_id, _, _ in piece], [product_id for _, product_id, _ in piece],
                [place.kind for _, _, place in piece], [place.id for _, _, place in piece], by, now,
            ])  # fmt: skip
