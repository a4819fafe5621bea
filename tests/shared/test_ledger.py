"""The ledger: what moves, what is refused, two phases, chains, repeats, reversal, and that the books notice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext

from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.ids import new_id
from sitong.shared.ledger.actions import (
    AccountWanted,
    Posted,
    TransferWanted,
    expire_transfers,
    open_accounts,
    post_transfers,
)
from sitong.shared.ledger.models import LedgerAccount, OpenTransfer, Transfer
from sitong.shared.ledger.queries import balances, check_books, statement_of, transfers_of
from sitong.shared.ledger.rules import (
    AMOUNT_MAX,
    AboveOriginal,
    AlreadyResolved,
    AmountOutOfRange,
    BalanceTooLow,
    ChainFailed,
    NotPending,
    PendingExpired,
    SameAccount,
    UnitsDiffer,
)

BRAND = new_id()


@pytest.fixture
def accounts(db, now):
    """The brand's source of points (no limit) and two members who may not go below zero."""
    wanted = [AccountWanted(BRAND, new_id(), "points", "brand.points")]
    wanted += [AccountWanted(BRAND, new_id(), "points", "member.points", "debits") for _ in range(2)]
    return open_accounts(wanted, now=now)


@pytest.fixture
def funded(accounts, now):
    source, ann, _ = accounts
    assert [type(one) for one in post_transfers([move(source, ann, 100)], now=now)] == [Posted]
    return accounts


@pytest.fixture(autouse=True)
def the_books_agree(request):
    yield
    if "db" in request.fixturenames:
        assert check_books() == []


def move(debit, credit, amount, **other):
    return TransferWanted(
        other.pop("id", None) or new_id(), debit, credit, amount, other.pop("reason", "test"), **other
    )


def sums(*ids):
    found = balances(ids)
    return [found[key].sums for key in ids]


def post(wanted, now):
    (answer,) = post_transfers([wanted], now=now)
    return answer


def test_a_transfer_debits_one_account_and_credits_the_other(accounts, now):
    source, ann, _ = accounts
    wanted = move(source, ann, 100, document_id=new_id(), by=new_id())
    posted = post(wanted, now)
    assert (posted.id, posted.amount, posted.phase, posted.at, posted.brand_id) == (
        wanted.id,
        100,
        "single",
        now,
        BRAND,
    )
    assert sums(source, ann) == [(100, 0, 0, 0), (0, 100, 0, 0)]
    row = Transfer.objects.get(id=wanted.id)
    assert (row.debit_account_id, row.credit_account_id, row.amount, row.document_id, row.by) == (
        source,
        ann,
        100,
        wanted.document_id,
        wanted.by,
    )
    assert (
        [one.id for one in transfers_of([wanted.document_id])] == [one.id for one in statement_of(ann)] == [wanted.id]
    )


def test_accounts_are_opened_once_and_keep_their_limit(accounts, now):
    owner = new_id()
    first = open_accounts([AccountWanted(BRAND, owner, "CNY", "member.wallet", "debits")] * 2, now=now)
    assert first[0] == first[1] == open_accounts([AccountWanted(BRAND, owner, "CNY", "member.wallet")], now=now)[0]
    assert LedgerAccount.objects.get(id=first[0]).limit == "debits"


def test_no_account_with_a_limit_goes_below_zero(funded, now):
    _, ann, bob = funded
    answers = post_transfers([move(ann, bob, 60), move(ann, bob, 60), move(ann, bob, 40), move(bob, ann, 101)], now=now)
    assert [type(one) for one in answers] == [Posted, BalanceTooLow, Posted, BalanceTooLow]
    assert answers[1] == BalanceTooLow(account_id=ann, wanted=60, free=40)
    assert answers[3] == BalanceTooLow(account_id=bob, wanted=101, free=100)
    assert sums(ann, bob) == [(100, 100, 0, 0), (0, 100, 0, 0)]


def test_credits_may_not_exceed_debits_where_the_account_says_so(accounts, now):
    source, _, _ = accounts
    (cash,) = open_accounts([AccountWanted(BRAND, new_id(), "points", "till.cash", "credits")], now=now)
    assert post(move(source, cash, 1), now) == BalanceTooLow(account_id=cash, wanted=1, free=0)
    assert post(move(cash, source, 5), now).amount == 5
    assert post(move(source, cash, 6), now) == BalanceTooLow(account_id=cash, wanted=6, free=5)


def test_what_cannot_be_a_transfer_is_refused(funded, now):
    source, ann, bob = funded
    (yuan,) = open_accounts([AccountWanted(BRAND, new_id(), "CNY", "member.wallet")], now=now)
    (foreign,) = open_accounts([AccountWanted(new_id(), new_id(), "points", "member.points")], now=now)
    nobody = new_id()
    answers = post_transfers([
        move(ann, bob, 0), move(ann, bob, -5), move(ann, bob, AMOUNT_MAX + 1), move(ann, bob, None), move(ann, ann, 1), move(source, yuan, 1),
        move(ann, nobody, 1), move(nobody, ann, 1), move(source, foreign, 1), move(None, bob, 1),
    ], now=now)  # fmt: skip
    assert answers == [
        *(AmountOutOfRange(amount=amount) for amount in (0, -5, AMOUNT_MAX + 1, None)),
        SameAccount(account_id=ann), UnitsDiffer(debit="points", credit="CNY"), *[NotFound(what="account")] * 4,
    ]  # fmt: skip
    assert sums(source, ann, bob) == [(100, 0, 0, 0), (0, 100, 0, 0), (0, 0, 0, 0)]
    assert Transfer.objects.count() == 1


def test_the_same_transfer_again_gets_the_first_answer_and_another_one_is_refused(funded, now):
    _, ann, bob = funded
    wanted = move(ann, bob, 30)
    first = post(wanted, now)
    later = now + timedelta(days=1)
    assert post_transfers([wanted, wanted, move(ann, bob, 31, id=wanted.id)], now=later) == [
        first,
        first,
        RepeatDiffers(id=wanted.id),
    ]
    assert sums(ann, bob) == [(30, 100, 0, 0), (0, 30, 0, 0)]


def test_a_reference_is_used_once(funded, now):
    _, ann, bob = funded
    first = post(move(ann, bob, 30, reference="order 1"), now)
    same, other = move(ann, bob, 30, reference="order 1"), move(ann, bob, 40, reference="order 1")
    assert post_transfers([same, other], now=now) == [first, RepeatDiffers(id=first.id)]
    assert sums(bob) == [(0, 30, 0, 0)]


def test_at_most_moves_what_the_limit_allows(funded, now):
    _, ann, bob = funded
    wanted = move(ann, bob, 250, at_most=True)
    assert post(wanted, now).amount == 100
    assert post(wanted, now).amount == 100
    assert post(move(ann, bob, 1, at_most=True), now) == BalanceTooLow(account_id=ann, wanted=1, free=0)
    assert sums(ann, bob) == [(100, 100, 0, 0), (0, 100, 0, 0)]


def test_a_pending_transfer_reserves_and_a_post_moves(funded, now):
    _, ann, bob = funded
    pending = post(move(ann, bob, 70, phase="pending"), now)
    assert sums(ann, bob) == [(0, 100, 70, 0), (0, 0, 0, 70)]
    assert post(move(ann, bob, 31), now) == BalanceTooLow(account_id=ann, wanted=31, free=30)
    assert post(move(bob, ann, 1), now) == BalanceTooLow(account_id=bob, wanted=1, free=0)
    posted = post(TransferWanted(new_id(), phase="post", pending_id=pending.id), now)
    assert (posted.amount, posted.debit_account_id) == (70, ann)
    assert sums(ann, bob) == [(70, 100, 0, 0), (0, 70, 0, 0)]
    assert not OpenTransfer.objects.exists()


def test_a_part_can_be_posted_and_the_rest_returns(funded, now):
    _, ann, bob = funded
    pending = post(move(ann, bob, 70, phase="pending"), now)
    above = TransferWanted(new_id(), phase="post", pending_id=pending.id, amount=71)
    assert post(above, now) == AboveOriginal(of_id=pending.id, wanted=71, left=70)
    assert post(TransferWanted(new_id(), phase="post", pending_id=pending.id, amount=20), now).amount == 20
    assert sums(ann, bob) == [(20, 100, 0, 0), (0, 20, 0, 0)]


def test_a_void_gives_everything_back_and_each_pending_transfer_is_resolved_once(funded, now):
    _, ann, bob = funded
    pending = post(move(ann, bob, 70, phase="pending"), now)
    part = TransferWanted(new_id(), phase="void", pending_id=pending.id, amount=10)
    assert post(part, now) == AmountOutOfRange(amount=10)
    void = TransferWanted(new_id(), phase="void", pending_id=pending.id)
    first = post(void, now)
    again = [
        void,
        TransferWanted(new_id(), phase="post", pending_id=pending.id),
        TransferWanted(new_id(), phase="void", pending_id=pending.id),
    ]
    assert post_transfers(again, now=now) == [first, *[AlreadyResolved(pending_id=pending.id, phase="void")] * 2]
    assert post(TransferWanted(new_id(), phase="post", pending_id=first.id), now) == NotPending(pending_id=first.id)
    assert post(TransferWanted(new_id(), phase="post", pending_id=new_id()), now) == NotFound(what="pending transfer")
    assert sums(ann, bob) == [(0, 100, 0, 0), (0, 0, 0, 0)]


def test_pending_and_post_may_stand_in_one_batch(funded, now):
    _, ann, bob = funded
    pending = move(ann, bob, 70, phase="pending")
    answers = post_transfers(
        [pending, TransferWanted(new_id(), phase="post", pending_id=pending.id, amount=50)], now=now
    )
    assert [one.phase for one in answers] == ["pending", "post"]
    assert sums(ann, bob) == [(50, 100, 0, 0), (0, 50, 0, 0)]
    assert not OpenTransfer.objects.exists()


def test_a_pending_transfer_expires_at_its_time(funded, now):
    _, ann, bob = funded
    pending = post(move(ann, bob, 70, phase="pending", expires_at=now + timedelta(minutes=5)), now)
    kept = post(move(ann, bob, 10, phase="pending"), now)
    late = now + timedelta(minutes=5)
    for phase in ("post", "void"):
        assert post(TransferWanted(new_id(), phase=phase, pending_id=pending.id), late) == PendingExpired(
            pending_id=pending.id
        )
    assert sums(ann) == [(0, 100, 80, 0)]
    assert expire_transfers(now=late - timedelta(seconds=1)) == 0
    assert expire_transfers(now=late) == 1
    assert expire_transfers(now=late) == 0
    assert sums(ann, bob) == [(0, 100, 10, 0), (0, 0, 0, 10)]
    assert list(OpenTransfer.objects.values_list("id", flat=True)) == [kept.id]
    again = TransferWanted(new_id(), phase="post", pending_id=pending.id)
    assert post(again, late) == AlreadyResolved(pending_id=pending.id, phase="expiry")


def test_a_chain_stands_or_falls_as_one(funded, now):
    _, ann, bob = funded
    good = [move(ann, bob, 40, linked=True), move(bob, ann, 40)]
    bad = [move(ann, bob, 40, linked=True), move(bob, ann, 41, linked=True), move(ann, bob, 1)]
    single = move(ann, bob, 100)
    answers = post_transfers([*good, *bad, single], now=now)
    assert [type(one) for one in answers] == [Posted, Posted, ChainFailed, BalanceTooLow, ChainFailed, Posted]
    assert answers[2] == answers[4] == ChainFailed(because="shared.balance_too_low")
    assert sums(ann, bob) == [(140, 140, 0, 0), (40, 140, 0, 0)]
    assert Transfer.objects.count() == 4
    assert post_transfers([*good], now=now) == answers[:2]
    mixed = [good[0], move(bob, ann, 7)]
    assert post_transfers(mixed, now=now) == [
        ChainFailed(because="shared.repeat_differs"),
        RepeatDiffers(id=mixed[1].id),
    ]
    assert post_transfers([move(ann, bob, 1, linked=True)], now=now) == [ChainFailed(because="shared.chain_open")]


def test_a_failed_chain_leaves_pending_transfers_references_and_reversals_as_they_were(funded, now):
    source, ann, bob = funded
    pending = post(move(ann, bob, 10, phase="pending"), now)
    moved = post(move(ann, bob, 20), now)
    chain = [
        TransferWanted(new_id(), phase="post", pending_id=pending.id, linked=True),
        TransferWanted(new_id(), reverses_id=moved.id, linked=True),
        move(ann, bob, 1, reference="once", linked=True),
        move(source, ann, 1, phase="pending", linked=True),
        move(ann, bob, 999),
    ]
    assert [type(one) for one in post_transfers(chain, now=now)] == [ChainFailed] * 4 + [BalanceTooLow]
    assert sums(ann, bob) == [(20, 100, 10, 0), (0, 20, 0, 10)]
    answers = post_transfers([replace(one, linked=False) for one in chain[:4]], now=now)
    assert [type(one) for one in answers] == [Posted] * 4
    assert sums(ann, bob) == [(31, 120, 0, 1), (20, 31, 0, 0)]


def test_a_reversal_takes_back_at_most_what_was_moved(funded, now):
    _, ann, bob = funded
    moved = post(move(ann, bob, 50), now)
    part = TransferWanted(new_id(), reverses_id=moved.id, amount=20, reason="return")
    back = post(part, now)
    assert (back.debit_account_id, back.credit_account_id, back.amount, back.reverses_id) == (bob, ann, 20, moved.id)
    assert post(TransferWanted(new_id(), reverses_id=moved.id, amount=31), now) == AboveOriginal(
        of_id=moved.id, wanted=31, left=30
    )
    assert post(TransferWanted(new_id(), reverses_id=moved.id), now).amount == 30
    assert post(TransferWanted(new_id(), reverses_id=moved.id), now) == AboveOriginal(of_id=moved.id, wanted=0, left=0)
    assert post(part, now) == back
    assert sums(ann, bob) == [(50, 150, 0, 0), (50, 50, 0, 0)]
    assert post(TransferWanted(new_id(), reverses_id=new_id()), now) == NotFound(what="transfer")


def test_what_was_spent_cannot_be_taken_back(funded, now):
    source, ann, bob = funded
    earned = post(move(source, ann, 5), now)
    post(move(ann, bob, 103), now)
    assert post(TransferWanted(new_id(), reverses_id=earned.id), now) == BalanceTooLow(account_id=ann, wanted=5, free=2)
    assert post(TransferWanted(new_id(), reverses_id=earned.id, amount=5, at_most=True), now).amount == 2


def test_transfers_are_never_changed_or_deleted_by_the_application(funded):
    for statement in ("UPDATE shared_transfer SET amount = 1", "DELETE FROM shared_transfer"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_the_database_itself_keeps_limits(funded):
    with pytest.raises(IntegrityError, match="ledger_debits_within_credits"), transaction.atomic():
        LedgerAccount.objects.filter(id=funded[1]).update(debits_posted=101)


def test_statements_do_not_grow_with_the_number_of_transfers(funded, now):
    _, ann, bob = funded
    counts = []
    for size in (2, 20):
        with CaptureQueriesContext(connection) as singles:
            post_transfers([move(ann, bob, 1) for _ in range(size)], now=now)
        pending = [move(ann, bob, 1, phase="pending", expires_at=now + timedelta(hours=1)) for _ in range(size)]
        with CaptureQueriesContext(connection) as opening:
            post_transfers(pending, now=now)
        with CaptureQueriesContext(connection) as closing:
            post_transfers([TransferWanted(new_id(), phase="post", pending_id=one.id) for one in pending], now=now)
        counts.append([len(captured) for captured in (singles, opening, closing)])
    assert counts[0] == counts[1]
    assert counts[0][0] == 4 + 2  # and the savepoint


def test_check_books_finds_a_balance_that_its_transfers_do_not_make(funded):
    ann = funded[1]
    LedgerAccount.objects.filter(id=ann).update(credits_posted=120)
    found = check_books()
    assert found[0] == f"account {ann}: credits posted 120, transfers make 100"
    assert found[1] == f"brand {BRAND}, points: debits exceed credits by -20 posted and 0 pending"
    LedgerAccount.objects.filter(id=ann).update(credits_posted=100)
    OpenTransfer.objects.create(id=new_id(), brand_id=BRAND)
    assert "is open without being pending" in check_books()[0]
    OpenTransfer.objects.all().delete()
