"""Two people decide on one alert at the same instant: one decision stands, the other is told so; and without the lock."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from sitong.goods.diversion.actions import StepWanted, alerts, take_alert_steps
from sitong.goods.diversion.actions.alerts import AlertDecidedAlready
from sitong.goods.diversion.models import CodeAlert, CodeAlertStep
from sitong.shared.access.scope import every_brand
from sitong.shared.ids import new_id
from tests.make.diversion import CHENGDU, HANGZHOU, SHANGHAI, a_dealer_at, counted, goods_of, weighed
from tests.make.org import NOW, a_brand

pytestmark = pytest.mark.usefixtures("committed_db")
PEOPLE = 6


@pytest.fixture
def alert():
    brand = a_brand()
    tree = goods_of(brand, a_dealer_at(brand, HANGZHOU), items=12)
    for minute, place in enumerate((HANGZHOU, CHENGDU, SHANGHAI)):
        counted(tree, [7], place, now=NOW + timedelta(minutes=minute))
    weighed(tree, [7])
    return CodeAlert.objects.get(brand_id=brand.id)


def all_decide(alert) -> list[object]:
    gate = threading.Barrier(PEOPLE)

    def decide(number: int) -> object:
        wanted = StepWanted(
            new_id(), alert.brand_id, alert.id, ("confirmed", "dismissed")[number % 2], f"reason {number}"
        )
        try:
            with every_brand():
                gate.wait()
                return take_alert_steps([wanted], by=new_id(), now=NOW)[0]
        except Exception as raised:
            return raised
        finally:
            connection.close()

    with ThreadPoolExecutor(PEOPLE) as pool:
        return list(pool.map(decide, range(PEOPLE)))


def test_one_decision_stands_and_the_others_are_told(alert):
    outcomes = all_decide(alert)
    assert sum(isinstance(one, CodeAlertStep) for one in outcomes) == 1
    assert sum(one == AlertDecidedAlready() for one in outcomes) == PEOPLE - 1
    assert CodeAlertStep.objects.filter(alert=alert).count() == 1


def test_control_without_the_lock_they_collide(alert, monkeypatch):
    meet = threading.Barrier(PEOPLE)

    def unlocked(alert_ids):
        return CodeAlert.objects.in_bulk(alert_ids)

    monkeypatch.setattr(alerts, "lock_alerts", unlocked)
    original = alerts._fault

    def fault(*asked):
        meet.wait()
        return original(*asked)

    monkeypatch.setattr(alerts, "_fault", fault)
    outcomes = all_decide(alert)
    assert sum(isinstance(one, IntegrityError) for one in outcomes) == PEOPLE - 1
