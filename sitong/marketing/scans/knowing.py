"""What is known of codes before anything is locked: enough for every scan that changes nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sitong.goods.codes.queries import CodeRead, ProductSaid, read_codes, said_of
from sitong.goods.codes.queries.states import ScanState, scan_states
from sitong.marketing.scans.drawn import drawn_with
from sitong.marketing.scans.rules import CodeKey, Drawn, PlanTerms, ScanNotRunning, no_reward
from sitong.marketing.scans.shapes import ScanWanted
from sitong.marketing.scans.terms import PlanFound, plans_found
from sitong.shared.errors import Refused

NOTE_EVERY = timedelta(minutes=10)
"""Scans of one code within this time, from the same place, count as one."""
PLACES_MAX = 200_000
_places: OrderedDict[CodeKey, int] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Known:
    """A genuine code and all that was said of it. `plan_id`: the plan under which it could be drawn with; `terms`: of that plan,
    or of the one under which it was. `quiet`: this scan changes nothing."""

    read: CodeRead
    product: ProductSaid | None
    scans: int
    first_scan_at: datetime | None
    drawn: Drawn | None
    plan_id: UUID | None
    terms: PlanTerms | None
    why: Refused | None
    quiet: bool


def known_of(wanted: Sequence[ScanWanted], *, now: datetime) -> list[Known | Refused]:
    """Give what is known of each code that is scanned, or why it is none. Locks and writes nothing; five statements a brand."""
    reads = _reads(wanted)
    genuine = [one for one in reads if isinstance(one, CodeRead)]
    if not genuine:
        return [one for one in reads if isinstance(one, Refused)]
    said = said_of(genuine)
    states = scan_states([(one.batch_id, one.serial, one.side) for one in genuine])
    drawn = drawn_with([CodeKey(*one.key) for one in genuine])
    plans = plans_found(
        {one.plan_id for one in drawn.values()},
        batches={one.batch_id for one in genuine},
        products={one.product_id for one in genuine if one.product_id},
    )
    by_id = {one.terms.id: one.terms for one in plans}
    found: list[Known | Refused] = []
    for one, read in zip(wanted, reads, strict=True):
        if isinstance(read, Refused):
            found.append(read)
            continue
        before = drawn.get(CodeKey(*read.key))
        plan = plan_for(read, plans, now=now)
        terms = by_id.get(before.plan_id) if before else plan
        state = states.get((read.batch_id, read.serial, read.side))
        why = None if before else no_reward(read) or closed(plan, now)
        found.append(Known(
            read, said.get(read.sku_id) if read.sku_id else None, state.scans if state else 0, state.first_scan_at if state else None,
            before, plan.id if plan else None, terms, why, _quiet(one, read, state, before, plan, why, now),
        ))  # fmt: skip
    return found


def plan_for(read: CodeRead, plans: Sequence[PlanFound], *, now: datetime) -> PlanTerms | None:
    """Give the plan under which a code is drawn with: one that runs before one that does not, the batch's before the product's."""
    of_code = [
        one for one in plans if one.batch_id == read.batch_id or (one.product_id and one.product_id == read.product_id)
    ]
    if not of_code or read.level != "item":
        return None
    return min(of_code, key=lambda one: (closed(one.terms, now) is not None, one.batch_id is None)).terms


def closed(terms: PlanTerms | None, now: datetime) -> Refused | None:
    """Say that a plan does not run now; None when it does, or when there is none."""
    return None if terms is None or (terms.running and terms.starts_at <= now < terms.ends_at) else ScanNotRunning()


def note_places(wanted: Sequence[ScanWanted], known: Sequence[Known]) -> None:
    """Remember in this process where codes were scanned last, so that another place is written down at once."""
    for one, fact in zip(wanted, known, strict=True):
        if one.cell is not None:
            _places[CodeKey(*fact.read.key)] = one.cell
    while len(_places) > PLACES_MAX:
        _places.popitem(last=False)


def _quiet(
    one: ScanWanted,
    read: CodeRead,
    state: ScanState | None,
    before: Drawn | None,
    plan: PlanTerms | None,
    why: Refused | None,
    now: datetime,
) -> bool:
    if state is None or state.last_scan_at is None or now - state.last_scan_at >= NOTE_EVERY:
        return False
    if one.cell is not None and _places.get(CodeKey(*read.key), one.cell) != one.cell:
        return False
    if before is not None:  # a repeat of the very scan gets its first answer; who is owed a prize gets another try
        return before.scan_id != one.id and (one.looks or not (before.fault and before.member_id == one.member_id))
    return one.member_id is None or one.looks or plan is None or why is not None


def _reads(wanted: Sequence[ScanWanted]) -> list[CodeRead | Refused]:
    by_brand: dict[UUID, list[int]] = {}
    for at, one in enumerate(wanted):
        by_brand.setdefault(one.brand_id, []).append(at)
    found: dict[int, CodeRead | Refused] = {}
    for brand_id, places in by_brand.items():
        found.update(zip(places, read_codes([wanted[at].text for at in places], brand_id=brand_id), strict=True))
    return [found[at] for at in range(len(wanted))]
