"""What every action on points shares: lock the accounts, read the buckets, decide in memory, write each table once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid5

from sitong.member.identity.events import changed
from sitong.member.points.queries import OWED, PENDING, READY, UNIT
from sitong.member.points.rules import PointsNow, Purse, put_in, take_from
from sitong.shared.errors import Refused
from sitong.shared.events.actions import announce
from sitong.shared.ledger.actions import AccountWanted, TransferWanted, lock_accounts, open_accounts, post_transfers
from sitong.shared.ledger.queries import accounts_of
from sitong.shared.statements import days, integers, run, texts, uuids, write

ISSUED, SPENT, EXPIRED, TAKEN_BACK = "points.issued", "points.spent", "points.expired", "points.taken_back"
OF_MEMBER = {PENDING: "debits", READY: "debits", OWED: "credits"}
OF_BRAND = (ISSUED, SPENT, EXPIRED, TAKEN_BACK)
STRIPES = 16
"""The brand's side is spread over so many owners, so that members do not wait for each other at one row."""

BUCKETS = """
SELECT member_id, expires_on, "left" FROM member_pointbucket WHERE member_id = ANY(%s::uuid[]) AND "left" > 0
"""
PUT_BUCKETS = """
INSERT INTO member_pointbucket AS b (member_id, expires_on, brand_id, "left")
SELECT * FROM unnest(%s::uuid[], %s::date[], %s::uuid[], %s::bigint[])
ON CONFLICT (member_id, expires_on) DO UPDATE SET "left" = EXCLUDED."left"
"""
ENTER = """
INSERT INTO member_pointsentry
  (at, id, brand_id, member_id, kind, document_id, points, pending_change, ready_change, owed_change, expires_on, reason, by)
SELECT %s::timestamptz, * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[],
  %s::bigint[], %s::date[], %s::text[], %s::uuid[])
"""


def stripe_of(brand_id: UUID, member_id: UUID) -> UUID:
    """Give the owner of the brand's side of a member's points."""
    return uuid5(brand_id, f"points {member_id.int % STRIPES}")


def stripes_of(brand_id: UUID) -> list[UUID]:
    """Give all owners of the brand's side."""
    return [uuid5(brand_id, f"points {number}") for number in range(STRIPES)]


@dataclass(slots=True)
class Entry:
    """One thing that happens to a member's points; the changes grow while it is decided."""

    id: UUID
    purse: Purse
    kind: str
    points: int
    document_id: UUID | None = None
    expires_on: date | None = None
    reason: str = ""
    by: UUID | None = None
    pending_change: int = 0
    ready_change: int = 0
    owed_change: int = 0


@dataclass
class Purses:
    """The locked points of some members: what is decided on them, and what has to be written for it."""

    of: dict[UUID, Purse]
    accounts: dict[tuple[UUID, str], UUID]
    entries: list[Entry] = field(default_factory=list)
    legs: list[TransferWanted] = field(default_factory=list)

    def begin(self, entry: Entry) -> Entry:
        """Enter something that happens."""
        self.entries.append(entry)
        return entry

    def earn(self, entry: Entry, points: int) -> None:
        """Points become pending."""
        entry.purse.pending += points
        entry.pending_change += points
        self._leg(entry, ISSUED, PENDING, points)

    def put(self, entry: Entry, parts: Sequence[tuple[date, int]], *, source: str = ISSUED) -> int:
        """Points become ready in these buckets, from the member's pending ones or from the brand.

        What the member owes is settled first; gives how many settled it.
        """
        points = sum(part for _, part in parts)
        if source == PENDING:
            entry.purse.pending -= points
            entry.pending_change -= points
        settled = sum(put_in(entry.purse, part, on) for on, part in parts)
        self._leg(entry, source, READY, points)
        self._leg(entry, READY, OWED, settled)
        entry.ready_change += points - settled
        entry.owed_change -= settled
        return settled

    def take(self, entry: Entry, points: int, sink: str, *, first: date | None = None) -> list[tuple[date, int]]:
        """Ready points go to the brand, the oldest first; give from which buckets. Takes at most what is there."""
        taken = take_from(entry.purse, points, first=first)
        amount = sum(part for _, part in taken)
        entry.ready_change -= amount
        self._leg(entry, READY, sink, amount)
        return taken

    def take_pending(self, entry: Entry, points: int) -> None:
        """Pending points are taken back."""
        entry.purse.pending -= points
        entry.pending_change -= points
        self._leg(entry, PENDING, TAKEN_BACK, points)

    def owe(self, entry: Entry, points: int) -> None:
        """What should be taken back and is not there is owed."""
        entry.purse.owed += points
        entry.owed_change += points
        self._leg(entry, OWED, TAKEN_BACK, points)

    def between(self, entry: Entry, other: Purse, debit: str, credit: str, points: int) -> None:
        """Add the transfer between two members; their purses and changes are the caller's."""
        self._leg(entry, debit, credit, points, other=other)

    def _leg(self, entry: Entry, debit: str, credit: str, points: int, *, other: Purse | None = None) -> None:
        if not points:
            return
        to = other or entry.purse
        self.legs.append(TransferWanted(
            uuid5(entry.id, f"{debit} {credit}"), self._account(entry.purse, debit), self._account(to, credit), points,
            f"points.{entry.kind}", document_id=entry.document_id, by=entry.by,
        ))  # fmt: skip

    def _account(self, purse: Purse, kind: str) -> UUID:
        owner = purse.member_id if kind in OF_MEMBER else stripe_of(purse.brand_id, purse.member_id)
        return self.accounts[owner, kind]

    def write(self, *, now: datetime) -> None:
        """Post the transfers, set the buckets, add the entries, and tell whose ready points changed: one statement a table."""
        for outcome in post_transfers(self.legs, now=now):
            if isinstance(outcome, Refused):
                raise RuntimeError(f"points were decided under lock and refused by the ledger: {outcome}")
        touched = sorted((purse.member_id, on) for purse in self.of.values() for on in purse.touched)
        if touched:
            write(PUT_BUCKETS, [
                uuids([member_id for member_id, _ in touched]),
                days([on for _, on in touched]),
                uuids([self.of[member_id].brand_id for member_id, _ in touched]),
                integers([self.of[member_id].buckets[on] for member_id, on in touched]),
            ])  # fmt: skip
        if self.entries:
            _enter(self.entries, now)
        ready = (entry.purse for entry in self.entries if entry.ready_change)
        announce(changed("points", ((purse.brand_id, purse.member_id) for purse in ready)), at=now)


def lock_points(member_ids: Collection[UUID]) -> dict[UUID, PointsNow]:
    """Lock what these members have until the transaction ends, and give it; each member is in the answer.

    Whoever changes the points of several members, or more than once, calls this first for all of them: it takes every
    account that the later calls touch in one pass. Two statements.
    """
    found = _accounts_there(member_ids, {})
    locked = lock_accounts(found.values())
    balances = {key: locked[account_id] for key, account_id in found.items() if account_id in locked}
    answer = {}
    for member_id in member_ids:
        pending, ready, owed = (balances.get((member_id, kind)) for kind in (PENDING, READY, OWED))
        answer[member_id] = PointsNow(
            ready.credits_posted - ready.debits_posted if ready else 0,
            pending.credits_posted - pending.debits_posted if pending else 0,
            owed.debits_posted - owed.credits_posted if owed else 0,
        )
    return answer


def open_purses(brands: Mapping[UUID, UUID], *, now: datetime) -> Purses:
    """Open what is missing and lock all accounts of these members (member → brand), and read their buckets."""
    found = _accounts_there(brands, brands)
    wanted = [(member_id, brand_id, kind) for member_id, brand_id in brands.items() for kind in OF_MEMBER]
    sides = {(stripe_of(brand_id, member_id), brand_id) for member_id, brand_id in brands.items()}
    wanted += [(stripe, brand_id, kind) for stripe, brand_id in sides for kind in OF_BRAND]
    missing = [one for one in wanted if (one[0], one[2]) not in found]
    if missing:
        opened = open_accounts(
            [AccountWanted(brand_id, owner, UNIT, kind, OF_MEMBER.get(kind, "")) for owner, brand_id, kind in missing],
            now=now,
        )
        found.update({(owner, kind): key for (owner, _, kind), key in zip(missing, opened, strict=True)})
    locked = lock_accounts(found.values())
    purses = {}
    for member_id, brand_id in brands.items():
        pending, ready, owed = (locked[found[member_id, kind]] for kind in (PENDING, READY, OWED))
        purses[member_id] = Purse(
            member_id, brand_id,
            ready.credits_posted - ready.debits_posted,
            pending.credits_posted - pending.debits_posted,
            owed.debits_posted - owed.credits_posted,
        )  # fmt: skip
    for member_id, on, left in run(BUCKETS, [uuids(brands)]):
        purses[member_id].buckets[on] = left
    return Purses(purses, found)


def _accounts_there(member_ids: Collection[UUID], brands: Mapping[UUID, UUID]) -> dict[tuple[UUID, str], UUID]:
    """Give the ids of the accounts that stand, of members and of their brand's side."""
    rows = accounts_of(member_ids).filter(unit=UNIT).values_list("owner_id", "kind", "id", "brand_id")
    if brands:
        rows = accounts_of([*brands, *{stripe_of(brand, member) for member, brand in brands.items()}]).filter(
            unit=UNIT
        ).values_list("owner_id", "kind", "id", "brand_id")  # fmt: skip
        return {(owner, kind): key for owner, kind, key, _ in rows}
    found = {(owner, kind): (key, brand) for owner, kind, key, brand in rows}
    sides = {stripe_of(brand, owner) for (owner, _), (_, brand) in found.items()}
    side_rows = accounts_of(sides).filter(unit=UNIT).values_list("owner_id", "kind", "id")
    return {key: account for key, (account, _) in found.items()} | {
        (owner, kind): key for owner, kind, key in side_rows
    }


def _enter(entries: list[Entry], now: datetime) -> None:
    write(ENTER, [
        now,
        uuids([one.id for one in entries]), uuids([one.purse.brand_id for one in entries]),
        uuids([one.purse.member_id for one in entries]), texts([one.kind for one in entries]),
        uuids([one.document_id for one in entries]), integers([one.points for one in entries]),
        integers([one.pending_change for one in entries]), integers([one.ready_change for one in entries]),
        integers([one.owed_change for one in entries]), days([one.expires_on for one in entries]),
        texts([one.reason for one in entries]), uuids([one.by for one in entries]),
    ])  # fmt: skip
