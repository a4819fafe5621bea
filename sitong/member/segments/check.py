"""Answer rules for one member, from its facts. Pure: no ORM, no clock.

A `Program` is many rules made into functions together, so that what they ask in common is answered once for each member.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Generic, TypeVar

from sitong.member.segments.language import AllOf, AnyOf, In, Leaf, Not, Rule, leaves
from sitong.member.segments.questions import Facts, Question, Row, chooses_like, question

K = TypeVar("K", bound=Hashable)
Asks = Callable[[int], bool]
Holds = Callable[[Asks], bool]


class Answers:
    """The answers to a program's questions for one member on one day, each found when it is first asked for."""

    __slots__ = ("_chosen", "_facts", "_found", "_like", "_on", "_questions")

    def __init__(self, questions: list[Question], like: list[int], facts: Facts, on: date) -> None:
        self._questions, self._like, self._facts, self._on = questions, like, facts, on
        self._found: dict[int, bool] = {}
        self._chosen: dict[int, list[Row]] = {}

    def __call__(self, place: int) -> bool:
        found = self._found.get(place)
        if found is None:
            asked = self._questions[place]
            if asked.chooses is None or asked.measured is None:
                found = asked.answer(self._facts, self._on)
            else:
                like = self._like[place]
                rows = self._chosen.get(like)
                if rows is None:
                    rows = self._chosen[like] = asked.chooses(self._facts, self._on)
                found = asked.measured(rows, self._on)
            self._found[place] = found
        return found

    def next_day(self, places: Iterable[int]) -> date | None:
        """Give the first later day on which one of these answers may be another one by time alone."""
        found = None
        for place in places:
            next_day = self._questions[place].next_day
            if next_day is not None and (day := next_day(self._facts, self._on)) and (found is None or day < found):
                found = day
        return found


@dataclass(frozen=True, slots=True)
class Program(Generic[K]):
    """Rules made into functions. `asks` says for each rule which questions it asks; `like` for each question which other one
    chooses the same facts."""

    questions: list[Question]
    like: list[int]
    rules: dict[K, Holds]
    asks: dict[K, frozenset[int]]

    def answers(self, facts: Facts, on: date) -> Answers:
        """Begin to answer for one member."""
        return Answers(self.questions, self.like, facts, on)

    def holding(self, facts: Facts, on: date, keys: Iterable[K]) -> set[K]:
        """Give those of these rules that hold for a member."""
        answers = self.answers(facts, on)
        return {key for key in keys if self.rules[key](answers)}


def program(rules: Mapping[K, Rule]) -> Program[K]:
    """Make expanded rules into functions together."""
    places: dict[Leaf, int] = {}
    questions: list[Question] = []

    def place_of(leaf: Leaf) -> int:
        if leaf not in places:
            places[leaf] = len(questions)
            questions.append(question(leaf))
        return places[leaf]

    made = {key: _made(rule, place_of) for key, rule in rules.items()}
    asks = {
        key: frozenset(places[one] for one in leaves(rule) if not isinstance(one, In)) for key, rule in rules.items()
    }
    first: dict[Hashable, int] = {}
    like = [
        first.setdefault(chooses_like(one.leaf) if one.chooses else place, place) for place, one in enumerate(questions)
    ]
    return Program(questions, like, made, asks)


def holds(rule: Rule, facts: Facts, *, on: date) -> bool:
    """Tell whether an expanded rule holds for a member with these facts on a day."""
    made = _alone(rule)
    return made.rules[0](made.answers(facts, on))


def next_change(rule: Rule, facts: Facts, *, on: date) -> date | None:
    """Give the first later day on which the answer may be another one by time alone, without a new fact; None: never.

    It may be too early, when one part changes and the whole does not; it is never too late.
    """
    made = _alone(rule)
    return made.answers(facts, on).next_day(made.asks[0])


def explained(rule: Rule, facts: Facts, *, on: date) -> list[tuple[Leaf, bool]]:
    """Give each thing that an expanded rule asks, with its answer for a member: why it holds, or does not."""
    made = _alone(rule)
    answers = made.answers(facts, on)
    seen: dict[Leaf, bool] = {}
    places = {one.leaf: place for place, one in enumerate(made.questions)}
    for leaf in leaves(rule):
        if not isinstance(leaf, In):
            seen[leaf] = answers(places[leaf])
    return list(seen.items())


@lru_cache(maxsize=1_000)
def _alone(rule: Rule) -> Program[int]:
    return program({0: rule})


def _made(rule: Rule, place_of: Callable[[Leaf], int]) -> Holds:
    match rule:
        case AllOf(rules):
            every = [_made(one, place_of) for one in rules]
            if len(every) == 1:
                return every[0]
            return lambda asks: all(one(asks) for one in every)
        case AnyOf(rules):
            some = [_made(one, place_of) for one in rules]
            return lambda asks: any(one(asks) for one in some)
        case Not(inner_rule):
            inner = _made(inner_rule, place_of)
            return lambda asks: not inner(asks)
        case In():
            raise ValueError("the rule has to be expanded first")
        case _:
            place = place_of(rule)
            return lambda asks: asks(place)
