"""The consumer's own redemption: it scans the counter's code and asks; the clerk's phone rings, or nobody has to confirm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from sitong.marketing.gifts.actions.redeem import lock_gifts, redeem_gifts
from sitong.marketing.gifts.events import GiftAsked
from sitong.marketing.gifts.models import GiftAsk, GiftCounter
from sitong.marketing.gifts.queries.places import gift_places
from sitong.marketing.gifts.redeeming import (
    GiftAlreadyRedeemed,
    GiftNotYours,
    GiftUnknown,
    HandedOver,
    RedeemGift,
    handover_fault,
)
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce

ANSWER_WITHIN = timedelta(minutes=3)


class AskOver(Refused):
    """The ask was answered otherwise, or nobody answered it within three minutes: the consumer asks again."""

    code = "marketing.gift_ask_over"


@dataclass(frozen=True, slots=True)
class AskWanted:
    """A consumer at a store's counter asks for its gift. `id` is made by the consumer's page."""

    id: UUID
    brand_id: UUID
    store_id: UUID
    claim_id: UUID
    member_id: UUID


def ask_for_gifts(wanted: Sequence[AskWanted], *, now: datetime) -> list[GiftAsk | HandedOver | Refused]:
    """Ask for gifts at counters: where the store lets its counter confirm itself, and the gift does too, it is handed over
    at once; else the ask waits three minutes for a clerk.

    The caller has checked the counter's code. The same id again gets the same answer. Refused: marketing.gift_unknown,
    gift_not_yours, gift_already_redeemed and what `redeem_gifts` refuses with; shared.not_found, shared.repeat_differs.
    """
    with transaction.atomic():
        claims = lock_gifts({one.claim_id for one in wanted})
        places = gift_places({one.store_id for one in wanted})
        itself = set(
            GiftCounter.objects.filter(store_id__in=places, confirms_itself=True).values_list("store_id", flat=True)
        )
        before = GiftAsk.objects.in_bulk([one.id for one in wanted])
        outcomes: list[GiftAsk | HandedOver | Refused | None] = []
        fresh: list[GiftAsk] = []
        at_once: list[RedeemGift] = []
        for one in wanted:
            claim, place = claims.get(one.claim_id), places.get(one.store_id)
            if (ask := before.get(one.id)) is not None:
                outcomes.append(ask if _same(ask, one) else RepeatDiffers(id=one.id))
            elif place is None or place.closed or place.brand_id != one.brand_id:
                outcomes.append(NotFound(what="store"))
            elif claim is None or claim.brand_id != one.brand_id:
                outcomes.append(GiftUnknown())
            elif claim.member_id != one.member_id:
                outcomes.append(GiftNotYours())
            elif claim.state == "redeemed" or (one.store_id in itself and not claim.terms.clerk_confirms):
                at_once.append(_handover(one, "self", one.member_id))
                outcomes.append(None)
            elif (fault := handover_fault(claim, place, at=now)) is not None:
                outcomes.append(fault)
            else:
                ask = before[one.id] = GiftAsk(
                    id=one.id, brand_id=one.brand_id, claim_id=claim.id, member_id=one.member_id, store_id=place.id,
                    asked_at=now, expires_at=now + ANSWER_WITHIN,
                )  # fmt: skip
                fresh.append(ask)
                outcomes.append(ask)
        GiftAsk.objects.bulk_create(fresh)
        announce([
            GiftAsked(ask.brand_id, ask.id, ask.claim_id, claims[ask.claim_id].terms.id, ask.store_id) for ask in fresh
        ], at=now)  # fmt: skip
        done = iter(redeem_gifts(at_once, now=now) if at_once else [])
    return [next(done) if one is None else one for one in outcomes]


def confirm_asks(ask_ids: Sequence[UUID], *, store_id: UUID, by: UUID | None, now: datetime) -> list[HandedOver | Refused]:  # fmt: skip
    """Confirm what consumers at this store's counter asked for, and hand it over. Again gives the same answer.

    Refused: shared.not_found, marketing.gift_ask_over, and what `redeem_gifts` refuses with.
    """
    with transaction.atomic():
        asks = _locked(ask_ids, store_id)
        outcomes: list[HandedOver | Refused | None] = []
        wanted: list[RedeemGift] = []
        for key in ask_ids:
            ask = asks.get(key)
            if ask is None:
                outcomes.append(NotFound(what="ask"))
            elif ask.confirmed is False or (ask.answered_at is None and now >= ask.expires_at):
                outcomes.append(AskOver())
            else:
                wanted.append(RedeemGift(
                    ask.id, ask.brand_id, ask.store_id, "", ask.claim_id, "counter", True, ask.answered_by or by
                ))  # fmt: skip
                outcomes.append(None)
        done = redeem_gifts(wanted, now=now) if wanted else []
        for one, outcome in zip(wanted, done, strict=True):
            ask = asks[one.nonce]
            if ask.answered_at is None and isinstance(outcome, HandedOver | GiftAlreadyRedeemed):
                _answer(ask, confirmed=isinstance(outcome, HandedOver), by=by, now=now)
        answers = iter(done)
    return [next(answers) if one is None else one for one in outcomes]


def decline_asks(ask_ids: Sequence[UUID], *, store_id: UUID, by: UUID | None, now: datetime) -> list[GiftAsk | Refused]:
    """Say no to what consumers asked for: nothing is handed over, the gift stays theirs. Again changes nothing.

    Refused: shared.not_found, marketing.gift_ask_over (it was confirmed).
    """
    with transaction.atomic():
        asks = _locked(ask_ids, store_id)
        outcomes: list[GiftAsk | Refused] = []
        for key in ask_ids:
            ask = asks.get(key)
            if ask is None:
                outcomes.append(NotFound(what="ask"))
            elif ask.confirmed:
                outcomes.append(AskOver())
            else:
                if ask.answered_at is None:
                    _answer(ask, confirmed=False, by=by, now=now)
                outcomes.append(ask)
    return outcomes


def _locked(ask_ids: Sequence[UUID], store_id: UUID) -> dict[UUID, GiftAsk]:
    rows = GiftAsk.objects.select_for_update(no_key=True).filter(id__in=ask_ids, store_id=store_id).order_by("id")
    return {row.id: row for row in rows}


def _answer(ask: GiftAsk, *, confirmed: bool, by: UUID | None, now: datetime) -> None:
    ask.answered_at, ask.answered_by, ask.confirmed = now, by, confirmed
    ask.save(update_fields=["answered_at", "answered_by", "confirmed"])


def _handover(one: AskWanted, way: str, member_id: UUID | None) -> RedeemGift:
    return RedeemGift(one.id, one.brand_id, one.store_id, "", one.claim_id, way, True, None, member_id)


def _same(ask: GiftAsk, one: AskWanted) -> bool:
    return (ask.claim_id, ask.store_id, ask.brand_id) == (one.claim_id, one.store_id, one.brand_id)
