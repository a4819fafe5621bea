"""How a member wants to pay less, as the checkout's form says it: the best coupons or chosen ones, and points."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from django.http import QueryDict

from sitong.marketing.coupons.stacking_said import reason_said
from sitong.scene.cart.queries import Wishes, quote_of
from sitong.scene.cart.rules import CouponQuoted, LineWanted, Quote
from sitong.scene.cart.schemas import COUPONS_MAX
from sitong.scene.channels.shop import CHANNEL, Visit
from sitong.shared.ids import id_in

CHOOSABLE = frozenset({"not_chosen", "cannot_combine", "adds_nothing", "others_save_more", "too_many"})
POINTS_DIGITS_MAX = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """`best`: the best coupons, else `claim_ids`. `points` None: as many as may be spent; 0: none."""

    best: bool = True
    claim_ids: tuple[UUID, ...] = ()
    points: int | None = 0


@dataclass(frozen=True, slots=True)
class CouponShown:
    """A coupon of the sheet: used or not, why not, and whether it can be chosen."""

    coupon: CouponQuoted
    used: bool
    why: str
    choosable: bool


def read_choice(said: QueryDict) -> Choice:
    """Read a form's choice; what makes no sense is left out."""
    points: int | None = 0
    if said.get("use_points"):
        text = said.get("points", "")
        points = int(text) if text.isascii() and text.isdigit() and len(text) <= POINTS_DIGITS_MAX else None
        if said.get("toggle") == "points":
            points = None
    claims = [one for text in said.getlist("claim")[:COUPONS_MAX] if (one := id_in(text)) is not None]
    return Choice(said.get("pick", "best") != "own", tuple(claims), points)


def quote_chosen(shop: Visit, lines: list[LineWanted], choice: Choice) -> Quote:
    """Quote lines for the visit's member as it chose."""
    wishes = Wishes(shop.member_id, choice.claim_ids, choice.best, choice.points)
    if not choice.best and not choice.claim_ids:
        wishes = replace(wishes, claim_ids=(NO_COUPON,))  # so that all the others are shown with their reasons
    quote = quote_of(lines, brand_id=shop.brand.id, store_id=shop.store.id, channel=CHANNEL, at=shop.at, wishes=wishes)
    return replace(quote, coupons=tuple([one for one in quote.coupons if one.coupon_id is not None]))


def toggled(shop: Visit, lines: list[LineWanted], choice: Choice, toggle: str) -> tuple[Quote, Choice]:
    """Take a coupon in or out, or go back to the best ones. What stands in the way of the one taken in goes out."""
    if toggle == "best":
        choice = replace(choice, best=True, claim_ids=())
    elif (asked := id_in(toggle)) is not None:
        held = choice.claim_ids if not choice.best else quote_chosen(shop, lines, choice).claim_ids
        chosen = tuple([one for one in held if one != asked]) if asked in held else (*held, asked)
        choice = replace(choice, best=False, claim_ids=chosen)
        if asked in chosen:
            choice = _with_room(shop, lines, choice, asked)
    quote = quote_chosen(shop, lines, choice)
    return quote, choice if choice.best else replace(choice, claim_ids=quote.claim_ids)


def coupons_shown(quote: Quote, shop: Visit) -> list[CouponShown]:
    """Give the coupons of the sheet: used ones, then those that can be chosen, then the others."""
    shown = [
        CouponShown(
            one, one.reason is None, reason_said(one.reason, currency=shop.currency, zone=shop.store.zone) if one.reason else "",
            one.reason is None or one.reason.code in CHOOSABLE,
        )
        for one in quote.coupons
    ]  # fmt: skip
    return sorted(shown, key=lambda one: (not one.used, not one.choosable))


NO_COUPON = UUID(int=0)


def _with_room(shop: Visit, lines: list[LineWanted], choice: Choice, asked: UUID) -> Choice:
    """Let go of what keeps the coupon asked for from being used; alone it is used whenever it applies at all."""
    quote = quote_chosen(shop, lines, choice)
    if asked in quote.claim_ids:
        return choice
    reason = next((one.reason for one in quote.coupons if one.claim_id == asked), None)
    if reason is not None and reason.code == "cannot_combine":
        blocking = {one.claim_id for one in quote.coupons if str(one.coupon_id) == reason.facts["coupon_id"]} - {asked}
        without = replace(choice, claim_ids=tuple([one for one in choice.claim_ids if one not in blocking]))
        if asked in quote_chosen(shop, lines, without).claim_ids:
            return without
    return replace(choice, claim_ids=(asked,))
