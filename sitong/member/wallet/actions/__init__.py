"""Wallets change only here, a file for each verb."""

from sitong.member.wallet.actions.books import lock_wallets
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
from sitong.member.wallet.actions.top_up import ToppedUp, TopUp, WalletCapExceeded, top_up

__all__ = [
    "TopUp",
    "ToppedUp",
    "WalletCapExceeded",
    "WalletGaveBack",
    "WalletGiveBack",
    "WalletGiveBackTooHigh",
    "WalletPaid",
    "WalletPayment",
    "WalletTooLow",
    "give_back_to_wallets",
    "lock_wallets",
    "pay_from_wallets",
    "top_up",
]  # fmt: skip
