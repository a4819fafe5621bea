"""Goods come back here, and what was paid for them goes back."""

from sitong.scene.returns.actions.exchange import ExchangeMade, ExchangeWanted, TenderGiven, exchange_goods
from sitong.scene.returns.actions.policy import set_return_window
from sitong.scene.returns.actions.requests import (
    RequestWanted,
    approve_request,
    ask_to_return,
    receive_request,
    refuse_request,
    send_request,
    withdraw_request,
)
from sitong.scene.returns.actions.take_back import return_goods
from sitong.scene.returns.rules import ReturnLineWanted, ReturnWanted

__all__ = [
    "ExchangeMade", "ExchangeWanted", "RequestWanted", "ReturnLineWanted", "ReturnWanted", "TenderGiven", "approve_request",
    "ask_to_return", "exchange_goods", "receive_request", "refuse_request", "return_goods", "send_request", "set_return_window",
    "withdraw_request",
]  # fmt: skip
