"""What the stock's API takes and gives. Quantities in base units: pieces, or grams of weighed goods."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

QUANTITY_MAX = 1_000_000_000_000
LINES_MAX = 1_000

Quantity = Annotated[int, Field(ge=0, le=QUANTITY_MAX)]
LotCode = Annotated[str, StringConstraints(max_length=40, strip_whitespace=True, pattern=r"^[^\x00]*$")]
Note = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class Strict(Schema):
    """A body: what it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class LocationOut(Schema):
    """A place where stock lies. A store's location has the store's id, a dealer's and the brand's first one theirs."""

    id: UUID
    kind: str
    place_id: UUID
    name: str


class LevelOut(Schema):
    """What lies there of one SKU: `free` is on hand, less what is held, less the safety stock."""

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


class LevelPage(Schema):
    """Levels by SKU; ask again with `after` for the next page, which is null on the last."""

    items: list[LevelOut]
    after: UUID | None


class LotOut(Schema):
    """What lies there of one lot."""

    code: str
    expires_on: date | None
    quantity: int


class MoveOut(Schema):
    """Stock came (positive) or went."""

    quantity: int
    reason: str
    document_id: UUID
    by: UUID | None
    at: datetime


class SkuStockOut(Schema):
    """One SKU at one place: its level, its lots in the order in which they are taken, its latest moves."""

    on_hand: int
    held: int
    safety: int
    free: int
    lots: list[LotOut]
    moves: list[MoveOut]


class DocumentOut(Schema):
    """A stock document as it was entered."""

    id: UUID
    kind: str
    location_id: UUID
    to_location_id: UUID | None
    of_id: UUID | None
    note: str
    by: UUID | None
    at: datetime


class OnTheWayOut(Schema):
    """Units that have been shipped here and have not arrived."""

    shipment_id: UUID
    from_location_id: UUID
    sku_id: UUID
    quantity: int


class StockLineIn(Strict):
    """So many units of a SKU."""

    sku_id: UUID
    quantity: Quantity


class LotLineIn(StockLineIn):
    """So many units of a SKU, of one lot; without code and date the undated one."""

    lot: LotCode = ""
    expires_on: date | None = None


class ChosenLotLineIn(LotLineIn):
    """So many units of a SKU; of the named lot when `of_lot`, else of all lots together."""

    of_lot: bool = False


class CountLineIn(Strict):
    """So many units were found; of the named lot when `of_lot`, else of all lots together."""

    sku_id: UUID
    counted: Quantity
    of_lot: bool = False
    lot: LotCode = ""
    expires_on: date | None = None


class ReceiptIn(Strict):
    """A delivery. The id is the caller's (UUIDv7); sent again, it gets the first answer."""

    id: UUID
    lines: Annotated[list[LotLineIn], Field(min_length=1, max_length=LINES_MAX)]
    note: Note = ""


class CountIn(Strict):
    """A count. The id is the caller's (UUIDv7); sent again, it gets the first answer."""

    id: UUID
    lines: Annotated[list[CountLineIn], Field(min_length=1, max_length=LINES_MAX)]
    note: Note = ""


class WriteOffIn(Strict):
    """A write-off, with its reason in `note`. The id is the caller's (UUIDv7); sent again, it gets the first answer."""

    id: UUID
    lines: Annotated[list[ChosenLotLineIn], Field(min_length=1, max_length=LINES_MAX)]
    note: Note = ""


class TransferIn(Strict):
    """A shipment to another place of the same brand. The id is the caller's (UUIDv7)."""

    id: UUID
    to_location_id: UUID
    lines: Annotated[list[StockLineIn], Field(min_length=1, max_length=LINES_MAX)]
    note: Note = ""


class ArrivalIn(Strict):
    """What came of a shipment; the rest stays on its way. The id is the caller's (UUIDv7)."""

    id: UUID
    shipment_id: UUID
    lines: Annotated[list[StockLineIn], Field(min_length=1, max_length=LINES_MAX)]
    note: Note = ""


class SafetyIn(Strict):
    """Units that no channel may promise."""

    sku_id: UUID
    safety: Quantity


class SafetyListIn(Strict):
    """The safety stock of some SKUs."""

    lines: Annotated[list[SafetyIn], Field(min_length=1, max_length=LINES_MAX)]
