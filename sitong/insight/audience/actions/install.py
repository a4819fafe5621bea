"""Put ready-made segments into a brand, with the bounds of its own buyers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID, uuid5

from django.utils import translation

from sitong.insight.audience.bounds import bounds_of
from sitong.insight.audience.ready import Days, ReadyMade, ready_made
from sitong.insight.lake.queries import lake_of
from sitong.member.segments.actions import SegmentWanted, change_segment, make_segment
from sitong.member.segments.choices import CHANNELS
from sitong.member.segments.facts import brand_day
from sitong.member.segments.queries import segments_by_id

NAMED_BY = UUID("7d0f7f1e-5b7a-5c39-9a3e-0c5a2f1d6b40")
"""Ready-made segments have ids that follow from brand and code, so that installing one again changes the one that is there."""


def install_ready_made(
    brand_id: UUID, groups: Collection[str], *, live: bool, days: Days | None = None, by: UUID | None, now: datetime
) -> list[UUID]:
    """Make the ready-made segments of some groups, or give those that are there the bounds of today as a new version.

    `live` says what new ones are; those that are there stay as they are. An archived one stays away. Gives the ids of what
    is there now. Refused: whatever `make_segment` refuses, as a name that is taken by another segment.
    """
    on = brand_day(brand_id, now)
    with lake_of(brand_id) as lake:
        bounds = bounds_of(lake, on=on)
    with translation.override("zh-hans"):
        names = {code: str(name) for code, name in CHANNELS}
    wanted = [one for one in ready_made(bounds, days or Days(), on=on, channel_names=names) if one.group in groups]
    there = segments_by_id([_id(brand_id, one) for one in wanted])
    installed = []
    for one in wanted:
        id = _id(brand_id, one)
        segment = SegmentWanted(id, brand_id, one.name, one.rule, name_en=one.name_en, note=one.note, live=live)
        if (kept := there.get(id)) is None:
            make_segment(segment, by=by, now=now)
        elif kept.archived_at is not None:
            continue
        else:
            change_segment(segment, version=kept.version, by=by, now=now)
        installed.append(id)
    return installed


def _id(brand_id: UUID, one: ReadyMade) -> UUID:
    return uuid5(NAMED_BY, f"{brand_id} {one.code}")
