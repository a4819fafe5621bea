"""The demo's messages: templates, states of all kinds, and what waits; the same after a second load."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from sitong.console.demo.consents import ask_for_consent
from sitong.console.demo.messages import load_messages
from sitong.marketing.models import Message, MessageNotice, MessageTemplate
from sitong.shared.clock import now as clock_now
from sitong.shared.ledger.books import check_books
from tests.make.member import a_member
from tests.make.org import a_brand


def test_messages_were_sent_in_the_last_days_and_wait_for_tomorrow(db):
    now = clock_now()
    brand = a_brand(now=now - timedelta(days=30))
    ask_for_consent(brand.id, now=now - timedelta(days=30))
    members = [a_member(brand, now=now - timedelta(days=30)) for _ in range(9)]
    for _ in range(2):
        load_messages(brand.id, [one.id for one in members], now=now)
    states = Counter(Message.objects.values_list("state", flat=True))
    assert states["planned"] == 9 and states["delivered"] + states["clicked"] >= 9
    assert (MessageTemplate.objects.count(), MessageNotice.objects.count()) == (4, 2)
    assert check_books() == []
