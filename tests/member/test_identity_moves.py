"""A join takes orders, points, wallet and coupons along; its undoing gives each back, and the books agree throughout."""

from datetime import timedelta

import pytest

from sitong.marketing.coupons.queries.held import counted_claims
from sitong.member.identity.actions import UndoWanted, erase_member, undo_join
from sitong.member.identity.export import data_of
from sitong.member.models import Member, Visit
from sitong.member.points.queries import points_now
from sitong.member.wallet.queries import wallets_now
from sitong.scene.orders.queries import my_orders
from sitong.shared.errors import Refused
from sitong.shared.events.reader import drain
from sitong.shared.ledger.books import CHECKS
from tests.make.marketing import a_claim, a_coupon
from tests.make.member import a_member, joined_as_one
from tests.make.points import a_points_plan, some_points
from tests.make.scene import Selling, a_handed_over_order, a_paid_order, a_selling_store
from tests.make.wallet import a_topped_up_wallet

NOT_YET_READ = ("insight", "member.tiers", "scene.rewards")


def wrong() -> list[str]:
    """What the books of orders, payments, stock and ledger say is wrong."""
    return [said for name, check in CHECKS.items() if not name.startswith(NOT_YET_READ) for said in check()]


@pytest.mark.usefixtures("db")
def test_orders_and_wallet_move_and_go_back_and_the_books_agree(now):
    first = a_selling_store()
    brand = type("Row", (), {"id": first.store.brand_id})
    second = Selling(first.store, first.goods, a_member(brand, now=now + timedelta(days=1)))
    orders = [a_handed_over_order(second).id, a_paid_order(second).id]
    a_topped_up_wallet(second.member, 10_000, 1_000)
    a_points_plan(brand), some_points(second.member, 500), a_claim(a_coupon(brand), second.member)
    join = joined_as_one(first.member, second.member)
    assert points_now([first.member.id])[first.member.id].ready == 500
    assert {one.id for one in my_orders(first.member.id)} == set(orders)
    assert my_orders(second.member.id) == []
    assert wallets_now([first.member.id])[first.member.id].principal_minor == 10_000
    assert sum(one.principal_minor for one in wallets_now([second.member.id]).values()) == 0
    assert counted_claims(first.member.id, at=now) == 1
    assert wrong() == []
    later = a_paid_order(first).id
    a_topped_up_wallet(first.member, 5_000)
    undo_join(UndoWanted(join.id), by=None, now=now)
    assert {one.id for one in my_orders(second.member.id)} == set(orders)
    assert [one.id for one in my_orders(first.member.id)] == [later]
    points = points_now([first.member.id, second.member.id])
    assert [points[one.member.id].ready for one in (first, second)] == [0, 500]
    assert [counted_claims(one.member.id, at=now) for one in (first, second)] == [0, 1]
    wallets = wallets_now([first.member.id, second.member.id])
    assert [(wallets[one.member.id].principal_minor, wallets[one.member.id].gift_minor) for one in (first, second)] == [
        (5_000, 0),
        (10_000, 1_000),
    ]
    assert wrong() == []


@pytest.mark.usefixtures("db")
def test_the_export_holds_orders_and_a_wallet_with_money_keeps_its_member(now):
    selling = a_selling_store()
    a_handed_over_order(selling)
    a_topped_up_wallet(selling.member, 10_000)
    data = data_of(selling.member.id)
    assert [one["total_minor"] for one in data["orders"]] == [1290]
    assert [one["amount_minor"] for one in data["wallet"]] == [10_000]
    with pytest.raises(Refused) as no:
        erase_member(selling.member.id, by=None, reason="", now=now)
    assert no.value.code == "member.wallet_not_empty"
    assert Member.objects.get(id=selling.member.id).phone == selling.member.phone


@pytest.mark.usefixtures("committed_db")
def test_fetching_an_order_is_one_visit_and_paying_online_is_none(now):
    selling = a_selling_store()
    paid, fetched = a_paid_order(selling).id, a_handed_over_order(selling).id
    drain("scene.arrivals")
    assert [(one.document_id, one.kind, one.store_id) for one in Visit.objects.all()] == [
        (fetched, "fetched", selling.store.id)
    ]
    assert paid != fetched
