"""The money of group deals: places are documents that are paid, by the provider or from the wallet, and given back by themselves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from sitong.goods.inventory.actions import HoldWanted, OutOfStock, hold_stock, lock_levels, release_holds
from sitong.marketing.deals.actions import (
    DealPlaceNotPayable,
    PlaceNow,
    PlacesPaid,
    expire_groups,
    lapse_places,
    leave_groups,
    lock_places,
    pay_places,
)
from sitong.marketing.deals.queries import DealFacts, deals_of, places_owed
from sitong.scene.channels.queries import shops
from sitong.scene.deal_sales.queries import money_kept
from sitong.scene.orders.actions.deals import DealOrderWanted, place_deal_orders
from sitong.scene.payments.actions import (
    Confirmation,
    GiveBack,
    RefundWanted,
    Tender,
    ask_refunds,
    close_payments,
    confirm_paid,
    give_back,
    take_tenders,
)
from sitong.scene.payments.payers import confirms
from sitong.scene.payments.provider import PaymentAnswer
from sitong.scene.payments.queries import documents_of, paid_minor_of
from sitong.shared.errors import NotFound, Refused

KIND = "dealsale"
REFUND_OF_DEAL = UUID("51a3c7de-8f0b-5f44-8a3e-6f2d1b7c9e05")
"""Name space of what goes back by itself: the same money of a place is asked back once for each attempt."""
TRY_AGAIN = timedelta(minutes=10)


@confirms(KIND)
def confirm_deal_payments(confirmed: Sequence[PaymentAnswer], *, now: datetime) -> list[Confirmation | Refused]:
    """Mark payments paid and, in the same transaction, their places; a group that is complete by it gets what it paid for.

    The same news again changes nothing. Money for a place that cannot be had any more (lapsed, left, expired, no stock) goes
    back at once and whole. Locks groups, then payments, then stock or coupons.
    """
    with transaction.atomic():
        documents = documents_of([one.number for one in confirmed])
        places = lock_places(documents.values())
        outcomes = confirm_paid(confirmed, now=now)
        fresh: dict[UUID, Confirmation] = {}
        unwanted: list[Confirmation] = []
        for one in outcomes:
            if not isinstance(one, Confirmation) or one.repeated or one.document_id not in places:
                continue
            place = places[one.document_id]
            if one.document_id in fresh or one.amount_minor != place.price_minor or place.state != "held":
                unwanted.append(one)
            else:
                fresh[one.document_id] = one
        done = _pay(list(fresh), places, now=now)
        unwanted += [one for key, one in fresh.items() if isinstance(done.outcomes[key], Refused)]
        ask_refunds([
            RefundWanted(uuid5(REFUND_OF_DEAL, str(one.payment_id)), one.document_id, one.amount_minor, "no place in the group", one.payment_id)
            for one in unwanted
        ], now=now)  # fmt: skip
        _refund(done.unserved, reason="could not be given", now=now)
        return outcomes


def pay_deal_place_from_wallet(
    place_id: UUID, *, member_id: UUID, by: UUID | None, now: datetime
) -> PlaceNow | Refused:
    """Pay a place from its member's wallet, whole or not at all. Paid already: the same answer again.

    Refused: marketing.deal_place_not_payable, goods.out_of_stock, member.wallet_too_low, shared.not_found. Locks the group,
    then stock or coupons, then wallets.
    """
    try:
        with transaction.atomic():
            places = lock_places([place_id])
            place = places.get(place_id)
            if place is None or place.member_id != member_id:
                raise NotFound(what="place")
            if place.state in ("paid", "given"):
                return place
            close_payments([place_id], now=now)  # should it be paid all the same, that money goes back
            outcome = _pay([place_id], places, now=now)
            paid = outcome.outcomes[place_id]
            if isinstance(paid, Refused):
                raise paid
            deal = deals_of([place.deal_id])[place.deal_id]
            (taken,) = take_tenders([Tender(
                uuid5(place_id, "price"), place_id, place.brand_id, _entity_of(place, deal), "wallet", place.price_minor, deal.currency, member_id=member_id,
                by=by, document_kind=KIND,
            )], now=now)  # fmt: skip
            if isinstance(taken, Refused):
                raise taken
            _refund(outcome.unserved, reason="could not be given", now=now)
            return paid
    except Refused as refused:
        return refused


def leave_deal_group(place_id: UUID, *, member_id: UUID, by: UUID | None, now: datetime) -> PlaceNow | Refused:
    """Leave a group before it is complete; what was paid goes back whole, the way it came. Again gives the same answer.

    Refused: marketing.deal_cannot_leave, shared.not_found.
    """
    with transaction.atomic():
        (outcome,) = leave_groups([place_id], member_id=member_id, now=now)
        if isinstance(outcome, Refused):
            return outcome
        close_payments([place_id], now=now)
        if outcome.state == "paid":
            release_holds([place_id])
            _refund([outcome], reason="left the group", now=now, by=by)
        return outcome


def expire_deal_groups(*, now: datetime) -> int:
    """Let groups expire whose time is over; everybody's money goes back in the same transaction. Gives how many places ended."""
    count = 0
    while True:
        with transaction.atomic():
            ended = expire_groups(now=now)
            places = [*ended.unpaid, *ended.paid]
            if places:
                close_payments([one.id for one in places], now=now)
            if ended.paid:
                release_holds([one.id for one in ended.paid])
                _refund(ended.paid, reason="the group was not complete", now=now)
        count += len(places)
        if not ended.groups:
            return count


def lapse_deal_places(*, now: datetime) -> int:
    """Give places free that were not paid in time, and close their payments. Gives how many."""
    count = 0
    while True:
        with transaction.atomic():
            ended = lapse_places(now=now)
            if ended.unpaid:
                close_payments([one.id for one in ended.unpaid], now=now)
        count += len(ended.unpaid)
        if not ended.unpaid:
            return count


def refund_deals_again(*, now: datetime) -> int:
    """Ask anew for money that still lies with the provider though its place is over: the last refund failed. Gives how many.

    Ten minutes after the last attempt, with a number of its own, until it is back.
    """
    with transaction.atomic():
        owing = money_kept(KIND, asked_before=now - TRY_AGAIN)
        keeps = places_owed(list(owing))
        back = [
            GiveBack(uuid5(REFUND_OF_DEAL, f"{place_id}:{owing[place_id].attempts}"), place_id, owing[place_id].minor - keep, "refund again")
            for place_id, keep in sorted(keeps.items()) if owing[place_id].minor > keep
        ]  # fmt: skip
        return sum(1 for one in give_back(back, now=now) if not isinstance(one, Refused)) if back else 0


def _pay(place_ids: Sequence[UUID], places: dict[UUID, PlaceNow], *, now: datetime) -> PlacesPaid:
    """Mark places paid whose goods, if it is goods, are free: their stock is held from now on until it is handed over."""
    deals = deals_of({places[one].deal_id for one in place_ids})
    short = _short(place_ids, places, deals)
    done = pay_places([one for one in place_ids if one not in short], now=now)
    done.outcomes.update(short)
    of_goods = [one for one in place_ids if deals[places[one].deal_id].sku_id is not None]
    hold_stock([
        HoldWanted(one, places[one].brand_id, places[one].store_id, deals[places[one].deal_id].sku_id, deals[places[one].deal_id].quantity)  # type: ignore[arg-type]
        for one in of_goods if not isinstance(done.outcomes[one], Refused)
    ])  # fmt: skip
    _place_orders(done.given, now=now)
    return done


def _short(place_ids: Sequence[UUID], places: dict[UUID, PlaceNow], deals: dict[UUID, DealFacts]) -> dict[UUID, PlaceNow | Refused]:  # fmt: skip
    """Give the places for which no stock is free, in order of arrival, under the levels' locks; of coupons none."""
    wanted = [(one, deals[places[one].deal_id], places[one].store_id) for one in place_ids]
    of_goods = [(one, deal, store_id) for one, deal, store_id in wanted if deal.sku_id is not None]
    if not of_goods:
        return {}
    short: dict[UUID, PlaceNow | Refused] = {}
    pairs = {
        (store_id, deal.sku_id) for _, deal, store_id in of_goods if store_id is not None and deal.sku_id is not None
    }
    levels = lock_levels(pairs)
    free = {pair: level.free for pair, level in levels.items()}
    for one, deal, store_id in of_goods:
        if store_id is None or deal.sku_id is None:
            short[one] = DealPlaceNotPayable(state=places[one].state)
        elif free.get((store_id, deal.sku_id), 0) < deal.quantity:
            short[one] = OutOfStock(sku_id=deal.sku_id, wanted=deal.quantity, free=free.get((store_id, deal.sku_id), 0))
        else:
            free[store_id, deal.sku_id] -= deal.quantity
    return short


def _place_orders(given: Sequence[PlaceNow], *, now: datetime) -> None:
    """Place the orders of complete groups: each with its place's id, so that its payment and its held stock are the order's."""
    deals = deals_of({one.deal_id for one in given})
    orders = [
        DealOrderWanted(one.id, one.brand_id, one.store_id, one.member_id, deal.sku_id, deal.quantity, one.price_minor, deal.id, deal.name)
        for one in given if (deal := deals[one.deal_id]).sku_id is not None and one.store_id is not None
    ]  # fmt: skip
    if orders:
        place_deal_orders(orders, now=now)


def _entity_of(place: PlaceNow, deal: DealFacts) -> UUID | None:
    """Goods are sold by the store's legal entity, coupons by the brand."""
    return shops([place.store_id])[place.store_id].entity_id if deal.sku_id and place.store_id else None


def _refund(places: Collection[PlaceNow], *, reason: str, now: datetime, by: UUID | None = None) -> None:
    """Give back all that lies on the payments of places, the way it came."""
    held = paid_minor_of([one.id for one in places]) if places else {}
    back = [
        GiveBack(uuid5(REFUND_OF_DEAL, f"{one.id}:0"), one.id, held[one.id], reason, by=by) for one in places if held.get(one.id)
    ]  # fmt: skip
    for outcome in give_back(back, now=now) if back else ():
        if isinstance(outcome, Refused):
            raise RuntimeError(f"money of a group deal cannot be given back: {outcome}")
