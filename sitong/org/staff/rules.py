"""Who may give which role."""

from __future__ import annotations

from collections.abc import Set

RANK = {"brand": 0, "dealer": 1, "store": 2}


def may_give(giver_system: str, giver_permissions: Set[str], *, system: str, role_permissions: Set[str]) -> bool:
    """Tell whether staff of one system may give (or take) a role of another, its place being in reach.

    Nobody gives upward; on one's own level nobody gives more than one has; below, whoever may change staff gives any role.
    """
    if giver_system not in RANK or system not in RANK or "staff.change" not in giver_permissions:
        return False
    if RANK[system] == RANK[giver_system]:
        return role_permissions <= giver_permissions
    return RANK[system] > RANK[giver_system]
