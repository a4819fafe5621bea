"""Campaign templates at headquarters: made with a preview, tried out, pushed, published, ended; who runs them, and results (O3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.marketing.coupons.desk_pages import as_id, brand_of
from sitong.marketing.parts.registry import all_parts
from sitong.marketing.rollout.actions import (
    Place,
    change_template,
    end_template,
    make_template,
    publish_template,
    push_template,
    recall_template,
)
from sitong.marketing.rollout.forms import FREEDOM_LABELS, TemplateForm, initial_of
from sitong.marketing.rollout.looks import chosen_parts, outcome_rows, rows_by_dealer
from sitong.marketing.rollout.models import CampaignTemplate
from sitong.marketing.rollout.queries import parts_shown, pushes_of, templates_visible_to, with_state
from sitong.marketing.rollout.rules import added, parts_read
from sitong.org.dealers.queries import dealer_facts, dealers_visible_to
from sitong.org.stores.queries import store_facts, stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id

STATES = {
    "draft": gettext_lazy("Draft"), "trial": gettext_lazy("Being tried out"), "coming": gettext_lazy("To come"), "running": gettext_lazy("Running"),
    "over": gettext_lazy("Over"), "ended": gettext_lazy("Ended"),
}  # fmt: skip
KINDS = (
    ("direct", gettext_lazy("Direct stores")), ("franchise", gettext_lazy("Franchise stores")), ("special", gettext_lazy("Special stores")),
    ("authorized", gettext_lazy("Authorized stores")),
)  # fmt: skip
VERBS: dict[str, Any] = {"publish": publish_template, "end": end_template}
HOME = "/brand/templates/"


@page_for("brand", permission="coupon.see")
@require_safe
def template_list(request: ViewerRequest) -> HttpResponse:
    """All templates, the newest first, with how many stores run each."""
    brand = brand_of(request)
    found = with_state(
        templates_visible_to(request.viewer).order_by("-starts_on", "-id")[:200],
        today=business_date(clock.now(), brand.zone),
    )
    shown = [(one, STATES[one.state]) for one in found]  # type: ignore[attr-defined]
    return render(
        request, "marketing/rollout/list.html", {"templates": shown, "may_change": request.viewer.may("coupon.change")}
    )


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def new_template(request: ViewerRequest) -> HttpResponse:
    """Make a template. The form carries its id, so that sending it again makes no second one."""
    return _form_page(request, as_id(request.POST.get("id", "")) or new_id(), None)


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def edit_template(request: ViewerRequest, template_id: UUID) -> HttpResponse:
    """Change a template; once it is out only its texts and its end."""
    return _form_page(request, template_id, seen(request, template_id))


@page_for("brand", permission="coupon.see")
@require_safe
def template_page(request: ViewerRequest, template_id: UUID) -> HttpResponse:
    """One template: as a store's phone shows it, where it was pushed, who runs it, and what came of it, store by store."""
    brand, one, at = brand_of(request), seen(request, template_id), clock.now()
    with_state([one], today=business_date(at, brand.zone))
    rows = outcome_rows(one, None, at=at)
    may = request.viewer.may("coupon.change")
    stores = stores_visible_to(request.viewer, "coupon.see").filter(closed_at=None).order_by("code")
    return render(request, "marketing/rollout/detail.html", {
        "template": one, "state": STATES[one.state], "parts": parts_shown(parts_read(one.parts)), "currency": brand.currency,  # type: ignore[attr-defined]
        "freedoms": [label for key, label in FREEDOM_LABELS if key in one.freedoms], "rows": rows, "total": added(row.outcome for row in rows),
        "running": sum(row.running for row in rows), "dealers": rows_by_dealer(rows), "pushes": _pushes_named(one), "may_change": may,
        "may_push": may and one.ended_at is None, "kinds": KINDS, "push_stores": stores if may else (),
        "push_dealers": dealers_visible_to(request.viewer, "coupon.change").filter(closed_at=None).order_by("path") if may else (),
    })  # fmt: skip


@page_for("brand", permission="coupon.change")
@require_POST
def change_state(request: ViewerRequest, template_id: UUID, verb: str) -> HttpResponse:
    """Publish or end a template; ending is for good."""
    one = seen(request, template_id)
    if verb not in VERBS:
        raise NotFound(what="page")
    said = {
        "publish": _("Published: the stores that it is pushed to can take part."),
        "end": _("Ended. No store runs it any more."),
    }
    try:
        VERBS[verb](one.id, by=request.viewer.account_id, now=clock.now())
    except Refused as refused:
        messages.error(request, sentence(refused))
    else:
        messages.success(request, said[verb])
    return HttpResponseRedirect(f"{HOME}{one.id}/")


@page_for("brand", permission="coupon.change")
@require_POST
def push(request: ViewerRequest, template_id: UUID) -> HttpResponse:
    """Push the template to the ticked places, or to everybody; or take one push back."""
    one, said = seen(request, template_id), request.POST
    places = [
        Place(kind, key)
        for kind in ("store_kind", "dealer", "store")
        for key in said.getlist(kind)
        if kind == "store_kind" or as_id(key)
    ]
    if "all" in said:
        places = [Place("brand", str(one.brand_id))]
    back = said.get("recall", "").split(":", 1)
    by, now = request.viewer.account_id, clock.now()
    if len(back) == 2:
        recall_template(one.id, [Place(back[0], back[1])], by=by, now=now)
        messages.success(request, _("Taken back. Stores that take part already go on."))
    elif not places:
        messages.error(request, _("Choose at least one place."))
    else:
        count = push_template(one.id, places, by=by, now=now)
        text = (
            ngettext("Pushed to %(n)s more place.", "Pushed to %(n)s more places.", count)
            if count
            else _("It was pushed there already.")
        )
        messages.success(request, text % {"n": count} if count else text)
    return HttpResponseRedirect(f"{HOME}{one.id}/#places")


def seen(request: ViewerRequest, template_id: UUID) -> CampaignTemplate:
    """Give the template, if the viewer may see it."""
    one = templates_visible_to(request.viewer).filter(id=template_id).first()
    if one is None:
        raise NotFound(what="template")
    return one


def _form_page(request: ViewerRequest, template_id: UUID, one: CampaignTemplate | None) -> HttpResponse:
    brand, posted = brand_of(request), request.method == "POST"
    chosen = request.POST.getlist("part") if posted else [f"{kind}:{key}" for kind, key in (one.parts if one else ())]
    form = TemplateForm(request.POST if posted else None, initial=initial_of(one) if one else None, chosen=chosen)
    if posted and form.is_valid():
        act = change_template if one else make_template
        try:
            made = act(form.wanted(template_id, brand.id), by=request.viewer.account_id, now=clock.now())
        except Refused as refused:
            form.add_error(None, sentence(refused))
        else:
            messages.success(
                request, _("Saved.") if one else _("Saved as a draft. Try it out in a store, then publish it.")
            )
            return HttpResponseRedirect(f"{HOME}{made.id}/")
    groups = chosen_parts(all_parts(), brand.id, set(chosen), at=clock.now())
    frozen = one is not None and one.published_at is not None
    context = {"form": form, "template": one, "template_id": template_id, "groups": groups, "frozen": frozen}
    return render(request, "marketing/rollout/form.html", context, status=422 if form.errors else 200)


def _pushes_named(one: CampaignTemplate) -> list[tuple[Any, Any]]:
    """Give where it was pushed to, with names. Three statements."""
    pushes = pushes_of(one.id)
    dealers = dealer_facts([UUID(row.place) for row in pushes if row.place_kind == "dealer"])
    stores = store_facts([UUID(row.place) for row in pushes if row.place_kind == "store"])
    named: list[tuple[Any, Any]] = []
    for row in pushes:
        if row.place_kind in {"dealer", "store"}:
            named.append((row, (dealers if row.place_kind == "dealer" else stores).get(UUID(row.place))))
        else:
            named.append((row, {"name": dict(KINDS).get(row.place, _("All stores"))}))
    return named


urlpatterns = [
    path("brand/templates/", template_list, name="templates"),
    path("brand/templates/new/", new_template),
    path("brand/templates/<uuid:template_id>/", template_page, name="template"),
    path("brand/templates/<uuid:template_id>/edit/", edit_template),
    path("brand/templates/<uuid:template_id>/push/", push),
    path("brand/templates/<uuid:template_id>/state/<slug:verb>/", change_state),
]
