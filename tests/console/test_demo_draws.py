"""The demo's wheel and scratch card: lawful, running, played, and loaded again without doubling."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sitong.console.demo import draws
from sitong.marketing.models import Draw, DrawPlay, DrawWin
from sitong.shared.ledger.books import check_books
from tests.make.member import a_member
from tests.make.org import NOW, a_brand
from tests.make.points import a_points_plan

pytestmark = pytest.mark.usefixtures("db")


def test_they_run_are_played_and_stay_the_same_when_the_demo_is_loaded_again():
    brand = a_brand()
    a_points_plan(brand)
    members = [a_member(brand).id for _ in range(5)]
    for day in range(2):
        draws.open_draws(brand.id, members, now=NOW + day * timedelta(days=1))
        assert sorted(Draw.objects.values_list("number", "template")) == [("card", "scratch"), ("wheel", "wheel")]
        assert DrawPlay.objects.count() == 10
    assert DrawWin.objects.count() <= 10
    assert all(one.published_at == NOW for one in Draw.objects.all())
    assert check_books() == []
