"""Playing draws: never more prizes than there are, one answer for one id, and a record that anybody computes again."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.marketing.draws.actions import play_draws, publish_seeds, stop_draw
from sitong.marketing.draws.models import Draw, DrawCount, DrawPlay, DrawPlayer, DrawPrize, DrawSeed, DrawWin
from sitong.marketing.draws.playing import (
    DrawEmpty,
    DrawNotHere,
    DrawNotYet,
    DrawOver,
    NoChance,
    NoFreePlay,
    NotForPoints,
    PlayedEnough,
    PlayedEnoughToday,
    PlayPointsTooFew,
    WonEnough,
    WonEnoughToday,
)
from sitong.marketing.draws.queries.records import DrawNotOver, record_file
from sitong.marketing.draws.record import verify
from sitong.marketing.draws.rules import Release
from sitong.marketing.giving.actions import RewardDue, give_rewards
from sitong.marketing.giving.queries import chances_left
from sitong.marketing.giving.rules import Reward
from sitong.member.points.queries import points_now
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from sitong.shared.proof.files import NotProven, proof_read
from tests.make.draws import DAY, a_draw, a_play, a_play_wanted, cash, goods
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, done
from tests.make.points import a_points_plan, some_points

pytestmark = pytest.mark.usefixtures("db")


def counts(prize_id: UUID) -> tuple[int, int]:
    row = DrawPrize.objects.get(prize_id=prize_id)
    return row.won, row.returned


def test_a_play_has_a_number_and_wins_what_its_ticket_says():
    brand, prize = a_brand(), goods()
    member, draw = a_member(brand), a_draw(brand, prize)
    play = a_play(draw, member)
    row, win = DrawPlay.objects.get(), DrawWin.objects.get()
    assert (row.number, row.step, row.member_id, row.way, row.prize_id, row.how) == (
        1,
        2,
        member.id,
        "free",
        prize.id,
        "chance",
    )
    assert (win.id, win.state, win.value_minor, len(win.code), win.code[0]) == (play.id, "open", 5_000, 15, "W")
    assert win.expires_at.isoformat() == "2026-04-01T16:00:00+00:00"
    assert counts(prize.id) == (1, 0)
    event = Event.objects.get(name="marketing.draw_won")
    assert (event.facts["play_id"], event.facts["kind"], event.facts["number"]) == (str(play.id), "goods", 1)
    assert check_books() == []


def test_the_last_prize_goes_to_one_play_and_the_others_win_nothing():
    brand, prize = a_brand(), goods(stock=2)
    draw = a_draw(brand, prize)
    plays = play_draws([a_play_wanted(draw, a_member(brand)) for _ in range(5)], now=NOW)
    assert [one.prize_id for one in plays] == [prize.id, prize.id, None, None, None]
    assert [one.number for one in plays] == [1, 2, 3, 4, 5]
    assert counts(prize.id) == (2, 0)
    assert check_books() == []


def test_the_same_id_gets_the_first_answer_and_other_content_is_refused():
    brand = a_brand()
    draw, member = a_draw(brand, goods(stock=9)), a_member(brand)
    first = a_play(draw, member)
    again, other = play_draws(
        [a_play_wanted(draw, member, id=first.id), a_play_wanted(draw, a_member(brand), id=first.id)], now=NOW + DAY
    )
    assert again == first
    assert isinstance(other, RepeatDiffers)
    assert DrawPlay.objects.count() == DrawCount.objects.get().played == 1


def test_a_repeat_within_one_batch_is_a_repeat_too():
    draw = a_draw()
    wanted = a_play_wanted(draw, a_member(a_brand()))
    first, second = play_draws([wanted, wanted], now=NOW)
    assert first == second
    assert DrawPlay.objects.count() == 1


def test_prizes_come_out_when_their_time_has_come():
    prize = goods(stock=None, releases=(Release(NOW + timedelta(hours=1), 1), Release(NOW + DAY, 1)))
    brand = a_brand()
    draw, member = a_draw(brand, prize), a_member(brand)
    won = [
        a_play(draw, member, now=NOW + timedelta(hours=hours)).prize_id is not None for hours in (0, 1, 2, 23, 24, 25)
    ]
    assert won == [False, True, False, False, True, False]


def test_a_clock_that_jumps_back_takes_no_prize_back_and_gives_no_second_day():
    prize = goods(stock=None, releases=(Release(NOW + DAY, 1),))
    brand = a_brand()
    draw, member = a_draw(brand, prize, free_daily=1), a_member(brand)
    a_play(draw, member, now=NOW + DAY)
    (later,) = play_draws([a_play_wanted(draw, member)], now=NOW)
    assert isinstance(later, NoFreePlay)
    other = a_play(draw, a_member(brand), now=NOW)
    assert other.at == NOW + DAY
    assert check_books() == []


def test_a_play_is_refused_before_and_after_and_in_another_store_and_takes_no_number():
    brand, store_id = a_brand(), new_id()
    draw, member = a_draw(brand, starts_at=NOW + DAY, ends_at=NOW + 2 * DAY, store_ids=(store_id,)), a_member(brand)
    wanted = a_play_wanted(draw, member, store_id=store_id)
    assert play_draws([wanted], now=NOW) == [DrawNotYet(draw_id=draw.id, at="2026-03-04 10:00")]
    assert play_draws([a_play_wanted(draw, member)], now=NOW + DAY) == [DrawNotHere(draw_id=draw.id)]
    assert play_draws([wanted], now=NOW + 2 * DAY) == [DrawOver(draw_id=draw.id)]
    assert isinstance(play_draws([a_play_wanted(a_draw(brand, published=False), member)], now=NOW)[0], NotFound)
    assert DrawPlay.objects.count() == 0
    assert play_draws([wanted], now=NOW + DAY)[0].number == 1


def test_nobody_plays_or_wins_more_often_than_one_may():
    brand = a_brand()
    member = a_member(brand)
    plays = a_draw(brand, cash(weight=1), blank_weight=999_999, plays_daily=2, plays_total=3)
    outcomes = [
        play_draws([a_play_wanted(plays, member)], now=NOW + hours * timedelta(hours=1))[0]
        for hours in (0, 0, 0, 24, 24)
    ]
    assert outcomes[2:] == [PlayedEnoughToday(plays=2), outcomes[3], PlayedEnough(plays=3)]
    wins = a_draw(brand, cash(), wins_daily=1, wins_total=2)
    outcomes = [
        play_draws([a_play_wanted(wins, member)], now=NOW + hours * timedelta(hours=1))[0] for hours in (0, 0, 24, 48)
    ]
    assert [outcomes[1], outcomes[3]] == [WonEnoughToday(wins=1), WonEnough(wins=2)]
    assert DrawPlayer.objects.get(draw_id=wins.id).wins == 2
    assert check_books() == []


def test_free_plays_are_counted_by_the_day_of_the_brand():
    brand = a_brand()
    draw, member = a_draw(brand, free_daily=1), a_member(brand)
    assert a_play(draw, member).number == 1
    assert play_draws([a_play_wanted(draw, member)], now=NOW + timedelta(hours=13)) == [NoFreePlay(draw_id=draw.id)]
    assert a_play(draw, member, now=NOW + timedelta(hours=14)).number == 2, "midnight in Shanghai"


def test_a_play_for_points_takes_them_once_and_only_when_it_is_played():
    brand = a_brand()
    a_points_plan(brand)
    draw, member = a_draw(brand, goods(stock=9), points_price=30), a_member(brand)
    some_points(member, 70)
    wanted = [a_play_wanted(draw, member, way="points") for _ in range(3)]
    first, second, third = play_draws(wanted, now=NOW)
    assert (first.number, second.number, third) == (1, 2, PlayPointsTooFew(wanted=30, ready=10))
    assert play_draws([wanted[0]], now=NOW) == [first]
    assert points_now([member.id])[member.id].ready == 10
    assert play_draws([a_play_wanted(a_draw(brand), member, way="points")], now=NOW)[0].code == NotForPoints.code
    assert check_books() == []


def test_plays_that_campaigns_give_are_used_once():
    brand = a_brand()
    draw, member = a_draw(brand, goods(stock=9), takes_chances=True, free_daily=0), a_member(brand)
    done(give_rewards([RewardDue(new_id(), brand.id, member.id, Reward("chance", 2, draw.id), "test:1")], now=NOW))
    outcomes = play_draws([a_play_wanted(draw, member, way="chance") for _ in range(3)], now=NOW)
    assert [one.number for one in outcomes[:2]] == [1, 2]
    assert outcomes[2] == NoChance(draw_id=draw.id)
    assert chances_left([member.id], draw.id) == {member.id: 0}


def test_nothing_is_taken_for_a_play_that_can_win_nothing():
    brand = a_brand()
    a_points_plan(brand)
    draw, member = a_draw(brand, goods(stock=1), points_price=10), a_member(brand)
    some_points(member, 50)
    a_play(draw, member, way="points")
    assert play_draws([a_play_wanted(draw, member, way="points")], now=NOW) == [DrawEmpty(draw_id=draw.id)]
    assert a_play(draw, member).prize_id is None
    assert points_now([member.id])[member.id].ready == 40


def test_after_so_many_plays_without_a_prize_one_is_won():
    brand = a_brand()
    sure = cash(50, weight=1, guaranteed=True)
    draw, member = a_draw(brand, sure, blank_weight=999_999_998, guarantee_after=3), a_member(brand)
    plays = play_draws([a_play_wanted(draw, member) for _ in range(7)], now=NOW)
    assert [one.how for one in plays] == ["blank", "blank", "guaranteed", "blank", "blank", "guaranteed", "blank"]
    assert DrawPlayer.objects.get().dry == 1
    assert check_books() == []


def test_who_wins_nothing_gets_the_consolation_and_the_budget_is_kept():
    brand = a_brand()
    dear, little = goods(stock=None, value_minor=1_000), cash(1, weight=0, consolation=True)
    draw = a_draw(brand, dear, little, budget_minor=2_500)
    plays = play_draws([a_play_wanted(draw, a_member(brand)) for _ in range(4)], now=NOW)
    assert [one.how for one in plays] == ["chance", "chance", "consolation", "consolation"]
    assert DrawCount.objects.get().spent_minor == 2_000
    assert check_books() == []


def test_as_many_statements_for_twenty_plays_as_for_two():
    brand = a_brand()
    a_points_plan(brand)
    draw = a_draw(brand, cash(), takes_chances=True, points_price=1)
    members = [a_member(brand) for _ in range(20)]
    for member in members:
        some_points(member, 10)
        done(give_rewards([RewardDue(new_id(), brand.id, member.id, Reward("chance", 9, draw.id), "test:1")], now=NOW))

    def statements(count: int) -> int:
        wanted = [
            a_play_wanted(draw, member, way=way) for member in members[:count] for way in ("free", "chance", "points")
        ]
        with CaptureQueriesContext(connection) as queries:
            assert all(one.won for one in play_draws(wanted, now=NOW))
        return len(queries)

    statements(20)
    assert statements(2) == statements(20)


def test_the_record_is_public_when_the_draw_is_over_and_proves_each_play():
    brand = a_brand()
    draw = a_draw(brand, goods(stock=3), cash(100, weight=2), blank_weight=5)
    members = [a_member(brand) for _ in range(5)]
    for hours in range(4):
        play_draws([a_play_wanted(draw, member) for member in members], now=NOW + timedelta(hours=hours))
    draw = Draw.objects.get()
    with pytest.raises(DrawNotOver):
        record_file(draw)
    assert publish_seeds(now=NOW + 6 * DAY) == 0
    assert publish_seeds(now=NOW + 7 * DAY) == 1
    written = record_file(draw)
    found = verify(proof_read(written))
    assert (found["plays"], found["players"], found["commitment"]) == (20, 5, draw.commitment)
    assert Event.objects.get(name="marketing.draw_seed_published").facts["seed"] == DrawSeed.objects.get().seed
    for at in range(0, len(written), 97):
        broken = written[:at] + bytes([written[at] ^ 1]) + written[at + 1 :]
        with pytest.raises(NotProven):
            verify(proof_read(broken))


def test_once_the_seed_is_public_nobody_plays_whatever_the_clock_says():
    brand = a_brand()
    draw = a_draw(brand)
    publish_seeds(now=NOW + 7 * DAY)
    assert play_draws([a_play_wanted(draw, a_member(brand))], now=NOW) == [DrawOver(draw_id=draw.id)]


def test_a_stopped_draw_is_not_played_any_more():
    brand = a_brand()
    draw = a_draw(brand)
    stop_draw(draw.id, reason="奖品缺货", by=None, now=NOW)
    assert play_draws([a_play_wanted(draw, a_member(brand))], now=NOW) == [DrawOver(draw_id=draw.id)]
    assert Draw.objects.get().stop_reason == "奖品缺货"
    assert publish_seeds(now=NOW) == 1
