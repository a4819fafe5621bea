"""Messages of members who are joined, who take their data, and who are erased."""

from __future__ import annotations

import pytest

from sitong.marketing.messages.actions import Stop, keep_address, unsubscribe
from sitong.marketing.messages.actions.moving import forget_members, move_messages, move_messages_back
from sitong.marketing.messages.givers import addresses_of_member, messages_of, refusals_of
from sitong.marketing.messages.models import Message, MessageAddress, MessageUnsubscribe
from sitong.shared.ledger.books import check_books
from tests.make.member import joined_as_one
from tests.make.messages import a_message, a_reader, a_template
from tests.make.org import NOW, a_brand

pytestmark = pytest.mark.usefixtures("db")


def test_messages_refusals_and_the_address_go_along_and_come_back():
    brand = a_brand()
    template, stays, goes = a_template(brand), a_reader(brand), a_reader(brand)
    message = a_message(goes, template)
    unsubscribe(
        [Stop(brand.id, goes.id, "email"), Stop(brand.id, goes.id, "sms"), Stop(brand.id, stays.id, "sms")], now=NOW
    )
    keep_address(goes.id, "goes@example.com", now=NOW)
    moved = move_messages(goes.id, to=stays.id)
    assert Message.objects.get().member_id == stays.id
    assert MessageUnsubscribe.objects.filter(member_id=stays.id).count() == 2
    assert MessageAddress.objects.get().member_id == stays.id
    assert move_messages(goes.id, to=stays.id) == []
    move_messages_back(moved, of=stays.id, to=goes.id)
    assert Message.objects.get(id=message.id).member_id == goes.id
    assert MessageUnsubscribe.objects.filter(member_id=goes.id).count() == 2


def test_a_join_moves_them_by_itself():
    brand = a_brand()
    template, stays, goes = a_template(brand), a_reader(brand), a_reader(brand)
    a_message(goes, template)
    joined_as_one(stays, goes, survivor=stays)
    assert Message.objects.get().member_id == stays.id


def test_a_member_gets_all_and_after_erasing_nothing_personal_is_left():
    brand = a_brand()
    template = a_template(brand, text="{coupon}快到期，拒收请回复R", slots=[("name", "coupon")])
    member = a_reader(brand)
    a_message(member, template, fields={"coupon": "满减券"})
    unsubscribe([Stop(brand.id, member.id, "email")], now=NOW)
    keep_address(member.id, "wang@example.com", now=NOW)
    assert messages_of([member.id])[0]["fields"] == {"coupon": "满减券"}
    assert refusals_of([member.id])[0]["channel"] == "email"
    assert addresses_of_member([member.id])[0]["address"] == "wang@example.com"
    assert forget_members([member.id], now=NOW) == 3
    row = Message.objects.get()
    assert (row.state, row.fields) == ("canceled", None)
    assert not MessageAddress.objects.exists()
    assert check_books() == []
