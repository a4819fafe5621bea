"""The promotions of a quote as people read them: what is used, and what would be had by taking one more."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sitong.marketing.promotions.said import WORTH_SAYING, in_chinese, rule_said, why_said
from sitong.scene.cart.rules import PromotionQuoted, Quote

SHOWN_MAX = 6


@dataclass(frozen=True, slots=True)
class PromotionShown:
    """A promotion beside a cart: used and what it saves, or what is missing. `gift_id`: the product that may be taken for nothing."""

    name: str
    gives: str
    saved_minor: int
    why: str
    gift_id: UUID | None = None


def promotions_shown(quote: Quote, currency: str) -> list[PromotionShown]:
    """Give the promotions that are used, then those for which something is missing that the buyer can do."""
    worth = [one for one in quote.promotions if one.reason is None or one.reason.code in WORTH_SAYING]
    return [_shown(one, currency) for one in worth[:SHOWN_MAX]]


def _shown(one: PromotionQuoted, currency: str) -> PromotionShown:
    promotion, reason = one.promotion, one.reason
    name = promotion.name if in_chinese() else promotion.name_en or promotion.name
    why = why_said(reason, currency=currency) if reason else ""
    missing = reason is not None and reason.code == "gift_missing"
    gift = min(promotion.rule.gift_product_ids) if missing and promotion.rule.gift_product_ids else None
    return PromotionShown(name, rule_said(promotion, currency=currency), one.saved_minor, why, gift)
