"""Draws over HTTP: play (hot), see what runs and what was won, claim; staff hand over; headquarters' part stands in `desk_api`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Router, Status

from sitong.marketing.draws import desk_api, schemas
from sitong.marketing.draws.actions import Address, HandOverWanted, claim_by_address, hand_over_prizes, play_draws
from sitong.marketing.draws.codes import read_prize_code
from sitong.marketing.draws.desk_api import won_shown
from sitong.marketing.draws.hot import HOT, play_wanted, played_shown
from sitong.marketing.draws.models import Draw
from sitong.marketing.draws.queries.desk import draws_visible_to, win_by_code
from sitong.marketing.draws.queries.member import prizes_won
from sitong.marketing.draws.queries.records import record_file
from sitong.marketing.draws.queries.shop import open_draws, plays_of, prizes_published, published_draws, standing_of
from sitong.marketing.draws.rules import rules_read
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, NotFound, Refused

__all__ = ["HOT", "router"]

router = Router(tags=["draws"])
router.add_router("", desk_api.router)


@router.get("/open-draws", response=list[schemas.OpenDrawOut], auth=API_AUTH, summary="List draws to be played")
def list_open(request: ViewerRequest, store_id: UUID | None = None) -> list[dict[str, Any]]:
    """The draws that a consumer can play now or soon, with their odds, and how it stands in each."""
    viewer, at = _consumer(request.viewer), clock_now()
    assert viewer.brand_id is not None and viewer.member_id is not None
    return [_open(one, viewer.member_id) for one in open_draws(viewer.brand_id, at=at, store_id=store_id)]


@router.post("/draw-plays", response={201: schemas.PlayOut}, auth=API_AUTH, summary="Play a draw")
def play_one(request: ViewerRequest, play: schemas.PlayIn) -> Status[dict[str, object]]:
    """Play for oneself. The same id again gets the same answer."""
    (outcome,) = play_draws([play_wanted(play, request.viewer)], now=clock_now())
    if isinstance(outcome, Refused):
        raise outcome
    return Status(201, played_shown(outcome))


@router.get("/my-draw-plays", response=list[schemas.PlayOut], auth=API_AUTH, summary="List one's own plays")
def list_plays(request: ViewerRequest, draw_id: UUID) -> Any:
    """A consumer's last plays of one draw, the last first: their numbers stand in the record."""
    viewer = _consumer(request.viewer)
    assert viewer.member_id is not None
    columns = schemas.PlayOut.model_fields
    return [{name: getattr(one, name) for name in columns} for one in plays_of(draw_id, viewer.member_id)]


@router.get("/my-prizes", response=list[schemas.PrizeWonOut], auth=API_AUTH, summary="List one's own prizes")
def list_prizes(request: ViewerRequest) -> list[dict[str, Any]]:
    """What a consumer has won, the last first, and what became of it."""
    viewer = _consumer(request.viewer)
    assert viewer.member_id is not None
    return [won_shown(one, at=clock_now()) for one in prizes_won(viewer.member_id)]


@router.post("/my-prizes/{win_id}/address", response=schemas.PrizeWonOut, auth=API_AUTH, summary="Have a prize sent")
def claim_one(request: ViewerRequest, win_id: UUID, said: schemas.PrizeAddressIn) -> dict[str, Any]:
    """Say where a prize is to be sent; may be said anew until it is on its way. Kept sealed."""
    viewer = _consumer(request.viewer)
    assert viewer.member_id is not None
    address = Address(said.name, said.phone, said.address)
    claim_by_address(win_id, member_id=viewer.member_id, address=address, now=clock_now())
    return won_shown(prizes_won(viewer.member_id, win_id=win_id)[0], at=clock_now())


@router.get("/draws/{draw_id}/record", auth=API_AUTH, summary="The record of a draw that is over")
def download_record(request: ViewerRequest, draw_id: UUID) -> HttpResponse:
    """The file for `sitong draw verify`, once the seed is public: everybody of the brand may have it."""
    viewer = request.viewer
    if viewer.system == "consumer" and viewer.brand_id is not None:
        draw = published_draws(viewer.brand_id).filter(id=draw_id).first()
    else:
        viewer.require("coupon.see")
        draw = draws_visible_to(viewer).filter(id=draw_id).first()
    if draw is None:
        raise NotFound(what="draw")
    return record_answer(draw)


@router.post("/prize-hand-overs", response=schemas.PrizeHandOverOut, auth=API_AUTH, summary="Hand a prize over")
def hand_over_one(request: ViewerRequest, wanted: schemas.PrizeHandOverIn) -> dict[str, Any]:
    """Hand a prize over in a store, once only. The same id again is quietly the same answer."""
    viewer = request.viewer
    viewer.require("coupon.redeem")
    store = stores_visible_to(viewer, "coupon.redeem").filter(id=wanted.store_id).first()
    if store is None:
        raise NotFound(what="store")
    one = HandOverWanted(wanted.id, store.brand_id, store.id, read_prize_code(wanted.code), viewer.account_id)
    (outcome,) = hand_over_prizes([one], now=clock_now())
    if isinstance(outcome, Refused):
        raise outcome
    return {
        "id": outcome.id, "win_id": outcome.win_id, "draw_id": outcome.draw_id, "prize_id": outcome.prize.id, "prize": outcome.prize.name,
        "prize_en": outcome.prize.name_en, "store_id": outcome.store_id, "at": outcome.at,
    }  # fmt: skip


@router.get(
    "/stores/{store_id}/prize-codes/{prize_code}",
    response=schemas.PrizeWonOut,
    auth=API_AUTH,
    summary="Look at a prize",
)
def show_code(request: ViewerRequest, store_id: UUID, prize_code: str) -> dict[str, Any]:
    """What is behind the code that a winner shows. Changes nothing."""
    request.viewer.require("coupon.redeem")
    store = stores_visible_to(request.viewer, "coupon.redeem").filter(id=store_id).first()
    found = win_by_code(store.brand_id, read_prize_code(prize_code)) if store is not None else None
    if found is None:
        raise NotFound(what="prize")
    return won_shown(found, at=clock_now())


def record_answer(draw: Draw) -> HttpResponse:
    """Give a draw's record as a file."""
    answer = HttpResponse(record_file(draw), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="draw-{draw.number}.json"'
    return answer


def _open(draw: Draw, member_id: UUID) -> dict[str, Any]:
    at, rules = clock_now(), rules_read(draw.rules)
    standing = standing_of(draw, member_id, at=at)
    names = ("name", "name_en", "template", "organizer", "conditions", "conditions_en", "starts_at", "ends_at", "points_price", "free_daily",
             "guarantee_after", "claim_days")  # fmt: skip
    return {
        **{name: getattr(rules, name) for name in names}, "id": draw.id, "number": draw.number, "commitment": draw.commitment,
        "prizes": [desk_api.prize_shown(one) for one in prizes_published(draw, at=at)],
        "standing": {
            "way": standing.way, "refusal": standing.fault.code if standing.fault else "", "free_left": standing.free_left,
            "chances": standing.chances, "points": standing.points, "played": standing.played, "won": standing.won,
            "until_guarantee": standing.until_guarantee,
        },
    }  # fmt: skip


def _consumer(viewer: Viewer) -> Viewer:
    if viewer.member_id is None or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    return viewer
