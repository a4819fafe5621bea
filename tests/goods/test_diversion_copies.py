"""Copies of codes: every reason with its exact weight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import h3

from sitong.goods.diversion.copies import (
    COPIED_DB,
    CodeLife,
    Reason,
    Sight,
    impossible_travels,
    reasons_of,
    weight_of,
)

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
HANGZHOU, SHANGHAI, CHENGDU = (h3.latlng_to_cell(*at, 7) for at in ((30.25, 120.17), (31.23, 121.47), (30.66, 104.06)))
"""Shanghai is 165 km from Hangzhou, Chengdu 1,540 km."""


def after(minutes: int, cell: str = "", person: str = "") -> Sight:
    return Sight(NOON + timedelta(minutes=minutes), cell, person)


def test_one_scan_of_a_sound_code_is_no_reason():
    assert reasons_of(CodeLife(), [after(0, HANGZHOU, "a")]) == ()
    assert reasons_of(CodeLife(voided=True), []) == (), "what nobody scans copies nothing"


def test_the_same_person_again_is_no_reason_wherever_it_says_to_be():
    assert reasons_of(CodeLife(), [after(0, HANGZHOU, "a"), after(5, CHENGDU, "a")]) == ()


def test_somebody_else_adds_five_decibans():
    assert reasons_of(CodeLife(), [after(0, "", "a"), after(9, "", "b")]) == (Reason("too_many", 2, 5),)
    assert reasons_of(CodeLife(), [after(0), after(9)]) == (Reason("too_many", 2, 5),), (
        "whoever is unknown is somebody else"
    )
    nine = [after(minute, "", str(minute)) for minute in range(9)]
    assert reasons_of(CodeLife(), nine) == (Reason("too_many", 9, 42),)


def test_faster_than_an_airliner_is_an_impossible_journey():
    assert impossible_travels([after(0, HANGZHOU, "a"), after(60, CHENGDU, "b")]) == 1
    assert impossible_travels([after(0, HANGZHOU, "a"), after(120, CHENGDU, "b")]) == 0, "two hours is a flight"
    assert impossible_travels([after(0, HANGZHOU, "a"), after(9, SHANGHAI, "b")]) == 1
    assert impossible_travels([after(0, HANGZHOU, "a"), after(10, SHANGHAI, "b")]) == 0
    assert impossible_travels([after(0, HANGZHOU, "a"), after(0, HANGZHOU, "b")]) == 0
    assert impossible_travels([after(0, HANGZHOU, "a"), after(1, "", "b"), after(2, CHENGDU, "c")]) == 1


def test_three_impossible_journeys_weigh_sixty_and_more_do_not_weigh_more():
    there = [after(minute, (HANGZHOU, CHENGDU)[minute % 2], str(minute)) for minute in range(4)]
    assert reasons_of(CodeLife(), there) == (Reason("impossible_travel", 3, 60), Reason("too_many", 4, 16))
    assert weight_of(reasons_of(CodeLife(), there)) == 76
    more = [after(minute, (HANGZHOU, CHENGDU)[minute % 2], str(minute)) for minute in range(8)]
    assert reasons_of(CodeLife(), more)[0] == Reason("impossible_travel", 7, 60)


def test_a_code_that_was_never_produced_is_enough_by_itself():
    assert reasons_of(CodeLife(produced=False, activated=False), [after(0)]) == (Reason("never_produced", 1, 40),)
    assert weight_of(reasons_of(CodeLife(produced=False), [after(0)])) >= COPIED_DB


def test_void_or_idle_codes_need_something_else_too():
    assert weight_of(reasons_of(CodeLife(voided=True), [after(0)])) == 25
    assert weight_of(reasons_of(CodeLife(activated=False), [after(0)])) == 25
    assert weight_of(reasons_of(CodeLife(activated=False, voided=True), [after(0)])) == 50
    assert weight_of(reasons_of(CodeLife(voided=True), [after(0), after(1), after(2), after(3)])) == 41
