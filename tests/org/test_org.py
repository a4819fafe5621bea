"""Brands, dealers in a tree, stores of four kinds; who sees which."""

import pytest

from sitong.org.dealers.actions import DealerWanted, appoint_dealers, close_dealer, move_dealer
from sitong.org.dealers.queries import dealer_facts, dealers_at, dealers_visible_to
from sitong.org.dealers.rules import cells_around
from sitong.org.models import Dealer, Store
from sitong.org.stores.actions import StoreWanted, change_store, close_store, open_stores
from sitong.org.stores.queries import store_by_code, store_facts, stores_visible_to
from sitong.shared.access.models import Audit
from sitong.shared.access.viewer import Place, Viewer
from sitong.shared.errors import NotFound, Refused
from sitong.shared.ids import new_id
from tests.make.access import a_viewer
from tests.make.org import HOURS, a_brand, a_dealer, a_store, an_entity

pytestmark = pytest.mark.usefixtures("db")


def codes(outcomes):
    return [outcome.code if isinstance(outcome, Refused) else "done" for outcome in outcomes]


def test_a_dealer_sees_its_branch_and_no_more(now):
    brand = a_brand()
    east = a_dealer(brand)
    city = a_dealer(parent=east)
    west = a_dealer(brand)
    stores = {
        name: a_store(brand, dealer=dealer)
        for name, dealer in (("own", None), ("east", east), ("city", city), ("west", west))
    }
    foreign = a_store()

    seen = lambda viewer: {name for name, store in stores.items() if store in set(stores_visible_to(viewer))}  # noqa: E731
    assert seen(a_viewer("brand", brand)) == {"own", "east", "city", "west"}
    assert seen(a_viewer("dealer", east)) == {"east", "city"}
    assert seen(a_viewer("dealer", city)) == {"city"}
    assert seen(a_viewer("store", stores["west"])) == {"west"}
    assert seen(a_viewer("consumer", brand)) == set()
    assert foreign not in stores_visible_to(a_viewer("brand", brand))
    assert set(dealers_visible_to(a_viewer("dealer", east))) == {east, city}
    assert set(dealers_visible_to(a_viewer("store", stores["east"]))) == set()


def test_a_place_of_another_brand_gives_nothing_even_when_a_grant_names_it():
    mine, theirs = a_brand(), a_store()
    viewer = Viewer(new_id(), "store", mine.id, (Place("store", theirs.id, "manager"),))
    assert list(stores_visible_to(viewer)) == []


def test_what_a_role_may_do_reaches_only_where_it_is_held():
    brand = a_brand()
    managed, served = a_store(brand), a_store(brand)
    viewer = Viewer(
        new_id(), "store", brand.id, (Place("store", managed.id, "manager"), Place("store", served.id, "clerk"))
    )
    assert set(stores_visible_to(viewer)) == {managed, served}
    assert list(stores_visible_to(viewer, "store.change")) == [managed]


def test_opening_a_store_again_with_the_same_id_gives_the_first_answer(now):
    brand = a_brand()
    entity = an_entity(brand)
    wanted = StoreWanted(new_id(), brand.id, entity.id, "direct", "S1", "一店", hours=HOURS)
    first = open_stores([wanted], by=None, now=now)
    again = open_stores([wanted, StoreWanted(wanted.id, brand.id, entity.id, "direct", "S2", "二店")], by=None, now=now)
    assert again[0] == first[0]
    assert codes(again) == ["done", "shared.repeat_differs"]
    assert Store.objects.count() == 1
    assert Audit.objects.filter(subject_id=wanted.id).count() == 1


def test_one_refused_store_leaves_its_neighbors_alone(now):
    brand, other = a_brand(), a_brand()
    entity, dealer = an_entity(brand), a_dealer(brand)
    common = {"brand_id": brand.id, "entity_id": entity.id, "kind": "direct", "name": "店"}
    outcomes = open_stores([
        StoreWanted(new_id(), code="a", **common),
        StoreWanted(new_id(), code="a", **common),
        StoreWanted(new_id(), code="b", **{**common, "kind": "pop-up"}),
        StoreWanted(new_id(), code="c", dealer_id=dealer.id, **common),
        StoreWanted(new_id(), code="d", **{**common, "brand_id": other.id}),
        StoreWanted(new_id(), code="e", hours={"8": []}, **common),
        StoreWanted(new_id(), code="f", latitude_e6=1, **common),
        StoreWanted(new_id(), code="g", fence_m=1, **common),
        StoreWanted(new_id(), code="h", theme={"color": "red"}, **common),
        StoreWanted(new_id(), code="i", zone="Moon/Crater", **common),
        StoreWanted(new_id(), code="j", **common),
    ], by=None, now=now)  # fmt: skip
    assert codes(outcomes) == [
        "done", "org.code_taken", "org.kind_unknown", "org.direct_has_no_dealer", "org.entity_unknown", "org.hours_malformed",
        "org.position_malformed", "org.fence_out_of_range", "org.theme_malformed", "org.zone_unknown", "done",
    ]  # fmt: skip
    assert sorted(Store.objects.values_list("code", flat=True)) == ["a", "j"]


def test_a_change_of_a_store_leaves_who_when_before_and_after(now):
    store, by = a_store(), new_id()
    change_store(store.id, {"fence_m": 500, "pickup": True}, by=by, now=now)
    audit = Audit.objects.get(subject_id=store.id, verb="changed")
    assert (audit.by, audit.at, audit.before, audit.after) == (by, now, {"fence_m": 200}, {"fence_m": 500})
    change_store(store.id, {"fence_m": 500}, by=by, now=now)
    assert Audit.objects.filter(subject_id=store.id, verb="changed").count() == 1


def test_a_refused_change_changes_nothing(now):
    store = a_store()
    with pytest.raises(Refused, match=r"org\.hours_malformed"):
        change_store(store.id, {"hours": {"1": [["10:00", "09:00"]]}, "fence_m": 300}, by=None, now=now)
    store.refresh_from_db()
    assert (store.hours, store.fence_m) == (HOURS, 200)
    with pytest.raises(NotFound):
        change_store(new_id(), {"fence_m": 300}, by=None, now=now)


def test_a_closed_store_is_found_by_id_and_not_by_its_address(now):
    brand = a_brand()
    store = a_store(brand)
    assert store_by_code(brand.code, store.code).id == store.id
    close_store(store.id, by=None, now=now)
    assert store_by_code(brand.code, store.code) is None
    assert store_facts([store.id, new_id()])[store.id].closed_at == now
    with pytest.raises(Refused, match=r"org\.store_is_closed"):
        change_store(store.id, {"fence_m": 300}, by=None, now=now)


def test_dealers_of_one_call_may_stand_below_each_other(now):
    brand = a_brand()
    entity = an_entity(brand)
    top, below = new_id(), new_id()
    outcomes = appoint_dealers([
        DealerWanted(top, brand.id, entity.id, "T", "上"),
        DealerWanted(below, brand.id, entity.id, "B", "下", parent_id=top, territory=tuple(cells_around(31_230_000, 121_473_000, rings=1))),
        DealerWanted(new_id(), brand.id, entity.id, "X", "无", parent_id=new_id()),
        DealerWanted(new_id(), brand.id, entity.id, "Y", "无", territory=("nowhere",)),
    ], by=None, now=now)  # fmt: skip
    assert codes(outcomes) == ["done", "done", "org.parent_unknown", "org.cells_malformed"]
    assert dealer_facts([below])[below].path == f"{top.hex}/{below.hex}/"
    assert [dealer.code for dealer in dealers_at(brand.id, latitude_e6=31_230_000, longitude_e6=121_473_000)] == ["B"]
    assert dealers_at(brand.id, latitude_e6=39_900_000, longitude_e6=116_400_000) == []


def test_a_dealer_moves_with_its_branch_and_never_below_itself(now):
    brand = a_brand()
    a, b = a_dealer(brand), a_dealer(brand)
    child = a_dealer(parent=a)
    move_dealer(a.id, parent_id=b.id, by=None, now=now)
    assert Dealer.objects.get(id=child.id).path == f"{b.id.hex}/{a.id.hex}/{child.id.hex}/"
    with pytest.raises(Refused, match=r"org\.in_its_own_branch"):
        move_dealer(b.id, parent_id=child.id, by=None, now=now)
    assert Dealer.objects.get(id=b.id).parent_id is None


def test_a_dealer_with_open_stores_stays(now):
    dealer = a_dealer()
    store = a_store(dealer=dealer)
    with pytest.raises(Refused, match=r"org\.dealer_in_use"):
        close_dealer(dealer.id, by=None, now=now)
    close_store(store.id, by=None, now=now)
    assert close_dealer(dealer.id, by=None, now=now).closed_at == now
