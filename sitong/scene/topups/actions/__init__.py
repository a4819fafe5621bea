"""Top-ups change only here, a file for each verb."""

from sitong.scene.topups.actions.opening import TopUpMalformed, TopUpWanted, expire_topups, open_topups
from sitong.scene.topups.actions.pay import (
    CashTopUp,
    PaidIn,
    TopUpNotPayable,
    confirm_topups,
    pay_topups_in_cash,
)
from sitong.scene.topups.actions.pay_out import NothingToPayOut, PaidOut, PayOutWanted, pay_out

__all__ = [
    "CashTopUp",
    "NothingToPayOut",
    "PaidIn",
    "PaidOut",
    "PayOutWanted",
    "TopUpMalformed",
    "TopUpNotPayable",
    "TopUpWanted",
    "confirm_topups",
    "expire_topups",
    "open_topups",
    "pay_out",
    "pay_topups_in_cash",
]
