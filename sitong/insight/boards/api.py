"""Boards over HTTP: the same numbers as on the pages, each viewer's own places."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from sitong.insight.boards.actions import show_board
from sitong.insight.boards.looks import BoardLook, behind, board_look
from sitong.insight.boards.models import BoardResult
from sitong.insight.boards.value_pages import trouble_of
from sitong.insight.experiments.rules import members_needed, uplift_seen
from sitong.insight.value.actions import ask_for_values
from sitong.insight.value.queries import newest_run, newest_values
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, Refused

router = Router(tags=["boards"], auth=API_AUTH)


class ExperimentImpossible(Refused):
    """Shares lie between 0 and 1, and an uplift is not zero."""

    code = "insight.experiment_impossible"


class BoardAsked(Schema):
    """Where and when. `place` is a brand, dealer or store of the caller's (none: the topmost); both days are included (none: 12 months)."""

    place: UUID | None = None
    start: date | None = None
    end: date | None = None
    source: str = Field("", max_length=40)


class MembersAsked(BoardAsked):
    """Which number of which board: growth (stage, stopped, source, store_id, month, campaign), cohorts (cohort, month, or again,
    or r and f, or group), value (decile). `after`: the last ordinal of the page before."""

    board: Literal["growth", "cohorts", "value"]
    stage: str = Field("", max_length=20)
    stopped: str = Field("", max_length=1)
    store_id: str = Field("", max_length=32)
    month: str = Field("", max_length=7)
    campaign: str = Field("", max_length=32)
    cohort: str = Field("", max_length=7)
    again: str = Field("", max_length=3)
    r: str = Field("", max_length=1)
    f: str = Field("", max_length=1)
    group: str = Field("", max_length=10)
    decile: str = Field("", max_length=2)
    after: int = Field(0, ge=0)


class BoardOut(Schema):
    """What a board shows. `made_at` null: the worker reckons it, ask again; `numbers` are then those of before, if any.

    docs/insight.md says what each number means. Money in minor units, shares are left to the reader.
    """

    made_at: datetime | None
    took_ms: int
    start: date
    end: date
    currency: str
    numbers: dict[str, Any]


class BehindOut(Schema):
    """A member behind a number, masked; `on` and `kept_minor` are what the board says of it."""

    ordinal: int
    member_id: UUID
    number: str
    name: str
    phone: str
    source: str
    on: date | None
    kept_minor: int


class BehindPage(Schema):
    """`count` members stand behind the number; shown are fifty at most, of those whom the caller may see."""

    count: int
    members: list[BehindOut]


class ValueRunOut(Schema):
    """One time that values were reckoned. `step`: reading, fitting, comparing. Errors are of the 90 days of proof."""

    id: UUID
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    step: str
    as_of: date | None
    members: int
    worth_minor: int
    expected: float
    actual: float
    naive: float
    error_each: float
    naive_error_each: float
    parameters: dict[str, float]
    trouble: str


class SizeAsked(Schema):
    """Shares as parts of 1: who reaches the goal without it, the uplift that matters, the control group's part."""

    share: float = Field(gt=0, lt=1)
    uplift: float = Field(gt=-1, lt=1)
    control: float = Field(0.5, gt=0, lt=1)
    members: int = Field(1_000, ge=2, le=1_000_000_000)


class SizeOut(Schema):
    members_needed: int
    uplift_seen: float = Field(
        description="The smallest uplift that so many `members` let one see, four times out of five."
    )


@router.get("/boards/growth", response=BoardOut, summary="The funnel: acquired, activated, retained, paying, referring")
def growth(request: HttpRequest, asked: Annotated[BoardAsked, Query()]) -> dict[str, Any]:
    return _board(request, asked, "growth")


@router.get(
    "/boards/cohorts", response=BoardOut, summary="Retention by first month, repeat rate, gaps, and the RFM map"
)
def cohorts(request: HttpRequest, asked: Annotated[BoardAsked, Query()]) -> dict[str, Any]:
    return _board(request, asked, "cohorts")


@router.get("/boards/value", response=BoardOut, summary="Members by what they are expected to bring")
def value(request: HttpRequest, asked: Annotated[BoardAsked, Query()]) -> dict[str, Any]:
    look = _look(request, asked)
    run = newest_values(look.brand_id)
    if run is None:
        return {"made_at": None, "took_ms": 0, "numbers": {}, **_frame(look)}
    return _said(look, show_board(look.brand_id, f"value:{run.id.hex[-12:]}", asked=look.asked, now=clock_now()))


@router.get(
    "/boards/value/runs/newest",
    response=ValueRunOut | None,
    summary="When values were reckoned last, and how good they were",
)
def newest(request: HttpRequest) -> Any:
    run = newest_run(_brand(request, "figures.see"))
    if run is not None:
        run.trouble = trouble_of(run)
    return run


@router.post("/boards/value/runs", response=ValueRunOut, summary="Have the values reckoned anew")
def ask(request: HttpRequest) -> Any:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return ask_for_values(_brand(request, "plan.change"), by=viewer.account_id, now=clock_now())


@router.get("/boards/experiments", response=BoardOut, summary="Journeys beside their control groups")
def experiments(request: HttpRequest) -> dict[str, Any]:
    _brand(request, "figures.see")
    return _board(request, BoardAsked(source=""), "experiments")


@router.get("/boards/experiments/size", response=SizeOut, summary="How many members an experiment takes")
def size(request: HttpRequest, asked: Annotated[SizeAsked, Query()]) -> dict[str, Any]:
    """Give the members needed for an uplift, and the uplift that so many members let one see. Refused: insight.experiment_impossible."""
    _brand(request, "figures.see")
    try:
        needed = members_needed(asked.share, asked.uplift, control=asked.control)
        return {"members_needed": needed, "uplift_seen": uplift_seen(asked.share, asked.members, control=asked.control)}
    except (ValueError, OverflowError):
        raise ExperimentImpossible() from None


@router.get("/boards/members", response=BehindPage, summary="The members behind a number, masked")
def members(request: HttpRequest, asked: Annotated[MembersAsked, Query()]) -> dict[str, Any]:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.see")
    look = _look(request, asked)
    named = {"stage", "stopped", "store_id", "month", "campaign", "cohort", "again", "r", "f", "group", "decile"}
    wanted = {key: str(said) for key, said in asked.dict(include=named).items() if said}
    count, rows = behind(look, viewer, asked.board, wanted, after=asked.after)
    return {"count": count, "members": [
        {"ordinal": one.ordinal, "member_id": one.member.id, "number": one.member.number, "name": one.member.masked_name,
         "phone": one.member.masked_phone, "source": one.member.source, "on": one.on, "kept_minor": one.kept_minor}
        for one in rows
    ]}  # fmt: skip


def _board(request: HttpRequest, asked: BoardAsked, board: str) -> dict[str, Any]:
    look = _look(request, asked)
    return _said(look, show_board(look.brand_id, board, asked=look.asked, now=clock_now()))


def _said(look: BoardLook, row: BoardResult) -> dict[str, Any]:
    return {"made_at": row.made_at, "took_ms": row.took_ms, "numbers": row.result, **_frame(look)}


def _frame(look: BoardLook) -> dict[str, Any]:
    return {"start": look.asked.first, "end": look.asked.last, "currency": look.places.currency}


def _look(request: HttpRequest, asked: BoardAsked) -> BoardLook:
    wanted = {key: str(said) for key, said in asked.dict(include={"place", "start", "end", "source"}).items() if said}
    return board_look(request.viewer, wanted, now=clock_now())  # type: ignore[attr-defined]


def _brand(request: HttpRequest, permission: str) -> UUID:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require(permission)
    if viewer.system != "brand" or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    return viewer.brand_id
