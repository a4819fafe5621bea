"""The brand's pages of events: who reads them, what was put aside, where they are sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.shared.access.gates import page_for
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.events import views
from sitong.shared.events.actions import drop_parked, retry_parked
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
from sitong.shared.events.models import DeliveryState
from sitong.shared.events.queries import lag, oldest_transaction_s
from sitong.shared.ids import new_id

PAGE = 50
REASON_CHARS = 200
ours = page_for("brand", permission="events.change")


@require_safe
@never_cache
@ours
def events(request: HttpRequest) -> HttpResponse:
    """Show subscribers with their lag, clocks with their last run, and events that were put aside."""
    parked = views.slice_of(views.open_parked(_brand(request)), request.GET.get("page"), size=PAGE)
    context = {
        "subscribers": lag(),
        "oldest_s": round(oldest_transaction_s(), 1),
        "clocks": views.clocks(),
        "parked": [(one, views.laid_out(one.event.facts)) for one in parked.rows],
        "pager": parked,
        "now": clock_now(),
    }
    return render(request, "shared/events/events.html", context)


@require_POST
@ours
def retry(request: HttpRequest, parked_id: UUID) -> HttpResponse:
    def do() -> str:
        done = retry_parked(parked_id, **_by(request))
        return _("The event was handled.") if done.handled_at else _("It failed again. The new error is shown below.")

    return _done(request, do, "/brand/events/")


@require_POST
@ours
def drop(request: HttpRequest, parked_id: UUID) -> HttpResponse:
    def do() -> str:
        drop_parked(parked_id, reason=request.POST.get("reason", "").strip()[:REASON_CHARS], **_by(request))
        return _("The event was dropped.")

    if not request.POST.get("reason", "").strip():
        messages.error(request, _("Please say why the event is dropped."))
        return HttpResponseRedirect("/brand/events/")
    return _done(request, do, "/brand/events/")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@ours
def webhooks(request: HttpRequest) -> HttpResponse:
    """List the brand's endpoints; a POST adds one. The form holds its id, so that sending it again adds no second one."""
    problem = ""
    if request.method == "POST":
        try:
            wanted = EndpointWanted(_uuid(request.POST.get("id", "")), _brand(request), *_address_and_names(request))
            endpoint = add_endpoint(wanted, by=_account(request), now=clock_now())
            return HttpResponseRedirect(f"/brand/webhooks/{endpoint.id}/")
        except Refused as refused:
            problem = sentence(refused)
    context = {
        "endpoints": views.endpoints_of(_brand(request)),
        "names": views.event_names(),
        "id": new_id(),
        "problem": problem,
    }
    context |= {"url": request.POST.get("url", ""), "chosen": request.POST.getlist("names")}
    return render(request, "shared/events/webhooks.html", context, status=409 if problem else 200)


@require_safe
@never_cache
@ours
def webhook(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Show one endpoint, its secret, and its deliveries."""
    endpoint = views.endpoint_of(_brand(request), endpoint_id)
    state = request.GET.get("state", "")
    deliveries = views.slice_of(views.deliveries_of(endpoint, state), request.GET.get("page"), size=PAGE)
    context = {"endpoint": endpoint, "names": views.event_names(), "deliveries": deliveries.rows, "pager": deliveries}
    context |= {"state": state, "states": DeliveryState.values, "now": clock_now()}
    return render(request, "shared/events/webhook.html", context)


@require_POST
@ours
def webhook_verb(request: HttpRequest, endpoint_id: UUID, verb: str) -> HttpResponse:
    """Change, pause, resume or remove an endpoint, or give it a new secret."""
    address = f"/brand/webhooks/{endpoint_id}/"
    if verb == "change":
        url, names = _address_and_names(request)
        return _done(
            request,
            lambda: _said(change_endpoint(endpoint_id, url=url, names=names, **_by(request)), _("Saved.")),
            address,
        )
    verbs: dict[str, tuple[Callable[..., object], str]] = {
        "pause": (pause_endpoint, _("Nothing is sent any more.")),
        "resume": (resume_endpoint, _("Events are sent again.")),
        "secret": (rotate_secret, _("There is a new secret. The old one also signs for a day.")),
        "remove": (remove_endpoint, _("The webhook is removed.")),
    }
    if verb not in verbs:
        raise NotFound()
    act, text = verbs[verb]
    return _done(
        request,
        lambda: _said(act(endpoint_id, **_by(request)), text),
        "/brand/webhooks/" if verb == "remove" else address,
    )


@require_safe
@never_cache
@ours
def delivery(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Show one delivery: the request as it is sent, and the last answer."""
    found = views.delivery_of(_brand(request), delivery_id)
    sent, body = views.request_of(found, now=clock_now())
    headers = {name: "…" if name == "webhook-signature" else value for name, value in sent.headers.items()}
    context = {"delivery": found, "url": sent.url, "headers": headers, "body": body}
    return render(request, "shared/events/delivery.html", context)


@require_POST
@ours
def deliver_again(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    return _done(
        request,
        lambda: _said(redeliver(delivery_id, **_by(request)), _("It is sent again now.")),
        f"/brand/webhooks/deliveries/{delivery_id}/",
    )


def _done(request: HttpRequest, do: Callable[[], str], back: str) -> HttpResponse:
    try:
        messages.success(request, do())
    except NotFound:
        raise
    except Refused as refused:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect(back)


def _said(_outcome: object, text: str) -> str:
    return text


def _brand(request: HttpRequest) -> UUID:
    brand_id: UUID = request.viewer.brand_id  # type: ignore[attr-defined]
    return brand_id


def _account(request: HttpRequest) -> UUID:
    account_id: UUID = request.viewer.account_id  # type: ignore[attr-defined]
    return account_id


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"brand_id": _brand(request), "by": _account(request), "now": clock_now()}


def _address_and_names(request: HttpRequest) -> tuple[str, tuple[str, ...]]:
    return request.POST.get("url", "").strip(), tuple(request.POST.getlist("names"))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound() from None


urlpatterns = [
    path("brand/events/", events, name="events"),
    path("brand/events/parked/<uuid:parked_id>/retry/", retry),
    path("brand/events/parked/<uuid:parked_id>/drop/", drop),
    path("brand/webhooks/", webhooks, name="webhooks"),
    path("brand/webhooks/<uuid:endpoint_id>/", webhook),
    path("brand/webhooks/<uuid:endpoint_id>/<slug:verb>/", webhook_verb),
    path("brand/webhooks/deliveries/<uuid:delivery_id>/", delivery),
    path("brand/webhooks/deliveries/<uuid:delivery_id>/again/", deliver_again),
]
