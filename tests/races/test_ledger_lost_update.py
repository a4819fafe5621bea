"""Many post at once: no balance is spent twice. And the control: without the lock, the books do not agree."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.db.utils import DatabaseError

from sitong.shared.access.scope import every_brand
from sitong.shared.ids import new_id
from sitong.shared.ledger.actions import (
    AccountWanted,
    Posted,
    TransferWanted,
    expire_transfers,
    open_accounts,
    post_transfers,
    transfers,
)
from sitong.shared.ledger.queries import balances, check_books
from sitong.shared.ledger.rules import AlreadyResolved, BalanceTooLow, PendingExpired

CALLERS, TRIES, FUNDS = 4, 15, 40


@pytest.fixture
def accounts(committed_db, now):
    """A source without a limit, and two accounts that may not go below zero; the first has some funds."""
    brand = new_id()
    wanted = [AccountWanted(brand, new_id(), "points", "test", limit) for limit in ("", "debits", "debits")]
    source, ann, bob = open_accounts(wanted, now=now)
    post_transfers([TransferWanted(new_id(), source, ann, FUNDS, "fund")], now=now)
    return source, ann, bob


def at_once(work, callers=CALLERS):
    """Run `work(at)` in threads that start together, each with its own connection."""
    start = threading.Barrier(callers)

    def one(at):
        try:
            start.wait()
            with every_brand():
                return work(at)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(one, range(callers)))


def spend(ann, bob, now):
    def work(_):
        answers = []
        for _ in range(TRIES):
            answers += post_transfers([TransferWanted(new_id(), ann, bob, 1, "spend")], now=now)
        return answers

    return work


def test_what_is_there_is_spent_exactly_once(accounts, now):
    _, ann, bob = accounts
    answers = [one for some in at_once(spend(ann, bob, now)) for one in some]
    assert sum(type(one) is Posted for one in answers) == FUNDS
    assert {type(one) for one in answers} == {Posted, BalanceTooLow}
    assert balances([ann, bob])[bob].sums == (0, FUNDS, 0, 0)
    assert check_books() == []


def test_control_without_the_lock_updates_are_lost(accounts, now, monkeypatch):
    _, ann, bob = accounts
    monkeypatch.setattr(transfers, "LOCK", transfers.LOCK.replace("FOR NO KEY UPDATE", ""))
    met = threading.Barrier(CALLERS)
    decide = transfers.decide_all

    def decide_together(*given, **options):
        met.wait(5)
        return decide(*given, **options)

    monkeypatch.setattr(transfers, "decide_all", decide_together)
    answers = at_once(lambda _: post_transfers([TransferWanted(new_id(), ann, bob, FUNDS, "spend")], now=now)[0])
    assert [type(one) for one in answers] == [Posted] * CALLERS
    assert check_books() != []


def test_transfers_in_both_directions_do_not_deadlock(accounts, now):
    _, ann, bob = accounts

    def work(at):
        pair = (ann, bob) if at % 2 else (bob, ann)
        return [type(post_transfers([TransferWanted(new_id(), *pair, 1, "swing")], now=now)[0]) for _ in range(TRIES)]

    at_once(work)
    assert check_books() == []


def test_the_same_transfer_from_many_is_posted_once(accounts, now):
    _, ann, bob = accounts
    wanted = TransferWanted(new_id(), ann, bob, 5, "spend", reference="order 7")
    answers = at_once(lambda _: post_transfers([wanted], now=now)[0], callers=8)
    assert {(type(one), one.id, one.amount) for one in answers} == {(Posted, wanted.id, 5)}
    assert balances([bob])[bob].sums == (0, 5, 0, 0)


def test_one_id_with_different_contents_is_posted_once_and_the_other_fails_alone(accounts, now):
    source, ann, bob = accounts
    pairs = [(ann, bob), (source, ann)]
    key = new_id()

    def work(at):
        try:
            return type(post_transfers([TransferWanted(key, *pairs[at % 2], 5, "spend")], now=now)[0])
        except DatabaseError as failed:
            return type(failed)

    assert at_once(work).count(Posted) >= 1
    assert balances([source, bob])[bob].sums in ((0, 5, 0, 0), (0, 0, 0, 0))
    assert check_books() == []


def test_a_pending_transfer_is_resolved_once_whoever_comes(accounts, now):
    _, ann, bob = accounts
    (pending,) = post_transfers(
        [TransferWanted(new_id(), ann, bob, 30, "hold", phase="pending", expires_at=now)], now=now
    )

    def work(at):
        if at % 2:
            return expire_transfers(now=now)
        return post_transfers([TransferWanted(new_id(), phase="post", pending_id=pending.id)], now=now)[0]

    answers = at_once(work)
    assert sum(one == 1 for one in answers[1::2]) == 1
    assert {type(one) for one in answers[::2]} <= {AlreadyResolved, PendingExpired}
    assert balances([ann])[ann].sums == (0, FUNDS, 0, 0)
    assert check_books() == []
