"""What a carrier of messages can do for us, whichever it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from sitong.shared.errors import Refused


class CarrierUnreachable(Refused):
    """The provider did not answer. Nothing is known of what was asked: ask what became of it before asking again."""

    code = "marketing.carrier_unreachable"


class CarrierNotAsked(Refused):
    """The call never reached the provider (no connection): it may be made again."""

    code = "marketing.carrier_not_asked"


class CarrierRefused(Refused):
    """The provider answered no to a question that is no sending. `provider_code` and `why` are its own words."""

    code = "marketing.carrier_refused"


What = Literal["sent", "failed", "later", "alone", "absent", "unknown", "delivered"]


@dataclass(frozen=True, slots=True)
class Item:
    """One message as it goes out. `values` fill the provider's own fields, in its order. Personal: it is never kept."""

    message_id: UUID
    address: str
    values: tuple[tuple[str, str], ...]
    text: str
    subject: str = ""
    link: str = ""
    stop_link: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One call with some messages of one template. `id` is the attempt's, which the provider echoes where it can."""

    id: UUID
    code: str
    signature: str
    items: Sequence[Item]
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one message of a call.

    sent: taken. failed: never. later: not now, try again. alone: the whole batch was refused for one of its numbers, so
    each goes by itself. absent: the provider has never seen it. unknown: the provider cannot say. delivered: it arrived.
    """

    what: What
    fault: str = ""
    provider_id: str = ""


Answers = Mapping[UUID, Answer]


class Carrier(Protocol):
    """One account with one provider. Calls may raise CarrierUnreachable or CarrierNotAsked.

    `together` is how many messages go into one call, `settled_s` after how many seconds the provider's "never seen" holds
    (None: it cannot be asked). Messages go together when `alike` is equal.
    """

    together: int
    settled_s: int | None

    def alike(self, item: Item) -> object:
        """Give what messages of one call have in common, beside their template."""
        ...

    def send(self, call: Call) -> Answers:
        """Hand the messages over, once."""
        ...

    def look(self, call: Call) -> Answers:
        """Ask what became of a call whose answer was lost; messages that are left out are not known yet."""
        ...

    def check(self) -> None:
        """Ask something harmless, to see that the account is right. Raises CarrierRefused."""
        ...

    def approval(self, code: str) -> tuple[str, str] | None:
        """Give what the provider says of a template (waiting, approved, refused) and why; None: it has no such list."""
        ...
