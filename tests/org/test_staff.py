"""Who may hire whom, and what it leaves."""

import pytest

from sitong.org.staff import actions
from sitong.org.staff.queries import roles_to_give, staff_visible_to
from sitong.org.staff.rules import may_give
from sitong.shared.access.actions.accounts import StaffWanted, places_of
from sitong.shared.access.models import Account, Audit
from sitong.shared.access.permissions import permissions_of
from sitong.shared.access.viewer import Place
from sitong.shared.errors import NotAllowed, NotFound, Refused
from sitong.shared.ids import new_id
from tests.make.access import a_staff, a_viewer, viewer_of_account
from tests.make.org import a_brand, a_code, a_dealer, a_store

pytestmark = pytest.mark.usefixtures("db")


def wanted(place, system, role, **fields):
    brand_id = place.id if type(place).__name__ == "Brand" else place.brand_id
    return StaffWanted(new_id(), brand_id, system, a_code("staff"), (Place(system, place.id, role),), "李雷", **fields)


def test_a_dealer_s_manager_hires_for_its_branch_and_nowhere_else(now):
    east = a_dealer()
    own, other = a_store(dealer=east), a_store(dealer=a_dealer())
    manager = a_viewer("dealer", east)
    clerk = actions.hire(wanted(own, "store", "clerk"), by=manager, now=now)
    assert places_of(clerk) == (Place("store", own.id, "clerk"),)
    for place in (other, a_store()):
        with pytest.raises(NotAllowed):
            actions.hire(wanted(place, "store", "clerk"), by=manager, now=now)
    assert Account.objects.count() == 1


def test_nobody_gives_more_than_one_has_or_upward(now):
    brand = a_brand()
    dealer = a_dealer(brand)
    store = a_store(dealer=dealer)
    with pytest.raises(NotAllowed):
        actions.hire(wanted(brand, "brand", "owner"), by=a_viewer("brand", brand, "it"), now=now)
    with pytest.raises(NotAllowed):
        actions.hire(wanted(dealer, "dealer", "staff"), by=a_viewer("store", store), now=now)
    with pytest.raises(NotAllowed):
        actions.hire(wanted(store, "store", "clerk"), by=a_viewer("store", store, "clerk"), now=now)
    assert ("brand", "owner") not in roles_to_give(a_viewer("brand", brand, "it"))
    assert roles_to_give(a_viewer("store", store)) == [("store", "manager"), ("store", "clerk")]
    assert not Account.objects.exists()


def test_a_clerk_at_two_managers_stores_is_changed_by_neither_alone(now):
    brand = a_brand()
    one, two = a_store(brand), a_store(brand)
    both = StaffWanted(
        new_id(), brand.id, "store", a_code("staff"), (Place("store", one.id, "clerk"), Place("store", two.id, "clerk"))
    )
    account = actions.hire(both, by=a_viewer("brand", brand), now=now)
    assert account in staff_visible_to(a_viewer("store", one))
    with pytest.raises(NotFound):
        actions.disable(account.id, by=a_viewer("store", one), now=now)
    account.refresh_from_db()
    assert account.is_active


def test_nobody_disables_the_own_account_and_the_last_owner_stays(now):
    brand = a_brand()
    owner, second = a_staff("brand", brand), a_staff("brand", brand)
    with pytest.raises(Refused, match=r"org\.not_yourself"):
        actions.disable(owner.id, by=viewer_of_account(owner), now=now)
    actions.disable(second.id, by=viewer_of_account(owner), now=now)
    with pytest.raises(Refused, match=r"shared\.last_owner"):
        actions.disable(owner.id, by=a_viewer("brand", brand), now=now)
    owner.refresh_from_db()
    assert owner.is_active


def test_giving_roles_leaves_before_and_after(now):
    store = a_store()
    account = a_staff("store", store, "clerk")
    by = a_viewer("store", store)
    actions.give_roles(account.id, [Place("store", store.id, "manager")], by=by, now=now)
    audit = Audit.objects.get(verb="roles_set")
    assert (audit.by, audit.before, audit.after) == (
        by.account_id, {"roles": [f"clerk @ store {store.id}"]}, {"roles": [f"manager @ store {store.id}"]},
    )  # fmt: skip


def test_a_user_name_is_taken_on_the_whole_platform_whatever_the_case(now):
    a_staff("store", a_store(), username="anna")
    with pytest.raises(Refused, match=r"shared\.username_taken"):
        a_staff("store", a_store(), username="Anna")
    with pytest.raises(Refused, match=r"shared\.username_malformed"):
        a_staff("store", a_store(), username="an na")
    with pytest.raises(Refused, match=r"shared\.password_weak"):
        a_staff("store", a_store(), password="password")
    assert Account.objects.count() == 1


def test_hiring_again_with_the_same_id_gives_the_first_answer(now):
    store = a_store()
    one, by = wanted(store, "store", "clerk"), a_viewer("store", store)
    assert actions.hire(one, by=by, now=now) == actions.hire(one, by=by, now=now)
    assert Account.objects.count() == 1


def test_the_rule_of_giving_holds_for_every_pair_of_roles():
    owner, it = permissions_of("brand", "owner"), permissions_of("brand", "it")
    assert may_give("brand", owner, system="brand", role_permissions=it)
    assert not may_give("brand", it, system="brand", role_permissions=owner)
    assert may_give("brand", it, system="store", role_permissions=permissions_of("store", "manager"))
    assert not may_give("store", permissions_of("store", "manager"), system="consumer", role_permissions=frozenset())
    assert not may_give("consumer", owner, system="store", role_permissions=frozenset())
