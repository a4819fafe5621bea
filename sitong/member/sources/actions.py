"""Sources are named and retired; how many members each brought is counted as they join."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction

from sitong.member.identity.queries import MemberFacts
from sitong.member.sources.models import Source, SourceKind
from sitong.member.sources.rules import BUILT_IN, CODE, NAME_MAX
from sitong.org.brands.queries import brand_facts
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

NO_STORE = UUID(int=0)
COUNT = """
INSERT INTO member_sourceday AS d (brand_id, joined_on, source, store_id, joined)
SELECT * FROM unnest(%s::uuid[], %s::date[], %s::text[], %s::uuid[], %s::bigint[])
ON CONFLICT (brand_id, joined_on, source, store_id) DO UPDATE SET joined = d.joined + excluded.joined
"""


class SourceMalformed(Refused):
    """A source has a code (small letters, digits, dashes), a name and a kind."""

    code = "member.source_malformed"


class SourceTaken(Refused):
    """The brand has a source with this code, or the platform itself uses it."""

    code = "member.source_taken"


@dataclass(frozen=True, slots=True)
class SourceWanted:
    """A new named entry. The id is the caller's: sent again, it gets the first answer."""

    id: UUID
    brand_id: UUID
    code: str
    name: str
    kind: str
    name_en: str = ""
    store_id: UUID | None = None


def name_sources(wanted: Sequence[SourceWanted], *, by: UUID | None, now: datetime) -> list[Source | Refused]:
    """Name sources, in order of arrival. Refused: member.source_malformed, member.source_taken, shared.repeat_differs."""
    with transaction.atomic():
        brands = {one.brand_id for one in wanted}
        there = list(Source.objects.select_for_update().filter(brand_id__in=brands).order_by("id"))
        by_id, by_code = {one.id: one for one in there}, {(one.brand_id, one.code): one for one in there}
        outcomes: list[Source | Refused] = []
        fresh: list[Source] = []
        for one in wanted:
            code, name = one.code.strip().lower(), one.name.strip()
            if earlier := by_id.get(one.id):
                same = (earlier.brand_id, earlier.code, earlier.kind) == (one.brand_id, code, one.kind)
                outcomes.append(earlier if same else RepeatDiffers(id=one.id))
            elif not CODE.fullmatch(code) or not name or len(name) > NAME_MAX or one.kind not in SourceKind.values:
                outcomes.append(SourceMalformed())
            elif (one.brand_id, code) in by_code or code in BUILT_IN:
                outcomes.append(SourceTaken(code=code))
            else:
                source = Source(
                    id=one.id, brand_id=one.brand_id, code=code, name=name, name_en=one.name_en.strip()[:NAME_MAX],
                    kind=one.kind, store_id=one.store_id, by=by, named_at=now,
                )  # fmt: skip
                by_id[one.id] = by_code[(one.brand_id, code)] = source
                fresh.append(source)
                outcomes.append(source)
        Source.objects.bulk_create(fresh)
        record(
            [AuditEntry("named", "member.source", one.id, one.brand_id, by, after={"code": one.code}) for one in fresh],
            at=now,
        )
    return outcomes


def retire_source(source_id: UUID, *, by: UUID | None, now: datetime) -> Source:
    """Close a source: its members keep it, nobody is led through it any more. Refused: shared.not_found."""
    with transaction.atomic():
        source = Source.objects.select_for_update().filter(id=source_id).first()
        if source is None:
            raise NotFound(what="source")
        if source.retired_at is None:
            source.retired_at = now
            source.save(update_fields=["retired_at"])
            record(
                [AuditEntry("retired", "member.source", source.id, source.brand_id, by, before={"code": source.code})],
                at=now,
            )
    return source


def count_joined(members: Sequence[MemberFacts]) -> None:
    """Count members who joined, by the day in their brand's zone, source and store. One statement; each member once."""
    zones = {brand.id: brand.zone for brand in brand_facts({one.brand_id for one in members}).values()}
    counted: Counter[tuple[UUID, date, str, UUID]] = Counter(
        (one.brand_id, business_date(one.joined_at, zones[one.brand_id]), one.source, one.home_store_id or NO_STORE)
        for one in members
        if one.brand_id in zones
    )
    if not counted:
        return
    keys = sorted(counted)
    columns = [list(column) for column in zip(*keys, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [*columns, [counted[key] for key in keys]])
