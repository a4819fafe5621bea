"""Laws of draws: stock, budget and guarantee hold for any plays; a batch is its singles; the record proves it; chance is fair."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from sitong.marketing.draws.playing import CountNow, DrawTerms, FreshPlay, PlayFacts, PlayWanted, decide_plays
from sitong.marketing.draws.record import (
    BEGINNING,
    PlayLine,
    chained,
    play_written,
    record_content,
    return_line,
    rules_line,
    verify,
)
from sitong.marketing.draws.rules import (
    DrawRules,
    Prize,
    Release,
    odds_of,
    percent_text,
    released,
    rules_written,
    ticket_message,
)
from sitong.marketing.giving.rules import Reward
from sitong.shared.proof.rules import commitment_of, number_below
from tests.make.org import NOW

DRAW, BRAND = UUID(int=1), UUID(int=2)
SEED = bytes(range(32))
HOUR = timedelta(hours=1)


@st.composite
def some_rules(draws) -> DrawRules:
    """Rules with stock by time, a budget, limits and a guarantee, each or none."""
    prizes = []
    for at in range(draws(st.integers(1, 3))):
        releases = tuple(
            Release(NOW + draws(st.integers(-1, 30)) * HOUR, draws(st.integers(1, 4)))
            for _ in range(draws(st.integers(0, 3)))
        )
        prizes.append(Prize(UUID(int=10 + at), f"p{at}", weight=draws(st.integers(1, 5)), value_minor=draws(st.integers(1, 50)),
                            reward=Reward("cash", 1), releases=releases))  # fmt: skip
    after = draws(st.none() | st.integers(2, 4))
    if after:
        prizes.append(
            Prize(
                UUID(int=20),
                "sure",
                weight=draws(st.integers(0, 2)),
                value_minor=1,
                reward=Reward("cash", 1),
                guaranteed=True,
            )
        )
    limits = {
        name: draws(st.none() | st.integers(1, 6))
        for name in ("plays_total", "plays_daily", "wins_total", "wins_daily")
    }
    return DrawRules(
        "x", "wheel", "x", "x", NOW, NOW + 40 * HOUR, tuple(prizes), "Asia/Shanghai", blank_weight=draws(st.integers(0, 9)),
        free_daily=draws(st.integers(1, 9)), guarantee_after=after, budget_minor=draws(st.none() | st.integers(50, 300)), **limits,
    )  # fmt: skip


def facts_of(rules: DrawRules, now: datetime) -> PlayFacts:
    chain = chained(BEGINNING, rules_line(1, 1, NOW, rules_written(rules)))
    count = CountNow(0, 1, chain, NOW, 0, 1, False)
    return PlayFacts({DRAW: DrawTerms(DRAW, BRAND, rules, SEED)}, {DRAW: count}, {}, {}, {}, {}, {}, now)


def players():
    fresh = iter(range(1_000_000))
    return lambda: UUID(int=next(fresh))


coming = st.lists(st.tuples(st.integers(0, 41), st.integers(1, 4)), max_size=60)


def played(rules: DrawRules, hours) -> tuple[PlayFacts, list[FreshPlay]]:
    """Play by members at hours that may jump about, one by one."""
    facts, named, fresh = facts_of(rules, NOW), players(), []
    for at, (hour, member) in enumerate(hours):
        facts.now = NOW + hour * HOUR
        (one,) = decide_plays(
            [PlayWanted(UUID(int=1_000 + at), BRAND, DRAW, UUID(int=member))], facts, new_player=named
        )
        if isinstance(one, FreshPlay):
            fresh.append(one)
    return facts, fresh


@settings(max_examples=150, deadline=None)
@given(some_rules(), coming)
def test_stock_budget_limits_and_the_guarantee_hold_for_any_plays(rules, hours):
    facts, fresh = played(rules, hours)
    for prize in rules.prizes:
        if prize.releases:
            for one in fresh:
                before = sum(1 for other in fresh if other.prize == prize and other.step <= one.step)
                assert before <= (released(prize, one.played.at) or 0)
    spent = sum(one.prize.value_minor for one in fresh if one.played.how == "chance" and one.prize)
    assert spent == facts.counts[DRAW].spent_minor <= (rules.budget_minor or spent)
    for member in range(1, 5):
        mine = [one.played for one in fresh if one.played.member_id == UUID(int=member)]
        assert len(mine) <= (rules.plays_total or len(mine))
        assert sum(one.won for one in mine) <= (rules.wins_total or len(mine))
        dry = 0
        for one in mine:
            dry = 0 if one.won else dry + 1
            assert not rules.guarantee_after or dry < rules.guarantee_after


@settings(max_examples=100, deadline=None)
@given(some_rules(), st.lists(st.integers(1, 4), min_size=1, max_size=40), st.integers(0, 39))
def test_a_batch_gives_what_its_singles_give(rules, members, hour):
    wanted = [PlayWanted(UUID(int=1_000 + at), BRAND, DRAW, UUID(int=member)) for at, member in enumerate(members)]
    together, named = facts_of(rules, NOW + hour * HOUR), players()
    batch = decide_plays(wanted, together, new_player=named)
    apart, named = facts_of(rules, NOW + hour * HOUR), players()
    singles = [decide_plays([one], apart, new_player=named)[0] for one in wanted]
    assert batch == singles
    assert together.counts == apart.counts and together.prizes == apart.prizes and together.players == apart.players


@settings(max_examples=100, deadline=None)
@given(some_rules(), coming)
def test_the_record_of_any_plays_is_proven_and_a_better_ticket_is_not(rules, hours):
    facts, fresh = played(rules, hours)
    lines = [rules_line(1, 1, NOW, rules_written(rules)), *(line_of(one) for one in fresh)]
    content = record_content(draw_id=DRAW, brand="x", commitment=commitment_of(SEED), seed=SEED.hex(), versions=[rules_written(rules)],
                             lines=lines, chain=facts.counts[DRAW].chain)  # fmt: skip
    assert verify(content)["plays"] == len(fresh)
    for at, one in enumerate(fresh):
        forged = line_of(replace(one, played=replace(one.played, ticket=(one.played.ticket + 1) % (rules.tickets + 1))))
        assert not proves({**content, "lines": [*lines[: at + 1], forged, *lines[at + 2 :]]})
        assert not proves({**content, "lines": [*lines[: at + 1], *lines[at + 2 :]]})


def line_of(one: FreshPlay) -> str:
    played = one.played
    return play_written(
        PlayLine(
            one.step,
            played.number,
            played.at,
            one.who,
            played.way,
            played.version,
            played.ticket,
            played.prize_id,
            played.how,
        )
    )


def proves(content) -> bool:
    try:
        verify(content)
    except Exception:
        return False
    return True


def test_a_prize_that_comes_back_twice_is_not_proven():
    prize = Prize(UUID(int=9), "p", weight=1, value_minor=1, ways=("store",), releases=(Release(NOW, 1),))
    rules = DrawRules("x", "wheel", "x", "x", NOW, NOW + 9 * HOUR, (prize,), "UTC", free_daily=9)
    facts, fresh = played(rules, [(0, 1)])
    back = return_line(3, NOW, prize.id, UUID(int=5))
    twice = return_line(4, NOW, prize.id, UUID(int=5))
    lines = [rules_line(1, 1, NOW, rules_written(rules)), line_of(fresh[0]), back]
    chain = chained(facts.counts[DRAW].chain, back)
    content = record_content(draw_id=DRAW, brand="x", commitment=commitment_of(SEED), seed=SEED.hex(), versions=[rules_written(rules)],
                             lines=lines, chain=chain)  # fmt: skip
    assert proves(content)
    assert not proves({**content, "lines": [*lines, twice], "chain": chained(chain, twice).hex()})


def test_tickets_are_fair():
    """A hundred thousand plays on a wheel of odd weights: chi-square finds nothing (fixed seed, so the test is no gamble)."""
    weights, plays = (1, 2, 4, 10, 83), 100_000
    prizes = tuple(Prize(UUID(int=at), str(at), weight=weight, value_minor=1) for at, weight in enumerate(weights[:-1]))
    rules = DrawRules("x", "wheel", "x", "x", NOW, NOW + HOUR, prizes, "UTC", blank_weight=weights[-1])
    tickets = Counter(number_below(SEED, ticket_message(DRAW, number), rules.tickets) for number in range(1, plays + 1))
    assert chisquare([tickets[at] for at in range(100)]).pvalue > 0.001
    bounds = [sum(weights[:at]) for at in range(len(weights) + 1)]
    won = [sum(tickets[at] for at in range(low, high)) for low, high in itertools.pairwise(bounds)]
    assert chisquare(won, [plays * weight / 100 for weight in weights]).pvalue > 0.001


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=8).filter(sum), st.integers(0, 10_000))
def test_the_odds_of_all_prizes_and_of_nothing_are_one(weights, blank):
    prizes = tuple(Prize(UUID(int=at), str(at), weight=weight) for at, weight in enumerate(weights))
    rules = DrawRules("x", "wheel", "x", "x", NOW, NOW + HOUR, prizes, "UTC", blank_weight=blank)
    assert sum((odds_of(rules, one) for one in prizes), Fraction(blank, rules.tickets)) == 1


@given(st.fractions(0, 1))
def test_published_percents_never_promise_more_than_the_odds(odds):
    assert Fraction(percent_text(odds).removesuffix("%")) / 100 <= odds
