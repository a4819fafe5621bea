"""What holds for any rule and any member: it is written and read as the same, answered the same alone and among others,
and time alone changes no answer before the day that was named."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from sitong.member.segments.check import explained, holds, next_change, program
from sitong.member.segments.language import kept
from sitong.member.segments.parsing import rule_of
from sitong.member.segments.questions import keeps
from sitong.member.segments.sequences import FORESEEN
from sitong.member.segments.subjects import SUBJECTS
from sitong.member.segments.words import words_of
from tests.make.segment_rules import TODAY, dids, iss, member_facts, rules, thens

DAY = timedelta(days=1)


@settings(max_examples=300, deadline=None)
@given(rules, member_facts())
def test_a_rule_is_read_as_it_was_written_and_speaks_both_languages(rule, facts):
    again = rule_of(json.loads(json.dumps(kept(rule))))
    assert again == rule
    assert holds(again, facts, on=TODAY) == holds(rule, facts, on=TODAY)
    assert words_of(rule, "en") and words_of(rule, "zh-hans")


@settings(max_examples=150, deadline=None)
@given(st.lists(rules, min_size=1, max_size=6), member_facts())
def test_many_rules_together_answer_what_each_answers_alone(some, facts):
    together = program(dict(enumerate(some)))
    assert together.holding(facts, TODAY, range(len(some))) == {
        place for place, rule in enumerate(some) if holds(rule, facts, on=TODAY)
    }


@settings(max_examples=500, deadline=None)
@given(st.one_of(dids(), iss(), thens(), rules), member_facts())
def test_time_alone_changes_no_answer_before_the_day_that_was_named(rule, facts):
    facts = known_today(facts)
    answer, named = holds(rule, facts, on=TODAY), next_change(rule, facts, on=TODAY)
    last = named or TODAY + timedelta(days=450)
    assert named is None or named > TODAY
    day = TODAY + DAY
    while day < last:
        assert holds(rule, facts, on=day) == answer, day
        day += DAY


@settings(max_examples=500, deadline=None)
@given(thens(), member_facts())
def test_a_sequence_holds_if_any_choice_of_facts_makes_it_hold(rule, facts):
    assert holds(rule, facts, on=TODAY) == any_choice_holds(rule, facts)


@settings(max_examples=100, deadline=None)
@given(rules, member_facts())
def test_what_explains_a_rule_are_the_answers_of_its_parts(rule, facts):
    for leaf, answer in explained(rule, facts, on=TODAY):
        assert holds(leaf, facts, on=TODAY) == answer


def known_today(facts):
    """Leave out what no one can know yet: of all facts, only a coupon's end is known before its day."""
    timed = {name for name, subject in SUBJECTS.items() if subject.timed and name not in FORESEEN}
    return {
        name: [row for row in rows if name not in timed or row[1] <= TODAY] for name, rows in facts.items()
    }  # fmt: skip


def any_choice_holds(rule, facts):
    """Try each choice of a fact for each step that happened, as docs/segments.md says it."""
    first = TODAY - timedelta(days=rule.last_days - 1) if rule.last_days else None
    chosen = []
    for step in rule.steps:
        subject = SUBJECTS[step.subject]
        keep, columns = keeps(subject, step.where), subject.columns
        chosen.append([
            row[:2]
            for row in facts[step.subject]
            if (keep is None or keep(row)) and row[1] <= TODAY and (first is None or row[1] >= first)
            and not (subject.back and row[columns.index(subject.back)])
        ])  # fmt: skip
    happened = [place for place, step in enumerate(rule.steps) if not step.absent]
    within = timedelta(days=rule.within_days) if rule.within_days else None
    return any(_fits(rule, chosen, happened, choice, within) for choice in product(*(chosen[one] for one in happened)))


def _fits(rule, chosen, happened, choice, within):
    for number, (place, (at, _)) in enumerate(zip(happened, choice, strict=True)):
        if number == 0:
            continue
        before, (earlier, _) = happened[number - 1], choice[number - 1]
        if at <= earlier or (within and at - earlier > within):
            return False
        between = [row for one in range(before + 1, place) for row in chosen[one]]
        if any(earlier < other < at for other, _ in between):
            return False
    at, on = choice[-1]
    after = [other for one in range(happened[-1] + 1, len(rule.steps)) for other, _ in chosen[one]]
    if happened[-1] == len(rule.steps) - 1:
        return True
    if within and not on + within < TODAY:
        return False
    return not any(other > at and (not within or other - at <= within) for other in after)
