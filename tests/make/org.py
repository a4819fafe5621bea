"""Brands, legal entities, dealers and stores, made through their actions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sitong.org.brands.actions import EntityWanted, found_brand, register_entities
from sitong.org.dealers.actions import DealerWanted, appoint_dealers
from sitong.org.stores.actions import StoreWanted, open_stores
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id

NOW = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
HOURS = {day: [["09:00", "21:30"]] for day in "1234567"}


def done(outcomes: list[Any]) -> Any:
    """Give the one outcome of a batch of one; raise it when it is a refusal."""
    (outcome,) = outcomes
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def a_code(prefix: str) -> str:
    """A code that no other has: codes are unique within a brand, brands' on the whole platform."""
    return f"{prefix}-{new_id().hex[-10:]}"


def a_brand(*, code: str | None = None, name: str = "四通百货", name_en: str = "Sitong Stores", currency: str = "CNY",
            zone: str = "Asia/Shanghai", now: datetime = NOW):  # fmt: skip
    return found_brand(
        code=code or a_code("brand"), name=name, name_en=name_en, currency=currency, zone=zone, by=None, now=now
    )


def an_entity(brand=None, *, name: str = "四通商贸有限公司", now: datetime = NOW):
    brand = brand or a_brand(now=now)
    return done(register_entities([EntityWanted(new_id(), brand.id, name)], by=None, now=now))


def a_dealer(brand=None, *, parent=None, entity=None, code: str | None = None, name: str = "华东经销",
             territory: tuple[str, ...] = (), now: datetime = NOW):  # fmt: skip
    brand_id = parent.brand_id if parent else (brand or a_brand(now=now)).id
    entity_id = entity.id if entity else _entity_of(brand_id, now)
    wanted = DealerWanted(
        new_id(),
        brand_id,
        entity_id,
        code or a_code("dealer"),
        name,
        parent_id=parent.id if parent else None,
        territory=territory,
    )
    return done(appoint_dealers([wanted], by=None, now=now))


def a_store(brand=None, *, dealer=None, entity=None, kind: str | None = None, code: str | None = None, name: str = "人民广场店",
            id: UUID | None = None, now: datetime = NOW, **fields: Any):  # fmt: skip
    """A store, open 9:00–21:30 every day: of kind direct, or franchise under a dealer."""
    brand_id = dealer.brand_id if dealer else (brand or a_brand(now=now)).id
    entity_id = entity.id if entity else _entity_of(brand_id, now)
    wanted = StoreWanted(
        id or new_id(), brand_id, entity_id, kind or ("franchise" if dealer else "direct"), code or a_code("store"), name,
        dealer_id=dealer.id if dealer else None,
        **{"city": "上海", "latitude_e6": 31_230_000, "longitude_e6": 121_473_000, "hours": HOURS, **fields},
    )  # fmt: skip
    return done(open_stores([wanted], by=None, now=now))


def _entity_of(brand_id: UUID, now: datetime) -> UUID:
    return done(register_entities([EntityWanted(new_id(), brand_id, "四通商贸有限公司")], by=None, now=now)).id
