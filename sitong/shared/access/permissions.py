"""Which role may do what. A permission is "<word>.<verb>"; seeing needs `.see`, changing `.change`."""

from __future__ import annotations

SEE = frozenset({"org.see", "goods.see", "stock.see", "orders.see", "member.see", "figures.see"})
STORE_WORK = SEE | {"orders.hand_over", "orders.change", "stock.change", "shelf.change"}

ROLES: dict[str, dict[str, frozenset[str]]] = {
    "brand": {
        "owner": STORE_WORK
        | {"org.change", "store.change", "staff.change", "goods.change", "price.change", "events.change"}
        | {"audit.see", "figures.export", "member.reveal"},
        "operations": STORE_WORK | {"org.change", "store.change", "goods.change", "price.change", "figures.export"},
        "marketing": SEE | {"goods.change", "figures.export"},
        "finance": SEE | {"figures.export", "audit.see"},
        "it": SEE | {"events.change", "staff.change", "audit.see"},
    },
    "dealer": {
        "manager": STORE_WORK | {"staff.change", "store.change", "figures.export"},
        "staff": SEE | {"stock.change"},
    },
    "store": {
        "manager": STORE_WORK | {"staff.change", "store.change", "figures.export"},
        "clerk": frozenset(
            {"org.see", "goods.see", "stock.see", "orders.see", "orders.hand_over", "stock.change", "shelf.change"}
        ),
    },
    "consumer": {},
    "operator": {},
}


def permissions_of(system: str, role: str) -> frozenset[str]:
    """Give the permissions of a role in an account system; unknown ones have none."""
    return ROLES.get(system, {}).get(role, frozenset())
