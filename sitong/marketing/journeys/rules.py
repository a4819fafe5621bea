"""The arithmetic of journeys: who is in the control group, which way a share takes, until when somebody waits. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from hashlib import blake2b
from operator import ge, gt, le, lt
from typing import Any
from uuid import UUID

WHOLE_BP = 10_000
UNITS: Mapping[str, int] = {"minutes": 1, "hours": 60, "days": 1_440}
WAIT_MAX = 366 * 1_440
"""The longest wait, in minutes."""
TREATED, CONTROL = "treated", "control"


def place_in(journey_id: UUID, node: str, member_id: UUID) -> int:
    """Give where a member falls at a node of a journey: 0 to 9,999, evenly, always the same, and at each node anew.

    The first eight bytes of BLAKE2b over journey, node and member, by the whole (the bias of the remainder is below 1e-15).
    """
    seen = blake2b(member_id.bytes, digest_size=8, key=journey_id.bytes, person=node.encode()[:16])
    return int.from_bytes(seen.digest(), "big") % WHOLE_BP


def group_of(journey_id: UUID, member_id: UUID, control_bp: int) -> str:
    """Give the group of a member: the same whenever it enters this journey, another draw in each journey."""
    return CONTROL if control_bp and place_in(journey_id, "control", member_id) < control_bp else TREATED


def way_of_share(shares: Sequence[int], place: int) -> int:
    """Give which of the shares (basis points that make up the whole) a place from 0 to 9,999 falls into, counted from 0."""
    upto = 0
    for at, share in enumerate(shares):
        upto += share
        if place < upto:
            return at
    return len(shares) - 1


def minutes_of(wanted: Mapping[str, Any]) -> int:
    """Give how many minutes a wait's settings say, without its hour of the day."""
    return int(wanted.get("amount", 0)) * UNITS[str(wanted.get("unit", "days"))]


def waits_until(wanted: Mapping[str, Any], at: datetime, zone: tzinfo) -> datetime:
    """Give when somebody who came to a wait at `at` goes on: so long later, and then at the hour of the day, if one is set.

    Days are of 24 hours. The hour is the brand's local one; where clocks go forward over it, the hour after.
    """
    until = at + timedelta(minutes=minutes_of(wanted))
    hour = wanted.get("hour")
    if hour is None:
        return until
    local = until.astimezone(zone)
    wanted_at = local.replace(hour=int(hour), minute=0, second=0, microsecond=0)
    if wanted_at < local:
        wanted_at = (local + timedelta(days=1)).replace(hour=int(hour), minute=0, second=0, microsecond=0)
    return wanted_at.astimezone(at.tzinfo)


def facts_fit(where: Sequence[Sequence[Any]], facts: Mapping[str, Any]) -> bool:
    """Tell whether an event's facts are what a filter wants: every line of [field, operator, value]. A missing fact fits nothing."""
    return all(_fits(facts.get(str(field)), str(op), value) for field, op, value in where)


def _fits(fact: Any, op: str, wanted: Any) -> bool:
    if fact is None:
        return False
    if op == "in":
        return isinstance(wanted, list) and any(_fits(fact, "=", one) for one in wanted)
    if op in {"=", "!="}:
        return bool(_plain(fact) == _plain(wanted)) == (op == "=")
    if not isinstance(fact, int | float) or not isinstance(wanted, int | float):
        return False
    return ORDERED[op](fact, wanted) if op in ORDERED else False


def fields_of(facts: Mapping[str, Any]) -> dict[str, str]:
    """Give what an event's facts say for a message: the order's number, what was paid, until when, how many."""
    said = {field: str(facts[fact])[:60] for fact, field in FIELDS.items() if facts.get(fact) not in {None, ""}}
    if isinstance(facts.get("total_minor"), int):
        said["amount"] = f"{facts['total_minor'] / 100:.2f}"
    for field in ("until", "day"):
        if field in said:
            said[field] = said[field][:10]
    return said


FIELDS: Mapping[str, str] = {
    "number": "order",
    "valid_until": "until",
    "expires_on": "until",
    "keeps_until": "until",
    "points": "count",
    "placed_on": "day",
}
"""By an event's fact: the field of a message's text that it fills."""

ORDERED: Mapping[str, Callable[[float, float], bool]] = {">": gt, ">=": ge, "<": lt, "<=": le}


def _plain(value: Any) -> Any:
    """Compare ids with and without dashes alike."""
    return value.replace("-", "").lower() if isinstance(value, str) else value
