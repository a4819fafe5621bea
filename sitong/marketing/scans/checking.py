"""How often strangers may have codes checked: in this process's memory, since a statement each would cost more than the check."""

from __future__ import annotations

from django.http import HttpRequest

from sitong.shared.access.limits import Limit, MemoryBuckets, address_of

STRANGERS = MemoryBuckets(Limit("codes by address", 30, 4))


def hold_strangers(request: HttpRequest) -> None:
    """Let a network address check 30 codes at once, then one every four seconds. Refused: shared.too_many."""
    STRANGERS.take(address_of(request))
