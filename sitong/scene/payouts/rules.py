"""Numbers of payouts, and what the provider's words mean for one: pure."""

from __future__ import annotations

from uuid import UUID

ATTEMPTS_MAX = 99
LATER = frozenset({
    "NOT_ENOUGH", "FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED", "RATELIMIT_EXCEEDED", "SYSTEM_ERROR", "ACCOUNTERROR",
})  # fmt: skip
"""Refusals that pass by themselves (no money on the account, too many at once): the same number is sent again later."""


def payout_number(payout_id: UUID, attempt: int) -> str:
    """Give what the provider knows a try by: 30 digits of the id (its version and variant say nothing) and two of the attempt."""
    digits = payout_id.hex
    return f"{digits[:12]}{digits[13:16]}{digits[17:]}{attempt:02d}"
