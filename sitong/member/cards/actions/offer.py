"""Offer cards, close and open offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sitong.member.cards.actions.refused import CardKindWrong
from sitong.member.cards.models import CardKind
from sitong.member.cards.rules import BEARER_YEARS_MIN, kind_fault
from sitong.org.brands.queries import brand_facts
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers


@dataclass(frozen=True, slots=True)
class KindWanted:
    """A card to be put on offer. The id is the caller's."""

    id: UUID
    brand_id: UUID
    name: str
    what: str
    form: str
    price_minor: int
    visits: int = 0
    gift_visits: int = 0
    months: int = 0
    per_day: int | None = None
    bearer_years: int = BEARER_YEARS_MIN
    store_ids: tuple[UUID, ...] = ()
    family_max: int = 0
    name_en: str = ""
    what_en: str = ""


def offer_kinds(wanted: Sequence[KindWanted], *, by: UUID | None, now: datetime) -> list[CardKind | Refused]:
    """Put cards on offer. An offer is never changed: what was promised stays; it is closed, and another one opened.

    Refused: member.card_kind_wrong (also what the law forbids: a price above the cap, an end before three years for cards
    that name nobody), shared.repeat_differs.
    """
    outcomes: list[CardKind | Refused] = []
    with transaction.atomic():
        earlier = CardKind.objects.in_bulk([one.id for one in wanted])
        brands = brand_facts({one.brand_id for one in wanted})
        for one in wanted:
            fault = kind_fault(
                form=one.form, price_minor=one.price_minor, visits=one.visits, gift_visits=one.gift_visits, months=one.months,
                per_day=one.per_day, bearer_years=one.bearer_years, family_max=one.family_max,
            ) or ("name" if not one.name.strip() or not one.what.strip() else "")  # fmt: skip
            row = _row(one, brands[one.brand_id].currency, by, now)
            if (before := earlier.get(one.id)) is not None:
                same = all(getattr(before, name) == getattr(row, name) for name in SAID)
                outcomes.append(before if same else RepeatDiffers(id=one.id))
            elif fault:
                outcomes.append(CardKindWrong(field=fault))
            else:
                row.save(force_insert=True)
                earlier[one.id] = row
                after = {"name": row.name, "price_minor": row.price_minor, "form": row.form}
                record([AuditEntry("offered", "member.card_kind", row.id, row.brand_id, by, {}, after)], at=now)
                outcomes.append(row)
    return outcomes


def close_kind(kind_id: UUID, *, brand_id: UUID, by: UUID | None, now: datetime) -> CardKind:
    """Take a card off offer; those that were bought stay as they are. Again: the same answer. Refused: shared.not_found."""
    return _set(kind_id, brand_id, "closed", now, by=by, now=now)


def reopen_kind(kind_id: UUID, *, brand_id: UUID, by: UUID | None, now: datetime) -> CardKind:
    """Put a closed card on offer again. Refused: shared.not_found."""
    return _set(kind_id, brand_id, "reopened", None, by=by, now=now)


SAID = (
    "brand_id", "name", "what", "form", "price_minor", "visits", "gift_visits", "months", "per_day", "bearer_years", "store_ids", "family_max",
    "name_en", "what_en",
)  # fmt: skip


def _row(one: KindWanted, currency: str, by: UUID | None, now: datetime) -> CardKind:
    return CardKind(
        id=one.id, brand_id=one.brand_id, name=one.name.strip()[:40], name_en=one.name_en.strip()[:40], what=one.what.strip()[:100],
        what_en=one.what_en.strip()[:100], form=one.form, price_minor=one.price_minor, currency=currency, visits=one.visits,
        gift_visits=one.gift_visits, months=one.months, per_day=one.per_day, bearer_years=one.bearer_years,
        store_ids=sorted(one.store_ids), family_max=one.family_max, by=by, opened_at=now,
    )  # fmt: skip


def _set(
    kind_id: UUID, brand_id: UUID, verb: str, closed_at: datetime | None, *, by: UUID | None, now: datetime
) -> CardKind:
    with transaction.atomic():
        row = CardKind.objects.select_for_update(no_key=True).filter(id=kind_id, brand_id=brand_id).first()
        if row is None:
            raise NotFound(what="card")
        if (row.closed_at is None) != (closed_at is None):
            row.closed_at = closed_at
            row.save(update_fields=["closed_at"])
            record([AuditEntry(verb, "member.card_kind", row.id, row.brand_id, by)], at=now)
        return row
