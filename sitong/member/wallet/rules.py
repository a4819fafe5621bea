"""How an amount divides into a wallet's principal and gift: pure arithmetic in minor units.

One rule for everything: gift and principal move in proportion to what is there. Who paid 500 and was given 50 spends 10
yuan of principal with each yuan of gift, so that what is left is always principal and gift as they were agreed. See
docs/wallet.md for the reason and its source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WalletNow:
    """What a wallet holds. `principal_minor` was paid in, `gift_minor` was added by the brand."""

    principal_minor: int = 0
    gift_minor: int = 0

    @property
    def total_minor(self) -> int:
        return self.principal_minor + self.gift_minor


def parts_of_spending(amount_minor: int, wallet: WalletNow) -> WalletNow:
    """Divide a spending (0 ≤ amount ≤ total) in proportion; the gift's part is rounded down, so it never runs out first."""
    if not 0 <= amount_minor <= wallet.total_minor:
        raise ValueError("more than the wallet holds")
    gift = amount_minor * wallet.gift_minor // wallet.total_minor if wallet.total_minor else 0
    return WalletNow(amount_minor - gift, gift)


def parts_of_return(amount_minor: int, *, spent: WalletNow, returned: WalletNow) -> WalletNow:
    """Divide what goes back of a spending: the same parts come back that went out, exactly once all of it is back.

    With k of T back, ⌊gift · k / T⌋ of the gift are back; a return is the difference, so many small ones give what one gives.
    """
    before = returned.total_minor
    if not 0 <= amount_minor <= spent.total_minor - before:
        raise ValueError("more than was spent")
    if not spent.total_minor:
        return WalletNow()
    gift = (
        spent.gift_minor * (before + amount_minor) // spent.total_minor - spent.gift_minor * before // spent.total_minor
    )
    return WalletNow(amount_minor - gift, gift)


def gift_forfeited(principal_minor: int, wallet: WalletNow) -> int:
    """Give how much gift goes when principal is paid out (0 ≤ principal ≤ what is there): in proportion, rounded down."""
    if not 0 <= principal_minor <= wallet.principal_minor:
        raise ValueError("more principal than the wallet holds")
    return wallet.gift_minor * principal_minor // wallet.principal_minor if wallet.principal_minor else 0


def back_to_sources(amount_minor: int, left: Sequence[int]) -> list[int]:
    """Divide a payout over the top-ups it goes back to, `left` of each, the latest first. What does not fit is not placed."""
    parts = []
    for most in left:
        part = min(amount_minor, most)
        parts.append(part)
        amount_minor -= part
    return parts
