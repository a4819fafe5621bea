"""The law of planning: a batch gives what the same messages give one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitong.marketing.messages.actions import (
    MessageWanted,
    Stop,
    keep_caps,
    keep_hours,
    plan_many,
    plan_messages,
    unsubscribe,
)
from sitong.marketing.messages.models import Message
from sitong.marketing.messages.rules import Cap, Quiet
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.member import a_member
from tests.make.messages import a_credit, a_key, a_reader, a_template
from tests.make.org import NOW, a_brand

pytestmark = pytest.mark.usefixtures("db")
APP = "wx0123456789abcdef"
WANTED = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 40)), min_size=1, max_size=12)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=WANTED, day=st.none() | st.integers(1, 2), month=st.none() | st.integers(2, 4), again=st.booleans())
def test_a_batch_gives_what_its_messages_give_one_by_one(wanted, day, month, again):
    with transaction.atomic():
        brand = a_brand()
        keep_hours(brand.id, Quiet(21 * 60, 9 * 60), by=None, now=NOW)
        keep_caps(brand.id, {"sms": Cap(day, None, month), "": Cap(None, 3, None)}, by=None, now=NOW)
        templates = [a_template(brand), a_template(brand, "wechat"), a_template(brand, opened=False, purpose="service")]
        members = [a_reader(brand), a_reader(brand), a_member(brand), a_reader(brand)]
        for member in members[:2]:
            a_key(member, "wechat_open", f"o-{member.id}", app=APP)
            a_credit(member, templates[1])
        unsubscribe([Stop(brand.id, members[3].id, "sms")], now=NOW)
        asked = [
            MessageWanted(
                new_id(), brand.id, members[who].id, templates[what].id, "law", {}, NOW + timedelta(hours=later * 3)
            )
            for who, what, later in wanted
        ]
        asked += asked[:1] if again else []
        together = rolled_back(lambda: plan_messages(asked, now=NOW))
        alone = rolled_back(lambda: [plan_messages([one], now=NOW)[0] for one in asked])
        assert together == alone
        first = templates[0]
        ids, of = [new_id() for _ in wanted], [members[who].id for who, _, _ in wanted]
        columns = rolled_back(lambda: plan_many(ids, of, template_id=first.id, cause="law", now=NOW).codes)
        singles = rolled_back(lambda: plan_messages([
            MessageWanted(id, brand.id, member, first.id, "law") for id, member in zip(ids, of, strict=True)
        ], now=NOW))  # fmt: skip
        assert columns == [one.code if isinstance(one, Refused) else "" for one in singles]
        transaction.set_rollback(True)


def rolled_back(act):
    """Do it, see that the books agree, and undo it."""
    with transaction.atomic():
        outcome = act()
        assert check_books() == []
        assert Message.objects.count() == sum(1 for one in {getattr(o, "id", None): o for o in outcome if not isinstance(o, str)}.values()
                                              if not isinstance(one, Refused)) or isinstance(outcome[0], str)  # fmt: skip
        transaction.set_rollback(True)
    return outcome
