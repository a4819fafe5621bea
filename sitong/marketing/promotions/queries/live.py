"""The promotions of brands as prices need them: a process keeps them as long as the brand's version is the same."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sitong.marketing.coupons.rules import terms_of
from sitong.marketing.promotions.rules import FLASH, PromotionFacts, rule_of
from sitong.shared.statements import run, uuids

KEPT_S = 1.0
KEPT_MAX = 5_000
PAST_KEPT = timedelta(days=1)
"""How long ended promotions are still read: longer than any quote is promised."""

VERSIONS = "SELECT brand_id, version FROM marketing_promotionversion WHERE brand_id = ANY(%s::uuid[])"
READ = """
SELECT p.id, p.brand_id, p.kind, p.name, p.name_en, p.rule, p.starts_at, p.ends_at, p.published_at, p.stopped_at, p.terms, p.month_days,
       p.members_only, p.stacking, p.stack_group, p.stores_choose,
       CASE WHEN p.stores_choose THEN coalesce((
         SELECT json_agg(json_build_array(s.store_id, extract(epoch FROM s.chosen_at)::float8, extract(epoch FROM s.left_at)::float8))
         FROM marketing_promotionstore AS s WHERE s.promotion_id = p.id AND s.chosen_at IS NOT NULL), '[]')::text END
FROM marketing_promotion AS p
WHERE p.brand_id = ANY(%s::uuid[]) AND p.published_at IS NOT NULL AND p.ends_at > %s::timestamptz
  AND (p.stopped_at IS NULL OR p.stopped_at > %s::timestamptz)
ORDER BY p.ends_at, p.id
"""

_kept: dict[UUID, tuple[int, tuple[PromotionFacts, ...]]] = {}
_none: dict[UUID, float] = {}
LONG_AGO = float("-inf")


def promotions_of(brand_ids: Collection[UUID], *, at: datetime) -> dict[UUID, tuple[PromotionFacts, ...]]:
    """Give the published promotions of brands that hold, will hold, or ended a short time ago; `live` tells which.

    One statement that asks for versions, and one more when a version is new. Of a brand that has none a process remembers
    that for a second: its orders ask nothing more.
    """
    moment = time.monotonic()
    asked = {key for key in brand_ids if moment - _none.get(key, LONG_AGO) >= KEPT_S}
    if not asked:
        return {}
    versions = dict(run(VERSIONS, [uuids(sorted(asked))]))
    found = {
        key: kept[1] for key, version in versions.items() if (kept := _kept.get(key)) is not None and kept[0] == version
    }
    if missing := versions.keys() - found.keys():
        found |= _read(missing, versions, at)
    for key in asked:
        if not found.get(key):
            _none[key] = moment
            found.pop(key, None)
    return found


def forget_promotions() -> None:
    """Let the next price ask anew which promotions brands have."""
    _kept.clear()
    _none.clear()


def flash_skus(promotions: Iterable[PromotionFacts], at: Collection[datetime]) -> set[tuple[UUID, UUID]]:
    """Give (promotion_id, sku_id) of the flash sales that are on at any of these instants."""
    return {
        (one.id, price.sku_id)
        for one in promotions if one.kind == FLASH and any(one.live(instant) for instant in at)
        for price in one.rule.flash
    }  # fmt: skip


def _read(
    brand_ids: Collection[UUID], versions: Mapping[UUID, int], at: datetime
) -> dict[UUID, tuple[PromotionFacts, ...]]:
    if len(_kept) > KEPT_MAX:
        forget_promotions()
    since = at - PAST_KEPT
    lists: dict[UUID, list[PromotionFacts]] = {key: [] for key in brand_ids}
    for row in run(READ, [uuids(sorted(brand_ids)), since, since]):
        lists[row[1]].append(facts_of(row))
    found = {key: tuple(some) for key, some in lists.items()}
    _kept.update({key: (versions[key], some) for key, some in found.items()})
    return found


def facts_of(row: tuple[Any, ...]) -> PromotionFacts:
    """Make facts of a row of `READ`."""
    days = json.loads(row[11]) if isinstance(row[11], str) else row[11]
    chosen = None
    if row[15]:
        chosen = {
            UUID(store): (_instant(since), _instant(until) if until else None)
            for store, since, until in json.loads(row[16])
        }
    return PromotionFacts(
        row[0], row[1], row[2], row[3], row[4], rule_of(row[5]), row[6], row[7], row[8], row[9], terms_of(row[10]),
        frozenset(days), row[12], row[13], row[14], chosen,
    )  # fmt: skip


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
