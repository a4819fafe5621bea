"""Orders change only here, a file for each verb."""

from sitong.scene.orders.actions.cancel import CancelWanted, cancel_orders
from sitong.scene.orders.actions.expire import expire_orders
from sitong.scene.orders.actions.hand_over import HandoverWanted, hand_over_orders
from sitong.scene.orders.actions.imported import ImportedLine, ImportedOrder, record_imported_orders
from sitong.scene.orders.actions.pay import (
    Tendered,
    WalletTender,
    confirm_payments,
    pay_orders_from_wallets,
    settle_orders,
)
from sitong.scene.orders.actions.place import place_orders
from sitong.scene.orders.actions.undo import undo_discounts
from sitong.scene.orders.rules import OrderPlacement, OrderWanted

__all__ = [
    "CancelWanted",
    "HandoverWanted",
    "ImportedLine",
    "ImportedOrder",
    "OrderPlacement",
    "OrderWanted",
    "Tendered",
    "WalletTender",
    "cancel_orders",
    "confirm_payments",
    "expire_orders",
    "hand_over_orders",
    "pay_orders_from_wallets",
    "place_orders",
    "record_imported_orders",
    "settle_orders",
    "undo_discounts",
]  # fmt: skip
