"""Who claims and who pays, by name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sitong.org.brands.queries import brand_facts
from sitong.org.dealers.queries import dealer_facts
from sitong.org.stores.queries import store_facts


@dataclass(frozen=True, slots=True)
class PartyNamed:
    """A store, dealer or brand as people call it."""

    kind: str
    id: UUID
    code: str
    name: str
    name_en: str


def parties_named(parties: Collection[tuple[str, UUID]]) -> dict[UUID, PartyNamed]:
    """Give the names of parties, given as (kind, id); unknown ones are left out. A statement for each kind."""
    found: dict[UUID, PartyNamed] = {}
    for kind, read in (("store", store_facts), ("dealer", dealer_facts), ("brand", brand_facts)):
        ids = {key for of, key in parties if of == kind}
        for key, one in (read(ids) if ids else {}).items():
            found[key] = PartyNamed(kind, key, one.code, one.name, one.name_en)
    return found


def party_codes(parties: Collection[tuple[str, UUID]]) -> dict[UUID, str]:
    """Give the codes of parties, given as (kind, id)."""
    return {key: one.code for key, one in parties_named(parties).items()}
