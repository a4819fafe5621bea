"""Dealers as a viewer may see them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import MD5, Cast

from sitong.org.dealers import rules
from sitong.org.dealers.models import Dealer, DealerPath
from sitong.shared.access.viewer import Viewer


@dataclass(frozen=True, slots=True)
class DealerFacts:
    """What the words above need to know of a dealer."""

    id: UUID
    brand_id: UUID
    entity_id: UUID
    parent_id: UUID | None
    path: str
    code: str
    name: str
    name_en: str


def in_branches(dealer_ids: Collection[UUID], *, path: str = "path") -> Q:
    """Give the condition "at or below one of these dealers" on a field that holds a dealer's path."""
    condition = Q(pk__in=[])
    for dealer_id in dealer_ids:
        condition |= Q(**{f"{path}__contains": rules.path_of(dealer_id)})
    return condition


def dealers_visible_to(viewer: Viewer, permission: str = "org.see") -> QuerySet[Dealer]:
    """Give the dealers at which the viewer may do what `permission` names: the brand's all, a dealer's own branch."""
    return Dealer.objects.filter(
        Q(brand_id__in=viewer.place_ids("brand", permission)) | in_branches(viewer.place_ids("dealer", permission)),
        Q(brand_id=viewer.brand_id),
    )


def dealer_facts(dealer_ids: Collection[UUID]) -> dict[UUID, DealerFacts]:
    """Give the facts of dealers by id; unknown ones are left out."""
    return {one.id: _facts(one) for one in Dealer.objects.filter(id__in=dealer_ids).defer("territory")}


def dealers_of(brand_id: UUID) -> list[DealerFacts]:
    """Give all dealers of a brand by code."""
    return [_facts(one) for one in Dealer.objects.filter(brand_id=brand_id).order_by("code")]


def paths_then(wanted: Collection[tuple[UUID, datetime]]) -> dict[tuple[UUID, datetime], str]:
    """Give where dealers stood in the tree at instants, by dealer and instant. Two statements, whatever the number."""
    ids = {dealer_id for dealer_id, _ in wanted}
    now = dict(Dealer.objects.filter(id__in=ids).values_list("id", "path"))
    left: dict[UUID, list[tuple[datetime, str]]] = {}
    for dealer_id, until_at, path in (
        DealerPath.objects.filter(dealer_id__in=ids)
        .order_by("until_at", "id")
        .values_list("dealer_id", "until_at", "path")
    ):
        left.setdefault(dealer_id, []).append((until_at, path))
    return {
        (dealer_id, at): next((path for until_at, path in left.get(dealer_id, ()) if at < until_at), now[dealer_id])
        for dealer_id, at in wanted if dealer_id in now
    }  # fmt: skip


def dealers_at(brand_id: UUID, *, latitude_e6: int, longitude_e6: int) -> list[DealerFacts]:
    """Give the open dealers in whose territory a position lies."""
    cell = rules.cell_at(latitude_e6, longitude_e6)
    found = Dealer.objects.filter(brand_id=brand_id, closed_at=None, territory__contains=[cell]).defer("territory")
    return [_facts(one) for one in found.order_by("path")]


def territories(dealer_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """Give the cells of dealers' territories, as hexadecimal text."""
    return dict(Dealer.objects.filter(id__in=dealer_ids).values_list("id", "territory"))


def territory_marks(dealer_ids: Collection[UUID]) -> dict[UUID, str]:
    """Give a mark of each dealer's territory, another one after each change: so that it need not be read to know it is the same."""
    marked = MD5(Cast("territory", TextField()))
    return dict(Dealer.objects.filter(id__in=dealer_ids).annotate(mark=marked).values_list("id", "mark"))


def dealers_with(brand_id: UUID, cells: Collection[str]) -> list[tuple[DealerFacts, frozenset[str]]]:
    """Give the open dealers of a brand in whose territory some of these cells lie, each with those that do."""
    found = Dealer.objects.filter(brand_id=brand_id, closed_at=None, territory__has_any_keys=list(cells)).order_by(
        "path"
    )
    return [(_facts(one), frozenset(cells) & frozenset(one.territory)) for one in found]


def _facts(one: Dealer) -> DealerFacts:
    return DealerFacts(one.id, one.brand_id, one.entity_id, one.parent_id, one.path, one.code, one.name, one.name_en)
