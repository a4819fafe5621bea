"""Found brands and register the legal entities in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import available_timezones

from django.db import transaction

from sitong.org.brands.events import BrandFounded
from sitong.org.brands.models import Brand, LegalEntity
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.ids import new_id
from sitong.shared.money import MINOR_DIGITS


class CodeTaken(Refused):
    """Another one of its kind has this code in the brand."""

    code = "org.code_taken"


class CurrencyUnknown(Refused):
    """The platform does not count in this currency."""

    code = "org.currency_unknown"


class ZoneUnknown(Refused):
    """There is no such time zone."""

    code = "org.zone_unknown"


@dataclass(frozen=True, slots=True)
class EntityWanted:
    """A legal entity to register. The id is the caller's: sent again, it gets the first answer."""

    id: UUID
    brand_id: UUID
    name: str
    credit_code: str = ""


def found_brand(
    *, code: str, name: str, name_en: str = "", currency: str = "CNY", zone: str = "Asia/Shanghai",
    by: UUID | None, now: datetime, id: UUID | None = None,
) -> Brand:  # fmt: skip
    """Found a brand. The same code with the same content gives the brand that stands there.

    Refused: org.code_taken (other content), org.currency_unknown, org.zone_unknown.
    """
    with transaction.atomic():
        there = Brand.objects.filter(code=code).first()
        if there:
            if (there.name, there.name_en, there.currency, there.zone) != (name, name_en, currency, zone):
                raise CodeTaken(code=code)
            return there
        if currency not in MINOR_DIGITS:
            raise CurrencyUnknown(currency=currency)
        if zone not in available_timezones():
            raise ZoneUnknown(zone=zone)
        brand = Brand.objects.create(
            id=id or new_id(), code=code, name=name, name_en=name_en, currency=currency, zone=zone, created_at=now
        )
        after = {"code": code, "name": name, "currency": currency, "zone": zone}
        record([AuditEntry("founded", "org.brand", brand.id, brand.id, by, after=after)], at=now)
        announce([BrandFounded(brand_id=brand.id, code=code)], at=now)
    return brand


def register_entities(wanted: Sequence[EntityWanted], *, by: UUID | None, now: datetime) -> list[LegalEntity | Refused]:
    """Register legal entities, each whole or refused whole. Same id, same content: the one that stands there.

    Refused: shared.not_found (no such brand), shared.repeat_differs.
    """
    with transaction.atomic():
        there = LegalEntity.objects.in_bulk([one.id for one in wanted])
        brands = Brand.objects.in_bulk({one.brand_id for one in wanted})
        outcomes: list[LegalEntity | Refused] = []
        fresh: list[LegalEntity] = []
        for one in wanted:
            if earlier := there.get(one.id):
                same = (earlier.brand_id, earlier.name, earlier.credit_code) == (
                    one.brand_id,
                    one.name,
                    one.credit_code,
                )
                outcomes.append(earlier if same else RepeatDiffers(id=one.id))
            elif one.brand_id not in brands:
                outcomes.append(NotFound())
            else:
                entity = LegalEntity(id=one.id, brand_id=one.brand_id, name=one.name, credit_code=one.credit_code)
                there[one.id] = entity
                fresh.append(entity)
                outcomes.append(entity)
        LegalEntity.objects.bulk_create(fresh)
        record([
            AuditEntry("registered", "org.entity", entity.id, entity.brand_id, by,
                       after={"name": entity.name, "credit_code": entity.credit_code})
            for entity in fresh
        ], at=now)  # fmt: skip
    return outcomes
