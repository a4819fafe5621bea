"""Everybody at once, over HTTP: what the builder of segments asks, and ready-made segments. For headquarters."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Router, Schema, Status

from sitong.insight.audience.actions import install_ready_made
from sitong.insight.audience.ready import Days
from sitong.insight.audience.seeing import counted, seen, shared
from sitong.member.segments.facts import brand_day
from sitong.member.segments.language import written
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


class OverlapIn(Schema):
    rules: list[dict[str, Any]] = Field(description="Two to five rules.", min_length=2, max_length=5)


class ReadyMadeIn(Schema):
    """Which groups of ready-made segments, and where the stretches of the life cycle end, in days."""

    groups: list[Literal["rfm", "life", "price", "category", "channel", "occasion"]]
    live: bool = False
    new_days: int = Field(30, ge=1, le=3_660)
    active_days: int = Field(90, ge=1, le=3_660)
    sleeping_days: int = Field(180, ge=1, le=3_660)


class PartReachOut(Schema):
    """One thing that the rule asks, and for how many members it holds by itself."""

    rule: dict[str, Any]
    members: int


class AudienceReachOut(Schema):
    """For how many members the rule holds, as the lake knows them, on this business day."""

    members: int
    everybody: int
    on: date
    parts: list[PartReachOut] = Field(description="Of a rule with several parts, the first eight.")


class AudienceKindOut(Schema):
    kind: str = Field(description="A code or an id; empty: none.")
    members: int


class AudienceSampleOut(Schema):
    id: UUID
    name: str = Field(description="Masked.")
    phone: str = Field(description="Masked.")


class AudienceLookOut(Schema):
    """Like whom the members are: by tier, source and home store, the most first; and some of them at random."""

    members: int
    everybody: int
    tier: list[AudienceKindOut]
    source: list[AudienceKindOut]
    store_id: list[AudienceKindOut]
    sample: list[AudienceSampleOut]


class IntersectionOut(Schema):
    """Members of just these rules, by their places from 0 on, and of no other of them."""

    places: list[int]
    members: int


@router.post("/audience/reach", response=AudienceReachOut, auth=API_AUTH, summary="How many members a rule has")
def count_reach(request: ViewerRequest, asked: AudienceRuleIn) -> dict[str, Any]:
    """Counted in the lake, so a rule can be counted while it is being built. Remembered until the lake is another."""
    brand_id, at = _brand(request.viewer, SEE), clock_now()
    found = counted(brand_id, rule_of(asked.rule), at=at)
    parts = [{"rule": written(part), "members": members} for part, members in found.leaves]
    return {"members": found.members, "everybody": found.all, "on": brand_day(brand_id, at), "parts": parts}


@router.post("/audience/look", response=AudienceLookOut, auth=API_AUTH, summary="Like whom a rule's members are")
def look(request: ViewerRequest, asked: AudienceRuleIn) -> dict[str, Any]:
    """By tier, source and home store, with some members whose names and phones are masked."""
    found = seen(_brand(request.viewer, SEE), rule_of(asked.rule), at=clock_now())
    kinds = {
        name: [{"kind": kind, "members": members} for kind, members in rows] for name, rows in found.breakdowns.items()
    }
    sample = [{"id": one.id, "name": one.masked_name, "phone": one.masked_phone} for one in found.sample]
    return {"members": found.members, "everybody": found.all, "sample": sample, **kinds}


@router.post(
    "/audience/overlap", response=list[IntersectionOut], auth=API_AUTH, summary="How rules lie over each other"
)
def count_overlap(request: ViewerRequest, asked: OverlapIn) -> list[dict[str, Any]]:
    """How many members belong to just which of two to five rules, the most first."""
    brand_id = _brand(request.viewer, SEE)
    found = shared(brand_id, [rule_of(one) for one in asked.rules], at=clock_now())
    return [{"places": list(places), "members": members} for places, members in found]


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
