"""The hot routes of coupons: claims and redemptions that arrive together are committed together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from sitong.marketing.coupons.actions import (
    Claimed,
    ClaimWanted,
    Redeemed,
    RedeemWanted,
    claim_coupons,
    redeem_coupons,
)
from sitong.marketing.coupons.schemas import ClaimIn, RedeemIn
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer
from sitong.shared.batch.hot import HotCall, HotRoute
from sitong.shared.batch.lanes import Lanes
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, NotFound, Refused


@dataclass(frozen=True, slots=True)
class Scanned:
    """A coupon that staff scanned. `unsure` is the viewer when its place does not say by itself that the store is in reach."""

    wanted: RedeemWanted
    unsure: Viewer | None = None


def claim_wanted(claim: ClaimIn, viewer: Viewer) -> ClaimWanted:
    """Give what a consumer claims. Only consumers claim for themselves."""
    if viewer.member_id is None or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    return ClaimWanted(
        claim.id, viewer.brand_id, viewer.member_id, claim.coupon_id, "claim", claim.store_id, claim.source
    )


def scanned(wanted: RedeemIn, viewer: Viewer) -> Scanned:
    """Give what staff scanned. Refused: shared.not_allowed without coupon.redeem."""
    viewer.require("coupon.redeem")
    assert viewer.brand_id is not None
    one = RedeemWanted(wanted.id, viewer.brand_id, wanted.store_id, wanted.code, None, viewer.account_id)
    own = wanted.store_id in viewer.place_ids("store", "coupon.redeem") or viewer.place_ids("brand", "coupon.redeem")
    return Scanned(one, None if own else viewer)


def redeem_scanned(items: Sequence[Scanned]) -> list[Redeemed | Refused]:
    """Redeem what staff scanned, each in a store within its reach; a store that is not is not found."""
    reach: dict[tuple[UUID, UUID], bool] = {}
    for item in items:
        if item.unsure is not None:
            key = (item.unsure.account_id, item.wanted.store_id)
            if key not in reach:
                there = stores_visible_to(item.unsure, "coupon.redeem").filter(id=item.wanted.store_id)
                reach[key] = there.exists()
    may = [item.unsure is None or reach[item.unsure.account_id, item.wanted.store_id] for item in items]
    outcomes = iter(
        redeem_coupons([item.wanted for item, allowed in zip(items, may, strict=True) if allowed], now=clock_now())
    )
    return [next(outcomes) if allowed else NotFound(what="store") for allowed in may]


def claimed_shown(one: Claimed) -> dict[str, object]:
    """Give a claim as the API answers it."""
    return {
        "id": one.id, "coupon_id": one.coupon_id, "code": one.code, "way": one.way, "claimed_at": one.claimed_at,
        "valid_from": one.valid_from, "valid_until": one.valid_until,
    }  # fmt: skip


def redeemed_shown(one: Redeemed) -> dict[str, object]:
    """Give a redemption as the API answers it."""
    return {
        "id": one.id, "claim_id": one.claim_id, "coupon_id": one.coupon_id, "store_id": one.store_id, "name": one.name,
        "name_en": one.name_en, "at": one.at,
    }  # fmt: skip


def _claim_batch(wanted: Sequence[ClaimWanted]) -> list[Claimed | Refused]:
    return claim_coupons(wanted, now=clock_now())


def _read_claim(call: HotCall) -> ClaimWanted:
    assert call.viewer is not None
    return claim_wanted(ClaimIn.model_validate_json(call.body), call.viewer)


def _read_scan(call: HotCall) -> Scanned:
    assert call.viewer is not None
    return scanned(RedeemIn.model_validate_json(call.body), call.viewer)


CLAIMING: Lanes[ClaimWanted, Claimed] = Lanes("claim_coupons", _claim_batch, key=lambda one: one.coupon_id.int)
REDEEMING: Lanes[Scanned, Redeemed] = Lanes(
    "redeem_coupons", redeem_scanned, key=lambda one: sum(one.wanted.code.encode())
)

HOT = [
    HotRoute(
        "POST",
        "/api/v1/coupon-claims",
        lane=CLAIMING,
        parse=_read_claim,
        render=lambda one: orjson.dumps(claimed_shown(one)),
        status=201,
    ),
    HotRoute(
        "POST",
        "/api/v1/redemptions",
        lane=REDEEMING,
        parse=_read_scan,
        render=lambda one: orjson.dumps(redeemed_shown(one)),
    ),
]
