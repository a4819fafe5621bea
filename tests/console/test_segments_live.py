"""Live segments hear what happens in any word: each event lets those members enter and leave whom it changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sitong.member.consent.actions import ConsentSaid, say_consents
from sitong.member.identity.knowing import KNOWERS
from sitong.member.points.actions import PointsGift, give_points
from sitong.member.profile.actions import tag_members
from sitong.member.segments.choices import CHANNELS, SCENES
from sitong.member.segments.facts import Asked, facts_of
from sitong.member.segments.models import SegmentMember
from sitong.member.segments.subjects import SUBJECTS
from sitong.scene.channels.queries import CHANNEL_NAMES, SCENE_NAMES
from sitong.shared.events.actions import begin_reading
from sitong.shared.events.reader import drain
from sitong.shared.events.registry import SUBSCRIPTIONS
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.marketing import a_claim, a_coupon
from tests.make.member import a_member, a_tag, a_wording, joined_as_one
from tests.make.org import NOW, done
from tests.make.points import a_points_plan
from tests.make.scene import a_handed_over_order, a_paid_order, a_selling_store
from tests.make.segments import a_segment

pytestmark = pytest.mark.usefixtures("committed_db")

LIVE = "member.segments"


@pytest.fixture(autouse=True)
def hearing(monkeypatch):
    monkeypatch.setattr("sitong.console.segments.handlers.clock_now", lambda: NOW + timedelta(minutes=1))
    begin_reading([SUBSCRIPTIONS[LIVE]])


def belonging(segment):
    drain(LIVE)
    return set(SegmentMember.objects.filter(segment_id=segment.id).values_list("member_id", flat=True))


def test_whoever_buys_enters_and_whoever_has_not_bought_leaves():
    selling = a_selling_store()
    brand_id, member = selling.store.brand_id, selling.member
    brand = type("Brand", (), {"id": brand_id})
    product = selling.goods[0].id.hex
    bought = a_segment(brand, {"did": "lines", "where": [["product_id", "=", product]], "measure": "sum:total_minor",
                               "op": ">=", "value": 1290})  # fmt: skip
    never = a_segment(brand, {"not": {"did": "orders", "last_days": 30}})
    other = a_segment(brand, {"did": "lines", "where": [["product_id", "=", selling.goods[1].id.hex]]})
    assert (belonging(bought), belonging(never)) == (set(), {member.id})
    a_paid_order(selling, (0, 1))
    assert (belonging(bought), belonging(never), belonging(other)) == ({member.id}, set(), set())
    assert check_books() == []


def test_points_tags_consent_and_coupons_are_heard():
    selling = a_selling_store()
    member = selling.member
    brand = type("Brand", (), {"id": selling.store.brand_id})
    a_points_plan(brand)
    tag, wording, coupon = a_tag(brand), a_wording(brand), a_coupon(brand)
    rich = a_segment(brand, {"is": "points", "op": ">=", "value": 100})
    given = a_segment(
        brand, {"did": "points", "where": [["reason", "=", "gift"]], "measure": "sum:amount", "value": 100}
    )
    tagged = a_segment(brand, {"tag": str(tag.id)})
    agreed = a_segment(brand, {"is": "marketing", "op": "=", "value": True})
    held = a_segment(brand, {"did": "coupons", "where": [["what", "=", "held"], ["coupon_id", "in", [str(coupon.id)]]]})
    every = (rich, given, tagged, agreed, held)
    assert [belonging(one) for one in every] == [set()] * 5
    done(give_points([PointsGift(new_id(), brand.id, member.id, 100, "gift")], now=NOW))
    tag_members([member.id], tag.id, by=None, now=NOW)
    done(say_consents([ConsentSaid(new_id(), brand.id, member.id, wording.id, True, "page")], now=NOW))
    a_claim(coupon, member)
    assert [belonging(one) for one in every] == [{member.id}] * 5
    assert check_books() == []


def test_who_joins_enters_and_the_absorbed_one_leaves_what_the_survivor_has_then():
    selling = a_selling_store()
    brand = type("Brand", (), {"id": selling.store.brand_id})
    bought = a_segment(brand, {"did": "orders"})
    everybody = a_segment(brand, {"all": []})
    a_paid_order(selling, (0, 1))
    other = a_member(brand)
    assert belonging(bought) == {selling.member.id}
    assert belonging(everybody) == {selling.member.id, other.id}
    joined_as_one(selling.member, other, survivor=other)
    assert belonging(bought) == belonging(everybody) == {other.id}
    assert check_books() == []


def test_each_subject_is_known_with_the_columns_of_the_catalog():
    selling = a_selling_store()
    a_handed_over_order(selling, (0, 2), (1, 1))
    a_claim(a_coupon(type("Brand", (), {"id": selling.store.brand_id})), selling.member)
    deeds = {name for name, one in SUBJECTS.items() if name != "members"}
    assert set(KNOWERS) == deeds
    every = Asked(frozenset(SUBJECTS), frozenset({"tier", "points", "marketing"}))
    drain("scene.arrivals")
    facts = facts_of(selling.store.brand_id, [selling.member.id], asked=every, at=NOW)[selling.member.id]
    assert {name: {len(row) for row in rows} for name, rows in facts.items()} == {
        name: {len(SUBJECTS[name].columns)} for name in facts
    }
    assert [row[-1] for row in facts["orders"]] == [3]
    assert {"members", "identities", "orders", "lines", "coupons", "visits"} <= set(facts)


def test_the_catalog_names_channels_and_scenes_as_scene_does():
    assert [code for code, _ in CHANNELS] == list(CHANNEL_NAMES)
    assert [code for code, _ in SCENES] == list(SCENE_NAMES)
