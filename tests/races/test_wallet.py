"""Races for a wallet: spent twice at once, paid in above the cap at once, given back twice at once. Each has its control."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from sitong.member.wallet.actions import (
    TopUp,
    WalletGiveBack,
    WalletPayment,
    give_back_to_wallets,
    pay_from_wallets,
    top_up,
)
from sitong.member.wallet.actions import books as wallet_books
from sitong.member.wallet.models import WalletEntry
from sitong.member.wallet.queries import wallets_now
from sitong.member.wallet.rules import WalletNow
from sitong.shared.access.scope import every_brand
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from sitong.shared.ledger.models import LedgerAccount
from sitong.shared.ledger.rules import AccountNow
from tests.make.member import a_member
from tests.make.org import NOW, a_brand, done
from tests.make.wallet import a_topped_up_wallet

CALLERS = 8


def all_at_once(calls):
    """Make these calls in threads that start together; give what each returned or raised."""
    gate = threading.Barrier(len(calls))

    def run(call):
        try:
            with every_brand():
                gate.wait(10)
                return call()
        except Exception as raised:
            return raised
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.fixture
def member(committed_db):
    return a_member(a_brand())


def without_lock(monkeypatch):
    """Read the accounts without locking them, and let two callers both have read before either writes."""
    columns = (
        "id",
        "brand_id",
        "unit",
        "limit",
        "debits_posted",
        "credits_posted",
        "debits_pending",
        "credits_pending",
    )
    both_have_read = threading.Barrier(2)

    def read(ids):
        found = {
            row[0]: AccountNow(*row) for row in LedgerAccount.objects.filter(id__in=list(ids)).values_list(*columns)
        }
        both_have_read.wait(10)
        return found

    monkeypatch.setattr(wallet_books, "lock_accounts", read)


def spend(member, minor):
    return lambda: pay_from_wallets([WalletPayment(new_id(), new_id(), member.brand_id, member.id, minor)], now=NOW)[0]


def holds(member):
    return wallets_now([member.id])[member.id]


def test_a_wallet_is_spent_once_however_many_want_it(member):
    a_topped_up_wallet(member, 1_000, 100)
    outcomes = all_at_once([spend(member, 1_100)] * CALLERS)
    assert sum(not isinstance(one, Refused | Exception) for one in outcomes) == 1
    assert (holds(member), WalletEntry.objects.filter(kind="spend").count(), check_books()) == (WalletNow(0, 0), 1, [])


def test_control_without_the_lock_the_wallet_promises_twice_and_only_the_ledger_stops_it(member, monkeypatch):
    a_topped_up_wallet(member, 1_000, 100)
    without_lock(monkeypatch)
    outcomes = all_at_once([spend(member, 1_100)] * 2)
    assert any(isinstance(one, RuntimeError) for one in outcomes), "nobody was late: the control shows nothing"
    assert check_books() == []


def test_two_top_ups_at_once_never_pass_the_cap(member):
    a_topped_up_wallet(member, 400_000)
    outcomes = all_at_once(
        [lambda: top_up([TopUp(new_id(), member.brand_id, member.id, 60_000)], now=NOW)[0]] * CALLERS
    )
    assert sum(not isinstance(one, Refused | Exception) for one in outcomes) == 1
    assert (holds(member), check_books()) == (WalletNow(460_000, 0), [])


def test_control_without_the_lock_the_cap_is_passed(member, monkeypatch):
    a_topped_up_wallet(member, 400_000)
    without_lock(monkeypatch)
    all_at_once([lambda: top_up([TopUp(new_id(), member.brand_id, member.id, 60_000)], now=NOW)[0]] * 2)
    assert holds(member).principal_minor > 500_000


def test_one_spending_is_given_back_once(member):
    a_topped_up_wallet(member, 1_000, 100)
    payment = WalletPayment(new_id(), new_id(), member.brand_id, member.id, 1_100)
    done(pay_from_wallets([payment], now=NOW))
    outcomes = all_at_once(
        [lambda: give_back_to_wallets([WalletGiveBack(new_id(), payment.id, 700)], now=NOW)[0]] * CALLERS
    )
    assert sum(not isinstance(one, Refused | Exception) for one in outcomes) == 1
    assert (holds(member).total_minor, check_books()) == (700, [])


def test_control_without_the_lock_more_comes_back_than_was_spent(member, monkeypatch):
    a_topped_up_wallet(member, 1_000, 100)
    payment = WalletPayment(new_id(), new_id(), member.brand_id, member.id, 1_100)
    done(pay_from_wallets([payment], now=NOW))
    without_lock(monkeypatch)
    all_at_once([lambda: give_back_to_wallets([WalletGiveBack(new_id(), payment.id, 700)], now=NOW)[0]] * 2)
    assert holds(member).total_minor > 1_100 and check_books() != []
