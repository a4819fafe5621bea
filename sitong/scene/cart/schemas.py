"""What the cart's API takes and gives."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from sitong.scene.cart.rules import LINES_MAX

QUANTITY_MAX = 1_000_000

Channel = Literal["mini_shop", "livestream", "group", "guide"]


class LineIn(BaseModel):
    """So many base units (pieces; grams when weighed) of a SKU."""

    sku_id: UUID
    quantity: int = Field(ge=1, le=QUANTITY_MAX, strict=True)


def _each_once(lines: list[LineIn]) -> list[LineIn]:
    if len({line.sku_id for line in lines}) != len(lines):
        raise ValueError("each SKU stands in one line")
    return lines


Lines = Annotated[list[LineIn], Field(min_length=1, max_length=LINES_MAX), AfterValidator(_each_once)]


class QuoteIn(BaseModel):
    store_id: UUID
    lines: Lines
    channel: Channel = "mini_shop"


class ReasonOut(BaseModel):
    """Why: a code with its integers, and the sentence in the caller's language."""

    code: str
    facts: dict[str, int | str]
    sentence: str


class QuoteLineOut(BaseModel):
    sku_id: UUID
    name: str
    weighed: bool
    quantity: int
    unit_minor: int
    goods_minor: int
    discount_minor: int
    total_minor: int
    reasons: list[ReasonOut]


class RefusedLineOut(BaseModel):
    """A line that cannot be sold here now, and why; it is in no total."""

    sku_id: UUID
    code: str
    message: str


class QuoteOut(BaseModel):
    """What the lines cost now, line by line. It promises nothing: placing an order asks again."""

    store_id: UUID
    currency: str
    goods_minor: int
    discount_minor: int
    total_minor: int
    lines: list[QuoteLineOut]
    refused: list[RefusedLineOut]


class PutIn(BaseModel):
    """How many of it the cart shall hold; 0 takes it out."""

    quantity: int = Field(ge=0, le=QUANTITY_MAX, strict=True)


class KeptOut(BaseModel):
    sku_id: UUID
    quantity: int
