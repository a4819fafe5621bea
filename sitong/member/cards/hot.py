"""The hot route of cards: uses that arrive together are committed together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from sitong.member.cards.actions import Used, UseWanted, use_cards
from sitong.member.cards.schemas import CardUseIn, used_shown
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer
from sitong.shared.batch.hot import HotCall, HotRoute
from sitong.shared.batch.lanes import Lanes
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound, Refused


@dataclass(frozen=True, slots=True)
class CardScanned:
    """A card that staff scanned. `unsure` is the viewer when its place does not say by itself that the store is in reach."""

    wanted: UseWanted
    unsure: Viewer | None = None


def card_scanned(wanted: CardUseIn, viewer: Viewer) -> CardScanned:
    """Give what staff scanned. Refused: shared.not_allowed without coupon.redeem."""
    viewer.require("coupon.redeem")
    assert viewer.brand_id is not None
    one = UseWanted(
        wanted.id, viewer.brand_id, wanted.code, wanted.store_id, wanted.person_id, viewer.account_id, wanted.at
    )
    own = wanted.store_id in viewer.place_ids("store", "coupon.redeem") or viewer.place_ids("brand", "coupon.redeem")
    return CardScanned(one, None if own else viewer)


def use_scanned(items: Sequence[CardScanned]) -> list[Used | Refused]:
    """Use what staff scanned, each in a store within its reach; a store that is not is not found."""
    reach: dict[tuple[UUID, UUID], bool] = {}
    for item in items:
        if item.unsure is not None:
            key = (item.unsure.account_id, item.wanted.store_id)
            if key not in reach:
                reach[key] = stores_visible_to(item.unsure, "coupon.redeem").filter(id=item.wanted.store_id).exists()
    may = [item.unsure is None or reach[item.unsure.account_id, item.wanted.store_id] for item in items]
    allowed = [item.wanted for item, one in zip(items, may, strict=True) if one]
    outcomes = iter(use_cards(allowed, now=clock_now()))
    return [next(outcomes) if one else NotFound(what="store") for one in may]


def _read(call: HotCall) -> CardScanned:
    assert call.viewer is not None
    return card_scanned(CardUseIn.model_validate_json(call.body), call.viewer)


USING: Lanes[CardScanned, Used] = Lanes("use_cards", use_scanned, key=lambda one: sum(one.wanted.code.encode()))

HOT = [
    HotRoute("POST", "/api/v1/card-uses", lane=USING, parse=_read, render=lambda one: orjson.dumps(used_shown(one))),
]
