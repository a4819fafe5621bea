"""Claim gifts back upward, once for each level, with the proof; and take claims back when the gift was not handed over after all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.distribution.reimbursement.actions.accounts import DUE, OWED, accounts_for
from sitong.distribution.reimbursement.models import ClaimLine
from sitong.distribution.reimbursement.rules import back_id, claims_up, line_id
from sitong.marketing.gifts.queries.redeemed import Handover, handovers
from sitong.marketing.gifts.queries.redeemed import proven as is_proven
from sitong.org.brands.queries import brand_facts
from sitong.shared.errors import Refused
from sitong.shared.ledger.actions import TransferWanted, post_transfers


def claim_back(redemption_ids: Sequence[UUID], *, now: datetime) -> int:
    """Post the claims for gifts that were handed over, up the chain of dealers of the redemption's day; gives how many lines.

    Each level claims once, however often it is asked: a line stands under an id made of redemption and level. Nothing is
    claimed without a proof that holds, and nothing for a handover that was taken back before. The number of statements does
    not depend on that of redemptions.
    """
    with transaction.atomic():
        found = handovers(redemption_ids)
        proven = [found[key] for key in sorted(found) if is_proven(found[key])]
        there = set(ClaimLine.objects.filter(redemption_id__in=found).values_list("id", flat=True))
        currencies = {key: one.currency for key, one in brand_facts({one.brand_id for one in proven}).items()}
        lines = [line for one in proven for line in _lines(one, currencies[one.brand_id], now) if line.id not in there]
        ClaimLine.objects.bulk_create(lines)
        _post(lines, now=now)
    return len(lines)


def take_claims_back(redemption_ids: Sequence[UUID], *, now: datetime) -> int:
    """Take back what was claimed for handovers that were undone, level by level, by reversing transfers; gives how many.

    What was paid already is owed back: it stands, negative, in the next statement. What a dispute has rejected is not taken
    back once more. Again changes nothing.
    """
    with transaction.atomic():
        found = {key: one for key, one in handovers(redemption_ids).items() if one.undone_at is not None}
        rows = ClaimLine.objects.select_for_update(no_key=True).filter(redemption_id__in=found).order_by("id")
        standing = {row.id: row for row in rows}
        gone = {row.of_id for row in standing.values() if row.of_id}
        back = [
            _back(row, found[row.redemption_id], now)
            for row in standing.values()
            if row.of_id is None and row.id not in gone and row.rejected_at is None
        ]
        ClaimLine.objects.bulk_create(back)
        reverse_lines([line.of_id for line in back if line.of_id], by=None, now=now)
    return len(back)


def reverse_lines(line_ids: Iterable[UUID], *, by: UUID | None, now: datetime) -> None:
    """Take the transfers of claims back, in the caller's transaction, which holds the lines."""
    wanted = [
        TransferWanted(uuid5(key, "reversed"), reason="distribution.claim_back", document_id=key, reverses_id=transfer_id(key), by=by)
        for key in line_ids
    ]  # fmt: skip
    for outcome in post_transfers(wanted, now=now):
        if isinstance(outcome, Refused):
            raise outcome


def transfer_id(line: UUID) -> UUID:
    """Give the id of the transfer by which a line was claimed."""
    return uuid5(line, "claimed")


def _post(lines: Sequence[ClaimLine], *, now: datetime) -> None:
    accounts = accounts_for(
        (
            (line.brand_id, owner, line.currency, kind)
            for line in lines
            for owner, kind in ((line.claimant_id, DUE), (line.debtor_id, OWED))
        ),
        now=now,
    )
    wanted = [
        TransferWanted(
            transfer_id(line.id), accounts[line.brand_id, line.claimant_id, line.currency, DUE],
            accounts[line.brand_id, line.debtor_id, line.currency, OWED], line.amount_minor, "distribution.claim",
            document_id=line.redemption_id,
        )
        for line in lines
    ]  # fmt: skip
    for outcome in post_transfers(wanted, now=now):
        if isinstance(outcome, Refused):
            raise outcome


def _lines(one: Handover, currency: str, now: datetime) -> list[ClaimLine]:
    if one.undone_at is not None:
        return []
    said = one.evidence
    return [
        ClaimLine(
            id=line_id(said.redemption_id, up.level), brand_id=one.brand_id, redemption_id=said.redemption_id, gift_id=said.gift_id,
            store_id=said.store_id, level=up.level, claimant_kind=up.claimant_kind, claimant_id=up.claimant_id,
            debtor_kind=up.debtor_kind, debtor_id=up.debtor_id, currency=currency, amount_minor=up.amount_minor, code=said.code,
            at=said.at, posted_at=now,
        )
        for up in claims_up(said.store_id, said.dealers, one.brand_id, said.levels_minor)
    ]  # fmt: skip


def _back(row: ClaimLine, one: Handover, now: datetime) -> ClaimLine:
    assert one.undone_at is not None
    return ClaimLine(
        id=back_id(row.id), brand_id=row.brand_id, redemption_id=row.redemption_id, gift_id=row.gift_id, store_id=row.store_id,
        level=row.level, claimant_kind=row.claimant_kind, claimant_id=row.claimant_id, debtor_kind=row.debtor_kind,
        debtor_id=row.debtor_id, currency=row.currency, amount_minor=-row.amount_minor, code=row.code, at=one.undone_at,
        of_id=row.id, reason=one.undone_reason, posted_at=now,
    )  # fmt: skip
