"""What the pages and the API show of events, scoped to one brand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from sitong.shared.errors import NotFound
from sitong.shared.events.models import DeliveryState, Parked, PeriodicRun, WebhookDelivery, WebhookEndpoint
from sitong.shared.events.periodic import CLOCKS
from sitong.shared.events.queries import announced
from sitong.shared.events.registry import HAPPENINGS
from sitong.shared.events.sending import Outgoing, request_for


@dataclass(frozen=True, slots=True)
class ClockView:
    """A time-driven function with its last run."""

    name: str
    seconds: float
    run: PeriodicRun | None


def open_parked(brand_id: UUID) -> QuerySet[Parked]:
    """Give the brand's events that are put aside and not yet dealt with, newest first."""
    mine = Parked.objects.filter(brand_id=brand_id, handled_at__isnull=True, dropped_at__isnull=True)
    return mine.select_related("event").order_by("-parked_at", "-id")


def clocks() -> list[ClockView]:
    """Give every clock with its last run."""
    runs = {run.name: run for run in PeriodicRun.objects.all()}
    return [ClockView(name, clock.seconds, runs.get(name)) for name, clock in sorted(CLOCKS.items())]


def endpoints_of(brand_id: UUID) -> QuerySet[WebhookEndpoint]:
    """Give the brand's endpoints with the number of their deliveries that wait and that were given up."""
    mine = WebhookEndpoint.objects.filter(brand_id=brand_id, removed_at__isnull=True)
    waiting, given_up = _count_of(DeliveryState.WAITING), _count_of(DeliveryState.GIVEN_UP)
    return mine.annotate(waiting=waiting, given_up=given_up).order_by("created_at", "id")


def _count_of(state: DeliveryState) -> Coalesce:
    """Count an endpoint's deliveries of one state along the index of that state; the delivered ones are not touched."""
    of_endpoint = WebhookDelivery.objects.filter(endpoint=OuterRef("pk"), state=state).order_by().values("endpoint")
    return Coalesce(Subquery(of_endpoint.annotate(number=Count("pk")).values("number")), 0)


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of rows that are not counted; what the pager needs to know of it."""

    rows: Sequence[Any]
    number: int
    has_next: bool

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def next_page_number(self) -> int:
        return self.number + 1

    @property
    def previous_page_number(self) -> int:
        return self.number - 1


def slice_of(rows: QuerySet[Any], page: str | None, *, size: int) -> Slice:
    """Give the page of that number (the first for nonsense) without counting them all."""
    number = max(1, int(page)) if page and page.isascii() and page.isdigit() and len(page) < 7 else 1
    found = list(rows[(number - 1) * size : number * size + 1])
    return Slice(found[:size], number, len(found) > size)


def endpoint_of(brand_id: UUID, endpoint_id: UUID) -> WebhookEndpoint:
    """Give one endpoint of the brand. Refuses NotFound."""
    endpoint = WebhookEndpoint.objects.filter(id=endpoint_id, brand_id=brand_id, removed_at__isnull=True).first()
    if endpoint is None:
        raise NotFound(what="webhook")
    return endpoint


def deliveries_of(endpoint: WebhookEndpoint, state: str = "") -> QuerySet[WebhookDelivery]:
    """Give an endpoint's deliveries, newest event first."""
    mine = WebhookDelivery.objects.filter(endpoint=endpoint).select_related("event").order_by("-event_id")
    return mine.filter(state=state) if state in DeliveryState.values else mine


def delivery_of(brand_id: UUID, delivery_id: UUID) -> WebhookDelivery:
    """Give one delivery of the brand with its endpoint and event. Refuses NotFound."""
    found = WebhookDelivery.objects.filter(id=delivery_id, brand_id=brand_id, endpoint__removed_at__isnull=True)
    delivery = found.select_related("endpoint", "event").first()
    if delivery is None:
        raise NotFound(what="delivery")
    return delivery


def request_of(delivery: WebhookDelivery, *, now: datetime) -> tuple[Outgoing, str]:
    """Give the request as it would be sent now, and its body laid out for reading."""
    (event,) = announced([delivery.event_id])
    request = request_for(delivery.endpoint, event.id, event.brand_id, event.name, event.at, event.facts, now=now)
    return request, laid_out(orjson.loads(request.body))


def laid_out(facts: object) -> str:
    """Write JSON for reading."""
    return orjson.dumps(facts, option=orjson.OPT_INDENT_2).decode()


def event_names() -> Sequence[str]:
    """Name everything that can be announced."""
    return sorted(name for name in HAPPENINGS if not name.startswith("tests."))
