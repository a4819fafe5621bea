"""How returns are decided, in order of arrival: pure, over facts that were read under the orders' locks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sitong.shared.errors import NotFound, Refused, RepeatDiffers

RESELLABLE, DAMAGED = "resellable", "damaged"
CONDITIONS = (RESELLABLE, DAMAGED)
COUNTER, POST = "counter", "post"
WINDOW_DAYS = 7
"""What a brand grants that has set nothing: seven days, as the law grants them for what was sold at a distance."""


class ReturnEmpty(Refused):
    """A return names no goods, or some that the order does not have, or a quantity below one."""

    code = "scene.return_empty"


class NotFetchedYet(Refused):
    """The order is paid and was not fetched: nothing can come back. Cancel it instead, and the whole payment goes back."""

    code = "scene.return_not_fetched"


class OrderNotReturnable(Refused):
    """The order was never paid, was canceled, or has expired: its state tells."""

    code = "scene.order_not_returnable"


class ReturnedAlready(Refused):
    """More would come back than is left: facts name, left, returned, and when, where and in which return the last came back."""

    code = "scene.returned_already"


class ReturnTooLate(Refused):
    """The brand took it back until `until`. A manager may take it back all the same, with a reason."""

    code = "scene.return_too_late"


class ReturnNeedsCounter(Refused):
    """No payment of the order is known here (it was imported), so its money is handed out at a counter, never sent."""

    code = "scene.return_needs_counter"


@dataclass(frozen=True, slots=True)
class ReturnLineWanted:
    """So many base units (pieces or grams) of one line come back in one condition."""

    position: int
    quantity: int
    condition: str = RESELLABLE


@dataclass(frozen=True, slots=True)
class ReturnWanted:
    """Goods of an order come back at a store. `id` was made by the client: the same again gets the same answer.

    `location_id`: where they lie now, the store's own place when None. `late_reason`: take it back although the window is
    over; whoever calls has seen to it that `by` may. `shift_id`: the till's shift out of whose drawer cash goes.
    """

    id: UUID
    order_id: UUID
    store_id: UUID
    lines: tuple[ReturnLineWanted, ...]
    by: UUID | None = None
    way: str = COUNTER
    reason: str = "other"
    note: str = ""
    late_reason: str = ""
    location_id: UUID | None = None
    shift_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LineNow:
    """A line of an order as it stands: what was bought, what it cost in money and in points, what came back before."""

    position: int
    sku_id: UUID
    name: str
    weighed: bool
    quantity: int
    total_minor: int
    points_minor: int = 0
    returned: int = 0
    returned_minor: int = 0
    claim_ids: tuple[UUID, ...] = ()

    @property
    def left(self) -> int:
        """What the member still has of it, as far as the books know."""
        return self.quantity - self.returned


@dataclass(frozen=True, slots=True)
class Before:
    """The last time that something of a line came back."""

    number: str
    store_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderNow:
    """An order under lock, as deciding a return needs it. `handed_on`: in the zone of the store that sold."""

    id: UUID
    brand_id: UUID
    store_id: UUID
    entity_id: UUID | None
    member_id: UUID | None
    number: str
    channel: str
    scene: str
    source: str
    state: str
    currency: str
    placed_on: date
    points_spent: int
    handed_on: date | None
    window_days: int
    lines: Mapping[int, LineNow]
    before: Mapping[int, Before] = field(default_factory=dict)

    @property
    def until(self) -> date | None:
        """The last day on which goods are taken back without a reason."""
        return self.handed_on + timedelta(days=self.window_days) if self.handed_on else None


@dataclass(frozen=True, slots=True)
class Part:
    """What comes back of one line in one condition, what it had cost, and how many points had been spent on it."""

    line: LineNow
    condition: str
    quantity: int
    refund_minor: int
    points: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """A return to be written. `whole`: with it nothing of the order is left. `claim_ids`: coupons of which nothing is used any more.

    `after`: the touched lines as they stand with it.
    """

    wanted: ReturnWanted
    order: OrderNow
    parts: tuple[Part, ...]
    whole: bool
    content_hash: bytes
    after: tuple[LineNow, ...]
    claim_ids: tuple[UUID, ...] = ()

    @property
    def refund_minor(self) -> int:
        return sum(part.refund_minor for part in self.parts)

    @property
    def points(self) -> int:
        return sum(part.points for part in self.parts)


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same return came before."""

    wanted: ReturnWanted


Decision = Accepted | Repeated | Refused


def share_of(total: int, quantity: int, before: int, after: int) -> int:
    """Give the part of a total that the units after the first `before` up to `after` carry: the difference of two floors.

    Never negative, never more than the total in all, and exact once everything is back, in however many parts it came.
    """
    return total * after // quantity - total * before // quantity


def points_by_line(lines: Mapping[int, LineNow], points_spent: int) -> dict[int, int]:
    """Share the points that an order spent over its lines by what they paid there: cumulative floors by position."""
    whole = sum(line.points_minor for line in lines.values())
    shares, seen = {}, 0
    for position in sorted(lines):
        paid = lines[position].points_minor
        shares[position] = share_of(points_spent, whole, seen, seen + paid) if whole else 0
        seen += paid
    return shares


def decide(
    wanted: Sequence[ReturnWanted],
    orders: Mapping[UUID, OrderNow],
    earlier: Mapping[UUID, bytes],
    today: Mapping[UUID, date],
) -> list[Decision]:
    """Decide each return whole, in order of arrival: take it, answer the repeat, or say why not.

    What an earlier one of the batch brought back is no longer there for the later ones. `today`: the business date of each
    store where something comes back; `earlier`: the digests of returns that were made before.
    """
    hashes = dict(earlier)
    now_at = {order_id: dict(order.lines) for order_id, order in orders.items()}
    decisions: list[Decision] = []
    for one in wanted:
        content = content_hash(one)
        if (before := hashes.get(one.id)) is not None:
            decisions.append(Repeated(one) if before == content else RepeatDiffers(id=one.id))
            continue
        order = orders.get(one.order_id)
        decision = _decide(one, order, now_at.get(one.order_id, {}), today.get(one.store_id), content)
        decisions.append(decision)
        if isinstance(decision, Accepted):
            hashes[one.id] = content
    return decisions


def _decide(
    one: ReturnWanted, order: OrderNow | None, lines: dict[int, LineNow], today: date | None, content: bytes
) -> Accepted | Refused:
    if order is None or today is None:
        return NotFound(what="order" if order is None else "store")
    if refused := not_returnable(one, order, today):
        return refused
    if refused := lines_refused(one, order, lines):
        return refused
    shares = points_by_line(order.lines, order.points_spent)
    parts = []
    for asked in one.lines:
        line = lines[asked.position]
        after = line.returned + asked.quantity
        refund = share_of(line.total_minor, line.quantity, line.returned, after)
        points = share_of(shares[line.position], line.quantity, line.returned, after)
        parts.append(Part(line, asked.condition, asked.quantity, refund, points))
        lines[line.position] = replace(line, returned=after, returned_minor=line.returned_minor + refund)
    touched = sorted({asked.position for asked in one.lines})
    whole = all(line.left <= 0 for line in lines.values())
    free = _coupons_free(lines, touched)
    return Accepted(one, order, tuple(parts), whole, content, tuple(lines[at] for at in touched), free)


def _coupons_free(lines: Mapping[int, LineNow], touched: Sequence[int]) -> tuple[UUID, ...]:
    """Give the coupons that were used on the touched lines and of whose lines nothing is left."""
    kept = {claim_id for line in lines.values() if line.left > 0 for claim_id in line.claim_ids}
    return tuple(sorted({claim_id for at in touched for claim_id in lines[at].claim_ids} - kept))


def not_returnable(one: ReturnWanted, order: OrderNow, today: date) -> Refused | None:
    """Say why nothing of the order comes back today, if so."""
    if order.state == "paid":
        return NotFetchedYet(number=order.number)
    if order.state != "handed_over":
        return OrderNotReturnable(number=order.number, state=order.state)
    if order.source and one.way == POST:
        return ReturnNeedsCounter(number=order.number)
    if order.until is not None and today > order.until and not one.late_reason.strip():
        return ReturnTooLate(number=order.number, until=order.until.isoformat())
    return None


def lines_refused(one: ReturnWanted, order: OrderNow, lines: Mapping[int, LineNow]) -> Refused | None:
    """Say what is wrong with the lines that are to come back, if anything is."""
    keys = {(asked.position, asked.condition) for asked in one.lines}
    if not one.lines or len(keys) != len(one.lines):
        return ReturnEmpty()
    wanted: dict[int, int] = {}
    for asked in one.lines:
        if asked.position not in lines or asked.quantity < 1 or asked.condition not in CONDITIONS:
            return ReturnEmpty()
        wanted[asked.position] = wanted.get(asked.position, 0) + asked.quantity
    for position, quantity in sorted(wanted.items()):
        line = lines[position]
        if quantity > line.left:
            last = order.before.get(position)
            return ReturnedAlready(
                position=position, name=line.name, wanted=quantity, left=max(0, line.left), returned=line.returned,
                number=last.number if last else "", store_id=last.store_id if last else None,
                at=last.at.isoformat() if last else "",
            )  # fmt: skip
    return None


def content_hash(one: ReturnWanted) -> bytes:
    """Give the digest by which a repeat is told from another return of the same id. The order of lines does not matter."""
    lines = ";".join(sorted(f"{line.position}:{line.quantity}:{line.condition}" for line in one.lines))
    place = one.location_id.hex if one.location_id else ""
    text = f"{one.order_id.hex}|{one.store_id.hex}|{place}|{one.way}|{one.reason}|{lines}"
    return hashlib.sha256(text.encode()).digest()
