"""Who hears that a document is paid. Payments know documents by kind and id only; each kind registers its confirming action."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from sitong.scene.payments.actions.confirm import Confirmation
from sitong.scene.payments.provider import PaymentAnswer, TransferAnswer
from sitong.scene.payments.queries import document_kinds_of
from sitong.shared.errors import NotFound, Refused


class Confirming(Protocol):
    """An action that marks payments paid and, in the same transaction, their documents. It locks documents before payments."""

    def __call__(self, confirmed: Sequence[PaymentAnswer], *, now: datetime) -> list[Confirmation | Refused]: ...


CONFIRMING: dict[str, Confirming] = {}


def confirms(kind: str) -> Callable[[Confirming], Confirming]:
    """Register the action that confirms payments of documents of one kind."""

    def register(action: Confirming) -> Confirming:
        if CONFIRMING.setdefault(kind, action) is not action:
            raise ValueError(f"two actions confirm payments of {kind}")
        return action

    return register


def confirm_news(answers: Sequence[PaymentAnswer], *, now: datetime) -> list[Confirmation | Refused]:
    """Bring the provider's news to the documents that it is about, each kind in a transaction of its own."""
    kinds = document_kinds_of([one.number for one in answers])
    outcomes: list[Confirmation | Refused] = [NotFound(what="payment")] * len(answers)
    for kind in sorted(set(kinds.values())):
        of = [at for at, one in enumerate(answers) if kinds.get(one.number) == kind]
        for at, outcome in zip(of, CONFIRMING[kind]([answers[at] for at in of], now=now), strict=True):
            outcomes[at] = outcome
    return outcomes


Settling = Callable[[Sequence[TransferAnswer]], None]
_settling: list[Settling] = []


def settles_transfers(action: Settling) -> Settling:
    """Register who hears how money that went to consumers stands: payments know no payee."""
    _settling[:] = [action]
    return action


def settle_transfers(answers: Sequence[TransferAnswer]) -> None:
    """Bring the provider's news of transfers to whoever sent them."""
    for settle in _settling:
        settle(answers)
