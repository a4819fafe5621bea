"""The dealers' tree on the desks of brand and dealer."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sitong.org.brands.actions import EntityWanted, register_entities
from sitong.org.brands.queries import entities_visible_to
from sitong.org.dealers.actions import DealerWanted, appoint_dealers, change_dealer, close_dealer
from sitong.org.dealers.forms import DealerForm, NewDealerForm
from sitong.org.dealers.queries import dealers_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import new_id


@page_for("brand", "dealer", permission="org.see")
def tree(request: HttpRequest) -> HttpResponse:
    """The dealers in reach as a tree, with the number of open stores directly under each."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    dealers = list(dealers_visible_to(viewer).filter(closed_at=None).order_by("path"))
    stores = Counter(
        dealers_visible_to(viewer).filter(stores__closed_at=None, stores__isnull=False).values_list("id", flat=True)
    )
    top = min((one.path.count("/") for one in dealers), default=1)
    rows = [
        {"dealer": one, "depth": one.path.count("/") - top, "stores": stores[one.id], "cells": len(one.territory)}
        for one in dealers
    ]
    may_change = viewer.system == "brand" and viewer.may("org.change")
    return render(request, "org/dealers/tree.html", {"rows": rows, "may_change": may_change, "system": viewer.system})


@page_for("brand", permission="org.change")
@require_http_methods(["GET", "POST"])
def new_dealer(request: HttpRequest) -> HttpResponse:
    """Appoint a dealer."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    dealers = [(str(one.id), one.name) for one in dealers_visible_to(viewer).filter(closed_at=None).order_by("path")]
    entities = [(str(one.id), one.name) for one in entities_visible_to(viewer).order_by("name")]
    form = NewDealerForm(request.POST or None, dealers=dealers, entities=entities)
    if request.method == "POST" and form.is_valid():
        refused = _appoint(form, viewer)
        if refused is None:
            messages.success(request, _("The dealer is appointed."))
            return HttpResponseRedirect("/brand/dealers/")
        form.add_error(None, sentence(refused))
    return render(
        request,
        "org/dealers/form.html",
        {"form": form, "heading": _("Appoint a dealer")},
        status=422 if form.errors else 200,
    )


@page_for("brand", permission="org.change")
@require_http_methods(["GET", "POST"])
def dealer_detail(request: HttpRequest, dealer_id: UUID) -> HttpResponse:
    """Change a dealer's name and territory."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    dealer = dealers_visible_to(viewer, "org.change").filter(id=dealer_id).first()
    if dealer is None:
        raise NotFound()
    initial = {"name": dealer.name, "name_en": dealer.name_en, "territory": "\n".join(dealer.territory)}
    form = DealerForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_dealer(dealer.id, form.changes(), by=viewer.account_id, now=clock.now())
        except Refused as refused:
            form.add_error(None, sentence(refused))
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect("/brand/dealers/")
    return render(
        request,
        "org/dealers/form.html",
        {"form": form, "heading": dealer.name, "dealer": dealer},
        status=422 if form.errors else 200,
    )


@page_for("brand", permission="org.change")
@require_POST
def close(request: HttpRequest, dealer_id: UUID) -> HttpResponse:
    """Close a dealer that has nothing open below."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if not dealers_visible_to(viewer, "org.change").filter(id=dealer_id).exists():
        raise NotFound()
    close_dealer(dealer_id, by=viewer.account_id, now=clock.now())
    messages.success(request, _("The dealer is closed."))
    return HttpResponseRedirect("/brand/dealers/")


def _appoint(form: NewDealerForm, viewer: Viewer) -> Refused | None:
    """Register the new legal entity, if one was named, and appoint the dealer: both or neither."""
    said, now = form.cleaned_data, clock.now()
    assert viewer.brand_id is not None
    entity_id = UUID(said["entity"]) if said["entity"] else new_id()
    with transaction.atomic():
        if said["entity_name"]:
            register_entities(
                [EntityWanted(entity_id, viewer.brand_id, said["entity_name"])], by=viewer.account_id, now=now
            )
        wanted = DealerWanted(
            new_id(), viewer.brand_id, entity_id, said["code"], said["name"], said["name_en"],
            parent_id=UUID(said["parent"]) if said["parent"] else None, territory=tuple(said["territory"]),
        )  # fmt: skip
        (outcome,) = appoint_dealers([wanted], by=viewer.account_id, now=now)
        if isinstance(outcome, Refused):
            transaction.set_rollback(True)
            return outcome
    return None


urlpatterns = [
    path("brand/dealers/", tree, name="brand_dealers"),
    path("brand/dealers/new/", new_dealer, name="brand_dealer_new"),
    path("brand/dealers/<uuid:dealer_id>/", dealer_detail, name="brand_dealer"),
    path("brand/dealers/<uuid:dealer_id>/close/", close, name="brand_dealer_close"),
    path("dealer/dealers/", tree, name="dealer_dealers"),
]
