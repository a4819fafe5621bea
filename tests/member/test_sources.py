"""The pool of members grows by source and store, counted as they join."""

from datetime import date, timedelta

import pytest

from sitong.member.models import SourceDay
from sitong.member.sources.queries import growth, joined_by_source
from sitong.shared.events.reader import drain
from tests.make.access import a_viewer
from tests.make.member import a_member
from tests.make.org import a_brand, a_store

pytestmark = pytest.mark.usefixtures("committed_db")


def test_the_pool_s_growth_is_counted_by_day_source_and_store_as_members_join(now):
    brand = a_brand()
    store, other = a_store(brand), a_store(brand)
    next_day = now + timedelta(days=1)
    a_member(brand, source="poster", home_store_id=store.id)
    a_member(brand, source="poster", home_store_id=store.id)
    a_member(brand, source="", now=next_day)
    a_member(brand, source="poster", home_store_id=other.id, now=next_day)
    drain("member.sources")
    drain("member.sources")
    first, last = date(2026, 3, 3), date(2026, 3, 4)
    brand_sees = [
        (one.joined_on.day, one.source, one.store_id, one.joined)
        for one in growth(a_viewer("brand", brand), first=first, last=last)
    ]
    assert sorted(brand_sees, key=str) == sorted(
        [(3, "poster", store.id, 2), (4, "poster", other.id, 1), (4, "unknown", None, 1)], key=str
    )
    assert [one.joined for one in growth(a_viewer("store", store), first=first, last=last)] == [2]
    assert joined_by_source(a_viewer("brand", brand)) == {"poster": 3, "unknown": 1}
    assert joined_by_source(a_viewer("brand", a_brand())) == {}
    assert sum(SourceDay.objects.values_list("joined", flat=True)) == 4
