"""Keep a brand's webhook endpoints."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from sitong.shared.access.audit import AuditEntry, differing, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events import rules
from sitong.shared.events.models import WebhookEndpoint
from sitong.shared.events.registry import HAPPENINGS

PREVIOUS_SECRET_HOURS = 24


class WebhookAddress(Refused):
    """The address cannot be used; `why` is malformed, not_https, credentials or inside."""

    code = "shared.webhook_address"


class EventUnknown(Refused):
    """There is no event of that name."""

    code = "shared.event_unknown"


@dataclass(frozen=True, slots=True)
class EndpointWanted:
    """A new endpoint. `id` is made by the client; `names` empty: every event of the brand."""

    id: UUID
    brand_id: UUID
    url: str
    names: tuple[str, ...] = ()


def add_endpoint(wanted: EndpointWanted, *, by: UUID | None, now: datetime) -> WebhookEndpoint:
    """Add an endpoint with a fresh secret. The same id again gives the first answer; with other content RepeatDiffers.

    Refuses WebhookAddress and EventUnknown.
    """
    with transaction.atomic():
        earlier = WebhookEndpoint.objects.select_for_update().filter(id=wanted.id).first()
        if earlier:
            if (earlier.brand_id, earlier.url, tuple(earlier.names)) != (wanted.brand_id, wanted.url, wanted.names):
                raise RepeatDiffers()
            return earlier
        _refuse_unusable(wanted.url, wanted.names)
        endpoint = WebhookEndpoint.objects.create(
            id=wanted.id,
            brand_id=wanted.brand_id,
            url=wanted.url,
            names=list(wanted.names),
            secret=_new_secret(),
            created_at=now,
        )
        record([_entry("added", endpoint, by, after={"url": wanted.url, "names": list(wanted.names)})], at=now)
    return endpoint


def change_endpoint(
    endpoint_id: UUID, *, brand_id: UUID, url: str, names: Sequence[str], by: UUID | None, now: datetime
) -> WebhookEndpoint:
    """Give the endpoint another address and other events; what waits goes to the new address.

    Refuses WebhookAddress, EventUnknown, NotFound.
    """
    with transaction.atomic():
        endpoint = _locked(endpoint_id, brand_id)
        _refuse_unusable(url, names)
        before, after = differing({"url": endpoint.url, "names": endpoint.names}, {"url": url, "names": list(names)})
        if after:
            endpoint.url, endpoint.names = url, list(names)
            endpoint.save(update_fields=["url", "names"])
            record([_entry("changed", endpoint, by, before, after)], at=now)
    return endpoint


def pause_endpoint(endpoint_id: UUID, *, brand_id: UUID, by: UUID | None, now: datetime) -> WebhookEndpoint:
    """Send nothing more to the endpoint. What is announced meanwhile is not kept for it; what waited goes on waiting."""
    with transaction.atomic():
        endpoint = _locked(endpoint_id, brand_id)
        if endpoint.paused_at is None:
            endpoint.paused_at = now
            endpoint.save(update_fields=["paused_at"])
            record([_entry("paused", endpoint, by)], at=now)
    return endpoint


def resume_endpoint(endpoint_id: UUID, *, brand_id: UUID, by: UUID | None, now: datetime) -> WebhookEndpoint:
    """Send to the endpoint again, from the events that are announced from now on and those that waited before."""
    with transaction.atomic():
        endpoint = _locked(endpoint_id, brand_id)
        if endpoint.paused_at is not None:
            endpoint.paused_at = None
            endpoint.save(update_fields=["paused_at"])
            record([_entry("resumed", endpoint, by)], at=now)
    return endpoint


def remove_endpoint(endpoint_id: UUID, *, brand_id: UUID, by: UUID | None, now: datetime) -> None:
    """Take the endpoint out of use for good; what waits for it is given up."""
    with transaction.atomic():
        endpoint = _locked(endpoint_id, brand_id)
        endpoint.removed_at = now
        endpoint.save(update_fields=["removed_at"])
        endpoint.deliveries.filter(state="waiting").update(state="given_up")
        record([_entry("removed", endpoint, by, before={"url": endpoint.url})], at=now)


def rotate_secret(endpoint_id: UUID, *, brand_id: UUID, by: UUID | None, now: datetime) -> WebhookEndpoint:
    """Make a new secret. The previous one signs beside it for a day, so that the receiver can change over."""
    with transaction.atomic():
        endpoint = _locked(endpoint_id, brand_id)
        endpoint.previous_secret, endpoint.previous_until = (
            endpoint.secret,
            now + timedelta(hours=PREVIOUS_SECRET_HOURS),
        )
        endpoint.secret = _new_secret()
        endpoint.save(update_fields=["secret", "previous_secret", "previous_until"])
        record([_entry("rotated", endpoint, by)], at=now)
    return endpoint


def _locked(endpoint_id: UUID, brand_id: UUID) -> WebhookEndpoint:
    mine = WebhookEndpoint.objects.select_for_update().filter(
        id=endpoint_id, brand_id=brand_id, removed_at__isnull=True
    )
    if endpoint := mine.first():
        return endpoint
    raise NotFound()


def _refuse_unusable(url: str, names: Sequence[str]) -> None:
    if why := rules.address_fault(url, inside_allowed=settings.WEBHOOKS_INSIDE):
        raise WebhookAddress(why=why)
    for name in names:
        if name not in HAPPENINGS:
            raise EventUnknown(name=name)


def _new_secret() -> str:
    return rules.SECRET_PREFIX + base64.b64encode(secrets.token_bytes(rules.SECRET_BYTES)).decode()


def _entry(
    verb: str,
    endpoint: WebhookEndpoint,
    by: UUID | None,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> AuditEntry:
    return AuditEntry(verb, "shared.webhook", endpoint.id, endpoint.brand_id, by, before or {}, after or {})
