"""Gifts change here: defined, given, redeemed, made void, taken back."""

from sitong.marketing.gifts.actions.define import define_gifts, end_gift, publish_gift
from sitong.marketing.gifts.actions.give import give_gifts
from sitong.marketing.gifts.definition import GiftDefined
from sitong.marketing.gifts.giving import GiftWanted, HeldGift

__all__ = ["GiftDefined", "GiftWanted", "HeldGift", "define_gifts", "end_gift", "give_gifts", "publish_gift"]
