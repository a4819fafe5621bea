"""What the till's page needs to know and to say: one JSON object, in the active language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sitong.org.stores.queries import StoreFacts
from sitong.scene.till.models import Register, Shift
from sitong.shared.i18n.formats import SYMBOLS
from sitong.shared.money import MINOR_DIGITS


def page_texts(store: StoreFacts, register: Register, shift: Shift, *, currency: str) -> dict[str, Any]:
    """Give the ids, the currency and the sentences of the page's script."""
    return {
        "store_id": str(store.id), "register_id": str(register.id), "shift_id": str(shift.id), "paper_mm": register.paper_mm,
        "drawer": register.drawer, "scale": register.scale_address, "currency": currency, "sign": SYMBOLS[currency],
        "digits": MINOR_DIGITS[currency], "language": get_language(), "english": (get_language() or "").startswith("en"),
        "say": sentences(),
    }  # fmt: skip


def sentences() -> dict[str, str]:
    """Give the script's sentences by key."""
    return {
        "unknown": _("{number} is not known here."),
        "no_network": _("No network. The basket is kept; it goes on by itself."),
        "lost": _("The answer was lost on the way. The same sale is sent again …"),
        "removed": _("Removed: {name}"),
        "no_member": _("Nobody has this code or number."),
        "no_price": _("{name} has no price here."),
        "nothing_found": _("Nothing found for “{words}”"),
        "weigh": _("Weigh {name}"),
        "parked": _("The basket is put aside."),
        "fetched": _("The basket is back."),
        "waiting": _("The customer confirms on the phone …"),
        "asking": _("Asking WeChat Pay …"),
        "given_up": _("The sale was given up. {cash}"),
        "hand_back": _("Hand {amount} in cash back."),
        "printed": _("Sent to the printer."),
        "price_changed": _(
            "The price has changed: it is {amount} now. Look at the lines, then take the payment again."
        ),
        "out_of_stock": _(
            "{name}: the books say {free}, {wanted} are in the basket. If they are really here, count them."
        ),
        "points_many": _("At most {most} points."),
        "wallet_little": _("The wallet holds {amount}."),
        "counted": _("Counted. Take the payment again."),
        "camera": _("The camera cannot be used here. Scan or type instead."),
        "empty": _("Scan something first."),
        "quantity": _("{quantity} × next"),
        "failed": _("That did not work. Please try again."),
        "code_short": _("This is no payment code. Ask the customer to open the payment code in WeChat."),
        "basket": _("{n} pieces"),
        "member_title": _("Member"),
        "member_hint": _("Scan the member's code, or type the phone or card number."),
        "points_of": _("{n} points"),
        "wallet_of": _("Wallet {amount}"),
        "coupon_saves": _("Saves {amount}"),
        "points_title": _("How many points?"),
        "points_hint": _("At most {most}; the member has {ready}."),
        "of_total": _("of {amount}"),
        "cash_exact": _("Exactly {amount}"),
        "wallet_none": _("Only for a member"),
        "code_title": _("WeChat payment code"),
        "code_hint": _("Scan the code that the customer's WeChat shows."),
        "cash": _("Cash"),
        "wechat": _("WeChat Pay"),
        "wallet": _("Wallet"),
    }
