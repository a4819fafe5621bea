"""The hot route of group deals: joins that arrive together are committed together."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from sitong.marketing.deals.actions import Joined, JoinWanted, join_groups
from sitong.marketing.deals.schemas import DealJoinIn
from sitong.shared.access.viewer import Viewer
from sitong.shared.batch.hot import HotCall, HotRoute
from sitong.shared.batch.lanes import Lanes
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, Refused


def join_wanted(join: DealJoinIn, viewer: Viewer) -> JoinWanted:
    """Give the place that a consumer wants. Only consumers join, for themselves."""
    if viewer.member_id is None or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    return JoinWanted(
        join.id, viewer.brand_id, viewer.member_id, join.deal_id, join.way, join.group_id, join.store_id, join.source
    )


def joined_shown(one: Joined) -> dict[str, object]:
    """Give a place as the API answers it."""
    return {
        "id": one.id, "group_id": one.group_id, "deal_id": one.deal_id, "state": one.state, "price_minor": one.price_minor,
        "joined_at": one.joined_at, "pay_by": one.pay_by,
    }  # fmt: skip


def _join_batch(wanted: Sequence[JoinWanted]) -> list[Joined | Refused]:
    return join_groups(wanted, now=clock_now())


def _read_join(call: HotCall) -> JoinWanted:
    assert call.viewer is not None
    return join_wanted(DealJoinIn.model_validate_json(call.body), call.viewer)


JOINING: Lanes[JoinWanted, Joined] = Lanes("join_groups", _join_batch, key=lambda one: one.deal_id.int)

HOT = [
    HotRoute(
        "POST",
        "/api/v1/deal-joins",
        lane=JOINING,
        parse=_read_join,
        render=lambda one: orjson.dumps(joined_shown(one)),
        status=201,
    ),
]
