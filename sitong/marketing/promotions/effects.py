"""What one promotion takes off the lines of a basket: the arithmetic behind `choosing.best_offer`. docs/rules/promotion.md.

Kinds that count pieces (flash, bundle, gift, nth) use up the pieces that take part, those that earn and those that get: a
piece takes part in one of them. Steps and a member's day then take from what lines still cost. What a promotion saves is
split by `Money.split` over all that took part, by what it costs, so that each piece that comes back brings its own share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sitong.marketing.coupons.stacking import NotApplied
from sitong.marketing.promotions.rules import (
    BUNDLE,
    FLASH,
    GIFT,
    MEMBER_DAY,
    NTH,
    QUANTITY,
    STEPS,
    PromotionFacts,
    Rule,
    is_for,
)
from sitong.shared.money import split_minor

ORDER_OF_KINDS = {FLASH: 0, BUNDLE: 1, GIFT: 2, NTH: 3, STEPS: 4, MEMBER_DAY: 5}
WHOLE_BP = 10_000

FlashLeft = Mapping[tuple[UUID, UUID], int]
"""By (promotion_id, sku_id): how many this buyer may still have."""


@dataclass(frozen=True, slots=True)
class BasketLine:
    """One line as promotions see it: what it costs after its price, its tier and its step. Weighed goods have no pieces."""

    position: int
    sku_id: UUID
    product_id: UUID
    category_ids: frozenset[UUID]
    quantity: int
    amount_minor: int
    weighed: bool = False


@dataclass(slots=True)
class BasketNow:
    """A basket on a path of the search. `pool`: what the pieces cost that no promotion has used up; `pieces`: how many they are.

    `closed`: an exclusive promotion is on the line; `groups`: those of which one is on it; `promoted`: any is.
    """

    left: list[int]
    pool: list[int]
    pieces: list[int]
    closed: list[bool]
    groups: list[frozenset[str]]
    promoted: list[bool]

    def copy(self) -> BasketNow:
        return BasketNow(
            self.left[:], self.pool[:], self.pieces[:], self.closed[:], self.groups[:], self.promoted[:]
        )  # fmt: skip

    def open_to(self, one: PromotionFacts, at: int) -> bool:
        """Tell whether a promotion may stand on a line beside those that stand there."""
        if self.closed[at] or (one.stacking == "exclusive" and self.promoted[at]):
            return False
        return one.group is None or one.group not in self.groups[at]

    def worth(self, at: int, count: int) -> int:
        """Give what `count` of the line's pieces cost that are not used up."""
        return self.pool[at] * count // self.pieces[at] if count else 0


@dataclass(frozen=True, slots=True)
class Taken:
    """A promotion that is used: what it saves on which line (index, minor units), and what it took of a flash sale (SKU, pieces)."""

    promotion: PromotionFacts
    parts: tuple[tuple[int, int], ...]
    flash: tuple[tuple[UUID, int], ...] = ()

    @property
    def saved_minor(self) -> int:
        return sum([part for _, part in self.parts])


@dataclass(slots=True)
class _Found:
    """What would take part (index: pieces, worth) and what would be saved by it, before it is split."""

    used: dict[int, tuple[int, int]] = field(default_factory=dict)
    saved: int = 0
    alone: dict[int, int] = field(default_factory=dict)
    flash: list[tuple[UUID, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Look:
    """A promotion at a basket: the lines of its scope (indexes) that are open to it, all lines, and what flash sales have left."""

    one: PromotionFacts
    scope: list[int]
    lines: Sequence[BasketLine]
    now: BasketNow
    flash: FlashLeft

    @property
    def rule(self) -> Rule:
        return self.one.rule


def empty_basket(lines: Sequence[BasketLine]) -> BasketNow:
    """Give a basket on which no promotion stands yet."""
    amounts = [line.amount_minor for line in lines]
    pieces = [0 if line.weighed else line.quantity for line in lines]
    pool = [0 if line.weighed else line.amount_minor for line in lines]
    count = len(lines)
    return BasketNow(amounts, pool, pieces, [False] * count, [frozenset()] * count, [False] * count)


def scope_of(one: PromotionFacts, lines: Sequence[BasketLine]) -> list[int]:
    """Give the indexes of the lines whose goods count for a promotion; gifts do not, but where they are the same goods."""
    gifts = one.rule.gift_product_ids
    return [
        at for at, line in enumerate(lines)
        if line.amount_minor > 0 and line.product_id not in gifts
        and is_for(one, line.sku_id, line.product_id, line.category_ids)
    ]  # fmt: skip


def apply(one: PromotionFacts, lines: Sequence[BasketLine], now: BasketNow, flash: FlashLeft) -> Taken | None:
    """Use a promotion on all lines that are open to it, and change the basket; None and no change when it saves nothing."""
    scope = [at for at in scope_of(one, lines) if now.open_to(one, at)]
    if not scope:
        return None
    found = EFFECTS[one.kind](_Look(one, scope, lines, now, flash))
    if not found.saved:
        return None
    if found.alone:
        parts = found.alone
    else:
        there = list(found.used)
        parts = dict(zip(there, split_minor(found.saved, [found.used[at][1] for at in there]), strict=True))
    for at, (pieces, worth) in found.used.items():
        if pieces:
            now.pool[at] -= worth
            now.pieces[at] -= pieces
        now.left[at] -= parts.get(at, 0)
        now.promoted[at] = True
        now.closed[at] = one.stacking == "exclusive"
        if one.group is not None:
            now.groups[at] |= {one.group}
    return Taken(one, tuple([(at, part) for at, part in parts.items() if part]), tuple(found.flash))


def _flash(look: _Look) -> _Found:
    """So many pieces as are left and the member may have, at the sale's price; the others at their own."""
    found, now = _Found(), look.now
    for at in look.scope:
        sku_id = look.lines[at].sku_id
        price = look.one.price_of(sku_id)
        count = min(now.pieces[at], look.flash.get((look.one.id, sku_id), 0))
        if price is None or count <= 0:
            continue
        worth = now.worth(at, count)
        saved = worth - count * price.price_minor
        if saved > 0:
            found.used[at] = (count, worth)
            found.alone[at] = saved
            found.flash.append((sku_id, count))
            found.saved += saved
    return found


def _dearest(places: Sequence[int], now: BasketNow) -> list[int]:
    return sorted([at for at in places if now.pieces[at]], key=lambda at: (-now.pool[at] / now.pieces[at], at))


def _nth(look: _Look) -> _Found:
    """Of each group of pieces, sorted from the dearest on, the last one costs less."""
    rule = look.rule
    return _groups(look, size=rule.count, reduced=1, percent_bp=rule.percent_bp)


def _groups(look: _Look, *, size: int, reduced: int, percent_bp: int) -> _Found:
    now, order = look.now, _dearest(look.scope, look.now)
    whole = min(sum([now.pieces[at] for at in order]) // size, look.rule.times_max) * size
    found, seen = _Found(), 0

    def reduced_until(count: int) -> int:
        return count // size * reduced + max(0, count % size - (size - reduced))

    for at in order:
        begins, seen = min(seen, whole), seen + now.pieces[at]
        ends = min(seen, whole)
        if ends == begins:
            break
        found.used[at] = (ends - begins, now.worth(at, ends - begins))
        cheap = now.worth(at, reduced_until(ends) - reduced_until(begins))
        found.saved += split_minor(cheap, [percent_bp, WHOLE_BP - percent_bp])[0] if cheap else 0
    return found


def _gift(look: _Look) -> _Found:
    """The dearest gifts in the basket for nothing; the cheapest pieces earn them."""
    rule, now = look.rule, look.now
    if not rule.gift_product_ids:
        return _groups(look, size=rule.count + rule.gift_count, reduced=rule.gift_count, percent_bp=WHOLE_BP)
    there = gifts_in(look.one, look.lines, now)
    earned = min(sum([now.pieces[at] for at in look.scope]) // rule.count, rule.times_max)
    gifts = min(earned * rule.gift_count, sum([now.pieces[at] for at in there]))
    found = _Found()
    for at, count in _take(_dearest(there, now), gifts, now):
        worth = now.worth(at, count)
        found.used[at] = (count, worth)
        found.saved += worth
    needed = -(-gifts // rule.gift_count) * rule.count
    for at, count in _take(list(reversed(_dearest(look.scope, now))), needed, now):
        found.used[at] = (count, now.worth(at, count))
    return found


def gifts_in(one: PromotionFacts, lines: Sequence[BasketLine], now: BasketNow) -> list[int]:
    """Give the indexes of the lines that are gifts of a promotion."""
    gifts = one.rule.gift_product_ids
    return [
        at
        for at, line in enumerate(lines)
        if line.product_id in gifts and line.amount_minor > 0 and now.open_to(one, at)
    ]


def _take(order: Sequence[int], count: int, now: BasketNow) -> list[tuple[int, int]]:
    taken = []
    for at in order:
        if count <= 0:
            break
        here = min(count, now.pieces[at])
        taken.append((at, here))
        count -= here
    return taken


def _bundle(look: _Look) -> _Found:
    """As many bundles, each of the dearest pieces, as save the most."""
    rule, now = look.rule, look.now
    orders = [
        _dearest([at for at in look.scope if look.lines[at].product_id in part.product_ids], now) for part in rule.parts
    ]
    most = min(
        [sum([now.pieces[at] for at in order]) // part.count for order, part in zip(orders, rule.parts, strict=True)]
    )
    best = _Found()
    for times in range(1, min(most, rule.times_max) + 1):
        found = _Found()
        for order, part in zip(orders, rule.parts, strict=True):
            for at, count in _take(order, times * part.count, now):
                found.used[at] = (count, now.worth(at, count))
        found.saved = sum([worth for _, worth in found.used.values()]) - times * rule.price_minor
        if found.saved <= best.saved:
            break
        best = found
    return best


def _steps(look: _Look) -> _Found:
    """The highest step that is reached by what the lines cost before any promotion, or by their pieces; off what is left."""
    rule, measured = look.rule, measure_of(look.one, look.scope, look.lines)
    reached = [step for step in rule.steps if step.reach <= measured]
    left = sum([look.now.left[at] for at in look.scope])
    if not reached or not left:
        return _Found()
    step = max(reached, key=lambda each: each.reach)
    if step.percent_bp:
        return _share(look, split_minor(left, [step.percent_bp, WHOLE_BP - step.percent_bp])[0])
    times = min(measured // step.reach, rule.times_max) if rule.each else 1
    return _share(look, min(step.off_minor * times, left))


def _member_day(look: _Look) -> _Found:
    """A percentage off what is left."""
    left = sum([look.now.left[at] for at in look.scope])
    return _share(look, split_minor(left, [look.rule.percent_bp, WHOLE_BP - look.rule.percent_bp])[0] if left else 0)


def _share(look: _Look, saved: int) -> _Found:
    """Save so much on all that is left of the lines; it uses up no pieces."""
    return _Found({at: (0, look.now.left[at]) for at in look.scope if look.now.left[at]}, saved)


def measure_of(one: PromotionFacts, scope: Sequence[int], lines: Sequence[BasketLine]) -> int:
    """Give by what steps are measured: pieces, or what lines cost before any promotion."""
    if one.rule.measure == QUANTITY:
        return sum([lines[at].quantity for at in scope if not lines[at].weighed])
    return sum([lines[at].amount_minor for at in scope])


EFFECTS: Mapping[str, Callable[[_Look], _Found]] = {FLASH: _flash, BUNDLE: _bundle, GIFT: _gift, NTH: _nth, STEPS: _steps, MEMBER_DAY: _member_day}  # fmt: skip


def lacking(one: PromotionFacts, lines: Sequence[BasketLine], flash: FlashLeft) -> NotApplied:
    """Say what an otherwise open basket lacks for a promotion to save something."""
    scope, rule = scope_of(one, lines), one.rule
    pieces = sum([lines[at].quantity for at in scope if not lines[at].weighed])
    if not scope:
        return NotApplied("not_for_goods")
    if one.kind == FLASH:
        gone = all(flash.get((one.id, lines[at].sku_id), 0) <= 0 for at in scope)
        return NotApplied("flash_gone" if gone else "adds_nothing")
    if one.kind == STEPS:
        measured = measure_of(one, scope, lines)
        above = [step.reach for step in rule.steps if step.reach > measured]
        if not above:
            return NotApplied("adds_nothing")
        needs = min(above) - measured
        return (
            NotApplied("needs_pieces", {"needs": needs})
            if rule.measure == QUANTITY
            else NotApplied("needs_more", {"needs_minor": needs})
        )
    if one.kind in (NTH, GIFT):
        size = rule.count + (rule.gift_count if one.kind == GIFT and not rule.gift_product_ids else 0)
        if pieces < size:
            return NotApplied("needs_pieces", {"needs": size - pieces})
        if rule.gift_product_ids and not any(line.product_id in rule.gift_product_ids for line in lines):
            return NotApplied("gift_missing", {"count": pieces // size * rule.gift_count})
    if one.kind == BUNDLE:
        return NotApplied("bundle_incomplete")
    return NotApplied("adds_nothing")
