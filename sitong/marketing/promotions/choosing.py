"""Which promotions and coupons together save most: pure, exact, and explained. docs/rules/promotion.md says it in words.

Every set of the promotions that hold is looked at, each applied in one order; on what it leaves, the best lawful set of
coupons is found (`coupons.stacking`). Sets are looked at from the one that could save most with all coupons; once even that
is less than the best so far, the search is over. Of equal ones that with the fewest coupons, then the fewest
promotions is taken: coupons are kept for another day.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sitong.marketing.coupons.rules import ClaimNow
from sitong.marketing.coupons.stacking import (
    Combination,
    NotApplied,
    Situation,
    StackLine,
    best_combination,
    effects_open,
    saving_bound,
)
from sitong.marketing.promotions.effects import (
    ORDER_OF_KINDS,
    BasketLine,
    BasketNow,
    FlashLeft,
    Taken,
    apply,
    empty_basket,
    lacking,
    scope_of,
)
from sitong.marketing.promotions.rules import PromotionFacts, not_for, not_here

WEIGHED_MAX = 6
"""How many promotions that hold for a basket are weighed against each other; beyond it, those that save least alone are left out."""

COUPON_SEARCHES_MAX = 24
"""On how many sets of promotions the best coupons are looked for."""


@dataclass(frozen=True, slots=True)
class PromotionApplied:
    """A promotion that is used, what it saves on which line (position, minor units), and what it takes of a flash sale (SKU, pieces)."""

    promotion: PromotionFacts
    saved_minor: int
    by_line: tuple[tuple[int, int], ...]
    flash: tuple[tuple[UUID, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """The best lawful promotions and coupons. `refused`: why each other promotion of the store is not used. `exact` False: a limit was met."""

    applied: tuple[PromotionApplied, ...] = ()
    refused: Mapping[UUID, NotApplied] = field(default_factory=dict)
    coupons: Combination = field(default_factory=Combination)
    exact: bool = True


Key = tuple[int, int, int, tuple[int, ...]]
"""Of a set: −saved in all, how many coupons, how many promotions, their ranks. The smaller is the better."""

FIRST_KEY: Key = (1, 0, 0, ())


@dataclass(frozen=True, slots=True)
class _Set:
    saved: int
    ranks: tuple[int, ...]
    taken: tuple[Taken, ...]
    after: BasketNow


def best_offer(
    lines: Sequence[BasketLine],
    promotions: Sequence[PromotionFacts],
    claims: Sequence[ClaimNow],
    situation: Situation,
    *,
    member: bool,
    flash: FlashLeft,
    chosen: Collection[UUID] | None = None,
) -> Offer:
    """Find the lawful promotions and coupons that save most together. `flash`: what the buyer may have of flash sales.

    Lawful, on each line: an exclusive one alone, of each group one, any number of free ones; a group with a name is one of
    promotions and coupons together. With `chosen`, only these claims are looked at. No line goes below zero.
    """
    refused: dict[UUID, NotApplied] = {}
    open_: list[PromotionFacts] = []
    for one in promotions:
        why = not_here(one, situation) or not_for(one, situation, member=member)
        if why is not None:
            if why.code in SHOWN_TO_OTHERS and scope_of(one, lines):
                refused[one.id] = why
        elif (alone := apply(one, lines, empty_basket(lines), flash)) is None:
            refused[one.id] = lacking(one, lines, flash)
        else:
            open_.append(one)
            refused[one.id] = NotApplied("others_save_more", {"alone_minor": alone.saved_minor})
    open_, exact = _weighed(open_, refused)
    sets = _sets(open_, lines, flash)
    found, combination, searched = _best(sets, lines, claims, situation, chosen)
    applied = tuple([_applied(one, lines) for one in found.taken])
    for used in applied:
        del refused[used.promotion.id]
    _name_what_stands_there(open_, found, lines, flash, refused)
    return Offer(applied, refused, combination, exact and searched and combination.exact)


SHOWN_TO_OTHERS = frozenset({"members_only", "wrong_tier", "wrong_hour"})
"""Of promotions that do not hold now or for this buyer, people are told only these."""


def _weighed(open_: list[PromotionFacts], refused: dict[UUID, NotApplied]) -> tuple[list[PromotionFacts], bool]:
    """Sort by the order in which they apply; of too many keep those that save most alone."""
    exact = len(open_) <= WEIGHED_MAX
    if not exact:
        open_ = sorted(open_, key=lambda one: (-int(refused[one.id].facts["alone_minor"]), one.ends_at, one.id))
        for one in open_[WEIGHED_MAX:]:
            refused[one.id] = NotApplied("too_many", {"most": WEIGHED_MAX})
    kept = open_[:WEIGHED_MAX]
    return sorted(kept, key=lambda one: (ORDER_OF_KINDS[one.kind], one.ends_at, one.id)), exact


def _sets(open_: Sequence[PromotionFacts], lines: Sequence[BasketLine], flash: FlashLeft) -> list[_Set]:
    """Give all sets of which each member saves something, the best first; the empty one is among them."""
    found: list[_Set] = []

    def look(at: int, now: BasketNow, taken: tuple[Taken, ...], ranks: tuple[int, ...], saved: int) -> None:
        if at == len(open_):
            found.append(_Set(saved, ranks, taken, now))
            return
        then = now.copy()
        if (used := apply(open_[at], lines, then, flash)) is not None:
            look(at + 1, then, (*taken, used), (*ranks, at), saved + used.saved_minor)
        look(at + 1, now, taken, ranks, saved)

    look(0, empty_basket(lines), (), (), 0)
    return sorted(found, key=lambda one: (-one.saved, len(one.ranks), one.ranks))


def _best(
    sets: Sequence[_Set],
    lines: Sequence[BasketLine],
    claims: Sequence[ClaimNow],
    situation: Situation,
    chosen: Collection[UUID] | None,
) -> tuple[_Set, Combination, bool]:
    """Find the set that saves most together with the best coupons on what it leaves."""
    if not claims:
        return sets[0], Combination(), True
    effects = effects_open(stack_lines(lines, empty_basket(lines)), claims, situation, chosen=chosen)
    stacked = [(stack_lines(lines, one.after), one) for one in sets]
    bounded = [(one.saved + saving_bound(effects, there), there, one) for there, one in stacked]
    bounded.sort(key=lambda each: -each[0])  # stable: those that save more themselves stay first
    best, best_coupons, best_key = sets[0], Combination(), FIRST_KEY  # a key that every set is better than
    for looks, (bound, there, one) in enumerate(bounded):
        if bound < -best_key[0]:
            break
        if looks == COUPON_SEARCHES_MAX:
            return best, best_coupons, False
        combination = best_combination(there, claims, situation, chosen=chosen)
        key: Key = (-one.saved - combination.saved_minor, len(combination.applied), len(one.ranks), one.ranks)
        if key < best_key:
            best, best_coupons, best_key = one, combination, key
    return best, best_coupons, True


def stack_lines(lines: Sequence[BasketLine], now: BasketNow) -> list[StackLine]:
    """Give the lines as coupons see them once promotions stand on them."""
    return [
        StackLine(
            line.position, line.sku_id, line.product_id, line.category_ids, line.quantity, now.left[at], now.promoted[at],
            now.closed[at], now.groups[at],
        )
        for at, line in enumerate(lines)
    ]  # fmt: skip


def _applied(one: Taken, lines: Sequence[BasketLine]) -> PromotionApplied:
    by_line = tuple([(lines[at].position, part) for at, part in one.parts])
    return PromotionApplied(one.promotion, one.saved_minor, by_line, one.flash)


def _name_what_stands_there(
    open_: Sequence[PromotionFacts], found: _Set, lines: Sequence[BasketLine], flash: FlashLeft,
    refused: dict[UUID, NotApplied],
) -> None:  # fmt: skip
    """Of those that would save something alone, say which promotion stands on their lines, if one does."""
    for one in open_:
        why = refused.get(one.id)
        if why is None or why.code != "others_save_more":
            continue
        freed = replace(one, stacking="free", stack_group="")
        beside = found.after.copy()
        beside.closed = [False] * len(lines)
        if apply(one, lines, found.after.copy(), flash) is None and apply(freed, lines, beside, flash) is not None:
            scope = set(scope_of(one, lines))
            other = next((used.promotion for used in found.taken if scope & {at for at, _ in used.parts}), None)
            if other is not None:
                names = {"with": other.name, "with_en": other.name_en or other.name}
                refused[one.id] = NotApplied("cannot_combine", {**names, "promotion_id": str(other.id)})
