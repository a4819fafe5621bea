"""Draws at the same instant: fifty want the last prize, one id comes eight times, two clerks scan one code; and without the locks."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.db.utils import IntegrityError

from sitong.marketing.draws.actions import (
    HandOverWanted,
    change_draw,
    hand_over_prizes,
    play,
    play_draws,
    publish_seeds,
    wins,
)
from sitong.marketing.draws.models import DrawCount, DrawPlay, DrawPrize, DrawWin
from sitong.marketing.draws.playing import Played
from sitong.marketing.draws.queries.records import record_file
from sitong.marketing.draws.record import verify
from sitong.shared.access.scope import every_brand
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from sitong.shared.proof.files import proof_read
from tests.make.draws import DAY, a_draw, a_play, a_play_wanted, changed, goods
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, a_store
from tests.make.points import a_points_plan, some_points

pytestmark = pytest.mark.usefixtures("committed_db")


def at_once(count: int, action) -> list[object]:
    """Run `action(number)` in so many threads that start together; give what each returned or raised."""
    gate = threading.Barrier(count)

    def run(number: int) -> object:
        try:
            with every_brand():
                gate.wait()
                return action(number)
        except Exception as raised:
            return raised
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def said(outcomes) -> Counter[str]:
    return Counter(
        one.code if isinstance(one, Refused) else one.how if isinstance(one, Played) else type(one).__name__
        for one in outcomes
    )


def test_fifty_players_and_one_prize():
    brand = a_brand()
    draw, members = a_draw(brand, goods()), [a_member(brand) for _ in range(50)]
    outcomes = at_once(50, lambda at: play_draws([a_play_wanted(draw, members[at])], now=NOW)[0])
    assert said(outcomes) == {"chance": 1, "blank": 49}
    assert sorted(one.number for one in outcomes) == list(range(1, 51))
    assert DrawWin.objects.count() == DrawPrize.objects.get().won == 1
    assert check_books() == []
    publish_seeds(now=NOW + 7 * DAY)
    assert verify(proof_read(record_file(draw)))["plays"] == 50


def test_without_the_lock_the_last_prize_is_won_twice_or_not_at_all(monkeypatch):
    """The control: counts read without a lock give two plays one number and both the last prize; only the constraint stops it."""
    brand = a_brand()
    draw, members = a_draw(brand, goods()), [a_member(brand) for _ in range(2)]
    both_have_decided, write = threading.Barrier(2), play._write

    def write_when_both_have_decided(*some, **named) -> None:
        both_have_decided.wait(10)
        write(*some, **named)

    monkeypatch.setattr(play, "ATTEMPTS", 1)
    monkeypatch.setattr(play, "LOCK_COUNTS", play.LOCK_COUNTS.replace("FOR NO KEY UPDATE", ""))
    monkeypatch.setattr(play, "_write", write_when_both_have_decided)
    outcomes = at_once(2, lambda at: play_draws([a_play_wanted(draw, members[at])], now=NOW)[0])
    assert sorted(type(one).__name__ for one in outcomes) == ["IntegrityError", "Played"]
    assert any(isinstance(one, IntegrityError) and "draw_play_number_once" in str(one) for one in outcomes)


def test_one_id_that_comes_eight_times_is_one_play():
    brand = a_brand()
    draw, member, id = a_draw(brand, goods(stock=9)), a_member(brand), new_id()
    outcomes = at_once(8, lambda _at: play_draws([a_play_wanted(draw, member, id=id)], now=NOW)[0])
    assert len({one.number for one in outcomes}) == 1
    assert (DrawPlay.objects.count(), DrawCount.objects.get().played) == (1, 1)


def test_one_member_plays_no_more_often_than_it_may_nor_for_points_that_it_has_not():
    brand = a_brand()
    a_points_plan(brand)
    draws = [a_draw(brand, goods(stock=9), points_price=40, free_daily=1) for _ in range(2)]
    member = a_member(brand)
    some_points(member, 100)
    outcomes = at_once(8, lambda at: play_draws([a_play_wanted(draws[at % 2], member, way="points")], now=NOW)[0])
    assert said(outcomes) == {"chance": 2, "marketing.play_points_too_few": 6}
    outcomes = at_once(8, lambda at: play_draws([a_play_wanted(draws[0], member)], now=NOW)[0])
    assert said(outcomes) == {"chance": 1, "marketing.no_free_play": 7}
    assert check_books() == []


def test_two_draws_played_crosswise_by_batches_never_wait_in_a_circle():
    brand = a_brand()
    draws, members = [a_draw(brand, goods(stock=99)) for _ in range(2)], [a_member(brand) for _ in range(4)]

    def both(at: int) -> list[object]:
        order = draws if at % 2 else draws[::-1]
        return play_draws([a_play_wanted(draw, member) for draw in order for member in members], now=NOW)

    outcomes = at_once(6, both)
    assert [type(one).__name__ for one in outcomes] == ["list"] * 6
    assert DrawPlay.objects.count() == 48
    assert check_books() == []


def test_staff_who_betters_a_running_draw_while_it_is_played_leaves_a_record_that_holds():
    brand = a_brand()
    draw, members = a_draw(brand, goods(stock=5), blank_weight=3), [a_member(brand) for _ in range(8)]

    def act(at: int) -> object:
        if at < 4:
            return change_draw(draw.id, rules=changed(draw, free_daily=1_001 + at), by=None, now=NOW)
        return play_draws([a_play_wanted(draw, member) for member in members], now=NOW)

    outcomes = at_once(12, act)
    assert {type(one).__name__ for one in outcomes} <= {"Draw", "list", "DrawFrozen"}
    assert DrawPlay.objects.count() == 64
    assert check_books() == []
    publish_seeds(now=NOW + 7 * DAY)
    assert verify(proof_read(record_file(draw)))["plays"] == 64


def two_clerks(brand):
    draw = a_draw(brand, goods())
    a_play(draw, a_member(brand))
    code, stores = DrawWin.objects.get().code, [a_store(brand) for _ in range(2)]
    return lambda at: hand_over_prizes([HandOverWanted(new_id(), brand.id, stores[at].id, code)], now=NOW)[0]


def test_two_clerks_hand_one_prize_over_once():
    outcomes = at_once(2, two_clerks(a_brand()))
    assert said(outcomes) == {"HandedOver": 1, "marketing.prize_handed_already": 1}


def test_without_the_lock_two_clerks_hand_one_prize_over_twice(monkeypatch):
    """The control."""
    scan = two_clerks(a_brand())
    both_have_decided, write = threading.Barrier(2), wins._write_handed

    def write_when_both_have_decided(*some, **named) -> None:
        both_have_decided.wait(10)
        write(*some, **named)

    monkeypatch.setattr(wins, "LOCK_CODES", wins.LOCK_CODES.replace("FOR NO KEY UPDATE", ""))
    monkeypatch.setattr(wins, "_write_handed", write_when_both_have_decided)
    assert said(at_once(2, scan)) == {"HandedOver": 2}
