"""Reads of payments, and the adapter of a merchant account."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Q, Sum

from sitong.scene.payments.models import BillCheck, Merchant, Payment, PaymentState, Refund
from sitong.scene.payments.provider import Provider
from sitong.scene.payments.wechat import WeChatProvider
from sitong.shared.clock import day_bounds
from sitong.shared.errors import NotFound

ASK_AFTER = timedelta(seconds=20)
ASK_AGAIN_AFTER = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A payment as others see it. `kind`: "wechat", "cash" or "wallet"; only a provider's has a merchant."""

    id: UUID
    document_id: UUID
    merchant_id: UUID | None
    number: str
    amount_minor: int
    refunded_minor: int
    currency: str
    state: str
    prepay_id: str
    paid_at: datetime | None
    kind: str = "wechat"
    document_kind: str = "order"
    way: str = "app"
    given_minor: int | None = None

    @property
    def change_minor(self) -> int:
        """Give the change of a cash payment."""
        return self.given_minor - self.amount_minor if self.given_minor is not None else 0


def payments_of(document_ids: Collection[UUID]) -> dict[UUID, list[PaymentFacts]]:
    """Give the payments of documents, oldest first, in one statement."""
    found: dict[UUID, list[PaymentFacts]] = {}
    for row in Payment.objects.filter(document_id__in=list(document_ids)).order_by("opened_at", "id"):
        found.setdefault(row.document_id, []).append(_facts(row))
    return found


def paid_minor_of(document_ids: Collection[UUID]) -> dict[UUID, int]:
    """Give what the documents' paid payments hold, less what went back. Documents without a paid one are absent. One statement."""
    rows = Payment.objects.filter(document_id__in=list(document_ids), state=PaymentState.PAID).values("document_id")
    sums = rows.annotate(held=Sum(F("amount_minor") - F("refunded_minor")))
    return {row["document_id"]: int(row["held"]) for row in sums}


def tenders_kept(ids: Collection[UUID]) -> dict[UUID, PaymentFacts]:
    """Give payments by their own ids: tenders that were taken before. Unknown ones are absent."""
    return {row.id: _facts(row) for row in Payment.objects.filter(id__in=list(ids))}


def given_back_minor(request_ids: Collection[UUID]) -> dict[UUID, int]:
    """Give how much each giving back (`actions.give_back`) gave back in all; unknown ones are absent. One statement."""
    rows = (
        Refund.objects.filter(request_id__in=list(request_ids)).values_list("request_id").annotate(Sum("amount_minor"))
    )
    return {request_id: int(minor) for request_id, minor in rows if request_id is not None}


def cash_given_back(request_ids: Collection[UUID]) -> int:
    """Give how much cash was handed out by these givings back, in minor units. One statement."""
    rows = Refund.objects.filter(request_id__in=list(request_ids), payment__provider="cash", state="done")
    return int(rows.aggregate(minor=Sum("amount_minor"))["minor"] or 0)


def cash_of_shifts(shift_ids: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
    """Give (cash taken in, cash handed out again) of each shift's drawer, in minor units. Two statements."""
    taken = Payment.objects.filter(shift_id__in=list(shift_ids), provider="cash", state=PaymentState.PAID)
    out = Refund.objects.filter(shift_id__in=list(shift_ids), payment__provider="cash", state="done")
    ins = dict(taken.values_list("shift_id").annotate(Sum("amount_minor")))
    outs = dict(out.values_list("shift_id").annotate(Sum("amount_minor")))
    return {one: (int(ins.get(one, 0)), int(outs.get(one, 0))) for one in shift_ids}


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """Money that goes back on one payment, or has gone: `state` asked, done or failed."""

    id: UUID
    payment_id: UUID
    kind: str
    amount_minor: int
    state: str
    done_at: datetime | None


def refunds_of(request_ids: Collection[UUID]) -> dict[UUID, list[RefundFacts]]:
    """Give the refunds of each giving back (`actions.give_back`), those of exchanges followed to where their money lay.

    One statement, and one for each exchange that lies behind another.
    """
    found: dict[UUID, list[RefundFacts]] = {}
    asked_by = {request_id: request_id for request_id in request_ids}
    while asked_by:
        rows = Refund.objects.filter(request_id__in=list(asked_by)).order_by("payment__number")
        deeper: dict[UUID, UUID] = {}
        fields = ("request_id", "id", "payment_id", "payment__provider", "amount_minor", "state", "done_at")
        for request_id, *facts in rows.values_list(*fields):
            one = RefundFacts(*facts)
            if one.kind == "exchange":
                deeper[one.id] = asked_by[request_id]
            else:
                found.setdefault(asked_by[request_id], []).append(one)
        asked_by = deeper
    return found


def documents_of(numbers: Collection[str]) -> dict[str, UUID]:
    """Give the document behind each payment number; unknown numbers are absent."""
    return dict(Payment.objects.filter(number__in=list(numbers)).values_list("number", "document_id"))


def document_kinds_of(numbers: Collection[str]) -> dict[str, str]:
    """Give the kind of the document behind each payment number; unknown numbers are absent."""
    return dict(Payment.objects.filter(number__in=list(numbers)).values_list("number", "document_kind"))


def payments_to_ask_about(*, now: datetime, limit: int = 100) -> list[PaymentFacts]:
    """Give open payments whose notification should have come: opened a while ago and not asked about since a while."""
    due = Payment.objects.filter(state=PaymentState.OPEN, opened_at__lt=now - ASK_AFTER).exclude(prepay_id="")
    due = due.filter(Q(asked_at__isnull=True) | Q(asked_at__lt=now - ASK_AGAIN_AFTER))
    return [_facts(row) for row in due.order_by("asked_at", "opened_at")[:limit]]


def payments_to_reverse(*, limit: int = 100) -> list[PaymentFacts]:
    """Give payments by code that were given up and that the provider has not yet reversed, the oldest first."""
    return [_facts(row) for row in Payment.objects.filter(reversal="asked").order_by("opened_at")[:limit]]


def refunds_to_send(*, limit: int = 100) -> Sequence[Refund]:
    """Give refunds that a provider has not yet called done or failed."""
    return list(Refund.objects.filter(state="asked").select_related("payment").order_by("asked_at")[:limit])


def merchant_of(*, brand_id: UUID, entity_id: UUID | None, provider: str = "wechat") -> Merchant:
    """Give the account into which the entity is paid, else the brand's own. NotFound when there is neither."""
    open_ones = Merchant.objects.filter(brand_id=brand_id, provider=provider, closed_at__isnull=True)
    found = open_ones.filter(entity_id=entity_id).first() or open_ones.filter(entity_id__isnull=True).first()
    if found is None:
        raise NotFound(what="merchant")
    return found


def provider_of(merchant_id: UUID | None) -> Provider:
    """Give the adapter of a merchant account. NotFound for an unknown one, and for payments that have none."""
    merchant = Merchant.objects.filter(id=merchant_id).first()  # type: ignore[misc]
    if merchant is None:
        raise NotFound(what="merchant")
    return _adapter(
        merchant.merchant_number, merchant.app_id, merchant.serial, merchant.private_key, merchant.api_key,
        merchant.provider_key_id, merchant.provider_key, merchant.gateway,
    )  # fmt: skip


def notify_url(merchant_id: UUID | None) -> str:
    """Give the address at which the provider reaches us for this merchant account."""
    return f"{settings.PUBLIC_URL}/api/v1/payments/wechat/{merchant_id}/notify"


@lru_cache(maxsize=256)
def _adapter(
    merchant_number: str,
    app_id: str,
    serial: str,
    private_key: str,
    api_key: str,
    provider_key_id: str,
    provider_key: str,
    gateway: str,
) -> Provider:
    return WeChatProvider(
        merchant_number=merchant_number, app_id=app_id, serial=serial, private_key=private_key, api_key=api_key,
        provider_key_id=provider_key_id, provider_key=provider_key, gateway=gateway,
    )  # fmt: skip


def _facts(row: Payment) -> PaymentFacts:
    return PaymentFacts(
        row.id,
        row.document_id,
        row.merchant_id,
        row.number,
        row.amount_minor,
        row.refunded_minor,
        row.currency,
        row.state,
        row.prepay_id,
        row.paid_at,
        row.provider,
        row.document_kind,
        row.way,
        row.given_minor,
    )


@dataclass(frozen=True, slots=True)
class OurSide:
    """What we have of a bill: paid payments and done refunds by number, whenever; and those of the day that it must have."""

    paid: dict[str, int]
    of_day: dict[str, int]
    refunded: dict[str, int]
    refunded_of_day: dict[str, int]


def our_side(
    merchant_id: UUID, on: date, payment_numbers: Collection[str], refund_numbers: Collection[str], *, zone: str
) -> OurSide:
    """Give our side of one account's bill of a day. A refund that was asked and done on different days is on either's bill."""
    start, end = day_bounds(on, zone)
    payments = Payment.objects.filter(merchant_id=merchant_id, state=PaymentState.PAID)
    refunds = Refund.objects.filter(payment__merchant_id=merchant_id, state="done")
    return OurSide(
        dict(payments.filter(number__in=list(payment_numbers)).values_list("number", "amount_minor")),
        dict(payments.filter(paid_at__gte=start, paid_at__lt=end).values_list("number", "amount_minor")),
        dict(refunds.filter(number__in=list(refund_numbers)).values_list("number", "amount_minor")),
        dict(refunds.filter(asked_at__gte=start, done_at__lt=end).values_list("number", "amount_minor")),
    )


def bill_days_missing(days: Sequence[date]) -> list[tuple[UUID, date]]:
    """Give which bills of these days were not checked yet, of open merchant accounts."""
    known = set(BillCheck.objects.filter(on__in=list(days)).values_list("merchant_id", "on"))
    merchants = list(Merchant.objects.filter(closed_at__isnull=True).order_by("id").values_list("id", flat=True))
    return [(merchant_id, on) for on in days for merchant_id in merchants if (merchant_id, on) not in known]


@dataclass(frozen=True, slots=True)
class BillView:
    """One checked bill."""

    id: UUID
    merchant_id: UUID
    merchant_number: str
    entity_id: UUID | None
    on: date
    payments_count: int
    payments_minor: int
    refunds_count: int
    refunds_minor: int
    differences: list[dict[str, str | int | None]]
    checked_at: datetime


def bills_of(brand_id: UUID, *, limit: int = 60) -> list[BillView]:
    """Give the brand's checked bills, the latest day first."""
    rows = BillCheck.objects.filter(brand_id=brand_id).select_related("merchant").order_by("-on", "merchant_id")[:limit]
    return [
        BillView(
            row.id, row.merchant_id, row.merchant.merchant_number, row.merchant.entity_id, row.on, row.payments_count, row.payments_minor,
            row.refunds_count, row.refunds_minor, row.differences, row.checked_at,
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class KindTotal:
    """What one kind of payment brought in a period, and what went back."""

    kind: str
    count: int
    paid_minor: int
    back_minor: int


def totals_by_kind(brand_id: UUID, start: datetime, end: datetime) -> list[KindTotal]:
    """Give the brand's payments of a half-open period by kind; refunds count in the period in which they are done."""
    paid = Payment.objects.filter(brand_id=brand_id, state=PaymentState.PAID, paid_at__gte=start, paid_at__lt=end)
    back = Refund.objects.filter(brand_id=brand_id, state="done", done_at__gte=start, done_at__lt=end)
    ins = {
        kind: (count, minor)
        for kind, count, minor in paid.values_list("provider").annotate(Count("id"), Sum("amount_minor"))
    }
    outs = dict(back.values_list("payment__provider").annotate(Sum("amount_minor")))
    return [
        KindTotal(kind, *(ins.get(kind) or (0, 0)), int(outs.get(kind) or 0))  # type: ignore[call-arg]
        for kind in sorted(set(ins) | set(outs))
    ]


def merchants_of(brand_id: UUID) -> list[Merchant]:
    """Give the brand's open merchant accounts."""
    return list(Merchant.objects.filter(brand_id=brand_id, closed_at__isnull=True).order_by("created_at"))


def refunds_failed(brand_id: UUID, *, limit: int = 20) -> list[Refund]:
    """Give refunds that the provider refused for good: a person must give that money back."""
    rows = Refund.objects.filter(brand_id=brand_id, state="failed").select_related("payment")
    return list(rows.order_by("-done_at")[:limit])
