"""Which coupons together save a member most (K1): pure, exact, and explained. docs/rules/coupon.md says it in words.

Coupons apply to what lines cost after prices, tier and steps: exchange coupons first, then percent, then cash. A threshold
is measured on the same amounts, before any coupon, so what one coupon does never takes another its condition. Of all lawful
sets the one that saves most is taken; of equal ones that with the fewest coupons, then the soonest to expire, then by id.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sitong.marketing.coupons.rules import ClaimNow, CouponFacts
from sitong.marketing.coupons.stacking_effects import Effect, effect_of
from sitong.marketing.coupons.stacking_search import best_set, compounded
from sitong.shared.errors import Refused

CLAIMS_MAX = 60
"""How many applicable coupons are weighed against each other; beyond it, those that save least alone are left out."""


class CouponUsed(Refused):
    """The coupon has been used: by another order, at a counter, or by an order of this very moment."""

    code = "marketing.coupon_used"


class CouponNotApplicable(Refused):
    """A coupon that was asked for does not apply to this order; `reason` is a code of `NotApplied`, its facts beside it."""

    code = "marketing.coupon_not_applicable"


@dataclass(frozen=True, slots=True)
class StackLine:
    """One line as coupons see it: what it costs after its price, its tier, its step and its promotions.

    `category_ids`: its category and department. `promoted`: a promotion is on it; `closed`: an exclusive one; `groups`: of
    which groups.
    """

    position: int
    sku_id: UUID
    product_id: UUID
    category_ids: frozenset[UUID]
    quantity: int
    amount_minor: int
    promoted: bool = False
    closed: bool = False
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Situation:
    """Where, when and by whom it is bought. `at_local` is `at` in the store's zone. `tier` '': none."""

    store_id: UUID
    store_kind: str
    channel: str
    at: datetime
    at_local: datetime
    tier: str = ""
    first_order: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """A coupon that is used, and what it saves on which line (`by_line`: position, minor units, none of them zero)."""

    claim_id: UUID
    coupon_id: UUID
    saved_minor: int
    by_line: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class NotApplied:
    """Why a coupon is not used: a stable code with its facts; `stacking_said.reason_said` writes it out."""

    code: str
    facts: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Combination:
    """The best lawful set of coupons, and why each of the others is not in it. `exact` False: the search met its limit."""

    applied: tuple[Applied, ...] = ()
    refused: Mapping[UUID, NotApplied] = field(default_factory=dict)
    exact: bool = True

    @property
    def saved_minor(self) -> int:
        return sum([one.saved_minor for one in self.applied])

    def by_line(self) -> dict[int, int]:
        """Give what all coupons together save on each line, by its position."""
        saved: dict[int, int] = {}
        for one in self.applied:
            for position, minor in one.by_line:
                saved[position] = saved.get(position, 0) + minor
        return saved


def best_combination(
    lines: Sequence[StackLine],
    claims: Sequence[ClaimNow],
    situation: Situation,
    *,
    chosen: Collection[UUID] | None = None,
) -> Combination:
    """Find the lawful set of coupons that saves most. With `chosen`, only these claims are looked at; others are "not_chosen".

    Lawful: an exclusive coupon alone, one of each group, any number of free ones. No line goes below zero.
    """
    refused: dict[UUID, NotApplied] = {}
    effects: list[Effect] = []
    for claim in claims:
        fit = lines_of(claim, lines, situation)
        if isinstance(fit, NotApplied):
            refused[claim.id] = fit
        elif chosen is not None and claim.id not in chosen:
            refused[claim.id] = NotApplied("not_chosen")
        else:
            effects.append(effect_of(claim, fit))
    amounts, units = [line.amount_minor for line in lines], [line.quantity for line in lines]
    if len(effects) > CLAIMS_MAX:
        effects.sort(key=lambda one: (-one.most(amounts, units), one.soonness))
        refused.update({one.claim.id: NotApplied("too_many", {"most": CLAIMS_MAX}) for one in effects[CLAIMS_MAX:]})
        effects = effects[:CLAIMS_MAX]
    if not effects:
        return Combination((), refused)
    found, exact = best_set(effects, amounts, units)
    applied = _applied(found, lines, amounts, units)
    kept = {one.claim_id for one in applied}
    refused.update({one.claim.id: _why_not(one, found) for one in effects if one.claim.id not in kept})
    return Combination(applied, refused, exact)


def lines_of(claim: ClaimNow, lines: Sequence[StackLine], situation: Situation) -> NotApplied | tuple[int, ...]:
    """Give the indexes of the lines to which a coupon applies, or why it applies to none. Looks at no other coupon."""
    coupon = claim.coupon
    if (reason := _state(claim, situation) or _place(coupon, situation) or _buyer(coupon, situation)) is not None:
        return reason
    meant = [at for at, line in enumerate(lines) if line.amount_minor > 0 and is_for(coupon, line)]
    fit = tuple([at for at in meant if beside_promotions(coupon, lines[at])])
    if not fit:
        return NotApplied("beside_promotion" if meant else "not_for_goods")
    amount = sum([lines[at].amount_minor for at in fit])
    if amount < coupon.threshold_minor:
        return NotApplied(
            "needs_more", {"needs_minor": coupon.threshold_minor - amount, "threshold_minor": coupon.threshold_minor}
        )
    return fit  # fmt: skip


def beside_promotions(coupon: CouponFacts, line: StackLine) -> bool:
    """Tell whether a coupon may stand on a line beside the promotions that are on it. A group without a name is no group of both."""
    if not line.promoted:
        return True
    if line.closed or coupon.stacking == "exclusive":
        return False
    return not (coupon.stacking == "group" and coupon.stack_group and coupon.stack_group in line.groups)


def effects_open(
    lines: Sequence[StackLine],
    claims: Sequence[ClaimNow],
    situation: Situation,
    *,
    chosen: Collection[UUID] | None = None,
) -> list[Effect]:
    """Give the effects of the coupons that apply to these lines; to none that cost less do others apply."""
    found = []
    for claim in claims:
        fit = lines_of(claim, lines, situation)
        if not isinstance(fit, NotApplied) and (chosen is None or claim.id in chosen):
            found.append(effect_of(claim, fit))
    return found


def saving_bound(effects: Sequence[Effect], lines: Sequence[StackLine]) -> int:
    """Give an amount beyond which no lawful set of these coupons saves on these lines, nor on lines that cost less.

    `effects` may be those of the same lines when they cost more: then it is looked at what promotions have left and closed.
    """
    left, units = [0 if line.closed else line.amount_minor for line in lines], [line.quantity for line in lines]
    plain = [0 if line.promoted else line.amount_minor for line in lines]
    alone, tops, open_ = 0, dict[object, int](), list[tuple[int, Effect]]()
    for rank, one in enumerate(effects):
        there = plain if one.exclusive else left
        if sum([there[at] for at in one.at]) < one.claim.coupon.threshold_minor:
            continue
        most = one.most(there, units)
        if one.exclusive:
            alone = max(alone, most)
        elif most:
            one.rank = rank
            key = rank if one.group is None else one.group
            tops[key] = max(tops.get(key, 0), most)
            open_.append((most, one))
    if not open_:
        return alone
    return max(alone, min(sum(tops.values()), sum(left), compounded(open_, left)))


def is_for(coupon: CouponFacts, line: StackLine) -> bool:
    """Tell whether a coupon is for the goods of a line: for all when it names none, else when it names the line in any way."""
    terms = coupon.terms
    if not (coupon.goods_listed or terms.category_ids or terms.product_ids or terms.sku_ids):
        return True
    return (
        line.sku_id in terms.sku_ids
        or line.product_id in terms.product_ids
        or not terms.category_ids.isdisjoint(line.category_ids)
        or (coupon.goods_listed and line.product_id in coupon.listed)
    )


def _state(claim: ClaimNow, situation: Situation) -> NotApplied | None:
    if claim.state != "ready":
        return NotApplied("used" if claim.state == "redeemed" else "void")
    if situation.at < claim.valid_from:
        return NotApplied("not_yet", {"from": claim.valid_from.isoformat()})
    if situation.at >= claim.valid_until:
        return NotApplied("expired", {"until": claim.valid_until.isoformat()})
    return NotApplied("ended") if claim.coupon.ended else None


def _place(coupon: CouponFacts, situation: Situation) -> NotApplied | None:
    terms = coupon.terms
    if terms.store_ids and situation.store_id not in terms.store_ids:
        return NotApplied("wrong_store")
    if coupon.chosen_stores is not None and situation.store_id not in coupon.chosen_stores:
        return NotApplied("wrong_store")
    if terms.store_kinds and situation.store_kind not in terms.store_kinds:
        return NotApplied("wrong_store_kind")
    if terms.channels and situation.channel not in terms.channels:
        return NotApplied("wrong_channel")
    if terms.weekdays and situation.at_local.weekday() not in terms.weekdays:
        return NotApplied("wrong_weekday")
    first, until, hour = terms.hour_from, terms.hour_until, situation.at_local.hour
    within = first <= hour < until if first <= until else hour >= first or hour < until
    return None if within else NotApplied("wrong_hour", {"hour_from": first, "hour_until": until})


def _buyer(coupon: CouponFacts, situation: Situation) -> NotApplied | None:
    if coupon.terms.tiers and situation.tier not in coupon.terms.tiers:
        return NotApplied("wrong_tier")
    if coupon.terms.first_order and not situation.first_order:
        return NotApplied("not_first_order")
    return None


def _applied(
    found: Sequence[Effect], lines: Sequence[StackLine], amounts: Sequence[int], units: Sequence[int]
) -> tuple[Applied, ...]:
    left, left_units = list(amounts), list(units)
    applied = []
    for one in found:
        parts = one.apply(left, left_units)
        by_line = tuple([(lines[at].position, part) for at, part in parts if part])
        applied.append(Applied(one.claim.id, one.claim.coupon.id, sum([part for _, part in by_line]), by_line))
    return tuple(applied)


def _why_not(one: Effect, found: Sequence[Effect]) -> NotApplied:
    """Say why an applicable coupon is not in the best set: which one stands in its way, or that it would add nothing."""
    if one.exclusive and found:
        return NotApplied("others_save_more")
    for other in found:
        if other.exclusive or (one.group is not None and other.group == one.group):
            coupon = other.claim.coupon
            facts = {"with": coupon.name, "with_en": coupon.name_en or coupon.name, "coupon_id": str(coupon.id)}
            return NotApplied("cannot_combine", facts)
    return NotApplied("adds_nothing")
