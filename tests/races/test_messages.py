"""Messages at the same instant: two workers never take the same one, and a cap holds under concurrent planning; and without the locks.

Killed between the written call and its answer, nobody gets a message twice and nobody is skipped.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections

from sitong.marketing.messages import messenger
from sitong.marketing.messages.actions import keep_caps, plan, plan_messages, sending
from sitong.marketing.messages.adapters.aliyun import AliyunSms
from sitong.marketing.messages.models import Message, MessageAttempt, MessageChannel, MessagePace
from sitong.marketing.messages.rules import Cap
from sitong.shared.access.scope import every_brand, show_every_brand
from sitong.shared.errors import Refused
from sitong.shared.ledger.books import check_books
from tests.make.messages import a_channel, a_message, a_message_wanted, a_reader, a_template, carriers, send
from tests.make.org import NOW, a_brand

pytestmark = pytest.mark.usefixtures("committed_db")
WAIT_S = 5
LATER = NOW + timedelta(minutes=20)


def at_once(count: int, action) -> list[object]:
    """Run `action(number)` in so many threads that start together; give what each returned or raised."""
    gate = threading.Barrier(count)

    def run(number: int) -> object:
        try:
            with every_brand():
                gate.wait()
                return action(number)
        except Exception as raised:
            return raised
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def together(gate: threading.Barrier) -> None:
    """Wait until all have come this far, or give up: with the locks they never do."""
    try:
        gate.wait(WAIT_S)
    except threading.BrokenBarrierError:
        return


def taken_by_all(account, count: int = 3) -> list[object]:
    def take(_number: int) -> list:
        return [
            item.message_id
            for call in sending.take_messages(account, together=100, alike=lambda _: None, calls_max=1, now=NOW).calls
            for item in call.items
        ]

    return at_once(count, take)


def some_messages(count: int = 20):
    brand = a_brand()
    template = a_template(brand)
    for _ in range(count):
        a_message(a_reader(brand), template)
    return MessageChannel.objects.get(brand_id=brand.id)


def test_workers_that_start_together_take_each_message_once():
    account = some_messages()
    got = [id for ids in taken_by_all(account) for id in ids]
    assert len(got) == len(set(got)) == 20
    assert sum(MessageAttempt.objects.values_list("count", flat=True)) == 20


def test_the_control_without_the_locks_takes_messages_twice(monkeypatch):
    account = some_messages()
    gate, sorted_out = threading.Barrier(3), sending._sorted_out
    monkeypatch.setattr(
        sending, "_pace", lambda of, now: MessagePace(brand_id=of.brand_id, channel=of.channel, free=9, filled_at=now)
    )
    monkeypatch.setattr(type(Message.objects), "select_for_update", lambda manager, **_: manager.all(), raising=False)
    monkeypatch.setattr(sending, "_sorted_out", lambda *said: (together(gate), sorted_out(*said))[1])
    got = Counter(id for ids in taken_by_all(account) if isinstance(ids, list) for id in ids)
    assert max(got.values()) > 1


def planned_by_all(brand, count: int = 4) -> Counter[str]:
    template, member = a_template(brand), a_reader(brand)
    keep_caps(brand.id, {"": Cap(1, None, None)}, by=None, now=NOW)
    outcomes = at_once(count, lambda _: plan_messages([a_message_wanted(member, template)], now=NOW)[0])
    return Counter(one.code if isinstance(one, Refused) else "" for one in outcomes)


def test_a_cap_holds_when_many_plan_for_one_member_at_once():
    assert planned_by_all(a_brand()) == {"": 1, "marketing.message_capped": 3}


def test_the_control_without_the_line_passes_the_cap(monkeypatch):
    gate, facts = threading.Barrier(4), plan.plan_facts
    monkeypatch.setattr(plan, "line_up", lambda _: None)

    def read(*said, **named):
        found = facts(*said, **named)
        together(gate)
        return found

    monkeypatch.setattr(plan, "plan_facts", read)
    assert planned_by_all(a_brand())[""] > 1


@pytest.mark.parametrize("where", ["before the call", "before the answer is kept"])
def test_a_killed_worker_sends_nothing_twice_and_skips_nobody(monkeypatch, where):
    monkeypatch.setattr(AliyunSms, "together", 8)
    brand = a_brand()
    with carriers() as carrier:
        a_channel(brand, "sms", gateway=carrier.address)
        template = a_template(brand, opened=False)
        for _ in range(20):
            a_message(a_reader(brand), template)
        child = os.fork()
        if child == 0:
            _die_sending(where)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        arrived = len(carrier.inbox.arrived)
        assert arrived == (0 if where == "before the call" else 8)
        assert Message.objects.filter(state="sending").count() == 20
        assert send(NOW + timedelta(seconds=30)) == 0
        assert messenger.look_for_lost(now=LATER) == 3
        assert send(LATER) == 20 - arrived
        got = Counter(one.address for one in carrier.inbox.arrived)
        assert len(got) == 20 and set(got.values()) == {1}
        assert not Message.objects.exclude(state__in=("sent", "delivered")).exists()
        assert check_books() == []


def _die_sending(where: str) -> None:
    """In a process of its own, with a connection of its own: send, and be killed at that moment."""
    try:
        for alias in connections:
            connections[alias].connection = None  # the parent's, which goes on using it
        show_every_brand()
        killed = lambda *_said, **_named: os.kill(os.getpid(), signal.SIGKILL)  # noqa: E731
        setattr(messenger, "_make" if where == "before the call" else "note_answers", killed)
        send(NOW)
    finally:
        os._exit(1)
