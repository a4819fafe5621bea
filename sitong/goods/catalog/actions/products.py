"""Add products with their SKUs and barcodes, many at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from sitong.goods.catalog.actions.categories import lock_catalog
from sitong.goods.catalog.models import Barcode, Category, Product, ProductRole, Sku
from sitong.goods.catalog.rules import kept_gtin
from sitong.goods.catalog.words import as_array, grams_of
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.ids import new_id

PIECE = 5_000

ADD_PRODUCTS = """
INSERT INTO goods_product (id, brand_id, category_id, code, name, name_en, maker, description, description_en, picture, role,
                           rank, created_at)
SELECT wanted.*, clock.at
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
            %s::text[], %s::text[], %s::int[]) AS wanted, (SELECT %s::timestamptz AS at) AS clock
"""

ADD_GRAMS = """
INSERT INTO goods_productgrams (product_id, grams) SELECT id, grams::int[] FROM unnest(%s::uuid[], %s::text[]) AS t (id, grams)
"""

ADD_SKUS = """
INSERT INTO goods_sku (id, brand_id, product_id, code, variant, variant_en, weighed, package)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::bool[], %s::text[])
"""

ADD_BARCODES = """
INSERT INTO goods_barcode (id, brand_id, sku_id, gtin, units)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::int[])
"""


class ProductIncomplete(Refused):
    """A product needs a code, a name, a known role and at least one SKU with a code of its own."""

    code = "goods.product_incomplete"


class CodeTaken(Refused):
    """Another SKU of the brand has this code."""

    code = "goods.code_taken"


class BarcodeInvalid(Refused):
    """Not 8, 12, 13 or 14 digits, or the check digit is wrong, or it stands for less than one unit."""

    code = "goods.barcode_invalid"


class BarcodeTaken(Refused):
    """Another SKU of the brand has this barcode."""

    code = "goods.barcode_taken"


@dataclass(frozen=True, slots=True)
class BarcodeWanted:
    """A GTIN of 8, 12, 13 or 14 digits, and how many base units one scan of it stands for."""

    gtin: str
    units: int = 1


@dataclass(frozen=True, slots=True)
class SkuWanted:
    """One variant of a product to add."""

    code: str
    variant: str = ""
    variant_en: str = ""
    weighed: bool = False
    package: str = ""
    barcodes: tuple[BarcodeWanted, ...] = ()
    id: UUID = field(default_factory=new_id, compare=False)


@dataclass(frozen=True, slots=True)
class ProductWanted:
    """A product to add. Its code is its own within the brand: the same code with the same content again is a repeat."""

    brand_id: UUID
    code: str
    name: str
    name_en: str = ""
    category_id: UUID | None = None
    maker: str = ""
    description: str = ""
    description_en: str = ""
    picture: str = ""
    role: str = ProductRole.REGULAR
    rank: int = 0
    skus: tuple[SkuWanted, ...] = ()
    id: UUID = field(default_factory=new_id, compare=False)


def add_products(wanted: Sequence[ProductWanted], *, by: UUID | None, now: datetime) -> list[Product | Refused]:
    """Add products in order of arrival, each whole (with its SKUs and barcodes) or not at all. Any number at once.

    A repeat (same brand, code and content) gives the product that stands. Nothing is priced, offered or shelved by this.
    """
    outcomes: list[Product | Refused] = []
    with transaction.atomic():
        lock_catalog({one.brand_id for one in wanted})
        categories = Category.objects.select_related("parent").in_bulk(
            {one.category_id for one in wanted if one.category_id}
        )
        for start in range(0, len(wanted), PIECE):
            piece = wanted[start : start + PIECE]
            decided, fresh = _decide(piece, categories)
            _write(fresh, categories, now=now)
            record([AuditEntry("added", "goods.product", one.id, one.brand_id, by, {}, {"code": one.code, "name": one.name})
                    for one in fresh if by is not None], at=now)  # fmt: skip
            outcomes += decided
    return outcomes


@dataclass(slots=True)
class _Taken:
    """Which codes and barcodes stand already, per brand, while a piece is decided."""

    products: dict[tuple[UUID, str], Product | ProductWanted]
    skus: set[tuple[UUID, str]]
    gtins: set[tuple[UUID, str]]


def _decide(
    wanted: Sequence[ProductWanted], categories: dict[UUID, Category]
) -> tuple[list[Product | Refused], list[ProductWanted]]:
    taken = _taken(wanted)
    outcomes: list[Product | Refused] = []
    fresh: list[ProductWanted] = []
    for one in wanted:
        there = taken.products.get((one.brand_id, one.code))
        if there is not None:
            outcomes.append(_repeat(there, one))
            continue
        refused = _fault(one, categories) or fault_of_skus(one.brand_id, one.skus, codes=taken.skus, gtins=taken.gtins)
        if refused is not None:
            outcomes.append(refused)
            continue
        taken.products[one.brand_id, one.code] = one
        fresh.append(one)
        outcomes.append(_row(one))
    return outcomes, fresh


def _taken(wanted: Sequence[ProductWanted]) -> _Taken:
    brands = {one.brand_id for one in wanted}
    there = Product.objects.filter(brand_id__in=brands, code__in=[one.code for one in wanted])
    skus, gtins = codes_taken(brands, [sku for one in wanted for sku in one.skus])
    return _Taken({(one.brand_id, one.code): one for one in there.prefetch_related("skus__barcodes")}, skus, gtins)


def codes_taken(brands: set[UUID], skus: Iterable[SkuWanted]) -> tuple[set[tuple[UUID, str]], set[tuple[UUID, str]]]:
    """Give which of these SKU codes and barcodes the brands have already, as (brand, code) and (brand, kept GTIN)."""
    skus = list(skus)
    codes = Sku.objects.filter(brand_id__in=brands, code__in=[sku.code for sku in skus]).values_list("brand_id", "code")
    numbers = [kept_gtin(barcode.gtin) or "" for sku in skus for barcode in sku.barcodes]
    gtins = (
        Barcode.objects.filter(brand_id__in=brands, gtin__in=numbers).values_list("brand_id", "gtin") if numbers else ()
    )
    return set(codes), set(gtins)


def _fault(one: ProductWanted, categories: dict[UUID, Category]) -> Refused | None:
    if not one.code.strip() or not one.name.strip() or not one.skus or one.role not in ProductRole.values:
        return ProductIncomplete(code=one.code)
    if one.category_id is not None and getattr(categories.get(one.category_id), "brand_id", None) != one.brand_id:
        return NotFound(category_id=one.category_id)
    return None


def fault_of_skus(
    brand_id: UUID, skus: Sequence[SkuWanted], *, codes: set[tuple[UUID, str]], gtins: set[tuple[UUID, str]]
) -> Refused | None:
    """Say what is wrong with the SKUs' codes and barcodes; when nothing is, count them as taken."""
    own_codes: set[tuple[UUID, str]] = set()
    own_gtins: set[tuple[UUID, str]] = set()
    for sku in skus:
        if not sku.code.strip():
            return ProductIncomplete(code=sku.code)
        if (brand_id, sku.code) in codes or (brand_id, sku.code) in own_codes:
            return CodeTaken(code=sku.code)
        own_codes.add((brand_id, sku.code))
        for barcode in sku.barcodes:
            kept = kept_gtin(barcode.gtin)
            if kept is None or barcode.units < 1:
                return BarcodeInvalid(gtin=barcode.gtin)
            if (brand_id, kept) in gtins or (brand_id, kept) in own_gtins:
                return BarcodeTaken(gtin=barcode.gtin)
            own_gtins.add((brand_id, kept))
    codes |= own_codes
    gtins |= own_gtins
    return None


def _repeat(there: Product | ProductWanted, one: ProductWanted) -> Product | Refused:
    if isinstance(there, ProductWanted):
        return _row(there) if there == one else RepeatDiffers(code=one.code)
    kept = {sku.code: {(barcode.gtin, barcode.units) for barcode in sku.barcodes.all()} for sku in there.skus.all()}
    asked = {sku.code: {(kept_gtin(barcode.gtin), barcode.units) for barcode in sku.barcodes} for sku in one.skus}
    same = (there.name, there.name_en, there.category_id) == (one.name, one.name_en, one.category_id) and kept == asked
    return there if same else RepeatDiffers(code=one.code)


def _row(one: ProductWanted) -> Product:
    return Product(
        id=one.id, brand_id=one.brand_id, category_id=one.category_id, code=one.code, name=one.name, name_en=one.name_en,
        maker=one.maker, description=one.description, description_en=one.description_en, picture=one.picture, role=one.role,
        rank=one.rank,
    )  # fmt: skip


def names_of(name: str, name_en: str, *, maker: str, category: Category | None) -> list[str]:
    """Give the texts by which a product is found: its own names, its maker, its category and department."""
    chain = [category, category.parent] if category is not None else []
    return [name, name_en, maker, *(text for one in chain if one is not None for text in (one.name, one.name_en))]


def _write(fresh: Sequence[ProductWanted], categories: dict[UUID, Category], *, now: datetime) -> None:
    if not fresh:
        return
    columns = (
        "id",
        "brand_id",
        "category_id",
        "code",
        "name",
        "name_en",
        "maker",
        "description",
        "description_en",
        "picture",
        "role",
        "rank",
    )
    grams = [
        grams_of(
            *names_of(
                one.name,
                one.name_en,
                maker=one.maker,
                category=categories[one.category_id] if one.category_id else None,
            )
        )
        for one in fresh
    ]
    with connection.cursor() as cursor:
        cursor.execute(ADD_PRODUCTS, [*([getattr(one, name) for one in fresh] for name in columns), now])
        cursor.execute(ADD_GRAMS, [[one.id for one in fresh], list(map(as_array, grams))])
    write_skus([(one.brand_id, one.id, sku) for one in fresh for sku in one.skus])


def write_skus(rows: Sequence[tuple[UUID, UUID, SkuWanted]]) -> None:
    """Insert SKUs, given with brand and product, and their barcodes: two statements."""
    barcodes = [(new_id(), brand_id, sku.id, kept_gtin(barcode.gtin), barcode.units)
                for brand_id, _, sku in rows for barcode in sku.barcodes]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(ADD_SKUS, [
            [sku.id for _, _, sku in rows], [brand_id for brand_id, _, _ in rows], [product_id for _, product_id, _ in rows],
            *([getattr(sku, name) for _, _, sku in rows] for name in ("code", "variant", "variant_en", "weighed", "package")),
        ])  # fmt: skip
        write_barcodes(barcodes)


def write_barcodes(rows: Sequence[tuple[UUID, UUID, UUID, str | None, int]]) -> None:
    """Insert barcodes: id, brand, SKU, kept GTIN, units. One statement."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(ADD_BARCODES, [list(column) for column in zip(*rows, strict=True)])
