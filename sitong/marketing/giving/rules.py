"""What a campaign gives: pure. Everything that rewards somebody says it with a `Reward`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

KINDS = ("points", "coupon", "gift", "cash", "chance")
NAMED = frozenset({"coupon", "gift", "chance"})
"""Kinds whose `ref_id` names what is given."""
AMOUNT_MAX: Mapping[str, int] = {"points": 10_000_000, "coupon": 20, "gift": 20, "cash": 5_000_000, "chance": 100}
"""The most that one reward gives: points, copies, copies, minor units (50,000 yuan), plays."""


@dataclass(frozen=True, slots=True)
class Reward:
    """One thing that is given: `amount` points, copies of a coupon or gift (`ref_id`), minor units of cash, plays of a draw."""

    kind: str
    amount: int = 1
    ref_id: UUID | None = None


def reward_sound(reward: Reward) -> bool:
    """Tell whether a reward has a known kind, an amount in bounds, and a name exactly where its kind needs one."""
    if reward.kind not in KINDS or not 1 <= reward.amount <= AMOUNT_MAX[reward.kind]:
        return False
    return (reward.ref_id is not None) == (reward.kind in NAMED)


def reward_written(reward: Reward) -> dict[str, Any]:
    """Write a reward as a JSON column keeps it."""
    written: dict[str, Any] = {"kind": reward.kind, "amount": reward.amount}
    if reward.ref_id is not None:
        written["ref_id"] = str(reward.ref_id)
    return written


def reward_read(written: Mapping[str, Any]) -> Reward:
    """Read a reward from a JSON column."""
    ref_id = written.get("ref_id")
    return Reward(str(written["kind"]), int(written.get("amount", 1)), UUID(str(ref_id)) if ref_id else None)
