"""Stores on the desks of brand and dealer, and a store's own settings on the phone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sitong.org.brands.queries import brand_facts, entities_visible_to
from sitong.org.dealers.queries import dealers_visible_to
from sitong.org.stores.actions import StoreWanted, change_store, close_store, open_stores
from sitong.org.stores.forms import KINDS, NewStoreForm, StoreForm, StoreOwnForm
from sitong.org.stores.models import Store
from sitong.org.stores.queries import stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

PAGE = 50


def stores_matching(viewer: Viewer, said: Any) -> QuerySet[Store]:
    """Give the visible stores that the filters leave: text in code, name or city, kind, dealer, open or closed."""
    found = stores_visible_to(viewer).select_related("dealer").order_by("code")
    if text := said.get("q", "").strip():
        found = found.filter(
            Q(code__icontains=text) | Q(name__icontains=text) | Q(name_en__icontains=text) | Q(city__icontains=text)
        )
    if kind := said.get("kind", ""):
        found = found.filter(kind=kind)
    if dealer := id_in(said.get("dealer", "")):
        found = found.filter(dealer_id=dealer)
    return found.filter(closed_at__isnull=said.get("closed", "") != "1")


@page_for("brand", "dealer", permission="org.see")
def store_list(request: HttpRequest) -> HttpResponse:
    """The stores in reach, with filters."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    page = Paginator(stores_matching(viewer, request.GET), PAGE).get_page(request.GET.get("page"))
    filled = {
        "page": page, "kinds": KINDS, "said": request.GET, "dealers": dealers_visible_to(viewer).order_by("path"),
        "home": _home(viewer), "may_open": viewer.system == "brand" and viewer.may("org.change"),
    }  # fmt: skip
    return render(request, "org/stores/list.html", filled)


@page_for("brand", permission="org.change")
@require_http_methods(["GET", "POST"])
def new_store(request: HttpRequest) -> HttpResponse:
    """Open a store."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    dealers = [(str(one.id), one.name) for one in dealers_visible_to(viewer).filter(closed_at=None).order_by("path")]
    entities = [(str(one.id), one.name) for one in entities_visible_to(viewer).order_by("name")]
    form = NewStoreForm(request.POST or None, dealers=dealers, entities=entities)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        brand = brand_facts([viewer.brand_id])[viewer.brand_id] if viewer.brand_id else None
        wanted = StoreWanted(
            new_id(), viewer.brand_id, UUID(said["entity"]), said["kind"], said["code"], said["name"], said["name_en"],  # type: ignore[arg-type]
            dealer_id=UUID(said["dealer"]) if said["dealer"] else None, city=said["city"], zone=brand.zone if brand else "Asia/Shanghai",
        )  # fmt: skip
        (outcome,) = open_stores([wanted], by=viewer.account_id, now=clock.now())
        if not isinstance(outcome, Refused):
            messages.success(request, _("The store is open. Say now when and where."))
            return HttpResponseRedirect(f"/brand/stores/{outcome.id}/")
        form.add_error(None, sentence(outcome))
    return render(request, "org/stores/new.html", {"form": form}, status=422 if form.errors else 200)


@page_for("brand", "dealer", permission="org.see")
@require_http_methods(["GET", "POST"])
def store_detail(request: HttpRequest, store_id: UUID) -> HttpResponse:
    """One store: its facts, and the form for those who may change it."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    store = stores_visible_to(viewer).select_related("dealer", "entity").filter(id=store_id).first()
    if store is None:
        raise NotFound()
    may_change = store.closed_at is None and stores_visible_to(viewer, "store.change").filter(id=store_id).exists()
    if request.method == "POST" and not may_change:
        viewer.require("store.change")
        raise NotFound()
    answer, form = _change(request, store, StoreForm, f"{_home(viewer)}{store_id}/")
    if answer:
        return answer
    may_close = may_change and viewer.system == "brand" and viewer.may("org.change")
    filled = {
        "store": store,
        "form": form if may_change else None,
        "home": _home(viewer),
        "kind": dict(KINDS)[store.kind],
        "may_close": may_close,
    }
    return render(request, "org/stores/detail.html", filled, status=422 if form.errors else 200)


@page_for("brand", permission="org.change")
@require_POST
def close(request: HttpRequest, store_id: UUID) -> HttpResponse:
    """Close a store for good."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if not stores_visible_to(viewer, "org.change").filter(id=store_id).exists():
        raise NotFound()
    close_store(store_id, by=viewer.account_id, now=clock.now())
    messages.success(request, _("The store is closed."))
    return HttpResponseRedirect("/brand/stores/")


@page_for("store", permission="store.change")
@require_http_methods(["GET", "POST"])
def settings_of_store(request: HttpRequest) -> HttpResponse:
    """The store's own settings; whoever manages several chooses one."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    stores = list(stores_visible_to(viewer, "store.change").filter(closed_at=None).order_by("code"))
    wanted = id_in(request.GET.get("store", ""))
    store = next((one for one in stores if one.id == wanted), stores[0] if stores and wanted is None else None)
    if store is None:
        raise NotFound()
    answer, form = _change(request, store, StoreOwnForm, f"/store/settings/?store={store.id}")
    if answer:
        return answer
    return render(
        request,
        "org/stores/settings.html",
        {"store": store, "stores": stores, "form": form},
        status=422 if form.errors else 200,
    )


def _change(
    request: HttpRequest, store: Store, form_class: type[StoreOwnForm], back: str
) -> tuple[HttpResponse | None, StoreOwnForm]:
    """Show or take the form; give the answer to a change that was done."""
    if request.method != "POST":
        return None, form_class(initial=form_class.initial_of(store))
    form = form_class(request.POST)
    if form.is_valid():
        try:
            change_store(store.id, form.changes(), by=request.viewer.account_id, now=clock.now())  # type: ignore[attr-defined]
        except Refused as refused:
            form.add_error(None, sentence(refused))
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(back), form
    return None, form


def _home(viewer: Viewer) -> str:
    return f"/{viewer.system}/stores/"


urlpatterns = [
    path("brand/stores/", store_list, name="brand_stores"),
    path("brand/stores/new/", new_store, name="brand_store_new"),
    path("brand/stores/<uuid:store_id>/", store_detail, name="brand_store"),
    path("brand/stores/<uuid:store_id>/close/", close, name="brand_store_close"),
    path("dealer/stores/", store_list, name="dealer_stores"),
    path("dealer/stores/<uuid:store_id>/", store_detail, name="dealer_store"),
    path("store/settings/", settings_of_store, name="store_settings"),
]
