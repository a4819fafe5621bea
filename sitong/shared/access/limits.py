"""How often strangers may ask. Exact limits stand in PostgreSQL and hold over all processes; the front's is a process's own."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest

from sitong.shared.access.actions.limits import take
from sitong.shared.errors import TooMany


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `burst` at once, then one each `every_s` seconds."""

    what: str
    burst: int
    every_s: float


SIGN_IN_BY_ADDRESS = Limit("sign-in by address", 30, 4)
SIGN_IN_BY_NAME = Limit("sign-in by name", 8, 30)
CODE_BY_ADDRESS = Limit("code by address", 20, 30)
CODE_BY_PHONE = Limit("code by phone", 3, 300)
CODE_CHECK_BY_ADDRESS = Limit("code check by address", 30, 4)


def hold_to(limit: Limit, who: str, *, now: datetime) -> None:
    """Refuse with shared.too_many when `who` has used up a limit. SITONG_LIMITS multiplies how much is allowed."""
    factor = settings.LIMITS_FACTOR
    take(limit.what, who, burst=limit.burst * factor, every_s=limit.every_s / factor, now=now)


def address_of(request: HttpRequest) -> str:
    """Give the network address of who asks; behind SITONG_PROXIES trusted proxies, the one that the outermost saw.

    An IPv6 address counts by its /64, since one household has as many as it likes of those.
    """
    seen = [*request.headers.get("X-Forwarded-For", "").split(","), request.META.get("REMOTE_ADDR", "")]
    chain = [one.strip() for one in seen if one.strip()]
    address = chain[max(0, len(chain) - 1 - settings.PROXIES)] if chain else ""
    return ":".join(address.split(":")[:4]) if address.count(":") > 1 else address


class MemoryBuckets:
    """Token buckets in this process's memory, for what is asked too often for a statement each. The oldest fall out."""

    def __init__(self, limit: Limit, *, keys_max: int = 20_000, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit, self.keys_max, self.clock = limit, keys_max, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str) -> None:
        """Take one from the bucket of `who`. Refused: shared.too_many."""
        factor = settings.LIMITS_FACTOR
        burst, every_s = self.limit.burst * factor, self.limit.every_s / factor
        now = self.clock()
        level, at = self._buckets.pop(who, (burst, now))
        level = min(burst, level + (now - at) / every_s)
        if level < 1:
            self._buckets[who] = (level, now)
            raise TooMany(retry_after_s=max(1, round((1 - level) * every_s + 0.5)))
        self._buckets[who] = (level - 1, now)
        if len(self._buckets) > self.keys_max:
            self._buckets.popitem(last=False)
