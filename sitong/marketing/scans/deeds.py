"""Which goods members scanned, as rules may ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sitong.goods.codes.events import CodesScanned
from sitong.goods.codes.queries.members import scans_of_members
from sitong.member.identity.knowing import deeds_change, knows_of_members


@knows_of_members("scans")
def scans_known(member_ids: Sequence[UUID], *, zone: str) -> Iterable[tuple[Any, ...]]:
    """When, which product, and whether nobody had scanned the code before."""
    return scans_of_members(member_ids, zone=zone)


deeds_change("scans", after=CodesScanned)
