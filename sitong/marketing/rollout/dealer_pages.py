"""A dealer's campaigns: what headquarters opened to its stores, taking part for several at once, and how its stores compare."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from sitong.marketing.coupons.desk_pages import as_id, brand_of
from sitong.marketing.rollout.actions import AdoptionWanted, adopt_templates, leave_templates
from sitong.marketing.rollout.desk_pages import STATES, seen
from sitong.marketing.rollout.looks import outcome_rows
from sitong.marketing.rollout.queries import adoptions_of, may_adopt, parts_shown, templates_visible_to, with_state
from sitong.marketing.rollout.rules import added, parts_read
from sitong.org.stores.queries import StoreFacts, store_facts, stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import business_date
from sitong.shared.errors import Refused, sentence

HOME = "/dealer/templates/"


@page_for("dealer", permission="coupon.see")
@require_safe
def template_list(request: ViewerRequest) -> HttpResponse:
    """The campaigns that reach the dealer's stores, and how many of these take part in each."""
    brand = brand_of(request)
    stores = _stores(request)
    found = with_state(
        templates_visible_to(request.viewer).filter(ended_at=None).order_by("-starts_on", "-id")[:100], today=business_date(clock.now(), brand.zone)
    )  # fmt: skip
    pushed = may_adopt(found, list(stores.values()))
    running = {key for key, row in adoptions_of([one.id for one in found], stores).items() if row.left_at is None}
    shown: list[dict[str, Any]] = [
        {
            "template": one, "state": STATES[one.state],  # type: ignore[attr-defined]
            "may": sum(1 for template_id, _ in pushed if template_id == one.id),
            "running": sum(1 for template_id, _ in running if template_id == one.id),
        }
        for one in found
    ]  # fmt: skip
    return render(request, "marketing/rollout/dealer_list.html", {"templates": shown})


@page_for("dealer", permission="coupon.see")
@require_safe
def template_page(request: ViewerRequest, template_id: UUID) -> HttpResponse:
    """One campaign: what it is, which of the dealer's stores take part, and what came of it in each."""
    brand, one, at = brand_of(request), seen(request, template_id), clock.now()
    with_state([one], today=business_date(at, brand.zone))
    stores = _stores(request)
    pushed = {store_id for _, store_id in may_adopt([one], list(stores.values()))}
    rows = outcome_rows(one, stores, at=at)
    running = {row.store.id for row in rows if row.running}
    return render(request, "marketing/rollout/dealer.html", {
        "template": one, "state": STATES[one.state], "parts": parts_shown(parts_read(one.parts)), "currency": brand.currency,  # type: ignore[attr-defined]
        "stores": [(store, store.id in running) for store in stores.values() if store.id in pushed | running], "rows": rows,
        "total": added(row.outcome for row in rows), "running": len(running), "may_choose": request.viewer.may("coupon.choose"),
    })  # fmt: skip


@page_for("dealer", permission="coupon.choose")
@require_POST
def choose(request: ViewerRequest, template_id: UUID) -> HttpResponse:
    """Let the ticked stores take part, and the others not. A store that takes part already keeps what it changed."""
    one = seen(request, template_id)
    reach = stores_visible_to(request.viewer, "coupon.choose").filter(closed_at=None).values_list("id", flat=True)
    wanted = {key for key in map(as_id, request.POST.getlist("store")) if key} & set(reach)
    running = {key for (_, key), row in adoptions_of([one.id], list(reach)).items() if row.left_at is None}
    by, now = request.viewer.account_id, clock.now()
    outcomes: list[Any] = [
        *adopt_templates([AdoptionWanted(one.id, key) for key in sorted(wanted - running)], by=by, now=now),
        *leave_templates([(one.id, key) for key in sorted(running - wanted)], by=by, now=now),
    ]
    for refused in {outcome.code: outcome for outcome in outcomes if isinstance(outcome, Refused)}.values():
        messages.error(request, sentence(refused))
    count = sum(not isinstance(outcome, Refused) for outcome in outcomes)
    text = (
        ngettext("Changed for %(n)s store.", "Changed for %(n)s stores.", count) if count else _("Nothing was changed.")
    )
    messages.success(request, text % {"n": count} if count else text)
    return HttpResponseRedirect(f"{HOME}{one.id}/")


def _stores(request: ViewerRequest) -> dict[UUID, StoreFacts]:
    ids = (
        stores_visible_to(request.viewer, "coupon.see")
        .filter(closed_at=None)
        .order_by("code")
        .values_list("id", flat=True)
    )
    facts = store_facts(list(ids))
    return {key: facts[key] for key in ids}


urlpatterns = [
    path("dealer/templates/", template_list, name="dealer-templates"),
    path("dealer/templates/<uuid:template_id>/", template_page, name="dealer-template"),
    path("dealer/templates/<uuid:template_id>/choose/", choose),
]
