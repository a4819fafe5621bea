"""Looks at what was counted: alerts are opened once, follow the evidence, and people decide on them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from sitong.goods.codes.actions import CodeRange, MoveWanted, RangeWanted, move_codes, void_codes
from sitong.goods.codes.moving import Place
from sitong.goods.diversion.actions import StepWanted, judge_brand, judge_brands, take_alert_steps
from sitong.goods.diversion.actions.alerts import AlertDecidedAlready, AlertReasonMissing
from sitong.goods.diversion.models import BoxCount, CodeAlert, CodeAlertStep, DiversionWeight
from sitong.goods.diversion.queries.alerts import alerts_visible_to, counted_by_state
from sitong.shared.access.models import Audit
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from tests.make.access import a_viewer
from tests.make.diversion import (
    CHENGDU,
    HANGZHOU,
    SHANGHAI,
    a_dealer_at,
    a_market,
    counted,
    goods_of,
    place_of,
    weighed,
)
from tests.make.org import NOW, a_brand, a_store, done

LOOK = NOW + timedelta(days=2)
ME = new_id()


@pytest.fixture
def brand(db):
    return a_brand()


def look(brand, *, now=LOOK):
    return [alert for look in judge_brand(brand.id, zone="Asia/Shanghai", now=now) for alert in look.opened]


def step(alert, verb, reason="", **fields):
    return StepWanted(
        **{"id": new_id(), "brand_id": alert.brand_id, "alert_id": alert.id, "verb": verb, "reason": reason, **fields}
    )


def test_honest_dealers_get_no_alert_and_are_on_the_watch_list(brand):
    market = a_market(brand)
    assert look(brand) == []
    weights = DiversionWeight.objects.filter(brand_id=brand.id, kind="dealer")
    assert {one.subject_id for one in weights} == {dealer.id for dealer, _ in market}
    assert all((one.scans, one.far, one.best) == (24, [0, 0, 0, 0], 0.0) for one in weights)


def test_a_dealer_of_whose_goods_a_third_is_scanned_far_away_gets_one_alert_that_says_why(brand):
    market = a_market(brand, items=192)
    dealer, tree = market[3]
    counted(tree, range(2, 193, 8), CHENGDU)
    opened = look(brand)
    alert = CodeAlert.objects.get(kind="dealer")
    assert alert.id in opened
    assert (alert.dealer_id, alert.number, alert.facts["scans"], alert.facts["far"]) == (
        dealer.id,
        "2603-0001",
        72,
        [24, 24, 24, 24],
    )
    assert alert.facts["boxes"] == 16
    assert alert.weight_db >= 40
    assert look(brand) == [], "the same again opens nothing"
    told = Event.objects.filter(name="goods.code_alert_opened").values_list("facts__kind", "facts__alert_id")
    assert ("dealer", str(alert.id)) in set(told)


def test_whole_boxes_elsewhere_are_one_alert_that_lists_them(brand):
    market = a_market(brand, items=480)
    _, tree = market[0]
    for box in (2, 5, 9):
        counted(tree, range(12 * box - 9, 12 * box - 3), CHENGDU)
    look(brand)
    alert = CodeAlert.objects.get(kind="boxes")
    assert sorted(serial for _, serial, *_ in alert.facts["listed"]) == [2, 5, 9]
    assert (alert.facts["boxes"], alert.facts["seen"]) == (3, 40)
    assert BoxCount.objects.filter(best__gt=0).count() == 3


def test_one_box_that_traveled_whole_is_no_alert(brand):
    market = a_market(brand, items=480)
    counted(market[0][1], range(2, 13), CHENGDU)
    look(brand)
    assert not CodeAlert.objects.filter(kind="boxes").exists()


def test_a_store_is_named_when_its_goods_alone_are_far(brand):
    market = a_market(brand, items=480)
    dealer, tree = market[2]
    store = a_store(dealer=dealer)
    boxes = (CodeRange(tree.pallets.id, 6, 10),)
    done(
        move_codes(
            [MoveWanted(new_id(), brand.id, "ship", Place("dealer", dealer.id), (), boxes, Place("store", store.id))],
            now=NOW,
        )
    )
    counted(tree, range(242, 481, 8), CHENGDU)
    look(brand)
    assert CodeAlert.objects.get(kind="store").store_id == store.id


def test_an_open_alert_follows_the_evidence_and_a_decided_one_does_not(brand):
    market = a_market(brand, items=192)
    tree = market[3][1]
    counted(tree, range(2, 193, 8), CHENGDU)
    look(brand)
    alert = CodeAlert.objects.get(kind="dealer")
    counted(tree, range(3, 193, 8), SHANGHAI)
    look(brand)
    grown = CodeAlert.objects.get(id=alert.id)
    assert grown.facts["far"][0] == 48
    assert grown.weight_db > alert.weight_db
    done(take_alert_steps([step(alert, "confirmed", "Visited the buyer")], by=ME, now=LOOK))
    counted(tree, range(4, 193, 8), SHANGHAI)
    look(brand)
    assert CodeAlert.objects.get(id=alert.id).facts == grown.facts


def test_what_was_dismissed_as_honest_raises_no_alert_in_the_next_quarter_unless_there_is_clearly_more(brand):
    market = a_market(brand, items=384)
    tree = market[3][1]
    counted(tree, range(2, 193, 8), CHENGDU)
    look(brand)
    alert = CodeAlert.objects.get(kind="dealer")
    done(take_alert_steps([step(alert, "dismissed", "A trade fair in Chengdu")], by=ME, now=LOOK))
    later = NOW + timedelta(days=60)
    for at, (_, other) in enumerate(market):
        counted(other, range(3, 385, 8), place_of(at), now=later)
    counted(tree, range(4, 100, 8), CHENGDU, now=later)
    assert look(brand, now=later) == [], "a fifth again"
    counted(tree, range(100, 300, 8), CHENGDU, now=later)
    assert len(look(brand, now=later)) == 1, "twice as much"


def test_copies_of_a_code_are_an_alert_with_reasons(brand):
    dealer = a_dealer_at(brand, HANGZHOU)
    tree = goods_of(brand, dealer)
    for minute, place in enumerate((HANGZHOU, CHENGDU, SHANGHAI)):
        counted(tree, [7], place, now=NOW + timedelta(minutes=minute))
    assert len(weighed(tree, [7, 8])) == 1
    alert = CodeAlert.objects.get()
    assert (alert.kind, alert.batch_id, alert.serial, alert.dealer_id) == ("code", tree.items.id, 7, dealer.id)
    assert alert.facts == {"scans": 3, "reasons": [["impossible_travel", 2, 40], ["too_many", 3, 10]]}
    assert alert.weight_db == 50
    assert weighed(tree, [7]) == ()


def test_a_void_code_that_several_people_scan_is_an_alert(brand):
    dealer = a_dealer_at(brand, HANGZHOU)
    tree = goods_of(brand, dealer)
    done(void_codes([RangeWanted(new_id(), brand.id, tree.items.id, 9, 9, "stolen")], by=None, now=NOW))
    for minute in range(3):
        counted(tree, [9], HANGZHOU, now=NOW + timedelta(minutes=minute))
    assert weighed(tree, [9]) == ()
    counted(tree, [9], HANGZHOU, now=NOW + timedelta(minutes=9))
    assert len(weighed(tree, [9])) == 1
    assert CodeAlert.objects.get().facts["reasons"] == [["voided", 1, 25], ["too_many", 4, 16]]


def test_weighing_takes_as_many_statements_for_two_codes_as_for_twenty(brand):
    dealer = a_dealer_at(brand, HANGZHOU)
    tree = goods_of(brand, dealer)
    taken = []
    for serials in (range(1, 3), range(11, 31)):
        for minute, place in enumerate((HANGZHOU, CHENGDU, SHANGHAI)):
            counted(tree, serials, place, now=NOW + timedelta(minutes=minute))
        with CaptureQueriesContext(connection) as statements:
            assert len(weighed(tree, serials)) == len(serials)
        taken.append(len(statements))
    assert taken[0] == taken[1]


def test_a_look_takes_as_many_statements_for_two_dealers_as_for_eight(brand):
    other = a_brand()
    a_market(brand, dealers=2, items=24)
    a_market(other, dealers=8, items=24)
    taken = []
    for one in (brand, other):
        with CaptureQueriesContext(connection) as statements:
            look(one)
        taken.append(len(statements))
    assert taken[0] == taken[1]


def test_people_look_decide_and_open_again_and_each_step_stays(brand):
    alert = an_alert(brand)
    for verb, reason in (
        ("looked_at", ""),
        ("dismissed", "A fair"),
        ("reopened", "Another box"),
        ("confirmed", "Seen at the buyer's"),
    ):
        done(take_alert_steps([step(alert, verb, reason)], by=ME, now=LOOK))
    assert list(CodeAlertStep.objects.order_by("turn").values_list("turn", "verb", "reason", "by")) == [
        (1, "looked_at", "", ME), (2, "dismissed", "A fair", ME), (3, "reopened", "Another box", ME), (4, "confirmed", "Seen at the buyer's", ME),
    ]  # fmt: skip
    assert Audit.objects.filter(subject="goods.code_alert", subject_id=alert.id).count() == 4
    assert list(
        Event.objects.filter(name="goods.code_alert_decided").order_by("seq").values_list("facts__verb", flat=True)
    ) == ["dismissed", "confirmed"]


def test_deciding_needs_a_reason_and_is_not_done_twice(brand):
    alert = an_alert(brand)
    first = step(alert, "confirmed", "Yes")
    assert take_alert_steps([step(alert, "dismissed", "  ")], by=ME, now=LOOK) == [AlertReasonMissing()]
    (made,) = take_alert_steps([first], by=ME, now=LOOK)
    assert take_alert_steps([first], by=ME, now=LOOK) == [made]
    assert take_alert_steps([step(alert, "confirmed", "No", id=first.id)], by=ME, now=LOOK) == [
        RepeatDiffers(id=first.id)
    ]
    assert take_alert_steps([step(alert, "dismissed", "No")], by=ME, now=LOOK) == [AlertDecidedAlready()]
    assert take_alert_steps([step(alert, "looked_at")], by=ME, now=LOOK) == [AlertDecidedAlready()]
    assert take_alert_steps([step(alert, "blessed", "No")], by=ME, now=LOOK) == [NotFound(what="alert")]
    assert take_alert_steps([step(alert, "reopened", "x", brand_id=new_id())], by=ME, now=LOOK) == [
        NotFound(what="alert")
    ]
    assert CodeAlertStep.objects.count() == 1


def test_a_reason_is_demanded_by_the_database_too(brand):
    alert = an_alert(brand)
    with pytest.raises(IntegrityError), transaction.atomic():
        CodeAlertStep.objects.create(id=new_id(), brand_id=brand.id, alert=alert, turn=1, verb="dismissed", at=LOOK)


def test_headquarters_sees_all_alerts_and_a_dealer_those_of_its_own_goods(brand):
    alert = an_alert(brand)
    mine, other = a_viewer("dealer", dealer_of(alert)), a_viewer("dealer", a_dealer_at(brand, SHANGHAI))
    assert [one.id for one in alerts_visible_to(a_viewer("brand", brand))] == [alert.id]
    assert [(one.id, one.state) for one in alerts_visible_to(mine)] == [(alert.id, "new")]
    assert list(alerts_visible_to(other)) == []
    assert list(alerts_visible_to(a_viewer("brand", a_brand()))) == []
    assert list(alerts_visible_to(a_viewer("store", a_store(brand), "clerk"))) == []
    done(take_alert_steps([step(alert, "looked_at")], by=ME, now=LOOK))
    assert counted_by_state(mine) == {"looked_at": 1}


def test_all_brands_are_looked_at(brand):
    market = a_market(brand, items=192)
    counted(market[3][1], range(2, 193, 8), CHENGDU)
    assert judge_brands(now=LOOK) == CodeAlert.objects.count() > 0
    assert judge_brands(now=LOOK) == 0


def an_alert(brand) -> CodeAlert:
    dealer = a_dealer_at(brand, HANGZHOU)
    tree = goods_of(brand, dealer)
    for minute, place in enumerate((HANGZHOU, CHENGDU, SHANGHAI)):
        counted(tree, [7], place, now=NOW + timedelta(minutes=minute))
    weighed(tree, [7])
    return CodeAlert.objects.get(brand_id=brand.id)


def dealer_of(alert):
    from sitong.org.dealers.models import Dealer

    return Dealer.objects.get(id=alert.dealer_id)
