"""Index of the word's tables; each stands in its topic."""

from sitong.scene.cart.models import CartLine
from sitong.scene.orders.models import Order, OrderLine, OrderStep
from sitong.scene.payments.models import Merchant, Payment, Refund

__all__ = ["CartLine", "Merchant", "Order", "OrderLine", "OrderStep", "Payment", "Refund"]
