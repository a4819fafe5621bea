"""Webhooks over HTTP, for the brand's own systems."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed
from sitong.shared.events import views
from sitong.shared.events.actions.deliveries import redeliver
from sitong.shared.events.actions.endpoints import (
    EndpointWanted,
    add_endpoint,
    change_endpoint,
    pause_endpoint,
    remove_endpoint,
    resume_endpoint,
    rotate_secret,
)
from sitong.shared.events.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from sitong.shared.events.queries import lag

router = Router(tags=["webhooks"])
LIMIT_MAX = 200

Name = Annotated[str, Field(max_length=80)]


class WebhookChange(Schema):
    """Where events go. `names` empty: every event of the brand."""

    url: str = Field(max_length=500)
    names: list[Name] = Field(default=[], max_length=200)


class WebhookIn(WebhookChange):
    """A new endpoint; `id` is made by the caller, so that the request can be repeated."""

    id: UUID


class WebhookOut(Schema):
    id: UUID
    url: str
    names: list[str]
    secret: str
    created_at: datetime
    paused_at: datetime | None


class DeliveryOut(Schema):
    id: UUID
    event_id: UUID
    event_name: str
    state: str
    tries: int
    next_at: datetime
    tried_at: datetime | None
    status: int | None
    answer: str
    took_ms: int | None


class SubscriberOut(Schema):
    """How far a subscriber is behind, counting this brand's events."""

    subscriber: str
    unread: int
    oldest_at: datetime | None
    parked: int


@router.get("/webhooks", response=list[WebhookOut], auth=API_AUTH, summary="List webhook endpoints")
def list_webhooks(request: HttpRequest) -> Any:
    return list(views.endpoints_of(_viewer(request)["brand_id"]))


@router.post("/webhooks", response={201: WebhookOut}, auth=API_AUTH, summary="Add a webhook endpoint")
def add_webhook(request: HttpRequest, wanted: WebhookIn) -> tuple[int, WebhookEndpoint]:
    """The same id again gives the first answer. The secret signs each request as Standard Webhooks says."""
    by = _viewer(request)
    endpoint = EndpointWanted(wanted.id, by["brand_id"], wanted.url, tuple(wanted.names))
    return 201, add_endpoint(endpoint, by=by["by"], now=by["now"])


@router.put("/webhooks/{uuid:endpoint_id}", response=WebhookOut, auth=API_AUTH, summary="Change a webhook endpoint")
def change_webhook(request: HttpRequest, endpoint_id: UUID, wanted: WebhookChange) -> WebhookEndpoint:
    return change_endpoint(endpoint_id, url=wanted.url, names=wanted.names, **_viewer(request))


@router.delete("/webhooks/{uuid:endpoint_id}", response={204: None}, auth=API_AUTH, summary="Remove a webhook endpoint")
def remove_webhook(request: HttpRequest, endpoint_id: UUID) -> tuple[int, None]:
    remove_endpoint(endpoint_id, **_viewer(request))
    return 204, None


@router.post(
    "/webhooks/{uuid:endpoint_id}/pause", response=WebhookOut, auth=API_AUTH, summary="Send nothing for a while"
)
def pause_webhook(request: HttpRequest, endpoint_id: UUID) -> WebhookEndpoint:
    return pause_endpoint(endpoint_id, **_viewer(request))


@router.post("/webhooks/{uuid:endpoint_id}/resume", response=WebhookOut, auth=API_AUTH, summary="Send again")
def resume_webhook(request: HttpRequest, endpoint_id: UUID) -> WebhookEndpoint:
    return resume_endpoint(endpoint_id, **_viewer(request))


@router.post("/webhooks/{uuid:endpoint_id}/secret", response=WebhookOut, auth=API_AUTH, summary="Make a new secret")
def rotate_webhook_secret(request: HttpRequest, endpoint_id: UUID) -> WebhookEndpoint:
    """The previous secret signs beside the new one for a day."""
    return rotate_secret(endpoint_id, **_viewer(request))


@router.get(
    "/webhooks/{uuid:endpoint_id}/deliveries",
    response=list[DeliveryOut],
    auth=API_AUTH,
    summary="List deliveries, newest first",
)
def list_deliveries(
    request: HttpRequest,
    endpoint_id: UUID,
    state: Annotated[DeliveryState | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 50,
) -> list[dict[str, Any]]:
    endpoint = views.endpoint_of(_viewer(request)["brand_id"], endpoint_id)
    return [_delivery(one) for one in views.deliveries_of(endpoint, state or "")[:limit]]


@router.post(
    "/webhooks/deliveries/{uuid:delivery_id}/again",
    response=DeliveryOut,
    auth=API_AUTH,
    summary="Send an event once more",
)
def redeliver_one(request: HttpRequest, delivery_id: UUID) -> dict[str, Any]:
    return _delivery(redeliver(delivery_id, **_viewer(request)))


@router.get("/webhooks/events", response=list[str], auth=API_AUTH, summary="Name everything that can be announced")
def list_event_names(request: HttpRequest) -> list[str]:
    _viewer(request)
    return list(views.event_names())


@router.get(
    "/subscribers", response=list[SubscriberOut], auth=API_AUTH, summary="How far the readers of events are behind"
)
def list_subscribers(request: HttpRequest) -> list[dict[str, Any]]:
    _viewer(request)
    return [
        {"subscriber": one.subscriber, "unread": one.events, "oldest_at": one.oldest_at, "parked": one.parked}
        for one in lag()
    ]


def _viewer(request: HttpRequest) -> dict[str, Any]:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if viewer.system != "brand":
        raise NotAllowed(system=viewer.system)
    viewer.require("events.change")
    return {"brand_id": viewer.brand_id, "by": viewer.account_id, "now": clock_now()}


def _delivery(one: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "event_id": one.event.id,
        "event_name": one.event.name,
        "state": one.state,
        "tries": one.tries,
        "next_at": one.next_at,
        "tried_at": one.tried_at,
        "status": one.status,
        "answer": one.answer,
        "took_ms": one.took_ms,
    }
