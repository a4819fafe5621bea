"""The list of members: whom each viewer sees in it, how it is narrowed, and how one page follows another."""

from datetime import timedelta

import pytest

from sitong.member.identity.listing import Behind, Narrowing, newest_members
from sitong.member.identity.models import Member, MemberShare
from sitong.member.profile.actions import tag_members
from sitong.member.profile.queries import members_tagged
from sitong.member.tiers.queries import members_at_level
from tests.make.access import a_viewer
from tests.make.member import a_member, a_tag, joined_as_one
from tests.make.org import a_brand, a_dealer, a_store
from tests.make.tiers import a_tier_plan, bought

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def town(now):
    """Two dealers with two stores each; members of all of them, and some of nobody."""
    brand = a_brand()
    east, west = a_dealer(brand), a_dealer(brand)
    stores = [a_store(brand, dealer=dealer) for dealer in (east, east, west, west)]
    homes = [*stores, None] * 4
    members = [
        a_member(brand, home_store_id=home and home.id, source="scan" if number % 3 else "ad", now=now + timedelta(hours=number))
        for number, home in enumerate(homes)
    ]  # fmt: skip
    return brand, east, stores, members


def listed(viewer, narrowing=None, *, limit=100, behind=None):
    return newest_members(viewer, narrowing or Narrowing(), limit=limit, behind=behind)


def test_headquarters_sees_all_and_a_dealer_the_members_of_its_stores_the_newest_first(town):
    brand, east, stores, members = town
    assert listed(a_viewer("brand", brand)) == [one.id for one in reversed(members)]
    own = [one.id for one in reversed(members) if one.home_store_id in {stores[0].id, stores[1].id}]
    assert listed(a_viewer("dealer", east)) == own
    assert listed(a_viewer("store", stores[3])) == [
        one.id for one in reversed(members) if one.home_store_id == stores[3].id
    ]


def test_who_is_shared_and_who_was_joined_into_another_is_seen_once(town, now):
    brand, _east, stores, members = town
    stranger, theirs, other = members[4], members[0], members[9]
    MemberShare.objects.create(brand_id=brand.id, member_id=stranger.id, entity_id=stores[0].entity_id, since=now)
    joined_as_one(theirs, other, survivor=other)
    seen = listed(a_viewer("store", stores[0]))
    assert len(seen) == len(set(seen))
    assert set(seen) == {stranger.id, other.id, *(one.id for one in members[5::5])}
    assert seen == [
        one.id for one in sorted(Member.objects.filter(id__in=seen), key=lambda one: one.joined_at, reverse=True)
    ]


@pytest.mark.parametrize("who", ["brand", "dealer"])
def test_each_way_of_narrowing_gives_just_those_page_by_page(town, now, who):
    brand, east, stores, members = town
    plan = a_tier_plan(brand)
    tag = a_tag(brand)
    tagged = [one.id for one in members[::2]]
    tag_members(tagged, tag.id, by=None, now=now)
    bought(members[0], 10_000_000), bought(members[1], 10_000_000)
    top = plan.levels[-1].level
    viewer = a_viewer(who, brand if who == "brand" else east)
    own = [one for one in reversed(members) if who == "brand" or one.home_store_id in {stores[0].id, stores[1].id}]
    half = members[10].joined_at
    ways = {
        Narrowing(source="ad"): [one.id for one in own if one.source == "ad"],
        Narrowing(stores[1].id): [one.id for one in own if one.home_store_id == stores[1].id],
        Narrowing(joined_from=half): [one.id for one in own if one.joined_at >= half],
        Narrowing(joined_until=half): [one.id for one in own if one.joined_at < half],
        Narrowing(among=(members_tagged(tag.id),)): [one.id for one in own if one.id in tagged],
        Narrowing(among=(members_tagged(tag.id), members_at_level(brand.id, top))): [members[0].id],
        Narrowing(stores[2].id, "nothing"): [],
    }
    for way, wanted in ways.items():
        assert listed(viewer, way) == wanted
        paged, behind = [], None
        while page := listed(viewer, way, limit=2, behind=behind):
            paged += page
            last = Member.objects.get(id=page[-1])
            behind = Behind(last.joined_at, last.id)
        assert paged == wanted


def test_the_slow_and_the_quick_way_of_a_large_store_agree(town, now, monkeypatch):
    brand, east, _, members = town
    tag = a_tag(brand)
    tag_members([one.id for one in members], tag.id, by=None, now=now)
    viewer, way = a_viewer("dealer", east), Narrowing(among=(members_tagged(tag.id),))
    few = listed(viewer, way)
    monkeypatch.setattr("sitong.member.identity.listing.FEW", 3)
    assert listed(viewer, way) == few
    assert len(few) == 8


def test_who_was_erased_is_left_out(town, now):
    brand, east, _, members = town
    Member.objects.filter(id=members[0].id).update(erased_at=now)
    for viewer in (a_viewer("brand", brand), a_viewer("dealer", east)):
        assert members[0].id not in listed(viewer)
