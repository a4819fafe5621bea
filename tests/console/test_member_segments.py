"""On the member's page: to which segments it belongs, as what tags, and why."""

from __future__ import annotations

import pytest

from tests.make.member import a_member
from tests.make.org import a_brand, a_dealer
from tests.make.segments import a_segment
from tests.member.test_identity_pages import desk

pytestmark = pytest.mark.usefixtures("db")


def test_headquarters_sees_the_segments_of_a_member_and_why(now):
    brand = a_brand()
    member = a_member(brand, source="poster")
    rule = {"any": [{"is": "source", "op": "=", "value": "poster"}, {"did": "orders", "last_days": 30}]}
    segment = a_segment(brand, rule, name="海报会员", name_en="From the poster", as_tag=True, now=now)
    page = desk("brand", brand).get(f"/brand/members/{member.id}/").content.decode()
    assert "From the poster" in page
    assert "Put on by a rule" in page
    why = desk("brand", brand).get(f"/brand/members/{member.id}/segments/{segment.id}/").content.decode()
    assert "source is poster" in why
    assert "orders in the last 30 days" in why
    assert (why.count("It holds"), why.count("It does not hold")) == (1, 1)
    other = desk("brand", a_brand()).get(f"/brand/members/{member.id}/segments/{segment.id}/")
    assert other.status_code == 404


def test_a_dealer_sees_no_segments(now):
    brand = a_brand()
    dealer = a_dealer(brand)
    segment = a_segment(brand, {"all": []}, name="所有", now=now)
    page = desk("dealer", dealer).get(f"/brand/members/{a_member(brand).id}/segments/{segment.id}/")
    assert page.status_code in (302, 403, 404)
