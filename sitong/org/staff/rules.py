"""Who may give which role, and which PIN is none."""

from __future__ import annotations

import itertools
from collections.abc import Set

RANK = {"brand": 0, "dealer": 1, "store": 2}
PIN_DIGITS = 6


def may_give(giver_system: str, giver_permissions: Set[str], *, system: str, role_permissions: Set[str]) -> bool:
    """Tell whether staff of one system may give (or take) a role of another, its place being in reach.

    Nobody gives upward; on one's own level nobody gives more than one has; below, whoever may change staff gives any role.
    """
    if giver_system not in RANK or system not in RANK or "staff.change" not in giver_permissions:
        return False
    if RANK[system] == RANK[giver_system]:
        return role_permissions <= giver_permissions
    return RANK[system] > RANK[giver_system]


def pin_is_weak(pin: str) -> bool:
    """Tell whether this is no PIN: six digits, neither all alike nor counting up or down by one."""
    if len(pin) != PIN_DIGITS or not (pin.isascii() and pin.isdecimal()):
        return True
    return {int(later) - int(earlier) for earlier, later in itertools.pairwise(pin)} in ({0}, {1}, {-1})
