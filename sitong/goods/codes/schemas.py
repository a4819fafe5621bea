"""What the codes' API takes and gives. Serials count within a batch, from 1 on; ranges include both their ends."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

TEXTS_MAX = 500

Serial = Annotated[int, Field(ge=1, le=10_000_000_000)]
CodeText = Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00]*$")]
Short = Annotated[str, StringConstraints(max_length=40, strip_whitespace=True, pattern=r"^[^\x00]*$")]
Words = Annotated[str, StringConstraints(max_length=80, strip_whitespace=True, pattern=r"^[^\x00]*$")]


class Strict(Schema):
    """A body: what it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class BatchIn(Strict):
    """A batch to be made; `id` is the client's. `inner`: items get a second code under their cap."""

    id: UUID
    quantity: int = Field(ge=0, le=10_000_000_001)
    level: Literal["item", "box", "pallet"] = "item"
    inner: bool = False
    name: Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")] = ""
    sku_id: UUID | None = None
    gtin: Short = ""
    units: int = Field(1, ge=0, le=1_000_001)


class BatchOut(Schema):
    """A batch, and how many of its codes are on goods, in use, void, scanned."""

    id: UUID
    number: str
    name: str
    level: str
    inner: bool
    product_id: UUID | None
    sku_id: UUID | None
    gtin: str
    units: int
    generation: int
    quantity: int
    made_at: datetime
    bound: int
    active: int
    void: int
    scanned: int


class BatchPage(Schema):
    """Batches, the newest first; ask again with `before` for older ones, which is null on the last page."""

    items: list[BatchOut]
    before: datetime | None


class RangeIn(Strict):
    """Codes `first` to `last`; `id` is the client's. `reason`: why they are void."""

    id: UUID
    first: Serial
    last: Serial
    reason: Words = ""


class RangeOut(Schema):
    """How many codes changed, and which ranges; what was so already stays so."""

    id: UUID
    batch_id: UUID
    codes: int
    ranges: list[tuple[int, int]]


class ProductionIn(Strict):
    """Codes were put on goods; `id` is the client's. `activate`: they are in use from now on."""

    id: UUID
    first: Serial
    last: Serial
    sku_id: UUID
    produced_on: date
    lot: Short = ""
    line: Short = ""
    expires_on: date | None = None
    activate: bool = True


class ProductionOut(Schema):
    """What codes were put on."""

    id: UUID
    batch_id: UUID
    first: int
    last: int
    product_id: UUID
    sku_id: UUID
    lot: str
    line: str
    produced_on: date
    expires_on: date | None
    at: datetime


class CodesIn(Strict):
    """A range of codes of a batch."""

    batch_id: UUID
    first: Serial
    last: Serial


class CodesOut(Schema):
    """A range of codes of a batch."""

    batch_id: UUID
    first: int
    last: int


class PackIn(Strict):
    """Codes go into others; `id` is the client's. `per_parent`: so many in each, from `parent_first` on; 0: all into that one."""

    id: UUID
    parent_batch_id: UUID
    parent_first: Serial
    children: list[CodesIn] = Field(min_length=1, max_length=TEXTS_MAX)
    per_parent: int = Field(0, ge=0, le=100_001)


class PackOut(Schema):
    """How many codes went into how many."""

    id: UUID
    codes: int
    parents: int


class TakeOutIn(Strict):
    """Codes to be taken out of what they are packed in."""

    codes: list[CodesIn] = Field(min_length=1, max_length=TEXTS_MAX)


class TakeOutOut(Schema):
    """How many codes were taken out."""

    codes: int


class GoodsPlaceIn(Strict):
    """A brand, dealer or store."""

    kind: Literal["brand", "dealer", "store"]
    id: UUID


class GoodsPlaceOut(Schema):
    """A brand, dealer or store."""

    kind: str
    id: UUID


class MoveIn(Strict):
    """Goods go somewhere; `id` is the client's. `at` ships, receives, sells or takes back; `to` only for shipments.

    `book`: stock moves along with shipments and receipts.
    """

    id: UUID
    kind: Literal["ship", "receive", "sell", "return"]
    at: GoodsPlaceIn
    to: GoodsPlaceIn | None = None
    texts: list[CodeText] = Field(default_factory=list, max_length=TEXTS_MAX)
    codes: list[CodesIn] = Field(default_factory=list, max_length=TEXTS_MAX)
    book: bool = False
    note: Words = ""


class MovedOut(Schema):
    """What was moved by itself; all that is packed in it went along."""

    id: UUID
    kind: str
    codes: int
    ranges: list[CodesOut]
    document_id: UUID | None
    at: datetime


class ReadIn(Strict):
    """Codes as they were scanned or typed, bare or as links."""

    texts: list[CodeText] = Field(max_length=TEXTS_MAX)


class ReadOut(Schema):
    """What a text is: `known` false when it is no code of the brand, and then nothing else is said.

    `place`: here or coming (of the places that the account acts for), sold, or elsewhere.
    """

    text: str
    known: bool
    batch_id: UUID | None = None
    serial: int | None = None
    level: str = ""
    side: str = ""
    product_id: UUID | None = None
    sku_id: UUID | None = None
    lot: str = ""
    produced_on: date | None = None
    expires_on: date | None = None
    active: bool = False
    void: bool = False
    place: str = ""


class HappenedOut(Schema):
    """One line of a code's history."""

    kind: str
    at: datetime
    by: UUID | None
    start: GoodsPlaceOut | None
    goal: GoodsPlaceOut | None
    carrier: str | None = None
    more: dict[str, Any]


class HistoryOut(Schema):
    """A code and all that happened to it."""

    code: ReadOut
    happened: list[HappenedOut]


class CapturedOut(Schema):
    """What became of one event of an EPCIS document: captured, known already, or refused with a code and a sentence."""

    event_id: str
    outcome: str
    refusal: str = ""
    message: str = ""
