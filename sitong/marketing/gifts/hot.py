"""The hot route of gifts: handovers that arrive together are committed together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from sitong.marketing.gifts.actions import HandedOver, RedeemGift, redeem_gifts
from sitong.marketing.gifts.schemas import GiftScanIn
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer
from sitong.shared.batch.hot import HotCall, HotRoute
from sitong.shared.batch.lanes import Lanes
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound, Refused


@dataclass(frozen=True, slots=True)
class GiftScanned:
    """A gift that staff scanned. `unsure` is the viewer when its place does not say by itself that the store is in reach."""

    wanted: RedeemGift
    unsure: Viewer | None = None


def gift_scanned(scan: GiftScanIn, viewer: Viewer) -> GiftScanned:
    """Give what staff scanned. Refused: shared.not_allowed without coupon.redeem."""
    viewer.require("coupon.redeem")
    assert viewer.brand_id is not None
    one = RedeemGift(
        scan.id, viewer.brand_id, scan.store_id, scan.code, by=viewer.account_id, scanned_at=scan.scanned_at
    )
    own = scan.store_id in viewer.place_ids("store", "coupon.redeem") or viewer.place_ids("brand", "coupon.redeem")
    return GiftScanned(one, None if own else viewer)


def hand_over_scanned(items: Sequence[GiftScanned]) -> list[HandedOver | Refused]:
    """Hand over what staff scanned, each in a store within its reach; a store that is not is not found."""
    reach: dict[tuple[UUID, UUID], bool] = {}
    for item in items:
        if item.unsure is not None:
            key = (item.unsure.account_id, item.wanted.store_id)
            if key not in reach:
                there = stores_visible_to(item.unsure, "coupon.redeem").filter(id=item.wanted.store_id)
                reach[key] = there.exists()
    may = [item.unsure is None or reach[item.unsure.account_id, item.wanted.store_id] for item in items]
    allowed = [item.wanted for item, yes in zip(items, may, strict=True) if yes]
    outcomes = iter(redeem_gifts(allowed, now=clock_now()) if allowed else [])
    return [next(outcomes) if yes else NotFound(what="store") for yes in may]


def handover_shown(one: HandedOver) -> dict[str, object]:
    """Give a handover as the API answers it."""
    return {
        "id": one.id, "claim_id": one.claim_id, "gift_id": one.gift_id, "store_id": one.store_id, "name": one.name,
        "name_en": one.name_en, "at": one.at,
    }  # fmt: skip


def _read_scan(call: HotCall) -> GiftScanned:
    assert call.viewer is not None
    return gift_scanned(GiftScanIn.model_validate_json(call.body), call.viewer)


HANDING_OVER: Lanes[GiftScanned, HandedOver] = Lanes(
    "redeem_gifts", hand_over_scanned, key=lambda one: one.wanted.store_id.int
)

HOT = [
    HotRoute(
        "POST",
        "/api/v1/gift-redemptions",
        lane=HANDING_OVER,
        parse=_read_scan,
        render=lambda one: orjson.dumps(handover_shown(one)),
    ),
]
