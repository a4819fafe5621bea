"""Promotions of brand one that others would like to have."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from sitong.marketing.promotions.rules import Rule
from sitong.shared import clock
from tests.make.promotions import a_promotion, chosen


def promotion_samples(brand: Any, store: Any) -> dict[str, str]:
    """A promotion that a store chose, for everything in it. What is on in a store may be seen by everybody."""
    now = clock.now()
    promotion = a_promotion(
        brand.id,
        "nth",
        Rule(count=2, percent_bp=5_000),
        now=now,
        stores_choose=True,
    )
    chosen(promotion, SimpleNamespace(id=store.id), now=now)
    return {"promotion_id": str(promotion.id)}
