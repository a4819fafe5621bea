"""What one coupon takes off the lines it applies to: the arithmetic behind `stacking.best_combination`.

Lines stand in two lists that effects change in place: what is left to pay of each in minor units, and how many units of
each no exchange coupon has taken yet. Every effect saves at most as much on less as on more (on each line no more left, no
more units): the search for the best set rests on that, and tests/laws/test_stacking.py holds it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sitong.marketing.coupons.rules import ClaimNow
from sitong.shared.money import split_minor

ORDER_OF_KINDS = {"exchange": 0, "percent": 1, "cash": 2}
WHOLE_BP = 10_000


@dataclass(slots=True)
class Effect:
    """A claim that applies to some lines (`at`: their indexes). `group` None: a free coupon."""

    claim: ClaimNow
    at: tuple[int, ...]
    kind: str
    value_minor: int
    percent_bp: int
    cap_minor: int | None
    quantity_max: int
    group: str | None
    exclusive: bool
    alike: tuple[object, ...] = field(default=())
    rank: int = 0

    @property
    def soonness(self) -> tuple[datetime, UUID]:
        """Compare by this: the soonest to expire, then the smaller id."""
        return (self.claim.valid_until, self.claim.id)

    @property
    def turn(self) -> tuple[object, ...]:
        """Effects apply in the order of this: by kind, few lines before many, more before less, soonest to expire first."""
        return (
            ORDER_OF_KINDS[self.kind], len(self.at), self.at, -self.percent_bp, -self.value_minor, -self.quantity_max,
            -1 if self.cap_minor is None else self.cap_minor, self.soonness,
        )  # fmt: skip

    def most(self, left: list[int], units: list[int]) -> int:
        """Give what it saves on this, or a little more; never less than what it would save later, on less."""
        if self.kind == "cash":
            return min(self.value_minor, sum([left[at] for at in self.at]))
        if self.kind == "percent":
            saved = sum([left[at] * self.percent_bp // WHOLE_BP for at in self.at])
            return saved if self.cap_minor is None else min(saved, self.cap_minor)
        parts = self._exchange(left, units)
        spread = min(self.quantity_max, len(self.at))
        return min(
            sum([left[at] for at in self.at]), sum([part for _, part, _ in parts]) + (spread if spread > 1 else 0)
        )

    def apply(self, left: list[int], units: list[int]) -> list[tuple[int, int]]:
        """Take it off the lines and give (index, minor units) of each part."""
        if self.kind == "exchange":
            taken = self._exchange(left, units)
            for at, part, count in taken:
                left[at] -= part
                units[at] -= count
            return [(at, part) for at, part, _ in taken]
        parts = self._cash(left) if self.kind == "cash" else self._percent(left)
        for at, part in zip(self.at, parts, strict=True):
            left[at] -= part
        return list(zip(self.at, parts, strict=True))

    def _cash(self, left: list[int]) -> list[int]:
        there = [left[at] for at in self.at]
        saved = min(self.value_minor, sum(there))
        return split_minor(saved, there) if saved else [0] * len(there)

    def _percent(self, left: list[int]) -> list[int]:
        """A share of what is left of each line, rounded down; more than the cap is the cap, split in these proportions."""
        parts = [left[at] * self.percent_bp // WHOLE_BP for at in self.at]
        if self.cap_minor is not None and sum(parts) > self.cap_minor:
            return split_minor(self.cap_minor, parts)
        return parts

    def _exchange(self, left: list[int], units: list[int]) -> list[tuple[int, int, int]]:
        """Give (index, minor units, units): the dearest units first; k of u units are worth ⌈left × k ÷ u⌉."""
        wanted, taken = self.quantity_max, []
        order = sorted([at for at in self.at if units[at]], key=lambda at: (-left[at] / units[at], at))
        for at in order:
            count = min(wanted, units[at])
            if count <= 0 or left[at] <= 0:
                continue
            taken.append((at, -(-left[at] * count // units[at]), count))
            wanted -= count
            if not wanted:
                break
        return taken


def effect_of(claim: ClaimNow, at: tuple[int, ...]) -> Effect:
    """Give the effect of a claim on the lines to which it applies."""
    coupon = claim.coupon
    cash, percent = (coupon.value_minor, 0) if coupon.kind == "cash" else (0, coupon.percent_bp)
    if coupon.kind == "exchange":
        percent = 0
    cap = coupon.cap_minor if coupon.kind == "percent" else None
    quantity = coupon.quantity_max if coupon.kind == "exchange" else 0
    group = coupon.stack_group if coupon.stacking == "group" else None
    alike = (coupon.kind, cash, percent, cap, quantity, at, group)
    return Effect(claim, at, coupon.kind, cash, percent, cap, quantity, group, coupon.stacking == "exclusive", alike)
