"""The facts of members, read from all topics that know some: a fixed number of statements, however many members."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sitong.member.consent.models import Purpose
from sitong.member.consent.queries import consented
from sitong.member.identity.knowing import KNOWERS
from sitong.member.points.queries import points_now
from sitong.member.segments.language import Is, Rule, leaves, subjects_of
from sitong.member.segments.questions import Facts
from sitong.member.tiers.queries import tiers_of
from sitong.org.brands.queries import brand_facts
from sitong.shared.clock import business_date
from sitong.shared.statements import run, uuids

STANDING_FOR_THEMSELVES = """
SELECT m.id, replace(m.id::text, '-', ''), m.joined_at, (m.joined_at AT TIME ZONE %s)::date, m.source,
       coalesce(replace(m.home_store_id::text, '-', ''), ''), coalesce(b.month, 0), coalesce(b.day, 0), m.account_id IS NOT NULL
FROM member_member AS m LEFT JOIN member_birthday AS b ON b.member_id = m.id
WHERE m.id = ANY(%s::uuid[]) AND m.brand_id = %s AND m.joined_into_id IS NULL AND m.erased_at IS NULL
"""
JOINED_INTO = "SELECT id, joined_into_id FROM member_member WHERE joined_into_id = ANY(%s::uuid[])"


@dataclass(frozen=True, slots=True)
class Asked:
    """What has to be read so that rules can be answered: subjects, and those fields of `members` that cost a statement."""

    subjects: frozenset[str]
    fields: frozenset[str]


def asked_by(rules: Collection[Rule]) -> Asked:
    """Give what expanded rules ask for."""
    subjects: set[str] = set()
    fields: set[str] = set()
    for rule in rules:
        subjects |= subjects_of(rule)
        fields.update(one.field for one in leaves(rule) if isinstance(one, Is))
    return Asked(frozenset(subjects), frozenset(fields))


def brand_day(brand_id: UUID, at: datetime) -> date:
    """Give the business date of an instant in the brand's zone."""
    return business_date(at, brand_facts([brand_id])[brand_id].zone)


def facts_of(brand_id: UUID, member_ids: Collection[UUID], *, asked: Asked, at: datetime) -> dict[UUID, Facts]:
    """Give what is known of those of these members who stand for themselves; who is absorbed or erased is left out."""
    zone = brand_facts([brand_id])[brand_id].zone
    rows = run(STANDING_FOR_THEMSELVES, [zone, uuids(member_ids), brand_id])
    if not rows:
        return {}
    ids = [row[0] for row in rows]
    found: dict[UUID, dict[str, list[tuple[Any, ...]]]] = {id: {"members": []} for id in ids}
    for row in _members(rows, asked.fields, at):
        found[row[0]]["members"].append(row[1:])
    known = asked.subjects - {"members"}
    if known:
        _add_deeds(found, sorted(known), zone)
    return found  # type: ignore[return-value]


def _members(rows: Sequence[tuple[Any, ...]], fields: frozenset[str], at: datetime) -> list[tuple[Any, ...]]:
    """Give the rows of `members`, in the order of its columns, after the member's id."""
    ids = [row[0] for row in rows]
    tiers = tiers_of(ids, at=at) if "tier" in fields else {}
    points = points_now(ids) if "points" in fields else {}
    agreed = consented(ids, Purpose.MARKETING, None, at) if "marketing" in fields else set()
    return [
        (
            id, text, joined_at, joined_on, source, store, month, day, tiers[id].code if id in tiers else "",
            points[id].ready if id in points else 0, id in agreed, account,
        )
        for id, text, joined_at, joined_on, source, store, month, day, account in rows
    ]  # fmt: skip


def _add_deeds(found: Mapping[UUID, dict[str, list[tuple[Any, ...]]]], subjects: Sequence[str], zone: str) -> None:
    """Read the facts of some subjects, under all ids by which the members are known."""
    now_is = {id: id for id in found}
    now_is.update(run(JOINED_INTO, [uuids(found)]))
    known = list(now_is)
    for subject in subjects:
        if (knows := KNOWERS.get(subject)) is None:
            continue
        for row in knows(known, zone=zone):
            facts = found[now_is[row[0]]]
            if subject in facts:
                facts[subject].append(row[1:])
            else:
                facts[subject] = [row[1:]]
