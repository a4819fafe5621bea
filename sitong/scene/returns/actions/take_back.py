"""Take goods back: whole or in part, at any store of the brand, with money, points, coupons and stock in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from sitong.marketing.coupons.actions.redeem import undo_redemptions
from sitong.member.points.actions import PointsGivenBack, give_back_points
from sitong.scene.orders.actions.steps import lock_orders
from sitong.scene.orders.events import GoodsReturned
from sitong.scene.payments.actions import GiveBack, give_back
from sitong.scene.returns.actions.facts import Facts, read_facts
from sitong.scene.returns.actions.stock import put_back
from sitong.scene.returns.actions.writing import Settled, return_number, write_returns
from sitong.scene.returns.queries import Returned, returned_of_ids
from sitong.scene.returns.rules import Accepted, Decision, Repeated, ReturnWanted, decide
from sitong.shared.errors import NotFound, Refused
from sitong.shared.events.actions import announce

ATTEMPTS = 3
POINTS_OF_RETURN = UUID("2f6b64c1-6c0c-5a54-9f0e-b0b8b7d6b6a1")
"""Name space of the points that a return gives back."""


@dataclass(frozen=True, slots=True)
class PaysOrder:
    """What a return's money does in an exchange: it pays another order, up to what that costs."""

    order_id: UUID
    most_minor: int


def return_goods(wanted: Sequence[ReturnWanted], *, now: datetime) -> list[Returned | Refused]:
    """Take goods back in order of arrival; each return is taken whole or refused whole, and never more than was bought.

    The money goes back over the order's payments in proportion (of imported orders, out of the drawer), points that were
    spent on the goods go back exactly, coupons when all on which they were used is back; what is resellable lies in the
    store's stock again, what is damaged is written off there. Points that were earned follow by `GoodsReturned`.

    The same id with the same content gets the first answer, with other content `RepeatDiffers`. Refused:
    scene.return_not_fetched (cancel it instead), scene.order_not_returnable, scene.returned_already (with when and where),
    scene.return_too_late, scene.return_needs_counter, scene.return_empty, shared.not_found. Locks orders, then claims,
    points, stock, payments, wallets. The number of statements does not depend on the number of returns.
    """
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return take_back(wanted, {}, now=now, attempt=attempt)
        except IntegrityError:  # another process has just taken the same id or number: with its rows seen, decide again
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def take_back(
    wanted: Sequence[ReturnWanted], exchanged: Mapping[UUID, PaysOrder], *, now: datetime, attempt: int = 0
) -> list[Returned | Refused]:
    """Take goods back in the caller's transaction; by return id, `exchanged` says what of its money pays another order."""
    lock_orders([one.order_id for one in wanted])
    facts = read_facts(wanted, now=now)
    decisions = [
        _placed(one, facts) for one in decide(wanted, facts.orders, facts.earlier, facts.today)
    ]  # fmt: skip
    accepted = [one for one in decisions if isinstance(one, Accepted)]
    if accepted:
        _settle(accepted, facts, exchanged, now=now, attempt=attempt)
    answers = returned_of_ids([one.wanted.id for one in decisions if isinstance(one, Accepted | Repeated)])
    return [one if isinstance(one, Refused) else answers[one.wanted.id] for one in decisions]


def _placed(decision: Decision, facts: Facts) -> Decision:
    """Refuse a return whose goods would lie where the store has no say, or in a store of another brand."""
    if not isinstance(decision, Accepted):
        return decision
    one, shop = decision.wanted, facts.shops[decision.wanted.store_id]
    if shop.brand_id != decision.order.brand_id:
        return NotFound(what="store")
    if (one.location_id or one.store_id) not in facts.locations[one.store_id]:
        return NotFound(what="location")
    return decision


def _settle(
    accepted: Sequence[Accepted], facts: Facts, exchanged: Mapping[UUID, PaysOrder], *, now: datetime, attempt: int
) -> None:
    """Bring back coupons, points, stock and money, in the order of the locks, then write the returns down."""
    coupons = _coupons(accepted, now=now)
    _points(accepted, now=now)
    put_back(accepted, now=now)
    settled = [_settled(one, facts, exchanged.get(one.wanted.id), coupons, attempt=attempt) for one in accepted]
    _money(settled, now=now)
    write_returns(settled, now=now)
    announce([_happened(one) for one in settled], at=now)


def _settled(
    one: Accepted, facts: Facts, exchange: PaysOrder | None, coupons: Mapping[UUID, int], *, attempt: int
) -> Settled:
    shop = facts.shops[one.wanted.store_id]
    today = facts.today[shop.id]
    cash = one.refund_minor if one.order.source else 0
    used = min(exchange.most_minor, one.refund_minor) if exchange and not cash else 0
    number = return_number(one.wanted.id, today, attempt=attempt)
    return Settled(
        one, shop.entity_id, number, today, cash, used, exchange.order_id if exchange else None,
        coupons.get(one.wanted.id, 0),
    )  # fmt: skip


def _coupons(accepted: Sequence[Accepted], *, now: datetime) -> dict[UUID, int]:
    """Give back the coupons of which nothing is used any more, and say how many each return brought back."""
    owners = {claim_id: one.wanted.id for one in accepted for claim_id in one.claim_ids}
    counts: dict[UUID, int] = defaultdict(int)
    if owners:
        orders = {one.order.id for one in accepted if one.claim_ids}
        for claim_id in undo_redemptions(orders, reason="goods returned", now=now, claim_ids=list(owners)):
            counts[owners[claim_id]] += 1
    return counts


def _points(accepted: Sequence[Accepted], *, now: datetime) -> None:
    wanted = [
        PointsGivenBack(uuid5(POINTS_OF_RETURN, str(one.wanted.id)), one.order.id, one.points, one.wanted.by)
        for one in accepted
        if one.points
    ]
    for outcome in give_back_points(wanted, now=now) if wanted else ():
        if isinstance(outcome, Refused):
            raise RuntimeError(f"points that an order spent cannot be given back: {outcome}")


def _money(settled: Sequence[Settled], *, now: datetime) -> None:
    wanted = [
        GiveBack(one.accepted.wanted.id, one.accepted.order.id, one.sent_minor, f"return {one.number}",
                 one.accepted.wanted.by, one.accepted.wanted.shift_id)
        for one in settled if one.sent_minor
    ]  # fmt: skip
    for outcome in give_back(wanted, now=now) if wanted else ():
        if isinstance(outcome, Refused):
            raise RuntimeError(f"what was paid for returned goods cannot be given back: {outcome}")


def _happened(one: Settled) -> GoodsReturned:
    order, wanted = one.accepted.order, one.accepted.wanted
    return GoodsReturned(
        order.brand_id, wanted.id, order.id, wanted.store_id, order.store_id, one.entity_id, order.entity_id, order.member_id,
        order.channel, order.scene, one.accepted.refund_minor, one.accepted.points, len(one.accepted.after),
        int(one.accepted.whole), order.placed_on, one.returned_on, one.number, one.exchange_order_id,
    )  # fmt: skip
