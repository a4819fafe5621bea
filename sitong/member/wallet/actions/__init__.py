"""Wallets change only here, a file for each verb."""

from sitong.member.wallet.actions.spend import (
    WalletGaveBack,
    WalletGiveBack,
    WalletGiveBackTooHigh,
    WalletPaid,
    WalletPayment,
    WalletTooLow,
    give_back_to_wallets,
    pay_from_wallets,
)
from sitong.member.wallet.actions.terms import (
    PlanAboveCap,
    PlanMalformed,
    PlanWanted,
    WalletCapUnlawful,
    close_plan,
    open_plans,
    reopen_plan,
    set_terms,
)
from sitong.member.wallet.actions.top_up import ToppedUp, TopUp, WalletCapExceeded, top_up
from sitong.member.wallet.actions.withdraw import Withdrawal, Withdrawn, withdraw

__all__ = [
    "PlanAboveCap",
    "PlanMalformed",
    "PlanWanted",
    "TopUp",
    "ToppedUp",
    "WalletCapExceeded",
    "WalletCapUnlawful",
    "WalletGaveBack",
    "WalletGiveBack",
    "WalletGiveBackTooHigh",
    "WalletPaid",
    "WalletPayment",
    "WalletTooLow",
    "Withdrawal",
    "Withdrawn",
    "close_plan",
    "give_back_to_wallets",
    "open_plans",
    "pay_from_wallets",
    "reopen_plan",
    "set_terms",
    "top_up",
    "withdraw",
]
