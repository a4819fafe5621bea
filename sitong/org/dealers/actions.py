"""Appoint dealers, move them in the tree, change their territory, close them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sitong.org.brands.actions import CodeTaken
from sitong.org.brands.models import Brand, LegalEntity
from sitong.org.dealers import rules
from sitong.org.dealers.events import DealerAppointed, DealerChanged, DealerClosed
from sitong.org.dealers.models import Dealer, DealerPath
from sitong.shared.access.audit import AuditEntry, differing, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce

CHANGEABLE = frozenset({"name", "name_en", "territory"})


class ParentUnknown(Refused):
    """The dealer above is not there, is closed, or belongs to another brand."""

    code = "org.parent_unknown"


class EntityUnknown(Refused):
    """The legal entity is not there or belongs to another brand."""

    code = "org.entity_unknown"


class CellsMalformed(Refused):
    """Some cells of the territory are no H3 cells of resolution 7, or there are too many."""

    code = "org.cells_malformed"


class InItsOwnBranch(Refused):
    """A dealer cannot stand below itself."""

    code = "org.in_its_own_branch"


class DealerInUse(Refused):
    """The dealer still has open stores or open dealers below."""

    code = "org.dealer_in_use"


@dataclass(frozen=True, slots=True)
class DealerWanted:
    """A dealer to appoint. The id is the caller's: sent again, it gets the first answer.

    `parent_id` may be a dealer that stands earlier in the same call. `territory` holds H3 cells of resolution 7.
    """

    id: UUID
    brand_id: UUID
    entity_id: UUID
    code: str
    name: str
    name_en: str = ""
    parent_id: UUID | None = None
    territory: tuple[str, ...] = ()


def appoint_dealers(wanted: Sequence[DealerWanted], *, by: UUID | None, now: datetime) -> list[Dealer | Refused]:
    """Appoint dealers in the order given, each whole or refused whole.

    Refused: shared.not_found (no such brand), org.entity_unknown, org.parent_unknown, org.code_taken,
    org.cells_malformed, shared.repeat_differs.
    """
    brand_ids = {one.brand_id for one in wanted}
    with transaction.atomic():
        brands = {
            brand.id for brand in Brand.objects.select_for_update(no_key=True).filter(id__in=brand_ids).order_by("id")
        }
        there = {dealer.id: dealer for dealer in Dealer.objects.filter(
            id__in={one.id for one in wanted} | {one.parent_id for one in wanted if one.parent_id})}  # fmt: skip
        entities = LegalEntity.objects.in_bulk({one.entity_id for one in wanted})
        codes = set(
            Dealer.objects.filter(brand_id__in=brand_ids, code__in=[one.code for one in wanted]).values_list(
                "brand_id", "code"
            )
        )
        outcomes: list[Dealer | Refused] = []
        fresh: list[Dealer] = []
        for one in wanted:
            if earlier := there.get(one.id):
                outcomes.append(earlier if _same(earlier, one) else RepeatDiffers(id=one.id))
                continue
            refused = NotFound() if one.brand_id not in brands else _refusal(one, there, entities, codes)
            if refused:
                outcomes.append(refused)
                continue
            dealer = _dealer(one, there, now)
            there[one.id] = dealer
            codes.add((one.brand_id, one.code))
            fresh.append(dealer)
            outcomes.append(dealer)
        Dealer.objects.bulk_create(fresh)
        record(
            [AuditEntry("appointed", "org.dealer", one.id, one.brand_id, by, after=_shown(one)) for one in fresh],
            at=now,
        )
        announce([DealerAppointed(one.brand_id, one.id, one.parent_id) for one in fresh], at=now)
    return outcomes


def change_dealer(dealer_id: UUID, changes: Mapping[str, Any], *, by: UUID | None, now: datetime) -> Dealer:
    """Change name, English name or territory. What is equal already leaves no trace.

    Refused: shared.not_found, org.cells_malformed.
    """
    _only(changes)
    with transaction.atomic():
        dealer = _locked(dealer_id)
        if "territory" in changes:
            changes = {**changes, "territory": sorted(set(changes["territory"]))}
            _check_cells(changes["territory"])
        before, after = differing({key: getattr(dealer, key) for key in changes}, changes)
        if after:
            for key, value in after.items():
                setattr(dealer, key, value)
            dealer.save(update_fields=list(after))
            record([AuditEntry("changed", "org.dealer", dealer.id, dealer.brand_id, by, before, after)], at=now)
            announce([DealerChanged(dealer.brand_id, dealer.id, dealer.parent_id)], at=now)
    return dealer


def move_dealer(dealer_id: UUID, *, parent_id: UUID | None, by: UUID | None, now: datetime) -> Dealer:
    """Put a dealer, with all below it, under another one (None: to the top).

    Refused: shared.not_found, org.parent_unknown, org.in_its_own_branch.
    """
    with transaction.atomic():
        dealer = _locked(dealer_id)
        parent = (
            Dealer.objects.filter(id=parent_id, brand_id=dealer.brand_id, closed_at=None).first() if parent_id else None
        )
        if parent_id and parent is None:
            raise ParentUnknown(parent=parent_id)
        if parent and parent.path.startswith(dealer.path):
            raise InItsOwnBranch(code=dealer.code)
        if dealer.parent_id == parent_id:
            return dealer
        old_path, old_parent = dealer.path, dealer.parent_id
        new_path = rules.path_of(dealer.id, parent.path if parent else "")
        branch = list(Dealer.objects.filter(brand_id=dealer.brand_id, path__startswith=old_path))
        DealerPath.objects.bulk_create(
            [DealerPath(brand_id=one.brand_id, dealer_id=one.id, path=one.path, until_at=now) for one in branch]
        )
        for one in branch:
            one.path = new_path + one.path[len(old_path):]  # fmt: skip
        Dealer.objects.bulk_update(branch, ["path"])
        dealer.path, dealer.parent = new_path, parent
        dealer.save(update_fields=["parent"])
        record(
            [
                AuditEntry(
                    "moved", "org.dealer", dealer.id, dealer.brand_id, by, {"parent": old_parent}, {"parent": parent_id}
                )
            ],
            at=now,
        )
        announce([DealerChanged(dealer.brand_id, dealer.id, parent_id)], at=now)
    return dealer


def close_dealer(dealer_id: UUID, *, by: UUID | None, now: datetime) -> Dealer:
    """Close a dealer that has neither open stores nor open dealers below. Closed already: nothing happens.

    Refused: shared.not_found, org.dealer_in_use.
    """
    with transaction.atomic():
        dealer = _locked(dealer_id)
        if dealer.closed_at:
            return dealer
        stores = dealer.stores.filter(closed_at=None).count()
        dealers = dealer.children.filter(closed_at=None).count()
        if stores or dealers:
            raise DealerInUse(stores=stores, dealers=dealers)
        dealer.closed_at = now
        dealer.save(update_fields=["closed_at"])
        record([AuditEntry("closed", "org.dealer", dealer.id, dealer.brand_id, by)], at=now)
        announce([DealerClosed(dealer.brand_id, dealer.id, dealer.parent_id)], at=now)
    return dealer


def _locked(dealer_id: UUID) -> Dealer:
    """Lock the brand, under which all changes of its tree stand in line, then read the dealer."""
    found = Dealer.objects.filter(id=dealer_id).values_list("brand_id", flat=True).first()
    if found is None:
        raise NotFound()
    Brand.objects.select_for_update(no_key=True).get(id=found)
    return Dealer.objects.select_for_update(no_key=True).get(id=dealer_id)


def _refusal(
    one: DealerWanted, there: Mapping[UUID, Dealer], entities: Mapping[UUID, LegalEntity], codes: set[tuple[UUID, str]]
) -> Refused | None:
    entity = entities.get(one.entity_id)
    if entity is None or entity.brand_id != one.brand_id:
        return EntityUnknown(entity=one.entity_id)
    if one.parent_id:
        parent = there.get(one.parent_id)
        if parent is None or parent.brand_id != one.brand_id or parent.closed_at:
            return ParentUnknown(parent=one.parent_id)
    if (one.brand_id, one.code) in codes:
        return CodeTaken(code=one.code)
    try:
        _check_cells(one.territory)
    except CellsMalformed as wrong:
        return wrong
    return None


def _check_cells(cells: Sequence[str]) -> None:
    if wrong := rules.wrong_cells(cells):
        raise CellsMalformed(cells=", ".join(wrong[:5]), count=len(wrong), cells_max=rules.CELLS_MAX)
    if len(cells) > rules.CELLS_MAX:
        raise CellsMalformed(cells="", count=len(cells), cells_max=rules.CELLS_MAX)


def _dealer(one: DealerWanted, there: Mapping[UUID, Dealer], now: datetime) -> Dealer:
    parent = there[one.parent_id] if one.parent_id else None
    return Dealer(
        id=one.id, brand_id=one.brand_id, entity_id=one.entity_id, parent_id=one.parent_id,
        path=rules.path_of(one.id, parent.path if parent else ""), code=one.code, name=one.name, name_en=one.name_en,
        territory=sorted(set(one.territory)), created_at=now,
    )  # fmt: skip


def _same(dealer: Dealer, one: DealerWanted) -> bool:
    return (dealer.brand_id, dealer.code, dealer.entity_id) == (one.brand_id, one.code, one.entity_id)


def _shown(dealer: Dealer) -> dict[str, Any]:
    return {"code": dealer.code, "name": dealer.name, "parent": dealer.parent_id, "cells": len(dealer.territory)}


def _only(changes: Mapping[str, Any]) -> None:
    if unknown := set(changes) - CHANGEABLE:
        raise ValueError(f"not changeable: {sorted(unknown)}")
