"""Everybody at once, over HTTP: what the builder of segments asks, and ready-made segments. For headquarters."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Router, Schema, Status

from sitong.insight.audience import queries
from sitong.insight.audience.actions import install_ready_made
from sitong.insight.audience.ready import Days
from sitong.member.segments.parsing import rule_of
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed

router = Router(tags=["audience"])

SEE, CHANGE = "member.see", "coupon.change"


class AudienceRuleIn(Schema):
    """A rule in the language of segments; {"in": id} asks for a saved one."""

    rule: dict[str, Any]


class AudienceSampleIn(AudienceRuleIn):
    limit: int = Field(20, ge=1, le=queries.SAMPLE_MAX)


class AudienceKindsIn(AudienceRuleIn):
    by: Literal["tier", "store_id", "source"]


class OverlapIn(Schema):
    rules: list[dict[str, Any]] = Field(description="One to five rules.", min_length=1, max_length=queries.OVERLAP_MAX)


class ReadyMadeIn(Schema):
    """Which groups of ready-made segments, and where the stretches of the life cycle end, in days."""

    groups: list[Literal["rfm", "life", "price", "category", "channel", "occasion"]]
    live: bool = False
    new_days: int = Field(30, ge=1, le=3_660)
    active_days: int = Field(90, ge=1, le=3_660)
    sleeping_days: int = Field(180, ge=1, le=3_660)


class AudienceReachOut(Schema):
    """For how many members the rule holds, as the lake knows them, on this business day."""

    members: int
    everybody: int
    on: date


class PartReachOut(Schema):
    path: str = Field(description='Where the part stands, like all[1].not; "" is the whole rule.')
    members: int


class IntersectionOut(Schema):
    """Members of just these rules, by their places from 0 on, and of no other of them."""

    places: list[int]
    members: int


class OverlapOut(Schema):
    sizes: list[int]
    intersections: list[IntersectionOut]


class AudienceSampleOut(Schema):
    id: UUID
    name: str = Field(description="Masked.")
    phone: str = Field(description="Masked.")


class AudienceKindOut(Schema):
    kind: str
    members: int


@router.post("/audience/reach", response=AudienceReachOut, auth=API_AUTH, summary="How many members a rule has")
def count_reach(request: ViewerRequest, asked: AudienceRuleIn) -> Any:
    """Counted in the lake, so a rule can be counted while it is being built. Remembered until the lake is another."""
    return queries.reach_of(_brand(request.viewer, SEE), rule_of(asked.rule), at=clock_now())


@router.post("/audience/parts", response=list[PartReachOut], auth=API_AUTH, summary="How many each part of a rule has")
def count_parts(request: ViewerRequest, asked: AudienceRuleIn) -> Any:
    """For how many members each part holds by itself: the whole rule first, then from left to right."""
    return queries.reach_of_parts(_brand(request.viewer, SEE), rule_of(asked.rule), at=clock_now())


@router.post("/audience/overlap", response=OverlapOut, auth=API_AUTH, summary="How rules lie over each other")
def count_overlap(request: ViewerRequest, asked: OverlapIn) -> Any:
    """How many members belong to just which of one to five rules."""
    brand_id = _brand(request.viewer, SEE)
    return queries.overlap_of(brand_id, [rule_of(one) for one in asked.rules], at=clock_now())


@router.post("/audience/sample", response=list[AudienceSampleOut], auth=API_AUTH, summary="Some members of a rule")
def list_sample(request: ViewerRequest, asked: AudienceSampleIn) -> list[dict[str, Any]]:
    """Some of the members for whom the rule holds, drawn over all of them, with names and phones masked."""
    found = queries.sample_of(_brand(request.viewer, SEE), rule_of(asked.rule), limit=asked.limit, at=clock_now())
    return [{"id": one.id, "name": one.masked_name, "phone": one.masked_phone} for one in found]


@router.post("/audience/kinds", response=list[AudienceKindOut], auth=API_AUTH, summary="A rule's members by kind")
def list_kinds(request: ViewerRequest, asked: AudienceKindsIn) -> list[dict[str, Any]]:
    """The members for whom the rule holds by tier, home store or source, the most first; '' is none."""
    found = queries.kinds_of(_brand(request.viewer, SEE), rule_of(asked.rule), by=asked.by, at=clock_now())
    return [{"kind": kind, "members": members} for kind, members in found]


@router.post("/audience/ready-made", response={201: list[UUID]}, auth=API_AUTH, summary="Install ready-made segments")
def install(request: ViewerRequest, asked: ReadyMadeIn) -> Status[list[UUID]]:
    """Put ready-made segments there, with bounds found among the brand's own buyers; again, with those of today."""
    days = Days(asked.new_days, asked.active_days, asked.sleeping_days)
    brand_id = _brand(request.viewer, CHANGE)
    by = request.viewer.account_id
    return Status(201, install_ready_made(brand_id, asked.groups, live=asked.live, days=days, by=by, now=clock_now()))


def _brand(viewer: Viewer, permission: str) -> UUID:
    """Give the brand at whose headquarters the caller has a role that carries the permission."""
    viewer.require(permission)
    if viewer.brand_id not in viewer.place_ids("brand", permission):
        raise NotAllowed(permission=permission)
    assert viewer.brand_id is not None
    return viewer.brand_id
