"""Gifts change here: defined, given, asked for, redeemed, taken back, made void."""

from sitong.marketing.gifts.actions.ask import AskWanted, ask_for_gifts, confirm_asks, decline_asks
from sitong.marketing.gifts.actions.counters import let_clerks_confirm, let_counter_confirm_itself
from sitong.marketing.gifts.actions.define import change_gift, define_gifts, end_gift, gift_defined, publish_gift
from sitong.marketing.gifts.actions.give import give_gifts
from sitong.marketing.gifts.actions.redeem import redeem_gifts
from sitong.marketing.gifts.actions.undo import GiftVoidWanted, TakeBackWanted, take_back_redemptions, void_gifts
from sitong.marketing.gifts.definition import GiftDefined
from sitong.marketing.gifts.giving import GiftWanted, HeldGift
from sitong.marketing.gifts.redeeming import HandedOver, RedeemGift

__all__ = [
    "AskWanted",
    "GiftDefined",
    "GiftVoidWanted",
    "GiftWanted",
    "HandedOver",
    "HeldGift",
    "RedeemGift",
    "TakeBackWanted",
    "ask_for_gifts",
    "change_gift",
    "confirm_asks",
    "decline_asks",
    "define_gifts",
    "end_gift",
    "gift_defined",
    "give_gifts",
    "let_clerks_confirm",
    "let_counter_confirm_itself",
    "publish_gift",
    "redeem_gifts",
    "take_back_redemptions",
    "void_gifts",
]
