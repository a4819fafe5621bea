"""Orders change only here, a file for each verb."""

from sitong.scene.orders.actions.cancel import CancelWanted, cancel_orders
from sitong.scene.orders.actions.expire import expire_orders
from sitong.scene.orders.actions.hand_over import HandoverWanted, hand_over_orders
from sitong.scene.orders.actions.imported import ImportedLine, ImportedOrder, record_imported_orders
from sitong.scene.orders.actions.pay import confirm_payments, settle_orders
from sitong.scene.orders.actions.place import place_orders
from sitong.scene.orders.rules import OrderPlacement, OrderWanted

__all__ = [
    "CancelWanted", "HandoverWanted", "ImportedLine", "ImportedOrder", "OrderPlacement", "OrderWanted", "cancel_orders",
    "confirm_payments", "expire_orders", "hand_over_orders", "place_orders", "record_imported_orders",
    "settle_orders",
]  # fmt: skip
