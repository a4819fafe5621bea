"""Sell coupons: opened, paid through the provider, and given in the transaction in which the money is known to be there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from sitong.marketing.coupons.actions import ClaimWanted, VoidWanted, claim_coupons, look_at_claims, void_coupons
from sitong.marketing.coupons.queries import holders_of, prices_of
from sitong.org.brands.queries import brand_facts
from sitong.scene.coupon_sales.models import CouponSale, CouponSaleState
from sitong.scene.payments.actions import (
    Confirmation,
    GiveBack,
    RefundWanted,
    ask_refunds,
    close_payments,
    confirm_paid,
    give_back,
)
from sitong.scene.payments.payers import confirms
from sitong.scene.payments.provider import PaymentAnswer
from sitong.scene.payments.queries import documents_of, paid_minor_of
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

KIND = "couponsale"
PAY_WITHIN = timedelta(minutes=15)
PIECE = 500
REFUND_OF_SALE = UUID("7a6f6b0e-52c5-5b9e-9a53-0f4c8a1d6e42")
"""Name space of the refunds that follow by themselves: money for a coupon that cannot be given goes back once."""


class CouponSaleNotPayable(Refused):
    """The purchase is paid already, or its time is over: fact state."""

    code = "scene.coupon_sale_not_payable"


class CouponNotReturnable(Refused):
    """The coupon was not bought, was used, passed on, or given back already."""

    code = "scene.coupon_not_returnable"


@dataclass(frozen=True, slots=True)
class CouponSaleWanted:
    """A member wants to buy a coupon. The same id is the same purchase."""

    id: UUID
    brand_id: UUID
    member_id: UUID
    coupon_id: UUID
    store_id: UUID | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class CouponReturned:
    """A bought coupon was given back: what goes back to the member."""

    claim_id: UUID
    amount_minor: int


def open_coupon_sales(wanted: Sequence[CouponSaleWanted], *, now: datetime) -> list[CouponSale | Refused]:
    """Open purchases, to be paid within 15 minutes. Nothing is put aside: should all be gone when the money comes, it goes back.

    Refused: what `claim_coupons` would refuse with now; shared.not_found for what is not sold, shared.repeat_differs.
    """
    with transaction.atomic():
        earlier = CouponSale.objects.in_bulk([one.id for one in wanted])
        prices = prices_of({one.coupon_id for one in wanted})
        brands = brand_facts({one.brand_id for one in wanted})
        looks = look_at_claims([_claim(one) for one in wanted], now=now)
        outcomes: list[CouponSale | Refused] = []
        fresh: list[CouponSale] = []
        for one, fault in zip(wanted, looks, strict=True):
            if (before := earlier.get(one.id)) is not None:
                same = (before.member_id, before.coupon_id) == (one.member_id, one.coupon_id)
                outcomes.append(before if same else RepeatDiffers(id=one.id))
            elif one.coupon_id not in prices or prices[one.coupon_id][0] != one.brand_id:
                outcomes.append(NotFound(what="coupon"))
            elif fault is not None:
                outcomes.append(fault)
            else:
                _, name, price = prices[one.coupon_id]
                sale = earlier[one.id] = CouponSale(
                    id=one.id, brand_id=one.brand_id, member_id=one.member_id, coupon_id=one.coupon_id, store_id=one.store_id,
                    number=f"K{now:%y%m%d}{one.id.int % 10**8:08d}", name=name, price_minor=price,
                    currency=brands[one.brand_id].currency, source=one.source[:40], opened_at=now, pay_by=now + PAY_WITHIN,
                )  # fmt: skip
                fresh.append(sale)
                outcomes.append(sale)
        CouponSale.objects.bulk_create(fresh)
        return outcomes


@confirms(KIND)
def confirm_coupon_sales(confirmed: Sequence[PaymentAnswer], *, now: datetime) -> list[Confirmation | Refused]:
    """Mark payments paid and give what was bought, in one transaction. The same news again changes nothing.

    Money for a coupon that cannot be given (all gone, time over, paid twice) goes back at once and whole. Locks purchases,
    then payments, then the coupons' counts.
    """
    with transaction.atomic():
        documents = documents_of([one.number for one in confirmed])
        sales = _lock(documents.values())
        outcomes = confirm_paid(confirmed, now=now)
        good: dict[UUID, Confirmation] = {}
        unwanted: list[Confirmation] = []
        for one in outcomes:
            if not isinstance(one, Confirmation) or one.repeated or one.document_id not in sales:
                continue
            sale = sales[one.document_id]
            payable = (
                sale.state == CouponSaleState.OPEN and sale.id not in good and one.amount_minor == sale.price_minor
            )
            if payable:
                good[sale.id] = one
            else:
                unwanted.append(one)
        rows = [sales[sale_id] for sale_id in good]
        for row, given in zip(rows, _give(rows, now=now), strict=True):
            if isinstance(given, Refused):
                unwanted.append(good[row.id])
                row.state = CouponSaleState.RETURNED
            else:
                row.state, row.paid_at = CouponSaleState.PAID, now
        CouponSale.objects.bulk_update(rows, ["state", "paid_at"])
        ask_refunds([
            RefundWanted(uuid5(REFUND_OF_SALE, str(one.payment_id)), one.document_id, one.amount_minor, "coupon not available", one.payment_id)
            for one in unwanted
        ], now=now)  # fmt: skip
        return outcomes


def return_bought_coupon(claim_id: UUID, *, member_id: UUID, by: UUID | None, now: datetime) -> CouponReturned:
    """Take back a bought coupon that was not used, also when it has expired: it is made void, and all that was paid goes back.

    Raises scene.coupon_not_returnable (used, passed on, not bought, or returned before with another answer); again gives the
    first answer. Locks the purchase, the claim, then payments and wallets.
    """
    with transaction.atomic():
        sale = _lock([claim_id]).get(claim_id)
        (voided,) = void_coupons([VoidWanted(claim_id, "returned by the buyer")], by=by, now=now)
        if isinstance(voided, Refused) or holders_of([claim_id]).get(claim_id) != member_id:
            raise CouponNotReturnable()  # the claim is locked by now; what was voided is not, since this is raised
        paid = paid_minor_of([claim_id]).get(claim_id, 0)
        if paid:
            (given,) = give_back(
                [GiveBack(uuid5(claim_id, "returned"), claim_id, paid, "coupon returned", by=by)], now=now
            )
            if isinstance(given, Refused):
                raise given
        elif sale is None or sale.state != CouponSaleState.REFUNDED:
            raise CouponNotReturnable()
        if sale is not None and sale.state == CouponSaleState.PAID:
            sale.state = CouponSaleState.REFUNDED
            sale.save(update_fields=["state"])
        return CouponReturned(claim_id, paid or (sale.price_minor if sale else 0))


def expire_coupon_sales(*, now: datetime) -> int:
    """Let unpaid purchases expire and close their payments, 500 in a transaction. Gives how many did."""
    expired = 0
    while True:
        with transaction.atomic():
            due = CouponSale.objects.select_for_update(no_key=True, skip_locked=True)
            found = due.filter(state=CouponSaleState.OPEN, pay_by__lte=now).order_by("id")
            ids = list(found.values_list("id", flat=True)[:PIECE])
            if ids:
                CouponSale.objects.filter(id__in=ids).update(state=CouponSaleState.EXPIRED)
                close_payments(ids, now=now)
        expired += len(ids)
        if len(ids) < PIECE:
            return expired


def move_sales(from_id: UUID, *, to: UUID, sale_ids: Sequence[UUID] | None) -> list[UUID]:
    """Put purchases into another member's name: all (None) or these. Gives which."""
    with transaction.atomic():
        rows = CouponSale.objects.select_for_update(no_key=True).filter(member_id=from_id)
        rows = rows if sale_ids is None else rows.filter(id__in=list(sale_ids))
        ids = [row.id for row in rows.order_by("id").only("id")]
        CouponSale.objects.filter(id__in=ids).update(member_id=to)
        return ids


def _give(rows: Sequence[CouponSale], *, now: datetime) -> Sequence[object]:
    if not rows:
        return []
    wanted = [
        CouponSaleWanted(row.id, row.brand_id, row.member_id, row.coupon_id, row.store_id, row.source) for row in rows
    ]
    return claim_coupons([_claim(one) for one in wanted], now=now)


def _claim(one: CouponSaleWanted) -> ClaimWanted:
    return ClaimWanted(one.id, one.brand_id, one.member_id, one.coupon_id, "buy", one.store_id, one.source)


def _lock(ids: Collection[UUID]) -> dict[UUID, CouponSale]:
    rows = CouponSale.objects.select_for_update(no_key=True).filter(id__in=list(ids))
    return {row.id: row for row in rows.order_by("id")}
