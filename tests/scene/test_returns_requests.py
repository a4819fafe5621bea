"""Returns by post: asked, approved, sent, received; each step once, with who and when."""

from datetime import timedelta

import pytest

from sitong.scene.models import Return, ReturnRequest, ReturnRequestStep
from sitong.scene.orders.models import OrderLine
from sitong.scene.returns.actions import (
    RequestWanted,
    ReturnLineWanted,
    approve_request,
    ask_to_return,
    receive_request,
    refuse_request,
    send_request,
    set_return_window,
    withdraw_request,
)
from sitong.scene.returns.queries import window_days_of
from sitong.shared.access.models import Audit
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.returns import a_return, a_sold_order
from tests.make.scene import a_paid_order, a_selling_store

pytestmark = pytest.mark.usefixtures("db")


def asked(selling, order, *lines, now, **fields) -> ReturnRequest:
    wanted = RequestWanted(
        fields.pop("id", None) or new_id(), order.id, selling.member.id, tuple(lines or ((1, 1),)), **fields
    )
    return ask_to_return(wanted, now=now)


def code_of(call) -> str:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.code


def test_a_request_goes_its_way_and_ends_as_a_return_of_its_own_id(now):
    selling = a_selling_store(stock=10)
    order, clerk = a_sold_order(selling, (0, 2)), new_id()
    request = asked(selling, order, (1, 2), now=now, reason="defect", note="leaks", by=new_id())
    approve_request(request.id, by=clerk, now=now + timedelta(hours=1))
    send_request(request.id, carrier="SF", waybill="SF123", by=None, now=now + timedelta(days=3))
    late = now + timedelta(days=20)
    lines = [ReturnLineWanted(1, 1, "damaged"), ReturnLineWanted(1, 1)]
    came = receive_request(request.id, lines, by=clerk, now=late)

    assert receive_request(request.id, lines, by=clerk, now=late + timedelta(days=1)) == came
    assert (came.id, came.refund_minor) == (request.id, 2580)
    assert list(ReturnRequestStep.objects.order_by("at").values_list("step", flat=True)) == [
        "asked",
        "approved",
        "sent",
        "received",
    ]
    row = Return.objects.get()
    assert (row.way, row.reason, row.late_reason) == ("post", "defect", "asked in time")
    assert check_books() == []


def test_only_the_members_own_order_in_time_and_once(now):
    selling = a_selling_store(stock=10)
    order, waiting = a_sold_order(selling, (0, 2)), a_paid_order(selling)
    stranger = a_selling_store().member
    assert (
        code_of(lambda: ask_to_return(RequestWanted(new_id(), order.id, stranger.id, ((1, 1),)), now=now))
        == "shared.not_found"
    )
    assert code_of(lambda: asked(selling, waiting, now=now)) == "scene.return_not_fetched"
    assert code_of(lambda: asked(selling, order, (1, 3), now=now)) == "scene.returned_already"
    assert code_of(lambda: asked(selling, order, now=now + timedelta(days=9))) == "scene.return_too_late"
    first = asked(selling, order, now=now)
    assert asked(selling, order, id=first.id, now=now).id == first.id
    assert code_of(lambda: asked(selling, order, (1, 2), id=first.id, now=now)) == "shared.repeat_differs"
    assert code_of(lambda: asked(selling, order, now=now)) == "scene.return_request_open"
    assert ReturnRequest.objects.count() == 1


def test_a_step_that_may_not_follow_is_refused_and_changes_nothing(now):
    selling = a_selling_store(stock=10)
    order = a_sold_order(selling, (0, 2))
    first = asked(selling, order, now=now)
    assert (
        code_of(lambda: send_request(first.id, carrier="SF", waybill="1", by=None, now=now))
        == "scene.return_request_closed"
    )
    withdraw_request(first.id, by=None, now=now)
    assert code_of(lambda: approve_request(first.id, by=None, now=now)) == "scene.return_request_closed"
    second = asked(selling, order, (1, 2), now=now)
    approve_request(second.id, by=None, now=now)
    a_return(order.id, selling.store, (1, 1))  # it was brought to the counter meanwhile
    gone = [ReturnLineWanted(1, 2)]
    assert code_of(lambda: receive_request(second.id, gone, by=None, now=now)) == "scene.returned_already"
    assert ReturnRequest.objects.get(id=second.id).state == "approved" and OrderLine.objects.get().returned == 1
    refuse_request(second.id, by=new_id(), note="came back at the counter", now=now)
    assert ReturnRequestStep.objects.get(step="refused").note == "came back at the counter"
    assert check_books() == []


def test_a_brand_sets_its_window_within_the_law_and_leaves_who(now):
    selling = a_selling_store(stock=10)
    brand_id, by = selling.store.brand_id, new_id()
    order = a_sold_order(selling)
    assert window_days_of(brand_id) == 7
    assert code_of(lambda: set_return_window(brand_id, 6, by=by, now=now)) == "scene.return_window_wrong"
    assert set_return_window(brand_id, 30, by=by, now=now) == window_days_of(brand_id) == 30
    assert a_return(order.id, selling.store, now=now + timedelta(days=30)).refund_minor == 1290
    entry = Audit.objects.get(subject="scene.return_window")
    assert (entry.by, entry.before, entry.after) == (by, {"window_days": 7}, {"window_days": 30})
