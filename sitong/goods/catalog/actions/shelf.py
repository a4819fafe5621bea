"""A store adopts what it is offered, and puts it on and off its own shelf."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from sitong.goods.catalog.models import Listing, Product
from sitong.goods.catalog.queries.places import places_above
from sitong.org.stores.queries import store_facts
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused

OFFERED = "SELECT DISTINCT product_id FROM goods_offer WHERE place_id = ANY(%s) AND product_id = ANY(%s)"

ADOPT = """
INSERT INTO goods_listing (store_id, product_id, brand_id, category_id, department_id, rank, adopted_at)
SELECT %s, p.id, p.brand_id, p.category_id, coalesce(c.parent_id, c.id), p.rank, %s
FROM goods_product AS p LEFT JOIN goods_category AS c ON c.id = p.category_id
WHERE p.id = ANY(%s) ORDER BY p.id
ON CONFLICT (store_id, product_id) DO NOTHING
RETURNING product_id
"""

SHELVE = """
UPDATE goods_listing SET shelved_at = %s WHERE store_id = %s AND product_id = ANY(%s) AND shelved_at IS NULL
RETURNING product_id
"""

UNSHELVE = """
UPDATE goods_listing SET shelved_at = NULL WHERE store_id = %s AND product_id = ANY(%s) AND shelved_at IS NOT NULL
RETURNING product_id
"""


class NotOffered(Refused):
    """The brand has not offered the product to this store or to a place above it."""

    code = "goods.not_offered"


class NotAdopted(Refused):
    """The store has not adopted the product."""

    code = "goods.not_adopted"


class ProductWithdrawn(Refused):
    """The brand has taken the product out of its catalog."""

    code = "goods.product_withdrawn"


def adopt_products(
    store_id: UUID, product_ids: Sequence[UUID], *, by: UUID | None, now: datetime
) -> list[UUID | Refused]:
    """Let a store take products that are offered to it or above it; give the id of each, or why not. Repeats change nothing.

    Raises NotFound for a store that there is not.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        store = store_facts([store_id]).get(store_id)
        if store is None:
            raise NotFound(store_id=store_id)
        withdrawn = _withdrawn(product_ids)
        cursor.execute(OFFERED, [places_above(store), list(product_ids)])
        offered = {product_id for (product_id,) in cursor.fetchall()}
        outcomes: list[UUID | Refused] = [
            NotOffered(product_id=one)
            if one not in offered
            else ProductWithdrawn(product_id=one)
            if one in withdrawn
            else one
            for one in product_ids
        ]
        cursor.execute(ADOPT, [store_id, now, _done(outcomes)])
        _trace("adopted", store.brand_id, store_id, [row[0] for row in cursor.fetchall()], by=by, now=now)
    return outcomes


def shelve_products(
    store_id: UUID, product_ids: Sequence[UUID], *, by: UUID | None, now: datetime
) -> list[UUID | Refused]:
    """Put adopted products on the store's shelf; give the id of each, or why not. They are sold once they have a price."""
    with transaction.atomic(), connection.cursor() as cursor:
        adopted = _lock_adopted(store_id, product_ids)
        withdrawn = _withdrawn(product_ids)
        outcomes: list[UUID | Refused] = [
            NotAdopted(product_id=one)
            if one not in adopted
            else ProductWithdrawn(product_id=one)
            if one in withdrawn
            else one
            for one in product_ids
        ]
        cursor.execute(SHELVE, [now, store_id, _done(outcomes)])
        if changed := [row[0] for row in cursor.fetchall()]:
            _trace("shelved", adopted[changed[0]], store_id, changed, by=by, now=now)
    return outcomes


def unshelve_products(
    store_id: UUID, product_ids: Sequence[UUID], *, by: UUID | None, now: datetime
) -> list[UUID | Refused]:
    """Take adopted products off the store's shelf; give the id of each, or why not. Orders placed before stay as they are."""
    with transaction.atomic(), connection.cursor() as cursor:
        adopted = _lock_adopted(store_id, product_ids)
        outcomes: list[UUID | Refused] = [one if one in adopted else NotAdopted(product_id=one) for one in product_ids]
        cursor.execute(UNSHELVE, [store_id, _done(outcomes)])
        if changed := [row[0] for row in cursor.fetchall()]:
            _trace("unshelved", adopted[changed[0]], store_id, changed, by=by, now=now)
    return outcomes


def _lock_adopted(store_id: UUID, product_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Lock the store's listings of these products in order; give the brand of each."""
    rows = Listing.objects.filter(store_id=store_id, product_id__in=product_ids).order_by("product_id")
    return dict(rows.select_for_update().values_list("product_id", "brand_id"))


def _withdrawn(product_ids: Sequence[UUID]) -> set[UUID]:
    return set(Product.objects.filter(id__in=product_ids, withdrawn_at__isnull=False).values_list("id", flat=True))


def _done(outcomes: Sequence[UUID | Refused]) -> list[UUID]:
    return [one for one in outcomes if isinstance(one, UUID)]


def _trace(
    verb: str, brand_id: UUID, store_id: UUID, product_ids: list[UUID], *, by: UUID | None, now: datetime
) -> None:
    """Leave one audit row for a change by staff, however many products it names (the first fifty by their ids)."""
    if by is not None and product_ids:
        after = {"products": len(product_ids), "product_ids": product_ids[:50]}
        record([AuditEntry(verb, "goods.shelf", store_id, brand_id, by, {}, after)], at=now)
