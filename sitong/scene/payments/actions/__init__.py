"""Payments change only here, a file for each verb. None calls the provider: that happens outside of transactions, in messenger.py."""

from sitong.scene.payments.actions.back import (
    GiveBack,
    RefundPart,
    RefundTooHigh,
    RefundWanted,
    ask_refunds,
    give_back,
    settle_refunds,
)
from sitong.scene.payments.actions.confirm import (
    Confirmation,
    PaymentAmountDiffers,
    close_code_payments,
    close_payments,
    close_refused,
    confirm_paid,
    note_asked,
    note_prepaid,
    note_reversed,
)
from sitong.scene.payments.actions.merchants import MerchantKeyMalformed, MerchantWanted, open_merchants
from sitong.scene.payments.actions.opening import PaymentWanted, open_payments
from sitong.scene.payments.actions.tenders import GivenTooLittle, Tender, TenderMalformed, take_tenders

__all__ = [
    "Confirmation",
    "GiveBack",
    "GivenTooLittle",
    "MerchantKeyMalformed",
    "MerchantWanted",
    "PaymentAmountDiffers",
    "PaymentWanted",
    "RefundPart",
    "RefundTooHigh",
    "RefundWanted",
    "Tender",
    "TenderMalformed",
    "ask_refunds",
    "close_code_payments",
    "close_payments",
    "close_refused",
    "confirm_paid",
    "give_back",
    "note_asked",
    "note_prepaid",
    "note_reversed",
    "open_merchants",
    "open_payments",
    "settle_refunds",
    "take_tenders",
]
