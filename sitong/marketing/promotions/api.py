"""Promotions over HTTP: headquarters defines, publishes, stops, pushes; stores choose; everybody sees what holds in a store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from ninja import Query, Router, Status

from sitong.marketing.coupons.stacking import Situation
from sitong.marketing.promotions import schemas
from sitong.marketing.promotions.actions import (
    choose_promotions,
    define_promotions,
    leave_promotions,
    publish_promotion,
    push_promotion,
    stop_promotion,
)
from sitong.marketing.promotions.definition import PromotionWanted
from sitong.marketing.promotions.models import Promotion
from sitong.marketing.promotions.queries.desk import promotions_visible_to, with_state
from sitong.marketing.promotions.queries.flash import flash_left
from sitong.marketing.promotions.queries.live import flash_skus, promotions_of
from sitong.marketing.promotions.queries.results import flash_counts, results_of
from sitong.marketing.promotions.rules import not_here
from sitong.marketing.promotions.said import rule_said
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import StoreFacts, store_facts, stores_visible_to
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.scope import brands_shown, every_brand
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound, Refused

router = Router(tags=["promotions"])


@router.get("/promotions", response=list[schemas.PromotionOut], auth=API_AUTH, summary="List promotions")
def list_promotions(
    request: ViewerRequest, before: datetime | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Any:
    """Newest first: headquarters all of the brand's, dealers and stores those that concern them. `before` = the last `starts_at`."""
    request.viewer.require("coupon.see")
    found = with_state(promotions_visible_to(request.viewer), at=clock_now())
    if before is not None:
        found = found.filter(starts_at__lt=before)
    return list(found.order_by("-starts_at", "-id")[:limit])


@router.post("/promotions", response={201: schemas.PromotionOut}, auth=API_AUTH, summary="Define a promotion")
def define_promotion(request: ViewerRequest, wanted: schemas.PromotionIn) -> Status[Any]:
    """Define a promotion as a draft; publish it to let it hold."""
    viewer = _headquarters(request.viewer, "coupon.change")
    assert viewer.brand_id is not None
    said = wanted.model_dump(exclude={"rule", "terms", "month_days"})
    (outcome,) = define_promotions(
        [PromotionWanted(**said, brand_id=viewer.brand_id, rule=wanted.rule.read(), terms=wanted.terms.read(), month_days=tuple(wanted.month_days))],
        by=viewer.account_id, now=clock_now(),
    )  # fmt: skip
    if isinstance(outcome, Refused):
        raise outcome
    return Status(201, _shown(outcome.id))


@router.get("/promotions/{promotion_id}", response=schemas.PromotionOut, auth=API_AUTH, summary="Show a promotion")
def show_promotion(request: ViewerRequest, promotion_id: UUID) -> Any:
    """One promotion with its rule and its conditions."""
    request.viewer.require("coupon.see")
    return _shown(_promotion(request.viewer, promotion_id, "coupon.see").id)


@router.post(
    "/promotions/{promotion_id}/publish", response=schemas.PromotionOut, auth=API_AUTH, summary="Publish a promotion"
)
def publish_one_promotion(request: ViewerRequest, promotion_id: UUID) -> Any:
    """Let it hold, from its start on. It stays as it is from then on."""
    return _turned(request.viewer, promotion_id, publish_promotion)


@router.post(
    "/promotions/{promotion_id}/stop", response=schemas.PromotionOut, auth=API_AUTH, summary="Stop a promotion"
)
def stop_one_promotion(request: ViewerRequest, promotion_id: UUID) -> Any:
    """Let it hold no more, for good; quotes keep what they promised."""
    return _turned(request.viewer, promotion_id, stop_promotion)


@router.post(
    "/promotions/{promotion_id}/push",
    response=schemas.StoresPushedOut,
    auth=API_AUTH,
    summary="Push a promotion to stores",
)
def push_one_promotion(request: ViewerRequest, promotion_id: UUID, wanted: schemas.PushStoresIn) -> dict[str, int]:
    """Push it to stores, which may then choose it; says how many had not got it yet."""
    viewer = _headquarters(request.viewer, "coupon.change")
    _promotion(viewer, promotion_id, "coupon.change")
    there = stores_visible_to(viewer, "coupon.change").filter(id__in=wanted.store_ids).count()
    if there != len(set(wanted.store_ids)):
        raise NotFound(what="store")
    return {"pushed": push_promotion(promotion_id, wanted.store_ids, by=viewer.account_id, now=clock_now())}


@router.get(
    "/promotions/{promotion_id}/results",
    response=schemas.PromotionResultsOut,
    auth=API_AUTH,
    summary="What came of a promotion",
)
def show_promotion_results(request: ViewerRequest, promotion_id: UUID) -> dict[str, Any]:
    """Orders, sales, what was given away, what flash sales sold. For headquarters."""
    _promotion(_headquarters(request.viewer, "coupon.see"), promotion_id, "coupon.see")
    found = results_of([promotion_id])[promotion_id]
    flash = [
        {"sku_id": one.sku_id, "stock": one.stock, "sold": one.sold}
        for one in flash_counts([promotion_id]).get(promotion_id, [])
    ]
    return {
        "orders": found.orders,
        "sales_minor": found.sales_minor,
        "saved_minor": found.saved_minor,
        "undone": found.undone,
        "flash": flash,
    }


@router.put(
    "/stores/{store_id}/promotions/{promotion_id}",
    response=schemas.ChosenPromotionOut,
    auth=API_AUTH,
    summary="Choose a promotion",
)
def choose_promotion(request: ViewerRequest, store_id: UUID, promotion_id: UUID) -> dict[str, Any]:
    """Let a promotion that was pushed to the store hold there."""
    return _chosen(request.viewer, store_id, promotion_id, chosen=True)


@router.delete(
    "/stores/{store_id}/promotions/{promotion_id}",
    response=schemas.ChosenPromotionOut,
    auth=API_AUTH,
    summary="Leave a promotion",
)
def leave_promotion(request: ViewerRequest, store_id: UUID, promotion_id: UUID) -> dict[str, Any]:
    """Let it hold there no more."""
    return _chosen(request.viewer, store_id, promotion_id, chosen=False)


@router.get(
    "/stores/{store_id}/promotions",
    response=list[schemas.StorePromotionOut],
    auth=None,
    summary="What is on in a store",
)
def store_promotions(
    request: HttpRequest,  # noqa: ARG001 ninja's own first argument
    store_id: UUID,
    channel: Annotated[str, Query(pattern=r"^[a-z0-9_]{1,20}$")] = "mini_shop",
) -> list[dict[str, Any]]:
    """The promotions that hold in the store now, whoever buys, with what flash sales have left. Open to everybody."""
    with every_brand():
        store = store_facts([store_id]).get(store_id)
    if store is None or store.closed_at is not None:
        raise NotFound(what="store")
    with brands_shown([store.brand_id]):
        return _on_in(store, channel, clock_now())


def _on_in(store: StoreFacts, channel: str, at: datetime) -> list[dict[str, Any]]:
    situation = Situation(store.id, store.kind, channel, at, at.astimezone(ZoneInfo(store.zone)))
    known = promotions_of([store.brand_id], at=at).get(store.brand_id, ())
    here = [one for one in known if not_here(one, situation) is None]
    left = flash_left(flash_skus(here, [at]))
    currency = brand_facts([store.brand_id])[store.brand_id].currency
    return [
        {"promotion_id": one.id, "kind": one.kind, "name": one.name, "name_en": one.name_en or one.name,
         "gives": rule_said(one, currency=currency), "members_only": one.members_only, "ends_at": one.ends_at,
         "flash": [{"sku_id": price.sku_id, "price_minor": price.price_minor, "stock": price.stock, "per_member": price.per_member,
                    "left": left.get((one.id, price.sku_id), 0)} for price in one.rule.flash]}
        for one in here
    ]  # fmt: skip


def _chosen(viewer: Viewer, store_id: UUID, promotion_id: UUID, *, chosen: bool) -> dict[str, Any]:
    viewer.require("coupon.choose")
    if not stores_visible_to(viewer, "coupon.choose").filter(id=store_id).exists():
        raise NotFound(what="store")
    act = choose_promotions if chosen else leave_promotions
    (outcome,) = act(store_id, [promotion_id], by=viewer.account_id, now=clock_now())
    if isinstance(outcome, Refused):
        raise outcome
    return {"promotion_id": promotion_id, "store_id": store_id, "chosen": chosen}


def _turned(viewer: Viewer, promotion_id: UUID, turn: Callable[..., Promotion]) -> Any:
    _promotion(_headquarters(viewer, "coupon.change"), promotion_id, "coupon.change")
    turn(promotion_id, by=viewer.account_id, now=clock_now())
    return _shown(promotion_id)


def _headquarters(viewer: Viewer, permission: str) -> Viewer:
    viewer.require(permission)
    if not viewer.place_ids("brand", permission):
        raise NotFound(what="promotion")
    return viewer


def _promotion(viewer: Viewer, promotion_id: UUID, permission: str) -> Promotion:
    promotion = promotions_visible_to(viewer, permission).filter(id=promotion_id).first()
    if promotion is None:
        raise NotFound(what="promotion")
    return promotion


def _shown(promotion_id: UUID) -> Any:
    return with_state(Promotion.objects.filter(id=promotion_id), at=clock_now()).get()
