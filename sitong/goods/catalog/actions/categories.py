"""Add departments and the categories in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from sitong.goods.catalog.models import Category
from sitong.goods.catalog.words import sort_key
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.ids import new_id

LOCK_CATALOG = "SELECT pg_advisory_xact_lock(hashtextextended('goods.catalog', hashtextextended(%s, 0)))"


class CategoryTooDeep(Refused):
    """Departments have categories, categories have none below them."""

    code = "goods.category_too_deep"


@dataclass(frozen=True, slots=True)
class CategoryWanted:
    """A department, or with `parent_code` a category in it. `picture` names a drawing in static/goods/pictures."""

    brand_id: UUID
    code: str
    name: str
    name_en: str = ""
    parent_code: str = ""
    picture: str = ""
    rank: int = 0
    id: UUID = field(default_factory=new_id, compare=False)


def lock_catalog(brand_ids: set[UUID]) -> None:
    """Let one transaction at a time add to a brand's catalog, so that codes and barcodes are looked up once."""
    with connection.cursor() as cursor:
        for brand_id in sorted(brand_ids):
            cursor.execute(LOCK_CATALOG, [str(brand_id)])


def add_categories(wanted: Sequence[CategoryWanted], *, by: UUID | None, now: datetime) -> list[Category | Refused]:
    """Add categories in order of arrival, parents before children. The same code with the same content is a repeat."""
    outcomes: list[Category | Refused] = []
    with transaction.atomic():
        brands = {one.brand_id for one in wanted}
        lock_catalog(brands)
        known = {
            (one.brand_id, one.code): one
            for one in Category.objects.filter(brand_id__in=brands).select_related("parent")
        }
        added: list[Category] = []
        for one in wanted:
            outcome = _decide(one, known)
            if isinstance(outcome, Category) and (one.brand_id, one.code) not in known:
                known[one.brand_id, one.code] = outcome
                added.append(outcome)
            outcomes.append(outcome)
        Category.objects.bulk_create(added)
        record([AuditEntry("added", "goods.category", one.id, one.brand_id, by, {}, {"code": one.code, "name": one.name})
                for one in added if by is not None], at=now)  # fmt: skip
    return outcomes


def _decide(one: CategoryWanted, known: dict[tuple[UUID, str], Category]) -> Category | Refused:
    parent = known.get((one.brand_id, one.parent_code)) if one.parent_code else None
    if one.parent_code and parent is None:
        return NotFound(code=one.parent_code)
    if parent is not None and parent.parent_id is not None:
        return CategoryTooDeep(code=one.code)
    if (there := known.get((one.brand_id, one.code))) is not None:
        same = (there.name, there.name_en, there.parent_id) == (one.name, one.name_en, parent.id if parent else None)
        return there if same else RepeatDiffers(code=one.code)
    return Category(
        id=one.id, brand_id=one.brand_id, parent=parent, code=one.code, name=one.name, name_en=one.name_en,
        picture=one.picture or (parent.picture if parent else ""), rank=one.rank, sort_key=sort_key(one.name),
    )  # fmt: skip
