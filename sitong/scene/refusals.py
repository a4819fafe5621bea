"""What the refusals of scene say to people."""

from django.utils.translation import gettext_lazy as _

from sitong.shared.errors import SENTENCES

SENTENCES.update({
    "scene.cart_full": _("The cart holds {most} different things, which is as many as one order may have. Order these first."),
    "scene.handed_over_already": _("Order {number} has been handed over already, at {at}."),
    "scene.no_price": _("There is no price for this here. Please tell the store."),
    "scene.not_on_shelf": _("The store does not sell this right now."),
    "scene.notification_forged": _("The payment provider's message cannot be trusted. Nothing was changed."),
    "scene.order_closed": _("Order {number} was canceled or has expired. Do not hand anything over."),
    "scene.order_empty": _("The order has no lines, or the same thing twice."),
    "scene.order_not_cancelable": _("Order {number} can no longer be canceled."),
    "scene.order_not_paid": _("Order {number} is not paid yet. Do not hand anything over."),
    "scene.order_not_payable": _("Order {number} is paid already or can no longer be paid."),
    "scene.payment_amount_differs": _("For payment {number} another amount was paid than asked for. Please call support."),
    "scene.payment_provider_refused": _("The payment provider refused. Please try again, or pay another way."),
    "scene.payment_provider_unreachable": _("The payment provider does not answer. Please try again in a moment."),
    "scene.merchant_key_malformed": _("The key {field} of the payment account cannot be read. Enter it again as the provider gave it."),
    "scene.price_changed": _("The price has changed meanwhile. Look at the new total before you order."),
    "scene.quantity_limit": _("One order may hold {most} of this at most."),
    "scene.refund_too_high": _("No more can go back than was paid and has not gone back yet."),
    "scene.given_too_little": _("Less cash was given than is to be paid."),
    "scene.payment_code_malformed": _("This is no payment code. Ask the customer to open the payment code in WeChat."),
    "scene.tender_malformed": _("This way of paying is not possible here."),
    "scene.store_closed_online": _("This store takes no orders online right now."),
    "scene.order_not_returnable": _("Order {number} was not handed over, so nothing of it can be returned."),
    "scene.return_empty": _("Choose what comes back, and how much of it."),
    "scene.return_needs_counter": _("Order {number} was not paid here. Its money is handed out at a counter, so bring the goods to a store."),
    "scene.return_not_fetched": _("Order {number} is paid and was not fetched yet. Cancel it instead: everything that was paid goes back."),
    "scene.return_too_late": _("Order {number} could be returned until {until}. A manager may take it back all the same."),
    "scene.returned_already": _("Of {name} there is nothing like that left to return: {returned} came back already, last with return {number}."),
})  # fmt: skip
