"""The hot route of draws: plays that arrive together are committed together."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from sitong.marketing.draws.actions import Played, PlayWanted, play_draws
from sitong.marketing.draws.schemas import PlayIn
from sitong.shared.access.viewer import Viewer
from sitong.shared.batch.hot import HotCall, HotRoute
from sitong.shared.batch.lanes import Lanes
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, Refused


def play_wanted(play: PlayIn, viewer: Viewer) -> PlayWanted:
    """Give what a consumer plays. Only consumers play, and for themselves."""
    if viewer.member_id is None or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    return PlayWanted(play.id, viewer.brand_id, play.draw_id, viewer.member_id, play.way, play.store_id)


def played_shown(one: Played) -> dict[str, object]:
    """Give a play as the API answers it."""
    return {
        "id": one.id, "draw_id": one.draw_id, "number": one.number, "way": one.way, "ticket": one.ticket, "prize_id": one.prize_id,
        "how": one.how, "version": one.version, "at": one.at,
    }  # fmt: skip


def _play_batch(wanted: Sequence[PlayWanted]) -> list[Played | Refused]:
    return play_draws(wanted, now=clock_now())


def _read_play(call: HotCall) -> PlayWanted:
    assert call.viewer is not None
    return play_wanted(PlayIn.model_validate_json(call.body), call.viewer)


PLAYING: Lanes[PlayWanted, Played] = Lanes("play_draws", _play_batch, key=lambda one: one.draw_id.int)

HOT = [
    HotRoute(
        "POST",
        "/api/v1/draw-plays",
        lane=PLAYING,
        parse=_read_play,
        render=lambda one: orjson.dumps(played_shown(one)),
        status=201,
    ),
]
