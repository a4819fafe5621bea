"""What the catalog's API takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints, field_validator

from sitong.goods.catalog.models import ProductRole
from sitong.shared.errors import Refused, sentence

MANY = 1_000
Code = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Short = Annotated[str, StringConstraints(max_length=100)]
Text = Annotated[str, StringConstraints(max_length=20_000)]
Rank = Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]
Ids = Annotated[list[UUID], Field(min_length=1, max_length=MANY)]


class Strict(Schema):
    """A body: what it does not know is refused, and so is text that PostgreSQL cannot keep (a NUL, half a character)."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*")
    @classmethod
    def _can_be_kept(cls, value: Any) -> Any:
        if isinstance(value, str) and ("\x00" in value or value.encode(errors="ignore").decode() != value):
            raise ValueError("holds a character that cannot be kept")
        return value


class ShelfQuery(Schema):
    """Which page of a store's shelf. `q` searches; without it the shelf is given in order of rank."""

    q: Annotated[str, StringConstraints(max_length=100)] | None = None
    category_id: UUID | None = None
    after: Annotated[str, StringConstraints(max_length=60)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    channel: Literal["mini_shop", "livestream", "marketplace", "group", "guide"] = "mini_shop"


class ShelfItemOut(Schema):
    """A product on a shelf, shown by one of its SKUs. Prices in minor units per piece, or per kilogram when weighed."""

    product_id: UUID
    code: str
    name: str
    name_en: str
    picture: str
    role: str
    category_id: UUID | None
    sku_id: UUID
    variant: str
    variant_en: str
    weighed: bool
    skus: int
    price_minor: int
    struck_minor: int | None
    promotion_ends_at: datetime | None
    free: int
    sold_out: bool


class ShelfOut(Schema):
    """A page of a shelf; ask again with `after` for the next one, which is null on the last."""

    items: list[ShelfItemOut]
    after: str | None
    currency: str


class ShelfProductOut(Schema):
    """One product with each SKU that has a price."""

    product_id: UUID
    code: str
    name: str
    name_en: str
    description: str
    description_en: str
    maker: str
    picture: str
    category_id: UUID | None
    currency: str
    skus: list[ShelfItemOut]


class CategoryOut(Schema):
    """A department with its categories."""

    id: UUID
    code: str
    name: str
    name_en: str
    picture: str
    children: list[CategoryOut] = []


class CategoryIn(Strict):
    """A department, or with `parent_code` a category in it."""

    id: UUID | None = None
    code: Code
    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    name_en: Short = ""
    parent_code: Annotated[str, StringConstraints(max_length=80)] = ""
    picture: Annotated[str, StringConstraints(max_length=60)] = ""
    rank: Rank = 0


class BarcodeIn(Strict):
    """A GTIN and how many base units one scan stands for."""

    gtin: Annotated[str, StringConstraints(max_length=20)]
    units: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class SkuIn(Strict):
    """A variant."""

    id: UUID | None = None
    code: Code
    variant: Short = ""
    variant_en: Short = ""
    weighed: bool = False
    package: Annotated[str, StringConstraints(max_length=60)] = ""
    barcodes: Annotated[list[BarcodeIn], Field(max_length=50)] = []


class ProductIn(Strict):
    """A product with its SKUs. The same code with the same content again is a repeat."""

    id: UUID | None = None
    code: Code
    name: Name
    name_en: Annotated[str, StringConstraints(max_length=200)] = ""
    category_id: UUID | None = None
    maker: Short = ""
    description: Text = ""
    description_en: Text = ""
    picture: Annotated[str, StringConstraints(max_length=200)] = ""
    role: ProductRole = ProductRole.REGULAR
    rank: Rank = 0
    skus: Annotated[list[SkuIn], Field(min_length=1, max_length=200)]


class ProductPatch(Strict):
    """What to change; what is left out stays."""

    name: Name | None = None
    name_en: Annotated[str, StringConstraints(max_length=200)] | None = None
    category_id: UUID | None = None
    maker: Short | None = None
    description: Text | None = None
    description_en: Text | None = None
    picture: Annotated[str, StringConstraints(max_length=200)] | None = None
    role: ProductRole | None = None
    rank: Rank | None = None


class BarcodeOut(Schema):
    """A GTIN as it is printed."""

    gtin: str
    units: int


class SkuOut(Schema):
    """A SKU of the catalog."""

    id: UUID
    code: str
    variant: str
    variant_en: str
    weighed: bool
    package: str
    barcodes: list[BarcodeOut]
    withdrawn_at: datetime | None


class ProductOut(Schema):
    """A product of the catalog."""

    id: UUID
    code: str
    name: str
    name_en: str
    category_id: UUID | None
    maker: str
    description: str
    description_en: str
    picture: str
    role: str
    rank: int
    created_at: datetime
    withdrawn_at: datetime | None
    skus: list[SkuOut] = []


class BarcodesIn(Strict):
    """A barcode for a SKU that stands."""

    sku_id: UUID
    gtin: Annotated[str, StringConstraints(max_length=20)]
    units: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class ScanOut(Schema):
    """What a scan stands for; `price_minor` when a scale printed the price into the number."""

    sku_id: UUID
    units: int
    price_minor: int | None


class PlaceIn(Strict):
    """A place of the tree."""

    kind: Literal["brand", "dealer", "store"]
    id: UUID


class OfferIn(Strict):
    """Products to offer, and where to."""

    product_ids: Ids
    places: Annotated[list[PlaceIn], Field(min_length=1, max_length=MANY)]


class ProductIds(Strict):
    """Some products."""

    product_ids: Ids


class OutcomeOut(Schema):
    """What became of one of many: its `id`, or the refusal's `code`, `message` and `facts`."""

    id: UUID | None = None
    code: str = Field("")
    message: str = ""
    facts: dict[str, Any] = {}


class AdoptionOut(Schema):
    """How far one place of the tree has taken what it is offered."""

    place_kind: str
    place_id: UUID
    name: str
    stores: int
    offered: int
    adopted: int
    shelved: int


def outcome(one: object) -> dict[str, Any]:
    """Give an action's outcome (an id, a row with an id, or a refusal) as OutcomeOut."""
    if isinstance(one, Refused):
        facts = {key: value if isinstance(value, int | str | None) else str(value) for key, value in one.facts.items()}
        return {"code": one.code, "message": sentence(one), "facts": facts}
    return {"id": one if isinstance(one, UUID) else one.id}  # type: ignore[attr-defined]
