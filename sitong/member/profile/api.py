"""Tags, notes and visits by program."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from sitong.member.identity.queries import MemberFacts, member_facts, members_visible_to
from sitong.member.profile.actions import (
    NoteWanted,
    TagWanted,
    make_tags,
    note_members,
    remove_note,
    retire_tag,
    tag_members,
    untag_members,
)
from sitong.member.profile.models import Tag
from sitong.member.profile.queries import (
    members_tagged,
    note_of,
    notes_of,
    tags_of,
    tags_visible_to,
    visits_of,
)
from sitong.member.profile.rules import NOTE_MAX
from sitong.org.stores.queries import stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotAllowed, NotFound, Refused

router = Router(tags=["member"])


class TagNew(Schema):
    id: UUID = Field(description="Made by the caller (UUIDv7); sent again, it gets the first answer.")
    name: str = Field(min_length=1, max_length=30)
    color: str = Field("blue", max_length=12)


class TagSeen(Schema):
    """A tag of the brand."""

    id: UUID
    name: str
    color: str
    retired_at: datetime | None


class MembersNamed(Schema):
    member_ids: list[UUID] = Field(min_length=1, max_length=1_000)


class Counted(Schema):
    count: int


class TaggedFilter(Schema):
    after: UUID | None = None
    limit: int = Field(50, ge=1, le=200)


class TaggedPage(Schema):
    """Ids of members who have the tag; `next` is the id after which the next page begins."""

    items: list[UUID]
    next: UUID | None


class TaggedSeen(Schema):
    tag_id: UUID
    name: str
    color: str
    by: UUID | None
    at: datetime


class NoteNew(Schema):
    id: UUID = Field(description="Made by the caller; sent again, it gets the first answer.")
    text: str = Field(min_length=1, max_length=NOTE_MAX)


class NoteSeen(Schema):
    id: UUID
    text: str
    by: UUID | None
    at: datetime


class VisitShown(Schema):
    id: UUID
    store_id: UUID
    kind: str
    at: datetime


class ProfileSeen(Schema):
    """What staff knows of a member beside who it is: the newest notes and visits first."""

    tags: list[TaggedSeen]
    notes: list[NoteSeen]
    visits: list[VisitShown]


@router.get("/tags", auth=API_AUTH, response=list[TagSeen], summary="List tags")
def list_tags(request: HttpRequest) -> list[Tag]:
    """Give the brand's tags by name, retired ones too."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.see")
    return list(tags_visible_to(viewer).order_by("name", "id"))


@router.post("/tags", auth=API_AUTH, response=TagSeen, summary="Make a tag")
def make_tag(request: HttpRequest, wanted: TagNew) -> Tag:
    """Make a tag that staff may put on members by hand."""
    viewer = _brand_staff(request)
    assert viewer.brand_id is not None
    new = TagWanted(wanted.id, viewer.brand_id, wanted.name, wanted.color)
    (tag,) = make_tags([new], by=viewer.account_id, now=clock.now())
    if isinstance(tag, Refused):
        raise tag
    return tag


@router.post("/tags/{uuid:tag_id}/retire", auth=API_AUTH, response=TagSeen, summary="Retire a tag")
def retire(request: HttpRequest, tag_id: UUID) -> Tag:
    """Let a tag be put on nobody any more; who has it keeps it."""
    viewer = _brand_staff(request)
    return retire_tag(_tag(viewer, tag_id), by=viewer.account_id, now=clock.now())


@router.get("/tags/{uuid:tag_id}/members", auth=API_AUTH, response=TaggedPage, summary="List who has a tag")
def list_tagged(request: HttpRequest, tag_id: UUID, wanted: Query[TaggedFilter]) -> dict[str, Any]:
    """Give the visible members who have a tag, by id."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.see")
    found = members_visible_to(viewer).filter(id__in=members_tagged(_tag(viewer, tag_id))).order_by("id")
    after = found.filter(id__gt=wanted.after) if wanted.after else found
    ids = list(after.values_list("id", flat=True)[: wanted.limit])
    return {"items": ids, "next": ids[-1] if len(ids) == wanted.limit else None}


@router.post("/tags/{uuid:tag_id}/members", auth=API_AUTH, response=Counted, summary="Put a tag on members")
def put_tag(request: HttpRequest, tag_id: UUID, wanted: MembersNamed) -> dict[str, int]:
    """Put a tag on members; who has it already keeps it as it was put."""
    viewer = _tagging(request)
    ids = _all_visible(viewer, wanted.member_ids)
    return {"count": tag_members(ids, _tag(viewer, tag_id), by=viewer.account_id, now=clock.now())}


@router.post("/tags/{uuid:tag_id}/members/remove", auth=API_AUTH, response=Counted, summary="Take a tag away")
def take_tag(request: HttpRequest, tag_id: UUID, wanted: MembersNamed) -> dict[str, int]:
    """Take a tag away from members; who does not have it is left out."""
    viewer = _tagging(request)
    ids = _all_visible(viewer, wanted.member_ids)
    return {"count": untag_members(ids, _tag(viewer, tag_id), by=viewer.account_id, now=clock.now())}


@router.get(
    "/members/{uuid:member_id}/profile", auth=API_AUTH, response=ProfileSeen, summary="Show tags, notes, visits"
)
def show_profile(request: HttpRequest, member_id: UUID) -> dict[str, Any]:
    """Give a member's tags, its newest notes, and its newest visits of the stores that the viewer may see."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.see")
    member = _visible(viewer, member_id, "member.see")
    stores = None
    if not viewer.place_ids("brand", "member.see"):
        stores = list(stores_visible_to(viewer, "member.see").values_list("id", flat=True))
    tags = tags_of([member.id])
    notes = notes_of(member.id)
    return {
        "tags": [
            {"tag_id": one.tag_id, "name": one.name, "color": one.color, "by": one.by, "at": one.at} for one in tags
        ],
        "notes": [{"id": one.id, "text": one.text, "by": one.by, "at": one.at} for one in notes],
        "visits": [
            {"id": one.id, "store_id": one.store_id, "kind": one.kind, "at": one.at}
            for one in visits_of(member.id, store_ids=stores)
        ],
    }


@router.post("/members/{uuid:member_id}/notes", auth=API_AUTH, response=NoteSeen, summary="Note something")
def add_note(request: HttpRequest, member_id: UUID, wanted: NoteNew) -> dict[str, Any]:
    """Keep a note about a member, sealed."""
    viewer = _tagging(request)
    member = _visible(viewer, member_id, "member.tag")
    new = NoteWanted(wanted.id, member.brand_id, member.id, wanted.text)
    (note,) = note_members([new], by=viewer.account_id, now=clock.now())
    if isinstance(note, Refused):
        raise note
    return {"id": note.id, "text": note.text, "by": note.by, "at": note.at}


@router.delete(
    "/members/{uuid:member_id}/notes/{uuid:note_id}", auth=API_AUTH, response={204: None}, summary="Remove a note"
)
def delete_note(request: HttpRequest, member_id: UUID, note_id: UUID) -> tuple[int, None]:
    """Take a note away; who did so stays in the change log."""
    viewer = _tagging(request)
    member, found = _visible(viewer, member_id, "member.tag"), note_of(note_id)
    if found is None or found[0] != member.id:
        raise NotFound(what="note")
    remove_note(note_id, by=viewer.account_id, now=clock.now())
    return 204, None


def _brand_staff(request: HttpRequest) -> Viewer:
    """Tags are made and retired by the brand itself."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.tag")
    if not viewer.place_ids("brand", "member.tag"):
        raise NotAllowed(permission="member.tag")
    return viewer


def _tagging(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.tag")
    return viewer


def _tag(viewer: Viewer, tag_id: UUID) -> UUID:
    if not tags_visible_to(viewer).filter(id=tag_id).exists():
        raise NotFound(what="tag")
    return tag_id


def _visible(viewer: Viewer, member_id: UUID, permission: str) -> MemberFacts:
    found = members_visible_to(viewer, permission).filter(id=member_id).values_list("id", flat=True)
    facts = member_facts(list(found)).get(member_id)
    if facts is None:
        raise NotFound(what="member")
    return facts


def _all_visible(viewer: Viewer, member_ids: list[UUID]) -> list[UUID]:
    seen = members_visible_to(viewer, "member.tag").filter(id__in=member_ids).values_list("id", flat=True)
    if set(member_ids) - set(seen):
        raise NotFound(what="member")
    return member_ids
