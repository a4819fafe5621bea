"""Whatever is posted: debits equal credits, limits hold, and a batch of n does what n batches of one do."""

from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.actions import AccountWanted, TransferWanted, expire_transfers, open_accounts, post_transfers
from sitong.shared.ledger.queries import balances, check_books
from sitong.shared.ledger.rules import AccountNow, Books, Posted, decide_all

LIMITS = ["", "debits", "debits", "credits"]

ids = st.integers(0, 11)
accounts = st.integers(0, len(LIMITS) - 1)
amounts = st.none() | st.integers(-1, 30)
minutes = st.none() | st.integers(-1, 3)

moves = st.builds(
    lambda key, debit, credit, amount, pending, minute, most, linked, reference: {
        "id": key, "debit": debit, "credit": credit, "amount": amount, "phase": "pending" if pending else "single",
        "minute": minute if pending else None, "at_most": most, "linked": linked, "reference": reference,
    },
    ids, accounts, accounts, amounts, st.booleans(), minutes, st.booleans(), st.booleans(), st.none() | st.sampled_from("ab"),
)  # fmt: skip
ends = st.builds(
    lambda key, of, amount, phase, linked: {
        "id": key, "amount": amount, "linked": linked, **({"reverses": of} if phase == "single" else {"pending": of}), "phase": phase,
    },
    ids, ids, amounts, st.sampled_from(["post", "void", "single"]), st.booleans(),
)  # fmt: skip
batches = st.lists(moves | ends, min_size=1, max_size=12)


class Ledger:
    """Fresh accounts, one for each limit; the first funds the others."""

    def __init__(self, now):
        self.now, self.keys = now, [new_id() for _ in range(12)]
        brand = new_id()
        self.accounts = open_accounts(
            [AccountWanted(brand, new_id(), "points", "law", limit) for limit in LIMITS], now=now
        )
        post_transfers([TransferWanted(new_id(), self.accounts[0], self.accounts[at], 20) for at in (1, 2)], now=now)
        post_transfers([TransferWanted(new_id(), self.accounts[3], self.accounts[0], 20)], now=now)

    def wanted(self, deed):
        minute = deed.get("minute")
        return TransferWanted(
            self.keys[deed["id"]],
            self.accounts[deed["debit"]] if "debit" in deed else None,
            self.accounts[deed["credit"]] if "credit" in deed else None,
            deed["amount"],
            phase=deed["phase"],
            pending_id=self.keys[deed["pending"]] if "pending" in deed else None,
            reverses_id=self.keys[deed["reverses"]] if "reverses" in deed else None,
            expires_at=None if minute is None else self.now + timedelta(minutes=minute),
            at_most=deed.get("at_most", False),
            reference=deed.get("reference"),
            linked=deed["linked"],
        )

    def said(self, answers):
        """Give the answers without what differs between two ledgers."""
        return [
            (
                answer.code,
                [value for value in answer.facts.values() if not hasattr(value, "hex") or isinstance(value, int)],
            )
            if isinstance(answer, Refused)
            else (self.keys.index(answer.id), answer.amount, answer.phase)
            for answer in answers
        ]

    def sums(self):
        found = balances(self.accounts)
        return [found[key].sums for key in self.accounts]


def chains(wanted):
    """Cut a sequence where no chain is cut."""
    piece = []
    for one in wanted:
        piece.append(one)
        if not one.linked:
            yield piece
            piece = []
    if piece:
        yield piece


law = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@law
@given(st.lists(batches, min_size=1, max_size=3), st.integers(0, 4))
def test_the_books_agree_and_limits_hold_after_any_batches(db, now, several, later):
    with transaction.atomic():
        ledger = Ledger(now)
        for batch in several:
            post_transfers([ledger.wanted(deed) for deed in batch], now=now)
        expire_transfers(now=now + timedelta(minutes=later))
        assert check_books() == []
        for limit, (debits, credits, debits_pending, credits_pending) in zip(LIMITS, ledger.sums(), strict=True):
            assert min(debits, credits, debits_pending, credits_pending) >= 0
            assert limit != "debits" or debits + debits_pending <= credits
            assert limit != "credits" or credits + credits_pending <= debits
        transaction.set_rollback(True)


@law
@given(st.lists(batches, min_size=1, max_size=2))
def test_a_batch_does_what_as_many_batches_of_one_do(db, now, several):
    with transaction.atomic():
        together, alone = Ledger(now), Ledger(now)
        for batch in several:
            at_once = together.said(post_transfers([together.wanted(deed) for deed in batch], now=now))
            pieces = chains([alone.wanted(deed) for deed in batch])
            assert at_once == alone.said([answer for piece in pieces for answer in post_transfers(piece, now=now)])
        assert together.sums() == alone.sums()
        transaction.set_rollback(True)


def in_memory(now):
    keys, brand = [new_id() for _ in range(12)], new_id()
    stand = [AccountNow(new_id(), brand, "points", limit, 50, 50) for limit in LIMITS]
    return keys, Books({account.id: account for account in stand})


@settings(law, max_examples=200)
@given(batches)
def test_every_accepted_transfer_is_in_the_balances_and_no_refused_one_is(now, batch):
    """An oracle of its own: the balances follow from the accepted transfers alone."""
    maker = object.__new__(Ledger)
    maker.now = now
    maker.keys, books = in_memory(now)
    maker.accounts = list(books.accounts)
    wanted = [maker.wanted(deed) for deed in batch]
    answers = decide_all(books, wanted, now=now)
    posted = {answer.id: answer for answer in answers if isinstance(answer, Posted)}
    assert posted == books.new
    resolved = {one.pending_id for one in posted.values()} - {None}
    for account in books.accounts.values():
        moved = [one for one in posted.values() if one.phase in ("single", "post")]
        waits = [one for one in posted.values() if one.phase == "pending" and one.id not in resolved]
        assert account.sums == (
            50 + sum(one.amount for one in moved if one.debit_account_id == account.id),
            50 + sum(one.amount for one in moved if one.credit_account_id == account.id),
            sum(one.amount for one in waits if one.debit_account_id == account.id),
            sum(one.amount for one in waits if one.credit_account_id == account.id),
        )
    assert {one.id for one in posted.values() if one.phase == "pending"} - resolved == books.open


@settings(law, max_examples=200)
@given(batches)
def test_what_was_answered_is_answered_again(now, batch):
    maker = object.__new__(Ledger)
    maker.now = now
    maker.keys, books = in_memory(now)
    maker.accounts = list(books.accounts)
    wanted = [replace(maker.wanted(deed), linked=False) for deed in batch]
    answers = decide_all(books, wanted, now=now)
    before = [account.sums for account in books.accounts.values()]
    accepted = [(one, answer) for one, answer in zip(wanted, answers, strict=True) if isinstance(answer, Posted)]
    assert decide_all(books, [one for one, _ in accepted], now=now + timedelta(days=1)) == [
        answer for _, answer in accepted
    ]
    assert [account.sums for account in books.accounts.values()] == before
