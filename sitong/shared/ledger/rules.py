"""What a batch of transfers does to the locked accounts: decided in order of arrival, in memory, without a query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sitong.shared.errors import NotFound, Refused, RepeatDiffers

AMOUNT_MAX = 10**15
"""The largest single amount: ten trillion yuan in fen, far from where a bigint sum ends."""


class AmountOutOfRange(Refused):
    """The amount is below 1 or above AMOUNT_MAX: fact amount."""

    code = "shared.amount_out_of_range"


class SameAccount(Refused):
    """An account cannot transfer to itself: fact account_id."""

    code = "shared.same_account"


class UnitsDiffer(Refused):
    """The two accounts count different things: facts debit, credit."""

    code = "shared.units_differ"


class BalanceTooLow(Refused):
    """The account may not go below zero: facts account_id, wanted, free."""

    code = "shared.balance_too_low"


class NotPending(Refused):
    """The transfer that is to be posted or voided was never pending: fact pending_id."""

    code = "shared.not_pending"


class AlreadyResolved(Refused):
    """The pending transfer has been posted, voided or has expired before: facts pending_id, phase."""

    code = "shared.already_resolved"


class PendingExpired(Refused):
    """The pending transfer's time is over: fact pending_id."""

    code = "shared.pending_expired"


class AboveOriginal(Refused):
    """More is to be posted or taken back than the first transfer has left: facts of_id, wanted, left."""

    code = "shared.above_original"


class ChainFailed(Refused):
    """Another transfer of the chain was refused, so the whole chain was: fact because (its code)."""

    code = "shared.chain_failed"


@dataclass(frozen=True, slots=True)
class TransferWanted:
    """A transfer to post. `id` is the client's; the same id with the same content gets the first answer.

    `phase`: "single" moves at once; "pending" reserves until `expires_at` (None: until resolved); "post" and "void" resolve
    `pending_id`, a post the whole or `amount` of it. `reverses_id` takes back (part of) a transfer; accounts and, when None,
    the amount follow from it. `at_most` moves as much of `amount` as the accounts' limits allow. `linked`: stands or falls
    with the next one in the sequence.
    """

    id: UUID
    debit_account_id: UUID | None = None
    credit_account_id: UUID | None = None
    amount: int | None = None
    reason: str = ""
    phase: str = "single"
    document_id: UUID | None = None
    reference: str | None = None
    pending_id: UUID | None = None
    reverses_id: UUID | None = None
    expires_at: datetime | None = None
    at_most: bool = False
    linked: bool = False
    by: UUID | None = None


@dataclass(slots=True)
class Posted:
    """A transfer as it stands in the books: the columns of its row. Treat it as frozen."""

    id: UUID
    brand_id: UUID
    debit_account_id: UUID
    credit_account_id: UUID
    amount: int
    phase: str
    reason: str
    document_id: UUID | None
    reference: str | None
    pending_id: UUID | None
    reverses_id: UUID | None
    expires_at: datetime | None
    by: UUID | None
    at: datetime


@dataclass(slots=True)
class AccountNow:
    """A locked account's balances, as they change while a batch is decided."""

    id: UUID
    brand_id: UUID
    unit: str
    limit: str
    debits_posted: int = 0
    credits_posted: int = 0
    debits_pending: int = 0
    credits_pending: int = 0

    @property
    def may_be_debited(self) -> int | None:
        """Give how much may still be debited; None: any amount."""
        return self.credits_posted - self.debits_posted - self.debits_pending if self.limit == "debits" else None

    @property
    def may_be_credited(self) -> int | None:
        """Give how much may still be credited; None: any amount."""
        return self.debits_posted - self.credits_posted - self.credits_pending if self.limit == "credits" else None

    @property
    def sums(self) -> tuple[int, int, int, int]:
        return self.debits_posted, self.credits_posted, self.debits_pending, self.credits_pending


@dataclass
class Books:
    """Everything that a batch may touch, read under the accounts' locks; `decide_all` changes it as the tables will be.

    `earlier`: transfers by id, also those that are resolved or reversed. `open`: ids of unresolved pending transfers.
    `resolved`: pending id → how. `taken_back`: transfer id → how much of it was reversed.
    """

    accounts: dict[UUID, AccountNow]
    earlier: dict[UUID, Posted] = field(default_factory=dict)
    by_reference: dict[tuple[UUID, str], Posted] = field(default_factory=dict)
    open: set[UUID] = field(default_factory=set)
    resolved: dict[UUID, str] = field(default_factory=dict)
    taken_back: dict[UUID, int] = field(default_factory=dict)
    new: dict[UUID, Posted] = field(default_factory=dict)
    touched: dict[UUID, AccountNow] = field(default_factory=dict)
    undo: list[tuple[AccountNow, tuple[int, int, int, int]]] | None = None


def decide_all(books: Books, wanted: Sequence[TransferWanted], *, now: datetime) -> list[Posted | Refused]:
    """Decide in order of arrival; each is posted whole or refused whole, a chain as one. Changes `books`."""
    answers: list[Posted | Refused] = []
    at = 0
    while at < len(wanted):
        if not wanted[at].linked:
            answers.append(_decide(books, wanted[at], now))
            at += 1
            continue
        end = at
        while end < len(wanted) - 1 and wanted[end].linked:
            end += 1
        answers += _decide_chain(books, wanted[at : end + 1], now)
        at = end + 1
    return answers


def _decide_chain(books: Books, chain: Sequence[TransferWanted], now: datetime) -> list[Posted | Refused]:
    """Decide linked transfers in order, each seeing the ones before it; undo them all when one is refused."""
    if chain[-1].linked:
        return [ChainFailed(because="shared.chain_open") for _ in chain]
    books.undo, entered = [], len(books.new)
    answers: list[Posted | Refused] = []
    repeats = 0
    for one in chain:
        repeats += one.id in books.earlier or one.id in books.new
        answer = _decide(books, one, now)
        if isinstance(answer, Posted) and repeats not in (0, len(answers) + 1):
            answer = RepeatDiffers(id=one.id)  # a part of another chain came before
        answers.append(answer)
        if isinstance(answer, Refused):
            _undo(books, entered)
            rest: Posted | Refused = ChainFailed(because=answer.code)
            answers = [rest] * (len(answers) - 1) + [answer] + [rest] * (len(chain) - len(answers))
            break
    books.undo = None
    return answers


def _decide(books: Books, one: TransferWanted, now: datetime) -> Posted | Refused:
    earlier = books.new.get(one.id) or books.earlier.get(one.id)
    if earlier is not None:
        return earlier if same_content(earlier, one) else RepeatDiffers(id=one.id)
    if one.phase in ("post", "void"):
        return _resolve(books, one, now)
    if one.reverses_id is not None:
        return _take_back(books, one, now)
    if one.amount is None or not 1 <= one.amount <= AMOUNT_MAX:
        return AmountOutOfRange(amount=one.amount)
    return _move(books, one, one.debit_account_id, one.credit_account_id, one.amount, now)


def _move(
    books: Books, one: TransferWanted, debit_id: UUID | None, credit_id: UUID | None, amount: int, now: datetime
) -> Posted | Refused:
    debit, credit = books.accounts.get(debit_id), books.accounts.get(credit_id)  # type: ignore[arg-type]
    if debit is None or credit is None or debit.brand_id != credit.brand_id:
        return NotFound(what="account")
    if debit is credit:
        return SameAccount(account_id=debit.id)
    if debit.unit != credit.unit:
        return UnitsDiffer(debit=debit.unit, credit=credit.unit)
    if repeat := _known_by_reference(books, debit.brand_id, one):
        return repeat
    for account, free in ((debit, debit.may_be_debited), (credit, credit.may_be_credited)):
        if free is not None and free < amount:
            if not one.at_most or free < 1:
                return BalanceTooLow(account_id=account.id, wanted=amount, free=free)
            amount = free
    _remember(books, debit, credit)
    if one.phase == "pending":
        debit.debits_pending += amount
        credit.credits_pending += amount
        books.open.add(one.id)
    else:
        debit.debits_posted += amount
        credit.credits_posted += amount
    return _enter(books, one, debit, credit, amount, now)


def _resolve(books: Books, one: TransferWanted, now: datetime) -> Posted | Refused:
    pending_id = one.pending_id
    pending = books.new.get(pending_id) or books.earlier.get(pending_id) if pending_id else None
    if pending is None:
        return NotFound(what="pending transfer")
    if pending.phase != "pending":
        return NotPending(pending_id=pending.id)
    amount = pending.amount if one.amount is None else one.amount
    if amount < 1 or (one.phase == "void" and amount != pending.amount):
        return AmountOutOfRange(amount=amount)
    if amount > pending.amount:
        return AboveOriginal(of_id=pending.id, wanted=amount, left=pending.amount)
    if repeat := _known_by_reference(books, pending.brand_id, one):
        return repeat
    if pending.id not in books.open:
        return AlreadyResolved(pending_id=pending.id, phase=books.resolved[pending.id])
    if pending.expires_at is not None and pending.expires_at <= now:
        return PendingExpired(pending_id=pending.id)
    return resolve(books, one, pending, amount, now)


def resolve(books: Books, one: TransferWanted, pending: Posted, amount: int, now: datetime) -> Posted:
    """Give a pending transfer's reservation back and, when it is a post, move `amount`. Never breaks a limit."""
    debit, credit = books.accounts[pending.debit_account_id], books.accounts[pending.credit_account_id]
    _remember(books, debit, credit)
    debit.debits_pending -= pending.amount
    credit.credits_pending -= pending.amount
    if one.phase == "post":
        debit.debits_posted += amount
        credit.credits_posted += amount
    books.open.discard(pending.id)
    books.resolved[pending.id] = one.phase
    return _enter(books, one, debit, credit, amount, now)


def _take_back(books: Books, one: TransferWanted, now: datetime) -> Posted | Refused:
    original = books.new.get(one.reverses_id) or books.earlier.get(one.reverses_id)  # type: ignore[arg-type]
    if original is None or original.phase not in ("single", "post"):
        return NotFound(what="transfer")
    left = original.amount - books.taken_back.get(original.id, 0)
    amount = left if one.amount is None else one.amount
    if amount > left or left < 1:
        return AboveOriginal(of_id=original.id, wanted=amount, left=left)
    if amount < 1:
        return AmountOutOfRange(amount=amount)
    answer = _move(books, one, original.credit_account_id, original.debit_account_id, amount, now)
    if isinstance(answer, Posted) and answer.id == one.id:
        books.taken_back[original.id] = books.taken_back.get(original.id, 0) + answer.amount
    return answer


def _known_by_reference(books: Books, brand_id: UUID, one: TransferWanted) -> Posted | Refused | None:
    earlier = books.by_reference.get((brand_id, one.reference)) if one.reference is not None else None
    if earlier is None:
        return None
    return earlier if same_content(earlier, one) else RepeatDiffers(id=earlier.id)


def _enter(
    books: Books, one: TransferWanted, debit: AccountNow, credit: AccountNow, amount: int, now: datetime
) -> Posted:
    posted = Posted(
        one.id, debit.brand_id, debit.id, credit.id, amount, one.phase, one.reason, one.document_id, one.reference,
        one.pending_id, one.reverses_id, one.expires_at, one.by, now,
    )  # fmt: skip
    books.touched[debit.id], books.touched[credit.id] = debit, credit
    books.new[one.id] = posted
    if one.reference is not None:
        books.by_reference[debit.brand_id, one.reference] = posted
    return posted


def same_content(earlier: Posted, one: TransferWanted) -> bool:
    """Tell whether a transfer that stands is what is wanted again. What the wanted one leaves open (None) counts as equal."""
    return (
        earlier.phase == one.phase
        and one.debit_account_id in (None, earlier.debit_account_id)
        and one.credit_account_id in (None, earlier.credit_account_id)
        and (one.amount in (None, earlier.amount) or (one.at_most and earlier.amount <= (one.amount or 0)))
        and (
            earlier.reason,
            earlier.document_id,
            earlier.reference,
            earlier.pending_id,
            earlier.reverses_id,
            earlier.expires_at,
        )
        == (one.reason, one.document_id, one.reference, one.pending_id, one.reverses_id, one.expires_at)
    )


def _remember(books: Books, *accounts: AccountNow) -> None:
    if books.undo is not None:
        books.undo += [(account, account.sums) for account in accounts]


def _undo(books: Books, entered: int) -> None:
    """Bring the books back to where the chain began: balances, and what follows from each transfer that it had entered."""
    for account, sums in reversed(books.undo or []):
        account.debits_posted, account.credits_posted, account.debits_pending, account.credits_pending = sums
    while len(books.new) > entered:
        key, gone = books.new.popitem()
        books.open.discard(key)
        if gone.pending_id is not None:
            books.open.add(gone.pending_id)
            del books.resolved[gone.pending_id]
        if gone.reverses_id is not None:
            books.taken_back[gone.reverses_id] -= gone.amount
        if gone.reference is not None:
            del books.by_reference[gone.brand_id, gone.reference]
