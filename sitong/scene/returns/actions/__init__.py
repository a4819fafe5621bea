"""Goods come back here, and what was paid for them goes back."""

from sitong.scene.returns.actions.take_back import Exchanged, return_goods, take_back
from sitong.scene.returns.rules import ReturnLineWanted, ReturnWanted

__all__ = ["Exchanged", "ReturnLineWanted", "ReturnWanted", "return_goods", "take_back"]
