"""Gifts on members' phones and at counters: what they hold, what they ask for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from sitong.marketing.gifts.models import (
    Gift,
    GiftAsk,
    GiftClaim,
    GiftCount,
    GiftCounter,
    GiftRedemption,
    GiftRedemptionUndone,
)
from sitong.shared.access.viewer import Viewer

SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class MyGift:
    """One gift in a member's hands, with what the library says of it. `redeemed` is its redemption, if it was handed over."""

    id: UUID
    gift: Gift
    code: str
    state: str
    given_at: datetime
    valid_from: datetime
    valid_until: datetime
    void_reason: str
    redeemed: GiftRedemption | None = None


@dataclass(frozen=True, slots=True)
class OpenAsk:
    """What a consumer at the counter asks for."""

    id: UUID
    claim_id: UUID
    member_id: UUID
    gift: Gift
    asked_at: datetime
    expires_at: datetime


def my_gifts(member_id: UUID, *, at: datetime, which: str = "ready") -> list[MyGift]:
    """Give a member's gifts: "ready" (the soonest to expire first), "used", or "expired" and void. Three statements."""
    rows = GiftClaim.objects.filter(member_id=member_id)
    if which == "ready":
        rows = rows.filter(state="ready", valid_until__gt=at).order_by("valid_until", "id")
    elif which == "used":
        rows = rows.filter(state="redeemed").order_by("-given_at", "id")
    else:
        rows = (rows.filter(state="void") | rows.filter(state="ready", valid_until__lte=at)).order_by("-valid_until")
    return _shown(list(rows[:SHOWN_MAX]))


def my_gift(member_id: UUID, claim_id: UUID) -> MyGift | None:
    """Give one gift of a member; None when it has none of this id."""
    found = _shown(list(GiftClaim.objects.filter(member_id=member_id, id=claim_id)))
    return found[0] if found else None


def counted_gifts(member_id: UUID, *, at: datetime) -> int:
    """Give how many gifts a member may fetch now."""
    return GiftClaim.objects.filter(member_id=member_id, state="ready", valid_until__gt=at, valid_from__lte=at).count()


def open_asks(store_id: UUID, *, at: datetime) -> list[OpenAsk]:
    """Give what consumers at a store's counter ask for and nobody has answered, the first first."""
    rows = list(GiftAsk.objects.filter(store_id=store_id, answered_at=None, expires_at__gt=at).order_by("asked_at"))
    claims = GiftClaim.objects.in_bulk([row.claim_id for row in rows])
    gifts = Gift.objects.in_bulk({claim.gift_id for claim in claims.values()})
    return [
        OpenAsk(
            row.id, row.claim_id, claims[row.claim_id].member_id, gifts[claims[row.claim_id].gift_id], row.asked_at, row.expires_at
        )
        for row in rows
    ]  # fmt: skip


def ask_of(member_id: UUID, ask_id: UUID) -> GiftAsk | None:
    """Give what a member has asked for; None when it has not."""
    return GiftAsk.objects.filter(id=ask_id, member_id=member_id).first()


def ask_state(ask: GiftAsk, *, at: datetime) -> str:
    """Say how an ask stands: waiting, done, declined, or over since nobody answered."""
    if ask.confirmed is not None:
        return "done" if ask.confirmed else "declined"
    return "waiting" if at < ask.expires_at else "over"


def confirms_itself(store_id: UUID) -> bool:
    """Tell whether a store's counter confirms itself."""
    return GiftCounter.objects.filter(store_id=store_id, confirms_itself=True).exists()


def gifts_visible_to(viewer: Viewer, permission: str = "coupon.see") -> QuerySet[Gift]:
    """Give the library of the viewer's brand, to headquarters' staff."""
    return Gift.objects.filter(brand_id__in=viewer.place_ids("brand", permission))


def counts_of(gift_ids: Collection[UUID]) -> Mapping[UUID, Any]:
    """Give the counts of gifts."""
    return GiftCount.objects.in_bulk(list(gift_ids))


def gifts_by_id(gift_ids: Collection[UUID]) -> dict[UUID, Gift]:
    """Give gifts of the library as they stand."""
    return Gift.objects.in_bulk(list(gift_ids))


def _shown(rows: list[GiftClaim]) -> list[MyGift]:
    gifts = Gift.objects.in_bulk({row.gift_id for row in rows})
    used = [row for row in rows if row.state == "redeemed"]
    done = {
        (one.claim_id, one.turn): one for one in GiftRedemption.objects.filter(claim_id__in=[row.id for row in used])
    }
    return [
        MyGift(
            row.id, gifts[row.gift_id], row.code, row.state, row.given_at, row.valid_from, row.valid_until, row.void_reason,
            done.get((row.id, row.turn)),
        )
        for row in rows
    ]  # fmt: skip


def undone_ids(redemption_ids: Collection[UUID]) -> set[UUID]:
    """Give those of the redemptions that were taken back."""
    rows = GiftRedemptionUndone.objects.filter(redemption_id__in=redemption_ids)
    return set(rows.values_list("redemption_id", flat=True))
