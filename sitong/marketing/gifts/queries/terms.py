"""Gifts as deciding needs them."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sitong.marketing.gifts.rules import GiftTerms
from sitong.shared.statements import run, uuids

COLUMNS = """k.id, k.brand_id, k.name, k.name_en, k.sku_id, k.quantity, k.value_minor, k.handling_bp, k.levels_minor, k.honored,
       k.clerk_confirms, k.signed_only, k.valid_from, k.valid_until, k.valid_days, k.quota_total, k.published_at IS NOT NULL,
       k.ended_at IS NOT NULL"""
READ = f"SELECT {COLUMNS} FROM marketing_gift AS k WHERE k.id = ANY(%s::uuid[])"  # noqa: S608


def gift_terms(gift_ids: Collection[UUID]) -> dict[UUID, GiftTerms]:
    """Give what deciding needs to know of gifts; unknown ones are left out. One statement."""
    return {row[0]: terms_of_row(row) for row in run(READ, [uuids(sorted(set(gift_ids)))])} if gift_ids else {}


def terms_of_row(row: tuple[Any, ...]) -> GiftTerms:
    """Make a gift's terms of a row of `COLUMNS`."""
    levels, honored = _json(row[8]), _json(row[9])
    return GiftTerms(
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], tuple(levels),
        frozenset(honored.get("store_kinds", ())), frozenset(UUID(one) for one in honored.get("store_ids", ())),
        *row[10:18],
    )  # fmt: skip


def _json(kept: Any) -> Any:
    return json.loads(kept) if isinstance(kept, str) else kept
