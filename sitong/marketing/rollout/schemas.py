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


class TemplatePartIn(Strict):
    kind: Annotated[str, StringConstraints(max_length=12, pattern=r"^[a-z_]+$")]
    id: UUID


class TemplateChangeIn(Strict):
    """What a template is to be. Days are inclusive, in each store's own zone."""

    name: Name
    name_en: Name = ""
    script: Script = ""
    script_en: Script = ""
    starts_on: date
    ends_on: date
    parts: Annotated[list[TemplatePartIn], Field(max_length=PARTS_MAX)]
    freedoms: list[Freedom] = Field(default_factory=list, max_length=3)


class TemplateIn(TemplateChangeIn):
    """A new template, with the id that its maker gives it."""

    id: UUID


class TemplateOut(FromRow):
    id: UUID
    name: str
    name_en: str
    script: str
    script_en: str
    starts_on: date
    ends_on: date
    parts: list[TemplatePartIn]
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


class TemplatePlaceIn(Strict):
    """Where a template is pushed to: the whole brand, a kind of store (`store_kind`), a dealer's branch or a store (`place_id`)."""

    kind: Literal["brand", "store_kind", "dealer", "store"]
    place_id: UUID | None = None
    store_kind: Literal["direct", "franchise", "special", "authorized"] | None = None


class TemplatePushIn(Strict):
    places: Annotated[list[TemplatePlaceIn], Field(min_length=1, max_length=2000)]


class TemplatePushedOut(BaseModel):
    """To how many places it had not been pushed before, or from how many it was taken back."""

    places: int


class AdoptTemplateIn(Strict):
    """Stores that run the template, with what is theirs to change. None: as the template has it."""

    store_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    notice: Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\x00]*$")] = ""
    starts_on: date | None = None
    ends_on: date | None = None
    parts: list[TemplatePartIn] | None = Field(default=None, max_length=PARTS_MAX)


class LeaveTemplateIn(Strict):
    store_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]


class TemplateStoreOut(BaseModel):
    """What became of one store's wish: ok, or the code by which it was refused and its facts."""

    store_id: UUID
    ok: bool
    refused: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)


class TemplateOutcomeOut(BaseModel):
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
