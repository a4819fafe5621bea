"""What the templates' API takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from sitong.marketing.coupons.schemas import FromRow, Name, Strict
from sitong.marketing.rollout.rules import PARTS_MAX

Script = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[^\x00]*$")]
Freedom = Literal["notice", "dates", "parts"]


class PartIn(Strict):
    kind: Annotated[str, StringConstraints(max_length=12, pattern=r"^[a-z_]+$")]
    id: UUID


class TemplateIn(Strict):
    """A template. Days are inclusive, in each store's own zone."""

    id: UUID
    name: Name
    name_en: Name = ""
    script: Script = ""
    script_en: Script = ""
    starts_on: date
    ends_on: date
    parts: Annotated[list[PartIn], Field(max_length=PARTS_MAX)]
    freedoms: list[Freedom] = Field(default_factory=list, max_length=3)


class TemplateOut(FromRow):
    id: UUID
    name: str
    name_en: str
    script: str
    script_en: str
    starts_on: date
    ends_on: date
    parts: list[PartIn]
    freedoms: list[str]
    state: str
    adopted: int
    published_at: datetime | None
    ended_at: datetime | None

    @model_validator(mode="before")
    @classmethod
    def _parts_named(cls, row: Any) -> Any:
        kept = {name: getattr(row, name) for name in cls.model_fields if name != "parts"}
        return {**kept, "parts": [{"kind": kind, "id": one} for kind, one in row.parts]}


class PlaceIn(Strict):
    """Where a template is pushed to: an id for brand, dealer and store; direct, franchise, special or authorized for store_kind."""

    kind: Literal["brand", "store_kind", "dealer", "store"]
    place: Annotated[str, StringConstraints(max_length=36, pattern=r"^[0-9a-z-]+$")]

    @model_validator(mode="after")
    def _named_or_kind(self) -> PlaceIn:
        if self.kind != "store_kind":
            self.place = str(UUID(self.place))
        return self


class PushIn(Strict):
    places: Annotated[list[PlaceIn], Field(min_length=1, max_length=2000)]


class PushedOut(BaseModel):
    """To how many places it had not been pushed before, or from how many it was taken back."""

    places: int


class AdoptIn(Strict):
    """Stores that run the template, with what is theirs to change. None: as the template has it."""

    store_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    notice: Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\x00]*$")] = ""
    starts_on: date | None = None
    ends_on: date | None = None
    parts: list[PartIn] | None = Field(default=None, max_length=PARTS_MAX)


class LeaveIn(Strict):
    store_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]


class StoreOutcome(BaseModel):
    """What became of one store's wish: ok, or the code by which it was refused and its facts."""

    store_id: UUID
    ok: bool
    refused: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)


class OutcomeOut(BaseModel):
    """What came of a template in one store. `against_average_bp`: its sales against the average store's, 10,000 being the average."""

    store_id: UUID
    running: bool
    reached: int
    visits: int
    redemptions: int
    orders: int
    sales_minor: int
    cost_minor: int
    against_average_bp: int
