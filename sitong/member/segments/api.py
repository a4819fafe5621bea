"""Segments by program: made, changed, watched, archived; who belongs, why, and how many it were."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from sitong.member.identity.queries import members_visible_to
from sitong.member.segments.actions import (
    SegmentWanted,
    archive_segment,
    change_segment,
    make_segment,
    unwatch_segment,
    watch_segment,
)
from sitong.member.segments.language import written
from sitong.member.segments.models import Segment
from sitong.member.segments.parsing import rule_of
from sitong.member.segments.queries import (
    CHANGES,
    SEES,
    expanded_rule,
    members_of_segment,
    segment_names,
    segments_visible_to,
    trend_of,
    why,
)
from sitong.member.segments.subjects import DERIVED, SUBJECTS
from sitong.member.segments.words import words_of
from sitong.shared import clock
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotAllowed, NotFound

router = Router(tags=["member"])


class SegmentNew(Schema):
    id: UUID = Field(description="Made by the caller (UUIDv7); sent again, it gets the first answer.")
    name: str = Field(min_length=1, max_length=60)
    name_en: str = Field("", max_length=60)
    note: str = Field("", max_length=300)
    rule: dict[str, Any] = Field(description="A rule in the language of docs/segments.md.")
    as_tag: bool = Field(False, description="Shown on its members as a tag.")
    color: str = Field("blue", max_length=12)
    live: bool = Field(False, description="Who enters or leaves is told at once.")


class SegmentChange(Schema):
    version: int = Field(description="The version that was looked at.")
    name: str = Field(min_length=1, max_length=60)
    name_en: str = Field("", max_length=60)
    note: str = Field("", max_length=300)
    rule: dict[str, Any]
    as_tag: bool = False
    color: str = Field("blue", max_length=12)


class SegmentSeen(Schema):
    """A segment of the brand. `members` is kept while it is live, and complete once `filled_at` is set."""

    id: UUID
    name: str
    name_en: str
    note: str
    version: int
    rule: dict[str, Any]
    as_tag: bool
    color: str
    live_since: datetime | None
    filled_at: datetime | None
    members: int
    made_at: datetime
    changed_at: datetime
    archived_at: datetime | None


class RuleAsked(Schema):
    rule: dict[str, Any]
    language: Literal["zh-hans", "en"] = "zh-hans"


class RuleSaid(Schema):
    """A rule in its one written form, and in words."""

    rule: dict[str, Any]
    words: str


class BelongingFilter(Schema):
    after: UUID | None = None
    limit: int = Field(50, ge=1, le=1_000)


class BelongingPage(Schema):
    """Ids of members who belong to a live segment; `next` is the id after which the next page begins."""

    items: list[UUID]
    next: UUID | None


class TrendDay(Schema):
    on: date
    members: int
    entered: int
    left: int


class WhyFilter(Schema):
    language: Literal["zh-hans", "en"] = "zh-hans"


class WhyPart(Schema):
    rule: dict[str, Any]
    words: str
    holds: bool


class WhySeen(Schema):
    """Whether a member fulfills a segment's rule now, and what of it."""

    holds: bool
    parts: list[WhyPart]


class SubjectField(Schema):
    name: str
    kind: str
    label: str
    of: str
    choices: list[str]
    asked: bool
    measured: bool
    told_apart: bool


class SubjectSeen(Schema):
    """What rules may ask: a kind of facts with its fields."""

    name: str
    label: str
    deed: bool
    timed: bool
    fields: list[SubjectField]


@router.get("/segments", auth=API_AUTH, response=list[SegmentSeen], summary="List segments")
def list_segments(request: HttpRequest, archived: Literal["yes", "no"] = "no") -> list[Segment]:
    """Give the brand's segments by name."""
    found = segments_visible_to(_brand(request, SEES)).filter(archived_at__isnull=archived == "no")
    return list(found.order_by("name", "id"))


@router.get("/segments/subjects", auth=API_AUTH, response=list[SubjectSeen], summary="List what rules may ask")
def list_subjects(request: HttpRequest) -> list[dict[str, Any]]:
    """Give the catalog of subjects and fields, with labels in the caller's language."""
    _brand(request, SEES)
    return [
        {
            "name": one.name, "label": str(one.label), "deed": one.deed, "timed": one.timed,
            "fields": [
                {
                    "name": field.name, "kind": field.kind, "label": str(field.label), "of": field.of,
                    "choices": [code for code, _ in field.choices], "asked": field.asked, "measured": field.measured,
                    "told_apart": field.told_apart,
                }
                for field in (*one.fields, *(DERIVED if one.name == "members" else ()))
                if field.asked or field.measured or field.told_apart
            ],
        }
        for one in SUBJECTS.values()
    ]  # fmt: skip


@router.post("/segments/read", auth=API_AUTH, response=RuleSaid, summary="Read a rule aloud")
def read_rule(request: HttpRequest, asked: RuleAsked) -> dict[str, Any]:
    """Check a rule and say it in words. Changes nothing."""
    viewer = _brand(request, SEES)
    rule = rule_of(asked.rule)
    assert viewer.brand_id is not None
    expanded_rule(viewer.brand_id, rule)
    return {"rule": written(rule), "words": words_of(rule, asked.language, _names(viewer, asked.language))}


@router.post("/segments", auth=API_AUTH, response=SegmentSeen, summary="Make a segment")
def make_one(request: HttpRequest, wanted: SegmentNew) -> Segment:
    """Make a segment; a live one is filled in the background."""
    viewer = _brand(request, CHANGES)
    assert viewer.brand_id is not None
    said = SegmentWanted(brand_id=viewer.brand_id, **wanted.model_dump())
    return make_segment(said, by=viewer.account_id, now=clock.now())


@router.get("/segments/{uuid:segment_id}", auth=API_AUTH, response=SegmentSeen, summary="Show a segment")
def show_one(request: HttpRequest, segment_id: UUID) -> Segment:
    """Give a segment with its rule."""
    return _segment(_brand(request, SEES), segment_id)


@router.put("/segments/{uuid:segment_id}", auth=API_AUTH, response=SegmentSeen, summary="Change a segment")
def change_one(request: HttpRequest, segment_id: UUID, wanted: SegmentChange) -> Segment:
    """Give a segment other words or another rule; another rule is another version."""
    viewer = _brand(request, CHANGES)
    segment = _segment(viewer, segment_id)
    said = SegmentWanted(id=segment.id, brand_id=segment.brand_id, **wanted.model_dump(exclude={"version"}))
    return change_segment(said, version=wanted.version, by=viewer.account_id, now=clock.now())


@router.post("/segments/{uuid:segment_id}/watch", auth=API_AUTH, response=SegmentSeen, summary="Watch a segment live")
def watch_one(request: HttpRequest, segment_id: UUID) -> Segment:
    """From now on tell at once who enters or leaves; it is filled in the background."""
    viewer = _brand(request, CHANGES)
    segment = _segment(viewer, segment_id)
    return watch_segment(segment.id, segment.brand_id, by=viewer.account_id, now=clock.now())


@router.post(
    "/segments/{uuid:segment_id}/unwatch", auth=API_AUTH, response=SegmentSeen, summary="Stop watching a segment"
)
def unwatch_one(request: HttpRequest, segment_id: UUID) -> Segment:
    """Keep no more who belongs; ask the rule when somebody wants to know."""
    viewer = _brand(request, CHANGES)
    segment = _segment(viewer, segment_id)
    return unwatch_segment(segment.id, segment.brand_id, by=viewer.account_id, now=clock.now())


@router.post("/segments/{uuid:segment_id}/archive", auth=API_AUTH, response=SegmentSeen, summary="Archive a segment")
def archive_one(request: HttpRequest, segment_id: UUID) -> Segment:
    """Put a segment away; what was done for it stays."""
    viewer = _brand(request, CHANGES)
    segment = _segment(viewer, segment_id)
    return archive_segment(segment.id, segment.brand_id, by=viewer.account_id, now=clock.now())


@router.get("/segments/{uuid:segment_id}/members", auth=API_AUTH, response=BelongingPage, summary="List who belongs")
def list_belonging(request: HttpRequest, segment_id: UUID, wanted: Query[BelongingFilter]) -> dict[str, Any]:
    """Give the members of a live segment by id."""
    segment = _segment(_brand(request, SEES), segment_id)
    ids = members_of_segment(segment.id, after=wanted.after, limit=wanted.limit)
    return {"items": ids, "next": ids[-1] if len(ids) == wanted.limit else None}


@router.get(
    "/segments/{uuid:segment_id}/trend", auth=API_AUTH, response=list[TrendDay], summary="Show a segment's trend"
)
def show_trend(request: HttpRequest, segment_id: UUID) -> list[dict[str, Any]]:
    """Give how many belonged at the end of each day on which somebody came or went, the earliest first."""
    segment = _segment(_brand(request, SEES), segment_id)
    return [dict(zip(("on", "members", "entered", "left"), row, strict=True)) for row in trend_of(segment.id)]


@router.get(
    "/segments/{uuid:segment_id}/why/{uuid:member_id}",
    auth=API_AUTH,
    response=WhySeen,
    summary="Say why a member belongs",
)
def show_why(request: HttpRequest, segment_id: UUID, member_id: UUID, wanted: Query[WhyFilter]) -> dict[str, Any]:
    """Ask a segment's rule of one member now, and give the answer to each part of it."""
    viewer = _brand(request, SEES)
    segment = _segment(viewer, segment_id)
    if not members_visible_to(viewer).filter(id=member_id).exists():
        raise NotFound(what="member")
    found = why(segment.brand_id, rule_of(segment.rule), member_id, at=clock.now())
    if found is None:
        raise NotFound(what="member")
    names = _names(viewer, wanted.language)
    parts = [
        {"rule": written(leaf), "words": words_of(leaf, wanted.language, names), "holds": holds}
        for leaf, holds in found.parts
    ]
    return {"holds": found.holds, "parts": parts}


def _brand(request: HttpRequest, permission: str) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require(permission)
    if not viewer.place_ids("brand", permission):
        raise NotAllowed(permission=permission)
    return viewer


def _segment(viewer: Viewer, segment_id: UUID) -> Segment:
    segment = segments_visible_to(viewer).filter(id=segment_id).first()
    if segment is None:
        raise NotFound(what="segment")
    return segment


def _names(viewer: Viewer, language: str) -> dict[str, str]:
    """Name the brand's segments for `words_of`; what stands above this word names the rest on its pages."""
    ids = segments_visible_to(viewer).values_list("id", flat=True)
    english = language == "en"
    return {
        id.hex: (name_en if english and name_en else name) for id, (name, name_en) in segment_names(list(ids)).items()
    }
