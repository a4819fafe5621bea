"""The search for the best lawful set of coupons: branch and bound over effects in the order in which they apply.

**Why the bound holds.** On a path of the search, what is left of the lines only becomes less, and an effect never saves more on
less. So what each coupon that is still open would save now is at least what it can save later: their sum (of a group only
the most) bounds what is to come. Percent coupons compound, so a second bound multiplies what each leaves of a line;
rounding down keeps every real line above it. A branch is cut only when its bound cannot beat the best set found so far.

Coupons alike in every number and line stand side by side in the order of application, so they are interchangeable: one
is looked at only after those alike that expire sooner have been taken.
"""

from __future__ import annotations

from collections.abc import Sequence

from sitong.marketing.coupons.stacking_effects import WHOLE_BP, Effect

LOOKS_MAX = 5_000
"""How many branches are looked at. Beyond, the best set found so far is the answer, and it says that it may not be the best."""

Key = tuple[int, int, tuple[int, ...]]
"""Of a set: −saved, how many coupons, their ranks by soonness. The smaller is the better."""


def best_set(effects: Sequence[Effect], amounts: Sequence[int], units: Sequence[int]) -> tuple[list[Effect], bool]:
    """Give the best lawful set in the order in which it applies, and whether it is proven to be the best."""
    for rank, one in enumerate(sorted(effects, key=lambda effect: effect.soonness)):
        one.rank = rank
    ordered = sorted(effects, key=lambda effect: effect.turn)
    search = _Search(_without_doubles([one for one in ordered if not one.exclusive]), amounts, units)
    for one in ordered:
        if one.exclusive:
            search.try_set([one])
    search.try_set(search.greedy())
    search.look(0, list(amounts), list(units), 0, [], frozenset(), frozenset())
    return search.best, search.looks <= LOOKS_MAX


def _without_doubles(ordered: list[Effect]) -> list[Effect]:
    """Leave out what is like another of its group: only one of them can be used, and the first expires sooner."""
    seen: set[tuple[object, ...]] = set()
    kept = []
    for one in ordered:
        if one.group is not None and one.alike in seen:
            continue
        seen.add(one.alike)
        kept.append(one)
    return kept


class _Search:
    """One search: the open effects, the best set so far, and how many branches were looked at."""

    def __init__(self, ordered: list[Effect], amounts: Sequence[int], units: Sequence[int]) -> None:
        self.ordered = ordered
        self.amounts, self.units = list(amounts), list(units)
        self.best: list[Effect] = []
        self.best_key: Key = (0, 0, ())
        self.looks = 0

    def greedy(self) -> list[Effect]:
        """Give a good set to begin with: of each group what saves most alone, and everything that is free."""
        tops: dict[str, tuple[int, Effect]] = {}
        for one in self.ordered:
            if one.group is not None:
                most = one.most(self.amounts, self.units)
                if one.group not in tops or most > tops[one.group][0]:
                    tops[one.group] = (most, one)
        chosen = {id(one) for _, one in tops.values()}
        return [one for one in self.ordered if one.group is None or id(one) in chosen]

    def try_set(self, chosen: Sequence[Effect]) -> None:
        """Take a set, without what saves nothing in it, if it is better than the best so far."""
        left, units = list(self.amounts), list(self.units)
        useful, saved = [], 0
        for one in chosen:
            part = sum([minor for _, minor in one.apply(left, units)])
            if part:
                useful.append(one)
                saved += part
        self._offer(saved, useful)

    def look(
        self, at: int, left: list[int], units: list[int], saved: int, chosen: list[Effect],
        groups: frozenset[str], skipped: frozenset[tuple[object, ...]],
    ) -> None:  # fmt: skip
        """Look at every completion of `chosen` with effects from `at` on that could be better than the best so far."""
        self.looks += 1
        if self.looks > LOOKS_MAX:
            return
        self._offer(saved, chosen)
        open_ = [
            (most, one)
            for one in self.ordered[at:]
            if one.group not in groups and one.alike not in skipped and (most := one.most(left, units)) > 0
        ]
        if not open_ or self._hopeless(open_, left, saved, chosen):
            return
        one = open_[0][1]
        after = self.ordered.index(one, at) + 1
        then, then_units = list(left), list(units)
        part = sum([minor for _, minor in one.apply(then, then_units)])
        if part:
            taken = groups if one.group is None else groups | {one.group}
            self.look(after, then, then_units, saved + part, [*chosen, one], taken, skipped)
        self.look(after, left, units, saved, chosen, groups, skipped | {one.alike} if one.group is None else skipped)

    def _hopeless(self, open_: list[tuple[int, Effect]], left: list[int], saved: int, chosen: list[Effect]) -> bool:
        """Tell whether no completion can be better than the best so far."""
        tops: dict[object, int] = {}
        for most, one in open_:
            key = one.group if one.group is not None else one.rank
            tops[key] = max(tops.get(key, 0), most)
        wanted = -self.best_key[0]
        bound = saved + min(sum(tops.values()), sum(left))
        if bound < wanted:
            return True
        bound = min(bound, saved + compounded(open_, left))
        if bound != wanted:
            return bound < wanted
        return self._as_good_at_best(sorted(tops.values(), reverse=True), wanted - saved, open_, chosen)

    def _as_good_at_best(
        self, tops: list[int], missing: int, open_: list[tuple[int, Effect]], chosen: list[Effect]
    ) -> bool:
        """Where a completion can save as much and no more: tell that it would take more coupons, or no sooner ones."""
        more = 0
        while missing > 0:
            missing -= tops[more]
            more += 1
        count, best_count = len(chosen) + more, self.best_key[1]
        if count != best_count:
            return count > best_count
        ranks = sorted([one.rank for one in chosen] + sorted([one.rank for _, one in open_])[:more])
        return tuple(ranks) >= self.best_key[2]

    def _offer(self, saved: int, chosen: Sequence[Effect]) -> None:
        if -saved > self.best_key[0]:
            return
        key = (-saved, len(chosen), tuple(sorted([one.rank for one in chosen])))
        if key < self.best_key:
            self.best_key, self.best = key, list(chosen)


def compounded(open_: Sequence[tuple[int, Effect]], left: Sequence[int]) -> int:
    """Bound what open effects can save together: percents multiply on each line, the others add up; of a group the most."""
    flat: dict[object, int] = {}
    rates: dict[object, dict[int, int]] = {}
    for most, one in open_:
        key = one.group if one.group is not None else one.rank
        if one.kind != "percent":
            flat[key] = max(flat.get(key, 0), most)
            continue
        of = rates.setdefault(key, {})
        for at in one.at:
            of[at] = max(of.get(at, 0), one.percent_bp)
    kept = [float(minor) for minor in left]
    for of in rates.values():
        for at, rate in of.items():
            kept[at] *= 1 - rate / WHOLE_BP
    return int(sum(left) - sum(kept) + 1e-6) + sum(flat.values())
