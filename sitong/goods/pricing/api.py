"""Prices over HTTP: set them, end them. Their history is read with the products, by who may see those."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Body, Router, Schema
from pydantic import ConfigDict, Field, StringConstraints

from sitong.goods.pricing.actions import AMOUNT_MAX_MINOR, PriceWanted, end_prices, set_prices
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import Refused, sentence
from sitong.shared.ids import new_id

MANY = 1_000
router = Router(tags=["prices"])


class PriceIn(Schema):
    """A price to set, in minor units per piece, or per kilogram when weighed. Empty: for all. A promotion needs `ends_at`."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = None
    sku_id: UUID
    amount_minor: Annotated[int, Field(ge=0, le=AMOUNT_MAX_MINOR)]
    price_list: Literal["regular", "promotion"] = "regular"
    channel: Annotated[str, StringConstraints(max_length=20, pattern=r"^[a-z0-9_]*$")] = ""
    store_kind: Literal["", "direct", "franchise", "special", "authorized"] = ""
    store_id: UUID | None = None
    quantity_from: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    tier: Annotated[str, StringConstraints(max_length=20, pattern=r"^[a-z0-9_-]*$")] = ""


class PriceIds(Schema):
    """Some prices."""

    price_ids: Annotated[list[UUID], Field(min_length=1, max_length=MANY)]


class PriceOut(Schema):
    """A price of the history."""

    id: UUID
    sku_id: UUID
    amount_minor: int
    price_list: str
    channel: str
    store_kind: str
    store_id: UUID | None
    quantity_from: int
    tier: str = ""
    starts_at: datetime
    ends_at: datetime | None


class PriceOutcome(Schema):
    """What became of one: its `id`, or the refusal's `code`, `message` and `facts`."""

    id: UUID | None = None
    code: str = Field("")
    message: str = ""
    facts: dict[str, Any] = {}


@router.post("/prices", response=list[PriceOutcome], auth=API_AUTH, summary="Set prices")
def post_prices(request: HttpRequest, wanted: Annotated[list[PriceIn], Body(max_length=MANY)]) -> list[dict[str, Any]]:
    """End the prices in force and start new ones; one outcome each. Nothing is overwritten."""
    viewer = _may(request, "price.change")
    rows = [PriceWanted(**{**one.dict(), "id": one.id or new_id()}) for one in wanted]
    return [_outcome(one) for one in set_prices(rows, by=viewer.account_id, now=clock_now())]


@router.post("/prices/end", response=list[PriceOutcome], auth=API_AUTH, summary="End prices")
def post_ended(request: HttpRequest, wanted: PriceIds) -> list[dict[str, Any]]:
    """End prices now; one still to come is taken back."""
    viewer = _may(request, "price.change")
    return [_outcome(one) for one in end_prices(wanted.price_ids, by=viewer.account_id, now=clock_now())]


def _may(request: HttpRequest, permission: str) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require(permission)
    return viewer


def _outcome(one: UUID | Refused) -> dict[str, Any]:
    if isinstance(one, Refused):
        facts = {key: value if isinstance(value, int | str | None) else str(value) for key, value in one.facts.items()}
        return {"code": one.code, "message": sentence(one), "facts": facts}
    return {"id": one}
