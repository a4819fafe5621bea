"""What members have said yes and no to, and what they are asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Q

from sitong.member.consent.models import ConsentGiven, ConsentWording, Purpose
from sitong.member.identity.models import MemberJoin
from sitong.member.identity.queries import ids_of, members_as_one


@dataclass(frozen=True, slots=True)
class WordingFacts:
    """What members are asked for one purpose and legal entity (None: the brand itself)."""

    id: UUID
    purpose: str
    entity_id: UUID | None
    version: int
    text: str
    text_en: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """What a member said once."""

    id: UUID
    member_id: UUID
    purpose: str
    entity_id: UUID | None
    wording_id: UUID
    version: int
    yes: bool
    how: str
    by: UUID | None
    at: datetime
    shown_phone: str


def wordings_now(brand_id: UUID) -> list[WordingFacts]:
    """Give the newest wording of each purpose and entity of a brand."""
    rows = (
        ConsentWording.objects.filter(brand_id=brand_id)
        .order_by("purpose", "entity_id", "-version")
        .distinct("purpose", "entity_id")
    )
    order = list(Purpose.values)
    found = [
        WordingFacts(one.id, one.purpose, one.entity_id, one.version, one.text, one.text_en, one.at) for one in rows
    ]
    return sorted(found, key=lambda one: (order.index(one.purpose), str(one.entity_id or "")))


def wordings_of(brand_id: UUID) -> list[WordingFacts]:
    """Give all versions of all wordings of a brand, the newest first."""
    rows = ConsentWording.objects.filter(brand_id=brand_id).order_by("-at", "-version")
    return [
        WordingFacts(one.id, one.purpose, one.entity_id, one.version, one.text, one.text_en, one.at) for one in rows
    ]


def newest_versions(brand_ids: Collection[UUID]) -> dict[tuple[UUID, str, UUID | None], int]:
    """Give the newest version by brand, purpose and entity."""
    rows = ConsentWording.objects.filter(brand_id__in=brand_ids).order_by()
    found = rows.values_list("brand_id", "purpose", "entity_id").annotate(newest=Max("version"))
    return {(brand_id, purpose, entity_id): newest for brand_id, purpose, entity_id, newest in found}


def consents_of(member_id: UUID, *, before: datetime | None = None, limit: int = 200) -> list[ConsentFacts]:
    """Give all that a member, and who was joined into it, has said, the newest first."""
    return _consents(Q(member_id__in=ids_of([member_id])), before, limit)


def consents_now(member_id: UUID) -> dict[tuple[str, UUID | None], ConsentFacts]:
    """Give what holds for a member now, by purpose and entity."""
    found: dict[tuple[str, UUID | None], ConsentFacts] = {}
    for one in consents_of(member_id, limit=1_000):
        found.setdefault((one.purpose, one.entity_id), one)
    return found


def consented(member_ids: Collection[UUID], purpose: str, entity_id: UUID | None, at: datetime) -> set[UUID]:
    """Give which of these members said yes to this purpose towards this entity (None: the brand) as of `at`.

    The newest word counts, of the member and of those joined into it. Who said nothing has not consented. Three statements,
    however many members.
    """
    groups = members_as_one(member_ids)
    every = {id for ids in groups.values() for id in ids}
    rows = (
        ConsentGiven.objects.filter(member_id__in=every, purpose=purpose, entity_id=entity_id, at__lte=at)
        .order_by("member_id", "-at", "-id")
        .distinct("member_id")
        .values_list("member_id", "at", "id", "yes")
    )
    newest = {member_id: (said_at, id, yes) for member_id, said_at, id, yes in rows}
    return {
        member_id
        for member_id, ids in groups.items()
        if (said := [newest[id] for id in ids if id in newest]) and max(said)[2]
    }


def entities_shared_with(said_by: Collection[UUID]) -> list[UUID]:
    """Give the legal entities to which the newest word of these ids together is yes, for sharing."""
    rows = ConsentGiven.objects.filter(member_id__in=said_by, purpose=Purpose.SHARE).order_by("entity_id", "-at", "-id")
    newest = rows.distinct("entity_id").values_list("entity_id", "yes")
    return [entity_id for entity_id, yes in newest if yes and entity_id]


def _consents(which: Q, before: datetime | None, limit: int) -> list[ConsentFacts]:
    rows = ConsentGiven.objects.filter(which).select_related("wording").order_by("-at", "-id")
    if before:
        rows = rows.filter(at__lt=before)
    return [
        ConsentFacts(
            one.id, one.member_id, one.purpose, one.entity_id, one.wording_id, one.wording.version, one.yes, one.how, one.by,
            one.at, one.shown_phone,
        )
        for one in rows[:limit]
    ]  # fmt: skip


def who_have_said(member_ids: Sequence[UUID]) -> set[UUID]:
    """Give which of these members, or somebody who was joined into them, have said anything about a consent."""
    below = {key: key for key in member_ids}
    level: Collection[UUID] = member_ids
    while level:
        joins = MemberJoin.objects.filter(survivor_id__in=level, undone_at=None).values_list(
            "absorbed_id", "survivor_id"
        )
        fresh = {absorbed: below[survivor] for absorbed, survivor in joins if absorbed not in below}
        below |= fresh
        level = fresh
    said = ConsentGiven.objects.filter(member_id__in=below).values_list("member_id", flat=True).distinct()
    return {below[key] for key in said}
