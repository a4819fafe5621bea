"""Which role may do what. A permission is "<word>.<verb>"; seeing needs `.see`, changing `.change`."""

from __future__ import annotations

SEE = frozenset({
    "org.see", "goods.see", "stock.see", "orders.see", "member.see", "coupon.see", "figures.see", "claims.see",
})  # fmt: skip
TILL_WORK = frozenset({"till.sell", "orders.return", "coupon.redeem", "coupon.give", "member.join"})
STORE_WORK = SEE | TILL_WORK | {
    "orders.hand_over", "orders.change", "stock.change", "shelf.change", "coupon.choose", "till.close", "member.tag", "codes.move",
}  # fmt: skip

ROLES: dict[str, dict[str, frozenset[str]]] = {
    "brand": {
        "owner": STORE_WORK
        | {"org.change", "store.change", "staff.change", "goods.change", "price.change", "events.change"}
        | {
            "audit.see",
            "figures.export",
            "member.reveal",
            "member.change",
            "plan.change",
            "coupon.change",
            "codes.see",
            "codes.change",
            "wallet.change",
            "claims.check",
            "claims.settle",
            "diversion.see",
            "diversion.change",
            "message.see",
            "message.change",
        },
        "operations": STORE_WORK
        | {"org.change", "store.change", "goods.change", "price.change", "figures.export"}
        | {"member.change", "plan.change", "coupon.change", "claims.check"}
        | {"diversion.see", "diversion.change"}
        | {"codes.see", "codes.change"}
        | {"message.see", "message.change"},
        "marketing": SEE
        | {"message.see", "message.change"}
        | {"goods.change", "figures.export", "member.tag", "plan.change", "coupon.change", "coupon.give", "codes.see"},
        "finance": SEE
        | {"figures.export", "audit.see", "wallet.change", "claims.check", "claims.settle", "diversion.see"},
        "it": SEE | {"events.change", "staff.change", "audit.see"},
    },
    "dealer": {
        "manager": STORE_WORK
        | {"staff.change", "store.change", "figures.export", "diversion.see"}
        | {"claims.answer", "claims.check", "claims.settle"},
        "staff": SEE | {"stock.change", "codes.move"},
    },
    "store": {
        "manager": STORE_WORK | {"staff.change", "store.change", "figures.export", "claims.answer"},
        "clerk": TILL_WORK
        | {
            "org.see",
            "goods.see",
            "stock.see",
            "orders.see",
            "orders.hand_over",
            "stock.change",
            "shelf.change",
            "coupon.see",
            "claims.see",
            "codes.move",
        },
    },
    "consumer": {},
    "operator": {},
}


NOT_BY_PIN = frozenset({"staff.change", "store.change", "member.reveal", "figures.export"})
"""What six digits at a till are too little for: sign in with the password."""


def permissions_of(system: str, role: str) -> frozenset[str]:
    """Give the permissions of a role in an account system; unknown ones have none."""
    return ROLES.get(system, {}).get(role, frozenset())
