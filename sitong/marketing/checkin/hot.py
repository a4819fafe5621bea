"""The hot route of check-in: what arrives together is counted together."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import orjson

from sitong.marketing.checkin.actions import CheckedIn, CheckInWanted, check_in
from sitong.marketing.checkin.challenge import read_challenge
from sitong.marketing.checkin.schemas import CheckInIn
from sitong.marketing.coupons.counter import require_counter_code
from sitong.shared import clock
from sitong.shared.access.fields import keyed_index
from sitong.shared.access.viewer import Viewer
from sitong.shared.batch.hot import HotCall, HotRoute
from sitong.shared.batch.lanes import Lanes
from sitong.shared.errors import NotAllowed, Refused
from sitong.shared.geo import Position, from_gcj02


def check_in_wanted(said: CheckInIn, viewer: Viewer) -> CheckInWanted:
    """Give what a consumer wants counted, once its challenge and the counter's code hold; the position goes no further.

    Refused: shared.not_allowed, marketing.challenge_forged, marketing.challenge_old, marketing.counter_code_old.
    """
    if viewer.member_id is None or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    at = clock.now()
    check_in_id = read_challenge(said.challenge, viewer.member_id, said.store_id, now=at)
    if said.counter_code:
        require_counter_code(said.store_id, said.counter_code, at=at)
    position = None
    if said.latitude is not None and said.longitude is not None:
        position = Position.of_degrees(said.latitude, said.longitude)
        position = from_gcj02(position) if said.datum == "gcj02" else position
    return CheckInWanted(
        check_in_id, viewer.brand_id, viewer.member_id, said.store_id, position, round(said.accuracy_m + 0.49), bool(said.counter_code),
        hashed_device(said.device, viewer.brand_id),
    )  # fmt: skip


def hashed_device(device: str, brand_id: UUID) -> bytes:
    """Give the keyed hash of what a device calls itself, another one for each brand; b"" for one that says nothing."""
    return keyed_index(f"check-in device:{brand_id}:{device}") if device else b""


def checked_in_shown(one: CheckedIn) -> dict[str, object]:
    """Give a check-in as the API answers it."""
    return {
        "id": one.id, "store_id": one.store_id, "on": one.on, "at": one.at, "way": one.way, "state": one.state, "streak": one.streak,
        "total": one.total,
    }  # fmt: skip


def _check_in_batch(wanted: Sequence[CheckInWanted]) -> list[CheckedIn | Refused]:
    return check_in(wanted, now=clock.now())


def _read(call: HotCall) -> CheckInWanted:
    assert call.viewer is not None
    return check_in_wanted(CheckInIn.model_validate_json(call.body), call.viewer)


CHECKING_IN: Lanes[CheckInWanted, CheckedIn] = Lanes("check_in", _check_in_batch, key=lambda one: one.store_id.int)

HOT = [
    HotRoute(
        "POST",
        "/api/v1/check-ins",
        lane=CHECKING_IN,
        parse=_read,
        render=lambda one: orjson.dumps(checked_in_shown(one)),
        status=201,
    )
]
