"""What a payment provider can do for us, whichever it is. Adapters stand beside: wechat.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from sitong.shared.errors import Refused


class ProviderUnreachable(Refused):
    """The provider did not answer, or not in its protocol. Nothing is known of the request: ask again with the same number."""

    code = "scene.payment_provider_unreachable"


class ProviderRefused(Refused):
    """The provider answered no. `provider_code` is its own word for why."""

    code = "scene.payment_provider_refused"


class NotificationForged(Refused):
    """A notification whose signature, time or seal does not hold. Nothing was changed."""

    code = "scene.notification_forged"


class Standing(StrEnum):
    """How a payment or refund stands with the provider."""

    OPEN = "open"
    DONE = "done"
    CLOSED = "closed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PaymentAnswer:
    """What the provider says of a payment; amounts in minor units of `currency`."""

    number: str
    standing: Standing
    provider_number: str = ""
    amount_minor: int = 0
    currency: str = "CNY"
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """What the provider says of a refund."""

    number: str
    standing: Standing
    provider_number: str = ""
    amount_minor: int = 0


@dataclass(frozen=True, slots=True)
class TransferAnswer:
    """What the provider says of money that goes to a consumer. `package`: with it the consumer's app asks whether to receive it.

    OPEN with a package waits for the consumer; FAILED and CLOSED are final for this number: `reason` is the provider's word.
    """

    number: str
    standing: Standing
    provider_number: str = ""
    amount_minor: int = 0
    package: str = ""
    reason: str = ""


class Provider(Protocol):
    """One merchant account with one provider. Every call may raise ProviderUnreachable or ProviderRefused.

    Numbers are ours and make each call repeatable: the same number never opens or refunds twice.
    """

    def open(
        self,
        *,
        number: str,
        amount_minor: int,
        currency: str,
        description: str,
        payer: str,
        expires_at: datetime,
        notify_url: str,
    ) -> str:
        """Announce a payment and give the provider's prepay id."""
        ...

    def parameters(self, prepay_id: str, *, now: datetime) -> dict[str, str]:
        """Give the signed parameters with which the consumer's app opens the cashier."""
        ...

    def cashier_url(self, prepay_id: str) -> str | None:
        """Give a page on which the consumer pays outside of the provider's app, None where there is none."""
        ...

    def pay_by_code(
        self, *, number: str, amount_minor: int, currency: str, description: str, auth_code: str, device: str
    ) -> PaymentAnswer:
        """Take a payment by the code that the consumer shows: DONE, or OPEN while the consumer confirms on the phone.

        OPEN is also the answer when nobody knows: ask with `query`, and `reverse` it when no answer comes.
        """
        ...

    def reverse(self, number: str) -> None:
        """Undo a payment by code, however it stands: closed when it is open, given back when it is paid. Repeatable."""
        ...

    def trade_bill(self, on: date) -> str:
        """Give the provider's bill of one day as its CSV text; '' when there was no trade."""
        ...

    def query(self, number: str) -> PaymentAnswer:
        """Ask how a payment stands."""
        ...

    def close(self, number: str) -> None:
        """Let nobody pay it any more. Refused with ORDERPAID when somebody has."""
        ...

    def refund(
        self,
        *,
        payment_number: str,
        refund_number: str,
        amount_minor: int,
        total_minor: int,
        currency: str,
        reason: str,
        notify_url: str,
    ) -> RefundAnswer:
        """Give money back on a payment."""
        ...

    def query_refund(self, number: str) -> RefundAnswer:
        """Ask how a refund stands."""
        ...

    def transfer(
        self, *, number: str, amount_minor: int, payee: str, remark: str, activity: str, notify_url: str
    ) -> TransferAnswer:
        """Send money to a consumer of the app, known by `payee`. The same number never pays twice."""
        ...

    def query_transfer(self, number: str) -> TransferAnswer:
        """Ask how a transfer stands; UNKNOWN when the provider never heard of it."""
        ...

    def transfer_parameters(self, package: str) -> dict[str, str]:
        """Give the parameters with which the consumer's app asks whether to receive a transfer."""
        ...

    def receiving_url(self, package: str) -> str | None:
        """Give a page on which the consumer receives it outside of the provider's app, None where there is none."""
        ...

    def read_notification(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> PaymentAnswer | RefundAnswer | TransferAnswer:
        """Verify and decrypt a notification. Raises NotificationForged."""
        ...
