"""The tree of departments and categories, in Chinese order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from sitong.goods.catalog.models import Category, Listing


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """A department with its categories, or a category without any. `picture` names its drawing."""

    id: UUID
    code: str
    name: str
    name_en: str
    picture: str
    children: tuple[CategoryFacts, ...] = ()


def category_tree(brand_id: UUID) -> list[CategoryFacts]:
    """Give a brand's departments with their categories: higher ranks first, then by pinyin. One statement."""
    return _tree(list(Category.objects.filter(brand_id=brand_id).order_by("-rank", "sort_key", "code")))


def shelf_categories(store_id: UUID) -> list[CategoryFacts]:
    """Give the departments and categories of which the store has something on its shelf, in the order of the tree."""
    there = (
        Listing.objects.filter(store_id=store_id, shelved_at__isnull=False)
        .values_list("department_id", "category_id")
        .distinct()
    )
    seen = {category_id for row in there for category_id in row if category_id is not None}
    return _tree(list(Category.objects.filter(id__in=seen).order_by("-rank", "sort_key", "code")))


def is_department(category_id: UUID) -> bool:
    """Tell a department from a category. Neither ever becomes the other, so the answer is remembered."""
    try:
        return _is_department(category_id)
    except LookupError:
        return False


@lru_cache(maxsize=10_000)
def _is_department(category_id: UUID) -> bool:
    found = Category.objects.filter(id=category_id).values_list("parent_id", flat=True)
    if not found:
        raise LookupError(category_id)  # not remembered: it may come
    return found[0] is None


def _tree(rows: list[Category]) -> list[CategoryFacts]:
    below: dict[UUID, list[CategoryFacts]] = {}
    for one in rows:
        if one.parent_id is not None:
            below.setdefault(one.parent_id, []).append(
                CategoryFacts(one.id, one.code, one.name, one.name_en, one.picture)
            )
    return [
        CategoryFacts(one.id, one.code, one.name, one.name_en, one.picture, tuple(below.get(one.id, ())))
        for one in rows
        if one.parent_id is None
    ]
