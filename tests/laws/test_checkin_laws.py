"""Laws of days in a row: one day after the other gives what all days together give, and no reward is reached twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sitong.marketing.checkin.rules import Stands, Step, is_jump, next_reached, reached, reckoned, stands_after
from sitong.marketing.giving.rules import Reward

FIRST = date(2026, 2, 25)
DAYS = st.lists(st.integers(0, 40), max_size=60)
STEPS = st.builds(
    Step, st.sampled_from(["day", "streak", "total"]), st.integers(1, 9), st.just(Reward("points", 1)), st.booleans()
)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def walk(numbers: list[int]) -> list[Stands]:
    """Let days come one by one, in whatever order, as the action does."""
    stands, known = [Stands()], set()
    for number in numbers:
        known.add(day(number))
        stands.append(stands_after(stands[-1], day(number)) or reckoned(known))
    return stands


@given(DAYS)
def test_a_standing_row_is_what_all_days_say(numbers):
    assert walk(numbers)[-1] == reckoned(map(day, numbers))


@given(DAYS)
def test_a_run_is_the_days_up_to_the_last_without_a_gap(numbers):
    stands = reckoned(map(day, numbers))
    assert stands.total == len(set(numbers))
    if stands.last_on and stands.since_on:
        run = {stands.since_on + timedelta(days=at) for at in range(stands.streak)}
        assert max(run) == stands.last_on == day(max(numbers)) and run <= set(map(day, numbers))
        assert stands.since_on - timedelta(days=1) not in set(map(day, numbers))


@given(st.lists(st.integers(0, 40), max_size=40).map(sorted), STEPS)
def test_days_in_order_reach_a_step_as_often_as_its_number_fits(numbers, step):
    stands = walk(numbers)
    turns = [turn for before, after in pairwise(stands) for turn in reached(step, before, after)]
    runs, length = [], 0
    for number in sorted(set(numbers)):
        length = length + 1 if number - 1 in numbers else 1
        runs.append(length)
    count = 1 if step.on == "day" else step.count
    of = runs if step.on == "streak" else list(range(1, len(set(numbers)) + 1))
    every = [one for one in of if one % count == 0]
    assert turns == (every if step.again or step.on == "day" else [one for one in of if one == count])


@given(DAYS, STEPS)
def test_a_total_is_reached_once_whatever_the_order_of_days(numbers, step):
    stands = walk(numbers)
    turns = [turn for before, after in pairwise(stands) for turn in reached(step, before, after)]
    if step.on != "streak":
        assert len(turns) == len(set(turns))


@given(DAYS, STEPS)
def test_what_is_promised_next_is_what_is_reached(numbers, step):
    stands = walk(sorted(numbers))[-1]
    left = next_reached(step, stands)
    if left is None or stands.last_on is None:
        return
    ahead = [stands]
    for at in range(left):
        after = stands_after(ahead[-1], stands.last_on + timedelta(days=at + 1))
        assert after is not None
        ahead.append(after)
    hits = [bool(reached(step, before, after)) for before, after in pairwise(ahead)]
    assert hits == [False] * (left - 1) + [True]


def test_nobody_jumps_within_one_cell_or_without_one():

    at = datetime(2026, 3, 3, tzinfo=UTC)
    assert not is_jump("87309904effffff", at, "87309904effffff", at)
    assert not is_jump("", at, "87309904effffff", at)
