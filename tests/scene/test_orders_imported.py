"""Orders of another system, brought in in bulk."""

from datetime import UTC, datetime, timedelta

import pytest

from sitong.goods.inventory.models import Hold, Move
from sitong.scene.models import Order, OrderLine, OrderStep
from sitong.scene.orders.actions import ImportedLine, ImportedOrder, record_imported_orders
from sitong.scene.orders.actions.imported import imported_id
from sitong.shared.errors import NotFound
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.org import a_brand
from tests.make.scene import a_selling_store

pytestmark = pytest.mark.usefixtures("db")

FIRST = datetime(2017, 1, 1, 17, 30, tzinfo=UTC)


@pytest.fixture
def selling():
    return a_selling_store()


def baskets(selling, numbers, *, lines: int = 2) -> list[ImportedOrder]:
    store = selling.store
    return [
        ImportedOrder(str(number), store.id, None, FIRST + timedelta(minutes=number),
                      [ImportedLine(new_id(), f'牛奶 "{at}" \\', at + 1, 300 * (at + 1), 50, 20) for at in range(lines)])
        for number in numbers
    ]  # fmt: skip


def test_an_imported_order_keeps_every_amount(selling, now):
    (basket,) = baskets(selling, [7])
    assert record_imported_orders([basket], brand_id=selling.store.brand_id, source="till", now=now) == 1

    order = Order.objects.get()
    assert order.id == imported_id(basket, brand_id=selling.store.brand_id, source="till") and order.id.version == 8
    assert (order.number, order.source, order.state, order.channel) == ("7", "till", "handed_over", "pos")
    assert (order.goods_minor, order.discount_minor, order.total_minor) == (900, 100, 800)
    assert (order.placed_at, str(order.placed_on)) == (FIRST + timedelta(minutes=7), "2017-01-02")
    assert list(OrderLine.objects.order_by("position").values_list("name", "quantity", "unit_minor", "goods_minor", "discount_minor", "coupon_minor")) == [
        ('牛奶 "0" \\', 1, 300, 300, 50, 20), ('牛奶 "1" \\', 2, 300, 600, 50, 20),
    ]  # fmt: skip
    assert OrderStep.objects.get().step == "handed_over"
    assert not Move.objects.filter(document_id=order.id).exists() and not Hold.objects.exists()
    assert check_books() == []


def test_the_same_orders_again_change_nothing(selling, now):
    some = baskets(selling, range(10))
    record = {"brand_id": selling.store.brand_id, "source": "till", "now": now}
    assert record_imported_orders(some[:6], **record) == 6
    assert record_imported_orders(some, **record) == 4
    assert record_imported_orders(some, **record) == 0
    assert record_imported_orders(some[:1], brand_id=selling.store.brand_id, source="other", now=now) == 1
    assert (Order.objects.count(), OrderLine.objects.count(), OrderStep.objects.count()) == (11, 22, 11)
    assert check_books() == []


def test_announced_ranges_count_each_new_order_once(selling, now):
    some = baskets(selling, range(10))
    record = {"brand_id": selling.store.brand_id, "source": "till", "now": now}
    record_imported_orders([some[4], some[7]], **record)
    record_imported_orders(some, **record)
    facts = [event.facts for event in Event.objects.filter(name="scene.orders_imported").order_by("seq")]
    seen = [Order.objects.filter(id__gte=one["first_id"], id__lte=one["last_id"]).count() for one in facts]
    assert [one["count"] for one in facts] == [2, 4, 2, 2]
    assert seen[1:] == [4, 2, 2]


def test_pieces_are_bounded_and_a_stream_is_enough(selling, now, monkeypatch):
    monkeypatch.setattr("sitong.scene.orders.actions.imported.PIECE", 4)
    given = iter(baskets(selling, range(10)))
    assert record_imported_orders(given, brand_id=selling.store.brand_id, source="till", now=now) == 10
    assert Event.objects.filter(name="scene.orders_imported").count() == 3


def test_a_store_of_another_brand_is_refused(selling, now):
    with pytest.raises(NotFound):
        record_imported_orders(baskets(selling, [1]), brand_id=a_brand().id, source="till", now=now)
    assert not Order.objects.exists()
