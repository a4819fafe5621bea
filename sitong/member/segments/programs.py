"""The live segments of a brand, made into one program, kept until one of them changes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from sitong.member.segments.check import Program, program
from sitong.member.segments.facts import Asked, asked_by
from sitong.member.segments.language import Rule, expanded, subjects_of
from sitong.member.segments.models import Segment
from sitong.member.segments.parsing import rule_of
from sitong.shared.errors import Refused

KEPT_MAX = 200


@dataclass(frozen=True, slots=True)
class LiveSegments:
    """A brand's live segments by id: their expanded rules, one program for all, and which ask for which subject."""

    rules: dict[UUID, Rule]
    program: Program[UUID]
    by_subject: dict[str, frozenset[UUID]]

    def touched_by(self, subjects: Collection[str]) -> set[UUID]:
        """Give the segments whose answer may be another when facts of these subjects are others."""
        return {id for subject in subjects for id in self.by_subject.get(subject, ())}

    def asked(self, segment_ids: Collection[UUID]) -> Asked:
        """Give what has to be read to answer these."""
        return asked_by([self.rules[id] for id in segment_ids])


_kept: dict[UUID, tuple[tuple[tuple[UUID, int, datetime], ...], LiveSegments]] = {}


def rules_of_brand(brand_id: UUID) -> dict[UUID, Rule]:
    """Give the rules of all segments of a brand by id, as they were written."""
    rows = Segment.objects.filter(brand_id=brand_id).values_list("id", "rule")
    return {id: rule_of(rule) for id, rule in rows}


def live_segments(brand_id: UUID) -> LiveSegments:
    """Give the brand's live segments made into a program: one statement, when nothing has changed since the last time."""
    rows = Segment.objects.filter(brand_id=brand_id).order_by("id")
    stamp = tuple(rows.values_list("id", "version", "changed_at"))
    if (kept := _kept.get(brand_id)) and kept[0] == stamp:
        return kept[1]
    rules = rules_of_brand(brand_id)
    live = rows.filter(Q(live_since__isnull=False), archived_at=None).values_list("id", flat=True)
    made = _made({id: rules[id] for id in live if id in rules}, rules)
    if len(_kept) >= KEPT_MAX:
        _kept.clear()
    _kept[brand_id] = (stamp, made)
    return made


def _made(live: dict[UUID, Rule], rules: dict[UUID, Rule]) -> LiveSegments:
    known: dict[UUID, Rule] = {}
    for id, rule in live.items():
        try:
            known[id] = expanded(rule, rules)
        except Refused:
            continue  # kept by an action that refuses this; nobody belongs to what cannot be answered
    subjects: dict[str, set[UUID]] = {}
    for id, rule in known.items():
        for subject in subjects_of(rule) or {"members"}:
            subjects.setdefault(subject, set()).add(id)
    return LiveSegments(known, program(known), {subject: frozenset(ids) for subject, ids in subjects.items()})
