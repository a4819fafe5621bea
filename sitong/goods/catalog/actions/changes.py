"""Change a product, and withdraw products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from sitong.goods.catalog.actions.products import ProductIncomplete, names_of
from sitong.goods.catalog.models import Category, Listing, Product, ProductGrams, ProductRole
from sitong.goods.catalog.words import grams_of
from sitong.shared.access.audit import AuditEntry, differing, record
from sitong.shared.errors import NotFound, Refused

WITHDRAW = """
UPDATE goods_product SET withdrawn_at = %s WHERE id = ANY(%s) AND withdrawn_at IS NULL RETURNING id, brand_id, name
"""
OFF_THE_SHELVES = "UPDATE goods_listing SET shelved_at = NULL WHERE product_id = ANY(%s) AND shelved_at IS NOT NULL"


@dataclass(frozen=True, slots=True)
class ProductChange:
    """What a product is to be from now on; None leaves a field as it is."""

    name: str | None = None
    name_en: str | None = None
    category_id: UUID | None = None
    maker: str | None = None
    description: str | None = None
    description_en: str | None = None
    picture: str | None = None
    role: str | None = None
    rank: int | None = None


def change_product(product_id: UUID, change: ProductChange, *, by: UUID | None, now: datetime) -> Product:
    """Change what is given of a product, on every shelf at once. Raises NotFound or ProductIncomplete."""
    wanted = {name: value for name, value in asdict(change).items() if value is not None}
    with transaction.atomic():
        product = Product.objects.select_for_update(of=("self",)).filter(id=product_id).first()
        if product is None:
            raise NotFound(product_id=product_id)
        if wanted.get("name", "x").strip() == "" or wanted.get("role", product.role) not in ProductRole.values:
            raise ProductIncomplete(code=product.code)
        category_id = wanted.get("category_id", product.category_id)
        category = (
            Category.objects.select_related("parent").filter(id__in=[category_id], brand_id=product.brand_id).first()
        )
        if category_id is not None and category is None:
            raise NotFound(category_id=category_id)
        before, after = differing({name: getattr(product, name) for name in wanted}, wanted)
        if not after:
            return product
        for name, value in after.items():
            setattr(product, name, value)
        product.save()
        grams = grams_of(*names_of(product.name, product.name_en, maker=product.maker, category=category))
        ProductGrams.objects.filter(product_id=product.id).update(grams=grams)
        if {"category_id", "rank"} & after.keys():
            department_id = (category.parent_id or category.id) if category else None
            Listing.objects.filter(product_id=product.id).update(
                category_id=category_id, department_id=department_id, rank=product.rank
            )
        record([AuditEntry("changed", "goods.product", product.id, product.brand_id, by, before, after)], at=now)
    return product


def withdraw_products(product_ids: Sequence[UUID], *, by: UUID | None, now: datetime) -> list[UUID | Refused]:
    """Take products out of the catalog and off every shelf; what stores have in stock stays theirs. Repeats change nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        known = set(
            Product.objects.filter(id__in=product_ids).order_by("id").select_for_update().values_list("id", flat=True)
        )
        cursor.execute(WITHDRAW, [now, list(known)])
        gone = cursor.fetchall()
        cursor.execute(OFF_THE_SHELVES, [[product_id for product_id, _, _ in gone]])
        record([AuditEntry("withdrew", "goods.product", product_id, brand_id, by, {}, {"name": name})
                for product_id, brand_id, name in gone], at=now)  # fmt: skip
    return [product_id if product_id in known else NotFound(product_id=product_id) for product_id in product_ids]
