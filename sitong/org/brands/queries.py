"""Which brand is meant, and what it is like."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from sitong.org.brands.models import Brand, LegalEntity
from sitong.shared.access.viewer import Viewer


@dataclass(frozen=True, slots=True)
class BrandFacts:
    """What the words above need to know of a brand."""

    id: UUID
    code: str
    name: str
    name_en: str
    currency: str
    zone: str


def brand_facts(brand_ids: Collection[UUID]) -> dict[UUID, BrandFacts]:
    """Give the facts of brands by id; unknown ones are left out."""
    return {brand.id: _facts(brand) for brand in Brand.objects.filter(id__in=brand_ids)}


def brand_by_code(code: str) -> BrandFacts | None:
    """Give the brand with this code, as it stands in the address of its mini shops. Needs no scope."""
    brand = Brand.objects.filter(code=code).first()
    return _facts(brand) if brand else None


def all_brands() -> list[BrandFacts]:
    """Give all brands by code: for commands and the operator."""
    return [_facts(brand) for brand in Brand.objects.order_by("code")]


def entities_visible_to(viewer: Viewer) -> QuerySet[LegalEntity]:
    """Give the legal entities of the viewer's brand; only the brand's own staff see the list."""
    return LegalEntity.objects.filter(brand_id__in=viewer.place_ids("brand", "org.see"))


def entity_names(entity_ids: Collection[UUID]) -> dict[UUID, str]:
    """Give the names of legal entities by id; unknown ones are left out."""
    return dict(LegalEntity.objects.filter(id__in=entity_ids).values_list("id", "name"))


def _facts(brand: Brand) -> BrandFacts:
    return BrandFacts(brand.id, brand.code, brand.name, brand.name_en, brand.currency, brand.zone)
