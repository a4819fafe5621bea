"""Draws over HTTP for headquarters: define, change, publish, stop, send prizes, and see what came of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router, Status

from sitong.marketing.draws import schemas
from sitong.marketing.draws.actions import (
    DrawWanted,
    change_draw,
    define_draws,
    publish_draw,
    send_prize,
    stop_draw,
)
from sitong.marketing.draws.models import Draw
from sitong.marketing.draws.queries.desk import (
    draw_results,
    draws_visible_to,
    not_given,
    versions_of,
    winners_of,
    wins_visible_to,
)
from sitong.marketing.draws.queries.member import WonPrize, with_prizes
from sitong.marketing.draws.queries.shop import PublishedPrize, count_of, seed_published, state_of
from sitong.member.identity.queries import member_facts
from sitong.org.brands.queries import brand_facts
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound, Refused

router = Router(tags=["draws"])


@router.get("/draws", response=list[schemas.DrawOut], auth=API_AUTH, summary="List draws")
def list_draws(
    request: ViewerRequest, before: datetime | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> list[dict[str, Any]]:
    """Headquarters' draws, the newest first. `before` = the last `created_at`."""
    found = draws_visible_to(headquarters(request.viewer, "coupon.see"))
    if before is not None:
        found = found.filter(created_at__lt=before)
    return [_shown(one) for one in found.order_by("-created_at", "-id")[:limit]]


@router.post("/draws", response={201: schemas.DrawOut}, auth=API_AUTH, summary="Define a draw")
def define_one(request: ViewerRequest, draw: schemas.DrawNew) -> Status[dict[str, Any]]:
    """Define a draw as a draft; publish it to open it. What the law forbids is refused with its source."""
    viewer = headquarters(request.viewer, "coupon.change")
    assert viewer.brand_id is not None
    wanted = DrawWanted(draw.id, viewer.brand_id, draw.rules.read(), draw.number)
    (outcome,) = define_draws([wanted], by=viewer.account_id, now=clock_now())
    if isinstance(outcome, Refused):
        raise outcome
    return Status(201, _shown(outcome))


@router.get("/draws/{draw_id}", response=schemas.DrawOut, auth=API_AUTH, summary="Show a draw")
def show_one(request: ViewerRequest, draw_id: UUID) -> dict[str, Any]:
    """One draw with its rules, its commitment and how far it has come; its seed once it is over."""
    return _shown(_draw(request.viewer, draw_id, "coupon.see"))


@router.put("/draws/{draw_id}/rules", response=schemas.DrawOut, auth=API_AUTH, summary="Change a draw's rules")
def change_one(request: ViewerRequest, draw_id: UUID, rules: schemas.DrawRulesIn) -> dict[str, Any]:
    """Give a draw other rules: a draft as one likes, a published one as a new version, a running one only in the players' favor."""
    _draw(request.viewer, draw_id, "coupon.change")
    return _shown(change_draw(draw_id, rules=rules.read(), by=request.viewer.account_id, now=clock_now()))


@router.post("/draws/{draw_id}/publish", response=schemas.DrawOut, auth=API_AUTH, summary="Publish a draw")
def publish_one(request: ViewerRequest, draw_id: UUID) -> dict[str, Any]:
    """Make rules and commitment public; it is played from `starts_at` on."""
    _draw(request.viewer, draw_id, "coupon.change")
    return _shown(publish_draw(draw_id, by=request.viewer.account_id, now=clock_now()))


@router.post("/draws/{draw_id}/stop", response=schemas.DrawOut, auth=API_AUTH, summary="Stop a draw")
def stop_one(request: ViewerRequest, draw_id: UUID, said: schemas.DrawStopIn) -> dict[str, Any]:
    """End a draw at once and for good, with a reason that players read."""
    _draw(request.viewer, draw_id, "coupon.change")
    return _shown(stop_draw(draw_id, reason=said.reason, by=request.viewer.account_id, now=clock_now()))


@router.get("/draws/{draw_id}/results", response=schemas.DrawResultsOut, auth=API_AUTH, summary="What came of a draw")
def show_results(request: ViewerRequest, draw_id: UUID) -> dict[str, Any]:
    """Plays, wins, cost and what is left, by prize and by day; and which rewards could not be given yet."""
    draw = _draw(request.viewer, draw_id, "coupon.see")
    found = draw_results(draw, at=clock_now(), zone=brand_facts([draw.brand_id])[draw.brand_id].zone)
    return {
        "played": found.played, "members": found.members, "won": found.won, "cost_minor": found.cost_minor, "by_way": found.by_way,
        "prizes": [
            {
                "prize_id": one.shown.prize.id, "name": one.shown.prize.name, "name_en": one.shown.prize.name_en, "percent": one.shown.percent,
                "quantity": one.shown.quantity, "left": one.shown.left, "won": one.won, "expected": one.expected,
                "value_minor": one.value_minor, "states": one.states, "hows": one.hows,
            }
            for one in found.prizes
        ],
        "days": [{"on": on.isoformat(), "plays": plays, "members": members, "wins": wins} for on, plays, members, wins in found.by_day],
        "not_given": not_given(draw.id),
    }  # fmt: skip


@router.get(
    "/draws/{draw_id}/versions", response=list[schemas.DrawVersionOut], auth=API_AUTH, summary="A draw's versions"
)
def list_versions(request: ViewerRequest, draw_id: UUID) -> Any:
    """Who changed the rules of a draw, when, before and after; the first is the publication."""
    return versions_of(_draw(request.viewer, draw_id, "coupon.see").id)


@router.get("/draws/{draw_id}/winners", response=list[schemas.DrawWinnerOut], auth=API_AUTH, summary="A draw's winners")
def list_winners(request: ViewerRequest, draw_id: UUID) -> list[dict[str, Any]]:
    """Who has won what, the last first; names masked."""
    draw = _draw(request.viewer, draw_id, "coupon.see")
    found = winners_of(draw)
    members = member_facts({one.win.member_id for one in found})
    return [
        {**won_shown(one, at=clock_now()), "code": "", "member_id": one.win.member_id, "member": members[one.win.member_id].masked_name,
         "how": one.win.how}
        for one in found
    ]  # fmt: skip


@router.post(
    "/prizes/{win_id}/send", response=schemas.PrizeWonOut, auth=API_AUTH, summary="Write down that a prize was sent"
)
def send_one(request: ViewerRequest, win_id: UUID, said: schemas.PrizeParcelIn) -> dict[str, Any]:
    """A prize is on its way to the address that the winner gave."""
    viewer = headquarters(request.viewer, "coupon.change")
    if not wins_visible_to(viewer, "coupon.change").filter(id=win_id).exists():
        raise NotFound(what="prize")
    win = send_prize(win_id, parcel=said.parcel, by=viewer.account_id, now=clock_now())
    return won_shown(with_prizes([win])[0], at=clock_now())


def prize_shown(one: PublishedPrize) -> dict[str, Any]:
    """Give a prize as it is published."""
    prize = one.prize
    return {
        "id": prize.id, "name": prize.name, "name_en": prize.name_en, "value_minor": prize.value_minor,
        "kind": prize.reward.kind if prize.reward else "goods", "odds": (one.odds.numerator, one.odds.denominator), "percent": one.percent,
        "quantity": one.quantity, "left": one.left, "guaranteed": prize.guaranteed, "consolation": prize.consolation,
    }  # fmt: skip


def won_shown(one: WonPrize, *, at: datetime) -> dict[str, Any]:
    """Give a prize that was won as the API answers it."""
    win, prize = one.win, one.prize
    return {
        "id": win.id, "draw_id": win.draw_id, "draw": one.draw.name, "number": one.number, "prize_id": prize.id, "prize": prize.name,
        "prize_en": prize.name_en, "kind": prize.reward.kind if prize.reward else "goods", "ways": list(prize.ways),
        "state": one.state_at(at), "code": win.code, "won_at": win.won_at, "expires_at": win.expires_at, "parcel": win.parcel,
    }  # fmt: skip


def headquarters(viewer: Viewer, permission: str) -> Viewer:
    """Give the viewer; refused without the permission, and for others than headquarters' staff."""
    viewer.require(permission)
    if not viewer.place_ids("brand", permission):
        raise NotFound(what="draw")
    return viewer


def _draw(viewer: Viewer, draw_id: UUID, permission: str) -> Draw:
    draw = draws_visible_to(headquarters(viewer, permission), permission).filter(id=draw_id).first()
    if draw is None:
        raise NotFound(what="draw")
    return draw


def _shown(draw: Draw) -> dict[str, Any]:
    count = count_of(draw.id)
    names = ("id", "number", "rules", "commitment", "published_at", "stopped_at", "stop_reason", "created_at")
    return {
        **{name: getattr(draw, name) for name in names}, "state": state_of(draw, count, at=clock_now()), "seed": seed_published(draw.id),
        "version": count.version, "played": count.played, "chain": bytes(count.chain).hex(),
    }  # fmt: skip
