"""What narrows the list of members on a desk, as its address says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest

from sitong.console.members.shared import instant_in
from sitong.member.identity.listing import Behind, Narrowing
from sitong.member.profile.queries import members_tagged
from sitong.member.segments.queries import belonging_to
from sitong.member.tiers.queries import members_at_level
from sitong.shared.ids import id_in

JOINED_DAYS = (7, 30, 90, 365)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the form has chosen; empty means all."""

    store_id: UUID | None = None
    source: str = ""
    tag_id: UUID | None = None
    level: int | None = None
    joined_days: int | None = None
    segment_id: UUID | None = None


def chosen_in(request: HttpRequest) -> Chosen:
    """Read what is chosen; what makes no sense counts as not chosen."""
    asked = request.GET
    level, days = asked.get("level", ""), asked.get("joined", "")
    return Chosen(
        id_in(asked.get("store", "")), asked.get("source", "")[:40], id_in(asked.get("tag", "")),
        int(level) if level.isascii() and level.isdigit() and len(level) < 3 else None,
        int(days) if days in {str(one) for one in JOINED_DAYS} else None,
        id_in(asked.get("segment", "")),
    )  # fmt: skip


def narrowing_of(chosen: Chosen, brand_id: UUID, at: datetime) -> Narrowing:
    """Give what the list is narrowed by."""
    among: list[QuerySet[Any, Any]] = []
    if chosen.tag_id:
        among.append(members_tagged(chosen.tag_id))
    if chosen.level is not None:
        among.append(members_at_level(brand_id, chosen.level))
    if chosen.segment_id:
        among.append(belonging_to(chosen.segment_id))
    since = at - timedelta(days=chosen.joined_days) if chosen.joined_days else None
    return Narrowing(chosen.store_id, chosen.source, since, among=tuple(among))


def behind_in(request: HttpRequest) -> Behind | None:
    """Read where the page begins; None: at the newest."""
    before, last_id = instant_in(request.GET.get("before", "")), id_in(request.GET.get("last", ""))
    return Behind(before, last_id) if before and last_id else None
