"""Tags, notes and visits of members: put, taken away, noted, moved along."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction

from sitong.member.identity.events import changed
from sitong.member.identity.moving import Going
from sitong.member.identity.queries import member_now
from sitong.member.profile.models import MemberNote, MemberTag, Tag, Visit, VisitKind
from sitong.member.profile.rules import COLORS, NAME_MAX, NOTE_MAX
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.statements import run, uuids

TAGS_MAX = 200

_MOVE = """
UPDATE {table} AS r SET member_id = g.to_id FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS g (join_id, of_id, to_id)
WHERE r.member_id = g.of_id RETURNING g.join_id, r.id
"""
_MOVE_BACK = """
UPDATE {table} AS r SET member_id = g.to_id FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS g (id, of_id, to_id)
WHERE r.id = g.id AND r.member_id = g.of_id
"""
TABLES: dict[type[models.Model], str] = {MemberNote: "member_membernote", Visit: "member_visit"}
MOVE_MANY = {kind: _MOVE.format(table=table) for kind, table in TABLES.items()}
MOVE_BACK_MANY = {kind: _MOVE_BACK.format(table=table) for kind, table in TABLES.items()}


class TagNameTaken(Refused):
    """The brand has a tag of this name."""

    code = "member.tag_name_taken"


class TagMalformed(Refused):
    """A tag has a name and one of the colors."""

    code = "member.tag_malformed"


class TagsTooMany(Refused):
    """The brand has as many tags as people can tell apart; retire some."""

    code = "member.tags_too_many"


class NoteEmpty(Refused):
    """A note says something, in no more than 2,000 signs."""

    code = "member.note_empty"


@dataclass(frozen=True, slots=True)
class TagWanted:
    """A new tag of a brand. The id is the caller's: sent again, it gets the first answer."""

    id: UUID
    brand_id: UUID
    name: str
    color: str = "blue"


@dataclass(frozen=True, slots=True)
class NoteWanted:
    """A note about a member. The id is the caller's."""

    id: UUID
    brand_id: UUID
    member_id: UUID
    text: str


@dataclass(frozen=True, slots=True)
class VisitSeen:
    """A member was in a store, as a document says (an order, a scan, a check-in): bought, fetched, scanned, checked_in."""

    document_id: UUID
    brand_id: UUID
    member_id: UUID
    store_id: UUID
    kind: str
    at: datetime


def make_tags(wanted: Sequence[TagWanted], *, by: UUID | None, now: datetime) -> list[Tag | Refused]:
    """Make tags in order of arrival; a name is a brand's once among those in use.

    Refused: member.tag_malformed, member.tag_name_taken, member.tags_too_many, shared.repeat_differs.
    """
    with transaction.atomic():
        brands = {one.brand_id for one in wanted}
        there = list(Tag.objects.select_for_update().filter(brand_id__in=brands).order_by("id"))
        by_id = {tag.id: tag for tag in there}
        names = {(tag.brand_id, tag.name): tag for tag in there if tag.retired_at is None}
        outcomes: list[Tag | Refused] = []
        fresh: list[Tag] = []
        for one in wanted:
            name = one.name.strip()
            if earlier := by_id.get(one.id):
                same = (earlier.brand_id, earlier.name) == (one.brand_id, name)
                outcomes.append(earlier if same else RepeatDiffers(id=one.id))
            elif not name or len(name) > NAME_MAX or one.color not in COLORS:
                outcomes.append(TagMalformed())
            elif (one.brand_id, name) in names:
                outcomes.append(TagNameTaken(name=name))
            elif sum(brand_id == one.brand_id for brand_id, _ in names) >= TAGS_MAX:
                outcomes.append(TagsTooMany(most=TAGS_MAX))
            else:
                tag = Tag(id=one.id, brand_id=one.brand_id, name=name, color=one.color, made_by=by, made_at=now)
                by_id[tag.id] = names[(tag.brand_id, name)] = tag
                fresh.append(tag)
                outcomes.append(tag)
        Tag.objects.bulk_create(fresh)
        record(
            [AuditEntry("made", "member.tag", tag.id, tag.brand_id, by, after={"name": tag.name}) for tag in fresh],
            at=now,
        )
    return outcomes


def retire_tag(tag_id: UUID, *, by: UUID | None, now: datetime) -> Tag:
    """Let a tag be put on nobody any more; who has it keeps it. Twice: nothing more happens. Refused: shared.not_found."""
    with transaction.atomic():
        tag = _tag(tag_id)
        if tag.retired_at is None:
            tag.retired_at = now
            tag.save(update_fields=["retired_at"])
            record([AuditEntry("retired", "member.tag", tag.id, tag.brand_id, by, before={"name": tag.name})], at=now)
    return tag


def tag_members(member_ids: Collection[UUID], tag_id: UUID, *, by: UUID | None, now: datetime) -> int:
    """Put a tag on members of its brand; who has it already keeps it as it was put. Gives on how many it was put.

    Refused: shared.not_found (no such tag, or one that was retired).
    """
    with transaction.atomic():
        tag = _tag(tag_id)
        if tag.retired_at:
            raise NotFound(what="tag")
        members = set(member_now(member_ids).values())
        members -= set(MemberTag.objects.filter(tag=tag, member_id__in=members).values_list("member_id", flat=True))
        made = MemberTag.objects.bulk_create(
            [MemberTag(brand_id=tag.brand_id, member_id=id, tag=tag, by=by, at=now) for id in sorted(members)],
            ignore_conflicts=True,
        )
        record(
            [
                AuditEntry("tagged", "member.member", one.member_id, tag.brand_id, by, after={"tag": tag.name})
                for one in made
            ],
            at=now,
        )
        announce(changed("tags", ((one.brand_id, one.member_id) for one in made)), at=now)
    return len(made)


def untag_members(member_ids: Collection[UUID], tag_id: UUID, *, by: UUID | None, now: datetime) -> int:
    """Take a tag away from members; who does not have it is left out. Gives from how many. Refused: shared.not_found."""
    with transaction.atomic():
        tag = _tag(tag_id)
        members = set(member_now(member_ids).values()) | set(member_ids)
        rows = MemberTag.objects.select_for_update().filter(tag=tag, member_id__in=members).order_by("id")
        found = [(row.id, row.member_id) for row in rows]
        MemberTag.objects.filter(id__in=[id for id, _ in found]).delete()
        record(
            [
                AuditEntry("untagged", "member.member", id, tag.brand_id, by, before={"tag": tag.name})
                for _, id in found
            ],
            at=now,
        )
        announce(changed("tags", ((tag.brand_id, id) for _, id in found)), at=now)
    return len(found)


def note_members(wanted: Sequence[NoteWanted], *, by: UUID | None, now: datetime) -> list[MemberNote | Refused]:
    """Keep notes about members, sealed. Refused: member.note_empty, shared.not_found, shared.repeat_differs."""
    with transaction.atomic():
        now_is = member_now([one.member_id for one in wanted])
        there = MemberNote.objects.in_bulk([one.id for one in wanted])
        outcomes: list[MemberNote | Refused] = []
        fresh: list[MemberNote] = []
        for one in wanted:
            text, member_id = one.text.strip(), now_is.get(one.member_id)
            if not text or len(text) > NOTE_MAX:
                outcomes.append(NoteEmpty(most=NOTE_MAX))
            elif member_id is None:
                outcomes.append(NotFound(what="member"))
            elif earlier := there.get(one.id):
                same = (earlier.text, earlier.brand_id) == (text, one.brand_id)
                outcomes.append(earlier if same else RepeatDiffers(id=one.id))
            else:
                note = MemberNote(id=one.id, brand_id=one.brand_id, member_id=member_id, text=text, by=by, at=now)
                there[one.id] = note
                fresh.append(note)
                outcomes.append(note)
        MemberNote.objects.bulk_create(fresh)
    return outcomes


def remove_note(note_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """Take a note away, leaving who did; its text is gone. Gone already: nothing happens."""
    with transaction.atomic():
        note = MemberNote.objects.select_for_update().filter(id=note_id).first()
        if note:
            record([AuditEntry("note_removed", "member.member", note.member_id, note.brand_id, by)], at=now)
            note.delete()


def note_visits(seen: Sequence[VisitSeen], *, now: datetime) -> int:
    """Keep that members were in stores; one document is one visit, the first that is told. Gives how many were new."""
    now_is = member_now({one.member_id for one in seen})
    rows = {
        one.document_id: Visit(
            brand_id=one.brand_id, member_id=now_is[one.member_id], store_id=one.store_id, kind=one.kind,
            document_id=one.document_id, at=min(one.at, now),
        )
        for one in reversed(seen)
        if one.member_id in now_is and one.kind in VisitKind.values
    }  # fmt: skip
    with transaction.atomic():
        known = set(Visit.objects.filter(document_id__in=rows).values_list("document_id", flat=True))
        fresh = [row for document_id, row in sorted(rows.items()) if document_id not in known]
        Visit.objects.bulk_create(fresh, ignore_conflicts=True)
        announce(changed("visits", ((row.brand_id, row.member_id) for row in fresh)), at=now)
    return len(fresh)


def move_rows(kind: type[MemberTag | MemberNote | Visit], member_id: UUID, *, to: UUID) -> list[UUID]:
    """Give another member all rows of one kind; a tag that it has already stays. Gives the ids of what moved."""
    with transaction.atomic():
        rows: models.QuerySet[Any] = kind._default_manager.filter(member_id=member_id)
        if kind is MemberTag:
            rows = rows.exclude(tag_id__in=MemberTag.objects.filter(member_id=to).values("tag_id"))
        ids: list[UUID] = list(rows.select_for_update(no_key=True).order_by("id").values_list("id", flat=True))
        kind._default_manager.filter(id__in=ids).update(member_id=to)
    return ids


def move_rows_back(kind: type[MemberTag | MemberNote | Visit], row_ids: Sequence[UUID], *, of: UUID, to: UUID) -> None:
    """Give these rows of a member to another, as far as it still has them and the other has not the like."""
    rows: models.QuerySet[Any] = kind._default_manager.filter(id__in=row_ids, member_id=of)
    if kind is MemberTag:
        rows = rows.exclude(tag_id__in=MemberTag.objects.filter(member_id=to).values("tag_id"))
    rows.update(member_id=to)


def move_rows_many(kind: type[MemberNote | Visit], joins: Sequence[Going]) -> dict[UUID, list[UUID]]:
    """Give the rows of many absorbed members to those who stay; give their ids by join. One statement."""
    moved: dict[UUID, list[UUID]] = {}
    columns = ([one.join_id for one in joins], [one.absorbed_id for one in joins], [one.survivor_id for one in joins])
    with transaction.atomic():
        for join_id, row_id in run(MOVE_MANY[kind], [uuids(column) for column in columns]):
            moved.setdefault(join_id, []).append(row_id)
    return moved


def move_rows_back_many(kind: type[MemberNote | Visit], joins: Sequence[Going]) -> None:
    """Give rows back for many joins, as far as the survivors still have them. One statement."""
    rows = [(row_id, one.survivor_id, one.absorbed_id) for one in joins for row_id in one.row_ids]
    if rows:
        run(MOVE_BACK_MANY[kind], [uuids(column) for column in zip(*rows, strict=True)])


def erase_profiles(member_ids: Collection[UUID]) -> dict[str, int]:
    """Delete tags, notes and visits of members for good. Gives how many of each."""
    return {
        "tags": MemberTag.objects.filter(member_id__in=member_ids).delete()[0],
        "notes": MemberNote.objects.filter(member_id__in=member_ids).delete()[0],
        "visits": Visit.objects.filter(member_id__in=member_ids).delete()[0],
    }


def _tag(tag_id: UUID) -> Tag:
    tag = Tag.objects.select_for_update(no_key=True).filter(id=tag_id).first()
    if tag is None:
        raise NotFound(what="tag")
    return tag
