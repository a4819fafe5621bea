"""How payouts read."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

STATES = {
    "waiting": lazy("Waits for your WeChat"), "ready": lazy("On its way"), "offered": lazy("Ready to be received"),
    "done": lazy("Received"), "failed": lazy("Did not come through"),
}  # fmt: skip
DESK_STATES = {
    "waiting": lazy("Member's WeChat unknown"), "ready": lazy("To be sent"), "offered": lazy("Waits for the member"),
    "done": lazy("Paid"), "failed": lazy("Failed"),
}  # fmt: skip
FAULTS = {
    "NOT_ENOUGH": lazy("There is too little money on the payment account."),
    "PAYEE_ACCOUNT_ABNORMAL": lazy("The member's WeChat account cannot receive money."),
    "NAME_REQUIRED": lazy("From 2,000 yuan on WeChat asks for the member's real name: pay this by another way."),
    "OVERDUE_CLOSE": lazy("The member did not receive it within a day."),
    "scene.payment_provider_unreachable": lazy("The payment provider did not answer."),
}  # fmt: skip


def state_said(state: str) -> str:
    """Say to the member how a payout stands."""
    return str(STATES.get(state, state))


def fault_said(fault: str) -> str:
    """Say to the desk why a payout stands still; the provider's own word where we have none."""
    if not fault:
        return ""
    return str(FAULTS.get(fault) or _("The provider says: {word}").format(word=fault))
