"""Segments are made, given another rule, watched live or not, and archived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sitong.member.profile.rules import COLORS
from sitong.member.segments.events import SegmentChanged
from sitong.member.segments.language import Rule, expanded, kept, segments_named
from sitong.member.segments.models import Segment, SegmentVersion
from sitong.member.segments.parsing import rule_of
from sitong.member.segments.programs import rules_of_brand
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.statements import run

NAME_MAX = 60
NOTE_MAX = 300
SEGMENTS_MAX = 1_000
LIVE_MAX = 300
"""How many segments of a brand may be live at once: each event is looked at for all of them."""
BRAND_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('member.segments ' || %s::text, 0))"


class SegmentMalformed(Refused):
    """A segment has a name of 60 signs at most, and one of the colors."""

    code = "member.segment_malformed"


class SegmentNameTaken(Refused):
    """The brand has a segment of this name."""

    code = "member.segment_name_taken"


class SegmentsTooMany(Refused):
    """The brand has as many segments, or as many live ones, as the platform looks at."""

    code = "member.segments_too_many"


class SegmentInUse(Refused):
    """Another segment asks for this one."""

    code = "member.segment_in_use"


class SegmentChangedMeanwhile(Refused):
    """Somebody else has changed it since it was looked at."""

    code = "member.segment_changed"


class SegmentArchived(Refused):
    """An archived segment is not changed any more."""

    code = "member.segment_archived"


@dataclass(frozen=True, slots=True)
class SegmentWanted:
    """A segment of a brand. The id is the caller's: sent again, it gets the first answer. `rule` is JSON of the language."""

    id: UUID
    brand_id: UUID
    name: str
    rule: Mapping[str, Any]
    name_en: str = ""
    note: str = ""
    as_tag: bool = False
    color: str = "blue"
    live: bool = False


def make_segment(wanted: SegmentWanted, *, by: UUID | None, now: datetime) -> Segment:
    """Make a segment, live at once if wanted: then it is filled in the background.

    Refused: member.rule_refused and its kin, member.segment_malformed, member.segment_name_taken, member.segments_too_many,
    shared.repeat_differs.
    """
    rule = rule_of(wanted.rule)
    with transaction.atomic():
        run(BRAND_LOCK, [str(wanted.brand_id)])
        before = Segment.objects.filter(id=wanted.id).first()
        if before is not None:
            first = SegmentVersion.objects.get(segment_id=before.id, version=1).rule
            if (before.brand_id, first) != (wanted.brand_id, kept(rule)):
                raise RepeatDiffers(id=wanted.id)
            return before
        _refuse_fields(wanted)
        _refuse_name(wanted.brand_id, wanted.name.strip())
        _refuse_number(wanted.brand_id, live=wanted.live)
        expanded(rule, rules_of_brand(wanted.brand_id))
        segment = Segment(
            id=wanted.id, brand_id=wanted.brand_id, name=wanted.name.strip(), name_en=wanted.name_en.strip(),
            note=wanted.note.strip(), rule=kept(rule), as_tag=wanted.as_tag, color=wanted.color,
            live_since=now if wanted.live else None, made_by=by, made_at=now, changed_at=now,
        )  # fmt: skip
        segment.save(force_insert=True)
        _add_version(segment, by, now)
        after = {"name": segment.name, "rule": segment.rule, "live": wanted.live}
        record([AuditEntry("made", "member.segment", segment.id, segment.brand_id, by, {}, after)], at=now)
        announce([SegmentChanged(segment.brand_id, segment.id, 1)], at=now)
    return segment


def change_segment(wanted: SegmentWanted, *, version: int, by: UUID | None, now: datetime) -> Segment:
    """Give a segment other words or another rule; `version` is the one that was looked at. `live` is not changed here.

    Another rule is another version: live segments that depend on it are filled anew, and who enters or leaves by it is told.
    Refused: shared.not_found, member.segment_archived, member.segment_changed, member.rule_refused and its kin,
    member.segment_malformed, member.segment_name_taken.
    """
    rule = rule_of(wanted.rule)
    with transaction.atomic():
        run(BRAND_LOCK, [str(wanted.brand_id)])
        segment = _segment(wanted.id, wanted.brand_id)
        if segment.version != version:
            raise SegmentChangedMeanwhile(version=segment.version)
        _refuse_fields(wanted)
        if wanted.name.strip() != segment.name:
            _refuse_name(wanted.brand_id, wanted.name.strip())
        rules = rules_of_brand(wanted.brand_id) | {segment.id: rule}
        expanded(rule, rules | {segment.id: rule})
        _refuse_circle(segment.id, rules)
        before = {"name": segment.name, "rule": segment.rule}
        segment.name, segment.name_en, segment.note = wanted.name.strip(), wanted.name_en.strip(), wanted.note.strip()
        segment.as_tag, segment.color, segment.changed_at = wanted.as_tag, wanted.color, now
        if segment.rule != kept(rule):
            segment.rule, segment.version = kept(rule), segment.version + 1
            segment.filled_at = segment.filled_after = None
            _add_version(segment, by, now)
            _fill_anew(depending_on(segment.id, rules), now)
        segment.save(update_fields=[
            "name", "name_en", "note", "as_tag", "color", "changed_at", "rule", "version", "filled_at", "filled_after",
        ])  # fmt: skip
        after = {"name": segment.name, "rule": segment.rule}
        record([AuditEntry("changed", "member.segment", segment.id, segment.brand_id, by, before, after)], at=now)
        announce([SegmentChanged(segment.brand_id, segment.id, segment.version)], at=now)
    return segment


def watch_segment(segment_id: UUID, brand_id: UUID, *, by: UUID | None, now: datetime) -> Segment:
    """Let a segment be live: it is filled in the background, and from now on who enters or leaves is told. Twice: nothing more.

    Refused: shared.not_found, member.segment_archived, member.segments_too_many.
    """
    with transaction.atomic():
        run(BRAND_LOCK, [str(brand_id)])
        segment = _segment(segment_id, brand_id)
        if segment.live_since is None:
            _refuse_number(brand_id, live=True)
            segment.live_since = segment.changed_at = now
            segment.filled_at = segment.filled_after = None
            segment.save(update_fields=["live_since", "changed_at", "filled_at", "filled_after"])
            _noted("watched", segment, by, now)
    return segment


def unwatch_segment(segment_id: UUID, brand_id: UUID, *, by: UUID | None, now: datetime) -> Segment:
    """Stop watching a segment: who belongs is kept no more, and nobody is told. Twice: nothing more. Refused: shared.not_found."""
    with transaction.atomic():
        run(BRAND_LOCK, [str(brand_id)])
        segment = _segment(segment_id, brand_id)
        if segment.live_since is not None:
            segment.live_since, segment.changed_at = None, now
            segment.save(update_fields=["live_since", "changed_at"])
            _noted("unwatched", segment, by, now)
    return segment


def archive_segment(segment_id: UUID, brand_id: UUID, *, by: UUID | None, now: datetime) -> Segment:
    """Put a segment away: it is offered nowhere any more; what was done for it stays. Twice: nothing more.

    Refused: shared.not_found, member.segment_in_use (another segment asks for it).
    """
    with transaction.atomic():
        run(BRAND_LOCK, [str(brand_id)])
        segment = Segment.objects.select_for_update(no_key=True).filter(id=segment_id, brand_id=brand_id).first()
        if segment is None:
            raise NotFound(what="segment")
        if segment.archived_at is None:
            there = Segment.objects.filter(brand_id=brand_id, archived_at=None).exclude(id=segment_id)
            using = [one.name for one in there if segment_id in segments_named(rule_of(one.rule))]
            if using:
                raise SegmentInUse(name=using[0])
            segment.archived_at = segment.changed_at = now
            segment.save(update_fields=["archived_at", "changed_at"])
            _noted("archived", segment, by, now)
    return segment


def depending_on(segment_id: UUID, rules: Mapping[UUID, Rule]) -> set[UUID]:
    """Give the segments that ask for one, directly or by way of others."""
    found: set[UUID] = set()
    level = {segment_id}
    while level:
        level = {id for id, rule in rules.items() if segments_named(rule) & level} - found
        found |= level
    return found


def _fill_anew(segment_ids: set[UUID], now: datetime) -> None:
    Segment.objects.filter(id__in=segment_ids).update(filled_at=None, filled_after=None, changed_at=now)


def _segment(segment_id: UUID, brand_id: UUID) -> Segment:
    segment = Segment.objects.select_for_update(no_key=True).filter(id=segment_id, brand_id=brand_id).first()
    if segment is None:
        raise NotFound(what="segment")
    if segment.archived_at is not None:
        raise SegmentArchived()
    return segment


def _refuse_circle(segment_id: UUID, rules: Mapping[UUID, Rule]) -> None:
    """Refuse a rule with which another segment that asks for this one could not be answered any more."""
    for other in depending_on(segment_id, rules):
        expanded(rules[other], rules)


def _refuse_fields(wanted: SegmentWanted) -> None:
    name = wanted.name.strip()
    if (
        not name
        or max(len(name), len(wanted.name_en)) > NAME_MAX
        or len(wanted.note) > NOTE_MAX
        or wanted.color not in COLORS
    ):
        raise SegmentMalformed()


def _refuse_name(brand_id: UUID, name: str) -> None:
    if Segment.objects.filter(brand_id=brand_id, name=name, archived_at=None).exists():
        raise SegmentNameTaken(name=name)


def _refuse_number(brand_id: UUID, *, live: bool) -> None:
    there = Segment.objects.filter(brand_id=brand_id, archived_at=None)
    if there.count() >= SEGMENTS_MAX:
        raise SegmentsTooMany(most=SEGMENTS_MAX)
    if live and there.filter(live_since__isnull=False).count() >= LIVE_MAX:
        raise SegmentsTooMany(most=LIVE_MAX)


def _add_version(segment: Segment, by: UUID | None, now: datetime) -> None:
    SegmentVersion.objects.create(
        segment_id=segment.id, version=segment.version, brand_id=segment.brand_id, rule=segment.rule, by=by, at=now
    )


def _noted(verb: str, segment: Segment, by: UUID | None, now: datetime) -> None:
    record([AuditEntry(verb, "member.segment", segment.id, segment.brand_id, by, {}, {"name": segment.name})], at=now)
    announce([SegmentChanged(segment.brand_id, segment.id, segment.version)], at=now)
