"""What came of promotions: orders, sales, what was given away, and where; a member's own takings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Sum

from sitong.marketing.promotions.models import FlashItem, FlashTaking, Promotion, PromotionUse


@dataclass(frozen=True, slots=True)
class PromotionResults:
    """Orders that used it and stand, what their lines cost in the end, what it saved them, and how many orders were undone."""

    orders: int = 0
    sales_minor: int = 0
    saved_minor: int = 0
    undone: int = 0


@dataclass(frozen=True, slots=True)
class FlashCount:
    """How many of a flash sale's SKU there were and are sold."""

    sku_id: UUID
    stock: int
    sold: int

    @property
    def left(self) -> int:
        return self.stock - self.sold


def results_of(promotion_ids: Collection[UUID]) -> dict[UUID, PromotionResults]:
    """Give what came of promotions. Two statements, however many they are."""
    uses = PromotionUse.objects.filter(promotion_id__in=list(promotion_ids))
    sums = uses.filter(undone_at=None).values("promotion_id").order_by()
    found = {
        row[0]: PromotionResults(row[1], row[2], row[3])
        for row in sums.values_list("promotion_id", Count("order_id"), Sum("sales_minor"), Sum("saved_minor"))
    }
    undone = (
        uses.exclude(undone_at=None).values("promotion_id").order_by().values_list("promotion_id", Count("order_id"))
    )
    for key, count in undone:
        before = found.get(key, PromotionResults())
        found[key] = PromotionResults(before.orders, before.sales_minor, before.saved_minor, count)
    return {key: found.get(key, PromotionResults()) for key in promotion_ids}


def results_by_store(promotion_id: UUID, *, most: int = 50) -> list[tuple[UUID, PromotionResults]]:
    """Give what came of a promotion in each store, the best first."""
    uses = PromotionUse.objects.filter(promotion_id=promotion_id, undone_at=None).values("store_id").order_by()
    sums = uses.annotate(orders=Count("order_id"), sales=Sum("sales_minor"), saved=Sum("saved_minor"))
    rows = sums.order_by("-sales")[:most]
    return [(row["store_id"], PromotionResults(row["orders"], row["sales"], row["saved"])) for row in rows]


def flash_counts(promotion_ids: Collection[UUID]) -> dict[UUID, list[FlashCount]]:
    """Give how much of flash sales is sold."""
    found: dict[UUID, list[FlashCount]] = {}
    rows = FlashItem.objects.filter(promotion_id__in=list(promotion_ids)).order_by("promotion_id", "sku_id")
    for key, sku_id, stock, sold in rows.values_list("promotion_id", "sku_id", "stock", "sold"):
        found.setdefault(key, []).append(FlashCount(sku_id, stock, sold))
    return found


def takings_kept(member_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Give what members took of flash sales."""
    rows = list(FlashTaking.objects.filter(member_id__in=member_ids).order_by("at", "order_id", "sku_id"))
    names = dict(Promotion.objects.filter(id__in={one.promotion_id for one in rows}).values_list("id", "name"))
    return [
        {"promotion": names.get(one.promotion_id, ""), "sku_id": one.sku_id, "quantity": one.quantity, "at": one.at,
         "undone_at": one.undone_at}
        for one in rows
    ]  # fmt: skip
