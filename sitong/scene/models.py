"""Index of the word's tables; each stands in its topic."""

from sitong.scene.card_sales.models import CardSale
from sitong.scene.cart.models import CartLine
from sitong.scene.coupon_sales.models import CouponSale
from sitong.scene.orders.models import Order, OrderLine, OrderStep
from sitong.scene.payments.models import BillCheck, Merchant, Payment, Refund
from sitong.scene.payouts.models import Payout
from sitong.scene.returns.models import Return, ReturnLine, ReturnPolicy, ReturnRequest, ReturnRequestStep
from sitong.scene.rewards.models import Rewarded
from sitong.scene.till.models import CashMove, ParkedSale, Register, Sale, Shift
from sitong.scene.topups.models import TopUpDocument

__all__ = [
    "BillCheck",
    "CardSale",
    "CartLine",
    "CashMove",
    "CouponSale",
    "Merchant",
    "Order",
    "OrderLine",
    "OrderStep",
    "ParkedSale",
    "Payment",
    "Payout",
    "Refund",
    "Register",
    "Return",
    "ReturnLine",
    "ReturnPolicy",
    "ReturnRequest",
    "ReturnRequestStep",
    "Rewarded",
    "Sale",
    "Shift",
    "TopUpDocument",
]
