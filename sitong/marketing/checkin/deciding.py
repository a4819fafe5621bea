"""How a batch of check-ins is decided, in order of arrival: pure, over facts that were read under the standings' locks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sitong.marketing.checkin.rules import (
    Plan,
    Stands,
    Step,
    coarse_cell,
    is_jump,
    near_of,
    reached,
    reckoned,
    stands_after,
)
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.geo import Position

Key = tuple[UUID, UUID]
"""A place (the brand or a store) and a member."""


class CheckInClosed(Refused):
    """No check-in runs in this store today."""

    code = "marketing.check_in_closed"


class CheckedInAlready(Refused):
    """This day is counted already: here, or in another store where a day counts once for the brand."""

    code = "marketing.checked_in_already"


class CheckInWaits(Refused):
    """The day's check-in waits for somebody to look at it."""

    code = "marketing.check_in_waits"


class LocationNotAgreed(Refused):
    """The member has not agreed that its position is looked at."""

    code = "marketing.location_not_agreed"


class ProofMissing(Refused):
    """The check-in proves nothing that the plan takes: neither a position nor the counter's code."""

    code = "marketing.check_in_proof_missing"


class PositionUnsure(Refused):
    """The position is not known well enough."""

    code = "marketing.position_unsure"


class NotInStore(Refused):
    """The position is outside of the store's fence."""

    code = "marketing.not_in_store"


class DeviceShared(Refused):
    """As many members as may have checked in with this device today."""

    code = "marketing.device_shared"


@dataclass(frozen=True, slots=True)
class CheckInWanted:
    """A member wants its day counted. `id` is what its challenge names; `device` a keyed hash, b"" where none is known.

    The position (WGS-84) is looked at and forgotten. `at_counter`: the counter's code was scanned and held.
    """

    id: UUID
    brand_id: UUID
    member_id: UUID
    store_id: UUID
    position: Position | None = None
    accuracy_m: int = 0
    at_counter: bool = False
    device: bytes = b""


@dataclass(frozen=True, slots=True)
class Won:
    """A step that was reached: which plan's, which number of days, and what it gives."""

    plan_id: UUID
    place_id: UUID
    step: int
    turn: int
    of: Step


@dataclass(frozen=True, slots=True)
class Counted:
    """A check-in as it is written. `won` is empty while it waits. `doubts`: jump, crowd."""

    wanted: CheckInWanted
    plan_id: UUID
    place_id: UUID
    on: date
    way: str
    near: str
    cell: str
    doubts: tuple[str, ...]
    streak: int
    total: int
    won: tuple[Won, ...] = ()

    @property
    def waits(self) -> bool:
        return bool(self.doubts)


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """A check-in as its caller hears of it; the same again for a repeat. `state`: counted, waiting or refused."""

    id: UUID
    member_id: UUID
    store_id: UUID
    on: date
    at: datetime
    way: str
    state: str
    streak: int
    total: int


@dataclass(frozen=True, slots=True)
class StoreNow:
    """A store as deciding needs it, with the plans that run there on its own day: the brand's first."""

    id: UUID
    brand_id: UUID
    on: date
    center: Position | None
    fence_m: int
    plans: tuple[Plan, ...]


@dataclass
class Facts:
    """What a batch is decided from; grows as it is decided, so that each item sees those before it.

    `days`: what is there on a place's day. `late`: all days of those who may get one before their last.
    """

    now: datetime
    stores: Mapping[UUID, StoreNow]
    earlier: dict[UUID, CheckedIn]
    days: dict[tuple[UUID, UUID, date], str]
    stands: dict[Key, Stands]
    late: Mapping[Key, set[date]]
    agreed: frozenset[UUID]
    last: dict[UUID, tuple[str, datetime]]
    devices: dict[tuple[bytes, date], set[UUID]]
    crowds: dict[UUID, int]
    had: set[tuple[UUID, UUID, UUID, int]] = field(default_factory=set)

    def stood(self, key: Key) -> Stands:
        return self.stands.get(key, Stands())


def decide(wanted: CheckInWanted, facts: Facts) -> Counted | CheckedIn | Refused:
    """Decide one check-in: the repeat's answer, a refusal, or what is to be written. A day is counted once."""
    if earlier := facts.earlier.get(wanted.id):
        return repeated(wanted, earlier)
    store = facts.stores.get(wanted.store_id)
    if store is None or store.brand_id != wanted.brand_id:
        return NotFound(what="store")
    if not store.plans:
        return CheckInClosed()
    plan = store.plans[0]
    place_id = plan.place_of(store.id)
    if refused := _day_fault(wanted, store, place_id, facts) or _proof_fault(wanted, store, plan, facts):
        return refused
    cell = "" if wanted.at_counter or wanted.position is None else coarse_cell(wanted.position)
    doubts = _doubts(wanted, store, plan, cell, facts)
    near = "counter" if wanted.at_counter else _near(wanted, store)
    before = facts.stood((place_id, wanted.member_id))
    after, won = (before, ()) if doubts else count_day((wanted.member_id, store, store.on), facts)
    counted = Counted(
        wanted, plan.id, place_id, store.on, "code" if wanted.at_counter else "position", near, cell, doubts, after.streak, after.total, won
    )  # fmt: skip
    _note(counted, facts)
    return counted


def repeated(wanted: CheckInWanted, earlier: CheckedIn) -> CheckedIn | Refused:
    """Answer an id that came before: the first answer for the same member and store, else a refusal."""
    same = (earlier.member_id, earlier.store_id) == (wanted.member_id, wanted.store_id)
    return earlier if same else RepeatDiffers(id=wanted.id)


def count_day(said: tuple[UUID, StoreNow, date], facts: Facts) -> tuple[Stands, tuple[Won, ...]]:
    """Let a member's day in a store count, for the brand and for the store, and say which steps of its plans are reached.

    Gives the standing by which the first plan goes.
    """
    member_id, store, on = said
    won: list[Won] = []
    befores = {place: facts.stood((place, member_id)) for place in (store.brand_id, store.id)}
    for place, before in befores.items():
        after = stands_after(before, on)
        if (known := facts.late.get((place, member_id))) is not None:
            known.add(on)
            after = after or reckoned(known)
        facts.stands[place, member_id] = after or before
    for plan in store.plans:
        place = plan.place_of(store.id)
        before, after = befores[place], facts.stood((place, member_id))
        for number, step in enumerate(plan.steps):
            for turn in reached(step, before, after):
                once = (plan.id, place, member_id, number)
                if step.on == "day" or step.again or once not in facts.had:
                    won.append(Won(plan.id, place, number, turn, step))
                    if step.on != "day" and not step.again:
                        facts.had.add(once)
    return facts.stood((store.plans[0].place_of(store.id), member_id)), tuple(won)


def _day_fault(wanted: CheckInWanted, store: StoreNow, place_id: UUID, facts: Facts) -> Refused | None:
    for place in (place_id, store.id):
        state = facts.days.get((place, wanted.member_id, store.on))
        if state == "waiting":
            return CheckInWaits()
        if state is not None:
            return CheckedInAlready(on=store.on.isoformat())
    return None


def _proof_fault(wanted: CheckInWanted, store: StoreNow, plan: Plan, facts: Facts) -> Refused | None:
    if wanted.at_counter:
        if not plan.by_code:
            return ProofMissing()
    elif wanted.position is None or not plan.by_position or store.center is None:
        return ProofMissing()
    elif wanted.member_id not in facts.agreed:
        return LocationNotAgreed()
    elif not 0 < wanted.accuracy_m <= plan.accuracy_m_max:
        return PositionUnsure(accuracy_m_max=plan.accuracy_m_max)
    elif not _near(wanted, store):
        return NotInStore(fence_m=store.fence_m)
    others = facts.devices.get((wanted.device, store.on), set()) - {wanted.member_id} if wanted.device else set()
    if len(others) >= plan.device_members_max:
        return DeviceShared(members=plan.device_members_max)
    return None


def _near(wanted: CheckInWanted, store: StoreNow) -> str:
    return near_of(wanted.position, store.center, store.fence_m) if wanted.position and store.center else ""


def _doubts(wanted: CheckInWanted, store: StoreNow, plan: Plan, cell: str, facts: Facts) -> tuple[str, ...]:
    last_cell, last_at = facts.last.get(wanted.member_id, ("", facts.now))
    jumped = is_jump(cell, facts.now, last_cell, last_at)
    crowded = facts.crowds.get(store.id, 0) >= plan.crowd_members
    return (*(["jump"] if jumped else []), *(["crowd"] if crowded else []))


def _note(counted: Counted, facts: Facts) -> None:
    """Let what follows in the batch see this one."""
    wanted, on = counted.wanted, counted.on
    state = "waiting" if counted.waits else "counted"
    facts.days[counted.place_id, wanted.member_id, on] = state
    facts.days[wanted.store_id, wanted.member_id, on] = state
    facts.earlier[wanted.id] = CheckedIn(
        wanted.id, wanted.member_id, wanted.store_id, on, facts.now, counted.way, state, counted.streak, counted.total
    )
    facts.crowds[wanted.store_id] = facts.crowds.get(wanted.store_id, 0) + 1
    if wanted.device:
        facts.devices.setdefault((wanted.device, on), set()).add(wanted.member_id)
    if counted.cell:
        facts.last[wanted.member_id] = (counted.cell, facts.now)
