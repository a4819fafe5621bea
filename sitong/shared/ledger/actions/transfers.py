"""Post transfers, many at once: one locked read of the accounts, decisions in memory, one statement a table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from django.db import transaction

from sitong.shared.errors import Refused
from sitong.shared.ids import new_ids
from sitong.shared.ledger.rules import AccountNow, Books, Posted, TransferWanted, decide_all, resolve
from sitong.shared.statements import days, integers, pipelined, run, texts, uuids, write

EXPIRED_AT_ONCE = 1_000
"""How many pending transfers `expire_transfers` gives back in one transaction."""

COLUMNS = "id, brand_id, debit_account_id, credit_account_id, amount, phase, reason, document_id, reference, pending_id, reverses_id, expires_at, by, at"
LOCK = """
SELECT wanted.place, account.* FROM unnest(%s::uuid[]) WITH ORDINALITY AS wanted(id, place)
CROSS JOIN LATERAL (
  SELECT brand_id, unit, "limit", debits_posted, credits_posted, debits_pending, credits_pending
  FROM shared_ledgeraccount WHERE id = wanted.id FOR NO KEY UPDATE
) AS account
"""
"""Locks in the order of the array, which is sorted: the lateral join can only be a nested loop over it."""

EARLIER = f"SELECT {COLUMNS} FROM shared_transfer WHERE id = ANY(%s::uuid[])"  # noqa: S608
EARLIER_BY_REFERENCE = f"SELECT {COLUMNS} FROM shared_transfer WHERE reference = ANY(%s::text[])"  # noqa: S608
OPEN = "SELECT id FROM shared_opentransfer WHERE id = ANY(%s::uuid[])"
RESOLVED = "SELECT pending_id, phase FROM shared_transfer WHERE pending_id = ANY(%s::uuid[])"
TAKEN_BACK = (
    "SELECT reverses_id, sum(amount)::bigint FROM shared_transfer WHERE reverses_id = ANY(%s::uuid[]) GROUP BY 1"
)
ENTER = f"""
INSERT INTO shared_transfer ({COLUMNS})
SELECT {COLUMNS.removesuffix("at")} %s::timestamptz FROM unnest(
  %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::uuid[], %s::uuid[],
  %s::timestamptz[], %s::uuid[]
) AS posted({COLUMNS.removesuffix(", at")})
"""  # noqa: S608
BALANCE = """
UPDATE shared_ledgeraccount AS account SET debits_posted = sums.debits_posted, credits_posted = sums.credits_posted,
  debits_pending = sums.debits_pending, credits_pending = sums.credits_pending
FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
  AS sums(id, debits_posted, credits_posted, debits_pending, credits_pending)
WHERE account.id = sums.id
"""
OPEN_TRANSFERS = """
INSERT INTO shared_opentransfer (id, brand_id, expires_at) SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[])
"""
CLOSE_TRANSFERS = "DELETE FROM shared_opentransfer WHERE id = ANY(%s::uuid[])"
DUE = "SELECT id FROM shared_opentransfer WHERE expires_at <= %s::timestamptz ORDER BY expires_at, id LIMIT %s::int"


def post_transfers(wanted: Sequence[TransferWanted], *, now: datetime) -> list[Posted | Refused]:
    """Post transfers in order of arrival; each is posted whole or refused whole, linked ones together.

    A transfer that came before with the same content (by id, or by reference) gets its first answer, with other content
    RepeatDiffers. The number of statements depends on the kinds of transfers among the wanted, not on their number.
    Refusals: those of `ledger.rules`, NotFound (account, transfer), RepeatDiffers.
    """
    if not wanted:
        return []
    with transaction.atomic():
        books = read_books(wanted)
        known_open = set(books.open)
        answers = decide_all(books, wanted, now=now)
        _write(books, known_open, now)
    return answers


def expire_transfers(*, now: datetime) -> int:
    """Give back what pending transfers reserved past their time, in order of expiry, a thousand a transaction; give how many."""
    expired = 0
    while True:
        with transaction.atomic():
            due = [key for (key,) in run(DUE, [now, EXPIRED_AT_ONCE])]
            wanted = [
                TransferWanted(key, phase="expiry", pending_id=of)
                for key, of in zip(new_ids(len(due)), due, strict=True)
            ]
            books = read_books(wanted)
            known_open = set(books.open)
            for one in wanted:
                if one.pending_id in books.open:  # else it was resolved while we waited for the lock
                    pending = books.earlier[one.pending_id]
                    resolve(books, one, pending, pending.amount, now)
            _write(books, known_open, now)
        expired += len(books.new)
        if len(due) < EXPIRED_AT_ONCE:
            return expired


def lock_accounts(ids: Collection[UUID]) -> dict[UUID, AccountNow]:
    """Lock these accounts in the order of their ids until the transaction ends and give their balances; unknown ones are left out."""
    wanted = sorted(set(ids), key=attrgetter("int"))  # as PostgreSQL sorts them; integers compare faster than UUIDs
    if not wanted:
        return {}
    return {
        wanted[place - 1]: AccountNow(wanted[place - 1], *columns) for place, *columns in run(LOCK, [uuids(wanted)])
    }


def read_books(wanted: Sequence[TransferWanted]) -> Books:
    """Lock the accounts that the wanted transfers touch and read everything on which their answers depend."""
    of = {one.pending_id or one.reverses_id for one in wanted} - {None}
    accounts = {key for one in wanted for key in (one.debit_account_id, one.credit_account_id) if key is not None}
    originals = {row[0]: Posted(*row) for row in run(EARLIER, [uuids(of)])} if of else {}
    for original in originals.values():
        accounts |= {original.debit_account_id, original.credit_account_id}
    books = Books(lock_accounts(accounts), originals)
    for row in run(EARLIER, [uuids([one.id for one in wanted])]):
        books.earlier[row[0]] = Posted(*row)
    if references := [one.reference for one in wanted if one.reference is not None]:
        for posted in (Posted(*row) for row in run(EARLIER_BY_REFERENCE, [texts(references)])):
            books.by_reference[posted.brand_id, str(posted.reference)] = posted
    if pending := [one.pending_id for one in wanted if one.pending_id is not None]:
        books.open.update(key for (key,) in run(OPEN, [uuids(pending)]))
        books.resolved.update(run(RESOLVED, [uuids(pending)]))
    if reversed_ids := [one.reverses_id for one in wanted if one.reverses_id is not None]:
        books.taken_back.update(run(TAKEN_BACK, [uuids(reversed_ids)]))
    return books


def _write(books: Books, known_open: set[UUID], now: datetime) -> None:
    """Write what was decided: the transfers, the balances, and which pending ones are open."""
    new = list(books.new.values())
    if not new:
        return
    touched = list(books.touched.values())
    closed = [one.pending_id for one in new if one.pending_id in known_open]
    opened = [one for one in new if one.phase == "pending" and one.id in books.open]
    with pipelined():  # the server inserts while the balances are written down here
        write(ENTER, [
            now,
            uuids([one.id for one in new]), uuids([one.brand_id for one in new]), uuids([one.debit_account_id for one in new]),
            uuids([one.credit_account_id for one in new]), integers([one.amount for one in new]), texts([one.phase for one in new]),
            texts([one.reason for one in new]), uuids([one.document_id for one in new]), texts([one.reference for one in new]),
            uuids([one.pending_id for one in new]), uuids([one.reverses_id for one in new]), days([one.expires_at for one in new]),
            uuids([one.by for one in new]),
        ])  # fmt: skip
        write(BALANCE, [
            uuids([account.id for account in touched]),
            integers([account.debits_posted for account in touched]), integers([account.credits_posted for account in touched]),
            integers([account.debits_pending for account in touched]), integers([account.credits_pending for account in touched]),
        ])  # fmt: skip
        if closed:
            write(CLOSE_TRANSFERS, [uuids(closed)])
        if opened:
            write(
                OPEN_TRANSFERS,
                [
                    uuids([one.id for one in opened]),
                    uuids([one.brand_id for one in opened]),
                    days([one.expires_at for one in opened]),
                ],
            )
