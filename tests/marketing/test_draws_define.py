"""Defining draws: what the law and fairness refuse at configuration, frozen rules, and the seed that nobody sees."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from sitong.marketing.draws.actions import DrawWanted, change_draw, define_draws, publish_draw, publish_seeds, stop_draw
from sitong.marketing.draws.definition import PRIZE_CAP_MINOR
from sitong.marketing.draws.models import Draw, DrawPrize, DrawSeed, DrawVersion
from sitong.marketing.draws.playing import DrawOver
from sitong.marketing.draws.rules import Prize, Release, odds_of, percent_text, rules_read, rules_written
from sitong.marketing.giving.rules import Reward
from sitong.shared.access.models import Audit
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from sitong.shared.proof.rules import commitment_of
from tests.make.draws import DAY, a_draw, a_play, cash, changed, goods, rules
from tests.make.member import a_member
from tests.make.org import NOW, a_brand

pytestmark = pytest.mark.usefixtures("db")


def refusal(brand, some) -> str:
    (outcome,) = define_draws([DrawWanted(new_id(), brand.id, some)], by=None, now=NOW)
    return outcome.code if isinstance(outcome, Refused) else ""


def test_a_draw_is_a_draft_with_a_sealed_seed_until_it_is_published():
    draw = a_draw(published=False)
    seed = DrawSeed.objects.get()
    assert draw.published_at is None and DrawVersion.objects.count() == 0
    assert commitment_of(bytes.fromhex(seed.seed)) == draw.commitment
    kept = DrawSeed.objects.raw("SELECT draw_id, seed AS sealed FROM marketing_drawseed")[0]
    assert seed.seed not in kept.sealed
    published = publish_draw(draw.id, by=None, now=NOW)
    version = DrawVersion.objects.get()
    assert (published.published_at, version.version, version.step, version.rules) == (NOW, 1, 1, draw.rules)
    assert publish_draw(draw.id, by=None, now=NOW + DAY).published_at == NOW
    assert seed.seed not in str(list(Audit.objects.values()))


def test_two_draws_have_two_seeds_and_the_same_draw_again_is_the_same():
    brand = a_brand()
    first, second = a_draw(brand), a_draw(brand)
    assert first.commitment != second.commitment
    same = DrawWanted(first.id, brand.id, rules_read(Draw.objects.get(id=first.id).rules))
    again, other = define_draws([same, replace(same, rules=rules())], by=None, now=NOW)
    assert again.id == first.id
    assert isinstance(other, RepeatDiffers)
    assert DrawSeed.objects.count() == 2


@pytest.mark.parametrize(("fields", "code"), [
    ({"name": " "}, "marketing.draw_nameless"),
    ({"template": "dice"}, "marketing.draw_nameless"),
    ({"organizer": ""}, "marketing.draw_unpublishable"),
    ({"conditions": " "}, "marketing.draw_unpublishable"),
    ({"ends_at": NOW}, "marketing.draw_dates"),
    ({"ends_at": NOW + 400 * DAY}, "marketing.draw_dates"),
    ({"blank_weight": -1}, "marketing.draw_weights"),
    ({"blank_weight": 10**9}, "marketing.draw_weights"),
    ({"free_daily": 0}, "marketing.draw_without_way"),
    ({"plays_daily": 0}, "marketing.draw_limits"),
    ({"budget_minor": 4_999}, "marketing.draw_limits"),
    ({"guarantee_after": 3}, "marketing.draw_guarantee"),
    ({"claim_days": 0}, "marketing.prize_ways"),
])  # fmt: skip
def test_a_draw_that_may_not_be_is_refused_with_the_reason(fields, code):
    assert refusal(a_brand(), rules(**fields)) == code
    assert Draw.objects.count() == 0


@pytest.mark.parametrize(("prize", "code"), [
    (goods(value_minor=PRIZE_CAP_MINOR + 1), "marketing.prize_over_cap"),
    (goods(value_minor=0), "marketing.prize_worthless"),
    (replace(cash(100), value_minor=99), "marketing.prize_worthless"),
    (goods(ways=()), "marketing.prize_ways"),
    (goods(ways=("moon",)), "marketing.prize_ways"),
    (goods(weight=0), "marketing.draw_weights"),
    (goods(stock=0), "marketing.prize_releases"),
    (goods(stock=None, releases=(Release(NOW + 7 * DAY, 1),)), "marketing.prize_releases"),
    (replace(cash(), reward=Reward("coupon", 1, new_id())), "marketing.reward_closed"),
    (replace(cash(), reward=Reward("moon", 1)), "marketing.reward_impossible"),
    (Prize(new_id(), "积分", weight=1, reward=Reward("points", 5)), "member.no_points_plan"),
    (goods(guaranteed=True), "marketing.draw_guarantee"),
    (Prize(new_id(), " ", weight=1, value_minor=1, ways=("store",)), "marketing.draw_prizes"),
])  # fmt: skip
def test_a_prize_that_may_not_be_is_refused_with_the_reason(prize, code):
    assert refusal(a_brand(), rules(prize)) == code
    assert DrawPrize.objects.count() == 0


def test_a_prize_may_be_worth_exactly_the_cap():
    assert refusal(a_brand(), rules(goods(value_minor=PRIZE_CAP_MINOR))) == ""


def test_a_guarantee_that_could_run_out_is_refused():
    assert refusal(a_brand(), rules(cash(stock=9, guaranteed=True), guarantee_after=3)) == "marketing.draw_guarantee"
    assert refusal(a_brand(), rules(cash(guaranteed=True), guarantee_after=1)) == "marketing.draw_guarantee"
    assert refusal(a_brand(), rules(cash(guaranteed=True), guarantee_after=3)) == ""


def test_before_the_start_rules_change_freely_and_each_change_of_published_ones_is_a_version():
    draw = a_draw(starts_at=NOW + DAY)
    change_draw(draw.id, rules=changed(draw, free_daily=1), by=None, now=NOW)
    first, second = DrawVersion.objects.order_by("version")
    assert (first.rules["free_daily"], second.rules["free_daily"], second.version, second.step) == (1_000, 1, 2, 2)
    assert (second.before, second.after) == ({"free_daily": 1_000}, {"free_daily": 1})
    assert check_books() == []


def harder(draw):
    first = rules_read(draw.rules).prizes[0]
    return [
        changed(draw, name="别的"), changed(draw, free_daily=1), changed(draw, ends_at=draw.ends_at - DAY), changed(draw, conditions="别的"),
        changed(draw, plays_total=5), changed(draw, wins_daily=1), changed(draw, blank_weight=1), changed(draw, budget_minor=10**9),
        changed(draw, claim_days=3), changed(draw, store_ids=(new_id(),)), changed(draw, starts_at=NOW - DAY),
        changed(draw, prizes=(goods(),)), changed(draw, prizes=(replace(first, value_minor=first.value_minor - 1),)),
        changed(draw, prizes=(replace(first, releases=(Release(NOW, 1),)),)),
        changed(draw, prizes=(replace(first, releases=(Release(NOW + DAY, 2),)),)),
        changed(draw, prizes=(replace(first, ways=("store",)),)), changed(draw, prizes=(first, goods())),
        changed(draw, prizes=(replace(first, reward=Reward("cash", first.value_minor), ways=()),)),
    ]  # fmt: skip


def test_from_the_start_on_nothing_changes_to_the_players_disadvantage():
    draw = a_draw(None, goods(stock=2))
    for worse in harder(draw):
        with pytest.raises(Refused) as refused:
            change_draw(draw.id, rules=worse, by=None, now=NOW)
        assert refused.value.code == "marketing.draw_frozen", worse
    assert Draw.objects.get().rules == draw.rules
    assert DrawVersion.objects.count() == 1


def test_after_the_start_rules_may_become_better_and_who_did_it_is_kept():
    draw, by = a_draw(None, goods(stock=2), blank_weight=7, budget_minor=90_000, plays_total=5), new_id()
    first = rules_read(draw.rules).prizes[0]
    better = changed(
        draw, ends_at=draw.ends_at + DAY, budget_minor=None, plays_total=None, claim_days=60, blank_weight=3,
        prizes=(replace(first, value_minor=6_000, releases=(Release(NOW - DAY, 1), Release(NOW, 5))), cash(weight=2)),
    )  # fmt: skip
    change_draw(draw.id, rules=better, by=by, now=NOW + timedelta(hours=1))
    second = DrawVersion.objects.get(version=2)
    assert (second.by, second.at, second.before["blank_weight"], second.after["blank_weight"]) == (
        by,
        NOW + timedelta(hours=1),
        7,
        3,
    )
    assert odds_of(better, better.prizes[0]) == Fraction(1, 6)
    assert DrawPrize.objects.get(prize_id=first.id).stock == 6
    assert a_play(draw, a_member(a_brand()), now=NOW + timedelta(hours=2)).version == 2
    assert check_books() == []


def test_a_running_draw_that_staff_edits_at_the_wrong_moment_stays_as_it_is():
    draw = a_draw(starts_at=NOW + DAY)
    a_play(draw, a_member(a_brand()), now=NOW + DAY)
    with pytest.raises(Refused) as refused:
        change_draw(draw.id, rules=changed(draw, free_daily=1), by=None, now=NOW)
    assert refused.value.code == "marketing.draw_frozen", "a clock that jumps back thaws nothing"


def test_what_is_over_stays_over():
    draw = a_draw()
    with pytest.raises(DrawOver):
        change_draw(draw.id, rules=changed(draw, ends_at=NOW + 30 * DAY), by=None, now=NOW + 7 * DAY)
    publish_seeds(now=NOW + 7 * DAY)
    with pytest.raises(DrawOver):
        change_draw(draw.id, rules=changed(draw, ends_at=NOW + 30 * DAY), by=None, now=NOW)


def test_stopping_needs_a_reason_and_a_draft_cannot_be_stopped():
    draw = a_draw()
    with pytest.raises(Refused) as refused:
        stop_draw(draw.id, reason=" ", by=None, now=NOW)
    assert refused.value.code == "marketing.draw_stop_reason"
    with pytest.raises(NotFound):
        stop_draw(a_draw(published=False).id, reason="x", by=None, now=NOW)


def test_a_number_or_a_prize_belongs_to_one_draw():
    brand, prize = a_brand(), goods()
    first = DrawWanted(new_id(), brand.id, rules(prize), "lucky")
    outcomes = define_draws(
        [first, DrawWanted(new_id(), brand.id, rules(), "lucky"), DrawWanted(new_id(), brand.id, rules(prize))],
        by=None,
        now=NOW,
    )
    assert [one.code for one in outcomes[1:]] == ["marketing.draw_number_taken", "marketing.draw_prizes_elsewhere"]


def test_rules_are_read_as_they_were_written():
    some = rules(
        goods(),
        cash(stock=3),
        cash(weight=0, consolation=True),
        cash(guaranteed=True),
        guarantee_after=9,
        store_ids=(new_id(),),
    )
    assert rules_read(rules_written(some)) == some


def test_odds_are_said_exactly():
    assert [percent_text(Fraction(1, n)) for n in (1, 2, 3, 8, 2_000, 3_000_000)] == [
        "100%",
        "50%",
        "33.3333%",
        "12.5%",
        "0.05%",
        "0.000033%",
    ]
