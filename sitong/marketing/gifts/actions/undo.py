"""Take redemptions back, and make gifts void."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from sitong.goods.inventory.actions.receipts import ReceiptLine, ReceiptWanted, receive_stock
from sitong.marketing.gifts.actions.give import lock_gift_counts
from sitong.marketing.gifts.actions.redeem import lock_gifts
from sitong.marketing.gifts.events import GiftTakenBack, GiftVoided
from sitong.marketing.gifts.models import GiftRedemption, GiftRedemptionUndone
from sitong.marketing.gifts.redeeming import GiftNow, GiftUnknown
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused
from sitong.shared.events.actions import announce
from sitong.shared.statements import integers, run, texts, uuids, write

REASON_MAX = 80

UNDONE = "SELECT redemption_id FROM marketing_giftredemptionundone WHERE redemption_id = ANY(%s::uuid[])"
MARK_READY = "UPDATE marketing_giftclaim SET state = 'ready', turn = turn + 1 WHERE id = ANY(%s::uuid[])"
MAKE_VOID = """
UPDATE marketing_giftclaim AS c SET state = 'void', voided_at = %s::timestamptz, void_reason = v.reason
FROM unnest(%s::uuid[], %s::text[]) AS v(id, reason) WHERE c.id = v.id
"""
COUNT_VOID = """
UPDATE marketing_giftcount AS c SET voided = c.voided + n.voided FROM unnest(%s::uuid[], %s::int[]) AS n(gift_id, voided)
WHERE c.gift_id = n.gift_id
"""


class GiftReasonMissing(Refused):
    """Whoever takes a gift or its redemption back says why."""

    code = "marketing.gift_reason_missing"


class GiftHandedOver(Refused):
    """The gift was handed over: take the redemption back first."""

    code = "marketing.gift_handed_over"


@dataclass(frozen=True, slots=True)
class GiftVoidWanted:
    """A gift in a member's hands that shall hold no more, and why."""

    claim_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class TakeBackWanted:
    """A redemption that did not happen after all, or whose gift came back, and why."""

    redemption_id: UUID
    reason: str


def take_back_redemptions(wanted: Sequence[TakeBackWanted], *, by: UUID | None, now: datetime) -> list[UUID | Refused]:
    """Take redemptions back: the member has the gift again until its own end, goods lie in the store's stock again, and
    whatever was claimed upward for it is reversed. Gives the claims; again gives the same.

    The proof stays in the store's chain, with the undoing beside it. Refused: marketing.gift_reason_missing, shared.not_found.
    """
    with transaction.atomic():
        rows = GiftRedemption.objects.in_bulk([one.redemption_id for one in wanted])
        claims = lock_gifts({row.claim_id for row in rows.values()})
        undone = {key for (key,) in run(UNDONE, [uuids(rows)])}
        outcomes: list[UUID | Refused] = []
        fresh: list[tuple[GiftRedemption, str]] = []
        for one in wanted:
            row = rows.get(one.redemption_id)
            if row is None:
                outcomes.append(NotFound(what="redemption"))
            elif row.id in undone:
                outcomes.append(row.claim_id)
            elif not one.reason.strip():
                outcomes.append(GiftReasonMissing())
            else:
                undone.add(row.id)
                fresh.append((row, one.reason.strip()[:REASON_MAX]))
                outcomes.append(row.claim_id)
        if fresh:
            _take_back(sorted(fresh, key=lambda pair: pair[0].id), claims, by=by, now=now)
    return outcomes


def void_gifts(wanted: Sequence[GiftVoidWanted], *, by: UUID | None, now: datetime) -> list[UUID | Refused]:
    """Let gifts in members' hands hold no more; again changes nothing. Gives the claims.

    Refused: marketing.gift_reason_missing, marketing.gift_handed_over, marketing.gift_unknown.
    """
    with transaction.atomic():
        claims = lock_gifts({one.claim_id for one in wanted})
        lock_gift_counts({claim.terms.id for claim in claims.values()})
        outcomes: list[UUID | Refused] = []
        fresh: dict[UUID, str] = {}
        for one in wanted:
            claim = claims.get(one.claim_id)
            if claim is None:
                outcomes.append(GiftUnknown())
            elif claim.state == "void" or claim.id in fresh:
                outcomes.append(claim.id)
            elif claim.state == "redeemed":
                outcomes.append(GiftHandedOver())
            elif not one.reason.strip():
                outcomes.append(GiftReasonMissing())
            else:
                fresh[claim.id] = one.reason.strip()[:REASON_MAX]
                outcomes.append(claim.id)
        if fresh:
            _void([claims[key] for key in sorted(fresh)], fresh, by=by, now=now)
    return outcomes


def _take_back(
    rows: Sequence[tuple[GiftRedemption, str]], claims: dict[UUID, GiftNow], *, by: UUID | None, now: datetime
) -> None:
    GiftRedemptionUndone.objects.bulk_create([
        GiftRedemptionUndone(redemption_id=row.id, brand_id=row.brand_id, by=by, at=now, reason=reason) for row, reason in rows
    ])  # fmt: skip
    write(MARK_READY, [uuids([row.claim_id for row, _ in rows])])
    goods = [
        ReceiptWanted(uuid5(row.id, "back"), row.store_id, (ReceiptLine(terms.sku_id, terms.quantity),), f"gift {claims[row.claim_id].code}")
        for row, _ in rows if (terms := claims[row.claim_id].terms).sku_id
    ]  # fmt: skip
    if goods:
        receive_stock(goods, by=by, now=now)
    announce([
        GiftTakenBack(row.brand_id, row.id, row.claim_id, row.gift_id, claims[row.claim_id].member_id, row.store_id,
                      row.levels_minor[0], reason)
        for row, reason in rows
    ], at=now)  # fmt: skip
    record([
        AuditEntry("redemption_taken_back", "marketing.giftclaim", row.claim_id, row.brand_id, by, {}, {"reason": reason})
        for row, reason in rows
    ], at=now)  # fmt: skip


def _void(claims: Sequence[GiftNow], reasons: dict[UUID, str], *, by: UUID | None, now: datetime) -> None:

    write(MAKE_VOID, [now, uuids([claim.id for claim in claims]), texts([reasons[claim.id] for claim in claims])])
    counts: dict[UUID, int] = {}
    for claim in claims:
        counts[claim.terms.id] = counts.get(claim.terms.id, 0) + 1
    keys = sorted(counts)
    write(COUNT_VOID, [uuids(keys), integers([counts[key] for key in keys])])
    announce([
        GiftVoided(claim.brand_id, claim.id, claim.terms.id, claim.member_id, reasons[claim.id]) for claim in claims
    ], at=now)  # fmt: skip
    record([
        AuditEntry("voided", "marketing.giftclaim", claim.id, claim.brand_id, by, {}, {"reason": reasons[claim.id]})
        for claim in claims
    ], at=now)  # fmt: skip
