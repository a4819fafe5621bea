"""Simple filters over members, said field by field (forms, older interfaces), made into rules of the language. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.member.segments.language import AllOf, AnyOf, In, Is, Rule, Tagged
from sitong.member.segments.parsing import KEYS, rule_of
from sitong.shared.clock import business_date


@dataclass(frozen=True, slots=True)
class Filter:
    """Members for whom all of it holds; an empty set means "any". `segment_id`: they also belong to this saved segment.

    `joined_from` and `joined_until` name business days of the brand by an instant in them; the second is not included.
    """

    tiers: Collection[str] = ()
    tag_ids: Collection[UUID] = ()
    sources: Collection[str] = ()
    store_ids: Collection[UUID] = ()
    joined_from: datetime | None = None
    joined_until: datetime | None = None
    segment_id: UUID | None = None

    def rule(self, zone: str) -> Rule:
        """Give the rule that says the same, in a brand of this zone."""
        parts: list[Rule] = []
        if self.segment_id is not None:
            parts.append(In(self.segment_id))
        for field, codes in (("tier", self.tiers), ("source", self.sources)):
            if codes:
                parts.append(Is(field, "in", tuple(sorted(set(codes)))))
        if self.store_ids:
            parts.append(Is("store_id", "in", tuple(sorted({one.hex for one in self.store_ids}))))
        if self.joined_from is not None:
            parts.append(Is("joined_on", ">=", business_date(self.joined_from, zone)))
        if self.joined_until is not None:
            parts.append(Is("joined_on", "<", business_date(self.joined_until, zone)))
        if self.tag_ids:
            parts.append(AnyOf(tuple(Tagged(one) for one in sorted(set(self.tag_ids)))))
        return AllOf(tuple(parts))


def rule_kept(kept: Mapping[str, Any], zone: str) -> Rule:
    """Read a rule that was kept with something done for it: in the language, or as the filters of earlier versions were kept."""
    if set(kept) & set(KEYS):
        return rule_of(kept)
    return Filter(
        kept.get("tiers", ()),
        [UUID(one) for one in kept.get("tag_ids", ())],
        kept.get("sources", ()),
        [UUID(one) for one in kept.get("store_ids", ())],
        _instant(kept.get("joined_from")),
        _instant(kept.get("joined_until")),
    ).rule(zone)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
