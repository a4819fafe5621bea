"""What journeys say and hear over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema


class JourneyLeaveIn(Schema):
    """What takes members out: an event by its name, and a filter over its facts."""

    event: str = Field(max_length=80)
    where: list[list[Any]] = Field(default=[], max_length=10)


class JourneyIn(Schema):
    """A journey; `id` is made by the caller. `control_bp` of those who enter get nothing (basis points); 0 needs a reason."""

    id: UUID
    name: str = Field(max_length=60)
    name_en: str = Field("", max_length=60)
    control_bp: int = 1_000
    control_reason: str = Field("", max_length=200)
    reentry: Literal["once", "after_days", "always"] = "once"
    reentry_days: int = 0
    leave_on: list[JourneyLeaveIn] = Field(default=[], max_length=10)


class JourneyOut(Schema):
    """A journey as it stands; `version_id` is what new members follow."""

    id: UUID
    name: str
    name_en: str
    state: str
    version_id: UUID | None
    control_bp: int
    reentry: str
    reentry_days: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class JourneyGraphIn(Schema):
    """Nodes {id, kind, x, y, …settings} and edges {from, to, way}; docs/journeys.md has the kinds and their settings."""

    nodes: list[dict[str, Any]] = Field(max_length=200)
    edges: list[dict[str, Any]] = Field(max_length=1_000)


class JourneyFaultOut(Schema):
    """One thing that is wrong with a graph; `node` empty: the whole of it."""

    node: str
    code: str
    text: str


class JourneyVersionOut(Schema):
    """A version with its graph, and what is wrong with it: nothing once it was started."""

    id: UUID
    number: int
    graph: dict[str, Any]
    frozen_at: datetime | None
    faults: list[JourneyFaultOut]


class JourneyEntriesIn(Schema):
    """Members who are to enter, by hand."""

    member_ids: list[UUID] = Field(min_length=1, max_length=1_000)


class JourneyEntriesOut(Schema):
    """How many entered, and how many were refused by code."""

    entered: int
    refused: dict[str, int]


class JourneyMoveIn(Schema):
    """Nodes of an older version and those of the version that runs at which its members go on."""

    from_version_id: UUID
    mapping: dict[str, str]


class JourneyMovedOut(Schema):
    moved: int


class JourneyGroupOut(Schema):
    """One group: members, how many reached the goal, and what a member paid on average."""

    members: int
    converted: int
    rate: float
    mean_minor: float


class JourneyResultsOut(Schema):
    """Treated beside control: differences with their 95 % intervals (null: not known). `verdict`: up, down, unsure, too_few, no_control."""

    treated: JourneyGroupOut
    control: JourneyGroupOut
    rate: float
    rate_low: float
    rate_high: float
    revenue_minor: float
    revenue_low_minor: float | None
    revenue_high_minor: float | None
    verdict: str
    needed_to_treat: int | None
    members_needed: int | None
    entered: int
    inside: int


class JourneyTaskOut(Schema):
    """Something a guide is asked to do for a member."""

    id: UUID
    member_id: UUID
    store_id: UUID | None
    text: str
    text_en: str
    at: datetime
    done_at: datetime | None
