"""The wallet at headquarters: what is owed to members by entity, the offers, the caps, and what happened."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.member.wallet.actions import PlanMalformed, PlanWanted, close_plan, open_plans, reopen_plan, set_terms
from sitong.member.wallet.forms import a_uuid, minor_of
from sitong.member.wallet.models import BEARER_CAP_MAX_MINOR, NAMED_CAP_MAX_MINOR
from sitong.member.wallet.queries import (
    brand_entries,
    brand_wallets,
    entity_wallets,
    plans_closed,
    plans_open,
    terms_of,
)
from sitong.org.brands.queries import brand_facts, entities_visible_to
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id

HOME = "/brand/wallet/"


@require_safe
@never_cache
@page_for("brand", permission="member.see")
def wallet(request: ViewerRequest) -> HttpResponse:
    """Show what members hold, each entity's side, the plans, the caps and the latest entries."""
    return _show(request)


@require_POST
@page_for("brand", permission="wallet.change")
def terms(request: ViewerRequest) -> HttpResponse:
    """Change the caps and the issuing entity."""
    brand_id = _brand(request)
    named, bearer = minor_of(request.POST.get("named", "")), minor_of(request.POST.get("bearer", ""))
    issuer_id = a_uuid(request.POST.get("issuer", ""))
    if issuer_id and not entities_visible_to(request.viewer).filter(id=issuer_id).exists():
        raise NotFound(what="entity")
    try:
        if named is None or bearer is None:
            raise PlanMalformed(most=20)
        set_terms(
            brand_id=brand_id,
            named_cap_minor=named,
            bearer_cap_minor=bearer,
            issuer_id=issuer_id,
            by=request.viewer.account_id,
            now=now(),
        )
    except Refused as refused:
        return _show(request, sentence(refused))
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(HOME)


@require_POST
@page_for("brand", permission="wallet.change")
def open_plan(request: ViewerRequest) -> HttpResponse:
    """Open a top-up plan."""
    plan_id, pay, gift = (
        a_uuid(request.POST.get("id", "")),
        minor_of(request.POST.get("pay", "")),
        minor_of(request.POST.get("gift") or "0"),
    )
    outcome: object = PlanMalformed(most=20)
    if plan_id and pay is not None and gift is not None:
        wanted = PlanWanted(
            plan_id, _brand(request), request.POST.get("name", ""), pay, gift, request.POST.get("name_en", "")
        )
        (outcome,) = open_plans([wanted], by=request.viewer.account_id, now=now())
    if isinstance(outcome, Refused):
        return _show(request, sentence(outcome))
    messages.success(request, _("The plan is on offer."))
    return HttpResponseRedirect(HOME)


@require_POST
@page_for("brand", permission="wallet.change")
def close(request: ViewerRequest, plan_id: UUID) -> HttpResponse:
    """Close a plan: nobody can buy it any more. It can be opened again."""
    close_plan(plan_id, brand_id=_brand(request), by=request.viewer.account_id, now=now())
    messages.success(request, _("The plan is closed."))
    return HttpResponseRedirect(HOME)


@require_POST
@page_for("brand", permission="wallet.change")
def reopen(request: ViewerRequest, plan_id: UUID) -> HttpResponse:
    """Open a closed plan again."""
    try:
        reopen_plan(plan_id, brand_id=_brand(request), by=request.viewer.account_id, now=now())
    except NotFound:
        raise
    except Refused as refused:
        return _show(request, sentence(refused))
    messages.success(request, _("The plan is on offer."))
    return HttpResponseRedirect(HOME)


def _show(request: ViewerRequest, problem: str = "") -> HttpResponse:
    brand_id = _brand(request)
    sides = entity_wallets(brand_id)
    entities = {one.id: one for one in entities_visible_to(request.viewer)}
    context = {
        "brand": brand_facts([brand_id])[brand_id], "terms": terms_of(brand_id), "plans": plans_open(brand_id), "closed": plans_closed(brand_id),
        "holds": brand_wallets(brand_id), "sides": [(entities.get(one.entity_id) if one.entity_id else None, one) for one in sides],
        "entities": sorted(entities.values(), key=lambda one: one.name), "happened": brand_entries(brand_id, limit=30), "problem": problem,
        "plan_id": new_id(), "may_change": request.viewer.may("wallet.change"), "named_max": NAMED_CAP_MAX_MINOR, "bearer_max": BEARER_CAP_MAX_MINOR,
    }  # fmt: skip
    return render(request, "member/wallet/desk.html", context, status=409 if problem else 200)


def _brand(request: ViewerRequest) -> UUID:
    if request.viewer.brand_id is None:
        raise NotFound(what="brand")
    return request.viewer.brand_id


urlpatterns = [
    path("brand/wallet/", wallet, name="brand-wallet"),
    path("brand/wallet/terms/", terms, name="brand-wallet-terms"),
    path("brand/wallet/plans/", open_plan, name="brand-wallet-plan"),
    path("brand/wallet/plans/<uuid:plan_id>/close/", close, name="brand-wallet-plan-close"),
    path("brand/wallet/plans/<uuid:plan_id>/reopen/", reopen, name="brand-wallet-plan-reopen"),
]
