"""Headquarters' workshop of promotions: the list, making and changing drafts with a sample basket beside, publishing, stopping, pushing,
and what came of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.goods.catalog.queries import category_tree
from sitong.goods.catalog.queries.facts import sku_facts, skus_of_products
from sitong.goods.catalog.queries.numbers import product_names
from sitong.marketing.coupons.desk_pages import as_id, brand_of, in_language
from sitong.marketing.promotions.actions import (
    change_promotion,
    define_promotions,
    drop_draft,
    publish_promotion,
    push_promotion,
    stop_promotion,
    wanted_of,
)
from sitong.marketing.promotions.definition import PromotionWanted, definition_fault
from sitong.marketing.promotions.forms import KINDS, PromotionForm, initial_of
from sitong.marketing.promotions.models import Promotion
from sitong.marketing.promotions.preview import facts_drawn, sample_of
from sitong.marketing.promotions.queries.desk import promotions_visible_to, pushed_to, with_state
from sitong.marketing.promotions.queries.results import flash_counts, results_by_store, results_of
from sitong.marketing.promotions.rules import rule_of
from sitong.marketing.promotions.said import rule_said, why_said
from sitong.member.tiers.queries import plan_of
from sitong.org.brands.queries import BrandFacts
from sitong.org.dealers.queries import dealers_visible_to
from sitong.org.stores.queries import open_stores_of, store_facts, stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.i18n.formats import SYMBOLS
from sitong.shared.ids import new_id

PAGE = 50
HOME = "/brand/promotions/"
STATES = {
    "running": gettext_lazy("running"), "coming": gettext_lazy("coming"), "draft": gettext_lazy("draft"), "over": gettext_lazy("over"),
    "stopped": gettext_lazy("stopped"),
}  # fmt: skip
NAMES = dict(KINDS)


@page_for("brand", permission="coupon.see")
@require_safe
def promotion_list(request: ViewerRequest) -> HttpResponse:
    """All promotions by state, with what came of them."""
    brand, at, said = brand_of(request), clock.now(), request.GET
    found = with_state(promotions_visible_to(request.viewer), at=at)
    if words := said.get("q", "").strip():
        found = found.filter(Q(name__icontains=words) | Q(name_en__icontains=words))
    states = [one.state for one in found.only("id")]  # type: ignore[attr-defined]
    state = said.get("state", "")
    shown = found.filter(state=state) if state in STATES else found  # type: ignore[misc]
    page = Paginator(shown.order_by("-created_at", "-id"), PAGE).get_page(said.get("page"))
    results = results_of([one.id for one in page])
    rows = []
    for one in page:
        state_now: str = one.state  # type: ignore[attr-defined]
        rows.append({
            "one": one, "state": STATES[state_now], "kind": NAMES[one.kind], "gives": said_of(one, brand), "results": results[one.id],
        })  # fmt: skip
    tabs = [("", _("All"), len(states))] + [(key, str(label), states.count(key)) for key, label in STATES.items()]
    return render(request, "marketing/promotions/list.html", {
        "page": page, "rows": rows, "said": said, "tabs": tabs, "currency": brand.currency, "zone": brand.zone,
        "may_change": request.viewer.may("coupon.change"),
    })  # fmt: skip


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def new_promotion(request: ViewerRequest) -> HttpResponse:
    """Make a promotion. The form carries its id, so that sending it again makes no second one; `?like=` copies one."""
    brand = brand_of(request)
    like = seen(request, like_id) if (like_id := as_id(request.GET.get("like", ""))) else None
    promotion_id = as_id(request.POST.get("id", "")) or new_id()
    form = _form(request, brand, like)
    if request.method == "POST" and _sound(form, brand):
        (outcome,) = define_promotions(
            [_wanted(form, promotion_id, brand.id)], by=request.viewer.account_id, now=clock.now()
        )
        if not isinstance(outcome, Refused):
            messages.success(request, _("Saved as a draft. Publish it when it is right."))
            return HttpResponseRedirect(f"{HOME}{outcome.id}/")
        form.add_error(None, sentence(outcome))
    return _show_form(request, brand, form, promotion_id, None)


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def edit_promotion(request: ViewerRequest, promotion_id: UUID) -> HttpResponse:
    """Change a draft; what is published stays as it is."""
    brand, promotion = brand_of(request), seen(request, promotion_id)
    form = _form(request, brand, promotion)
    if request.method == "POST" and _sound(form, brand):
        wanted = _wanted(form, promotion.id, brand.id)
        changes = {
            name: getattr(wanted, name) for name in wanted.__dataclass_fields__ if name not in {"id", "brand_id"}
        }
        try:
            change_promotion(promotion.id, changes=changes, by=request.viewer.account_id, now=clock.now())
        except NotFound:
            raise
        except Refused as refused:
            form.add_error(None, sentence(refused))
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(f"{HOME}{promotion.id}/")
    return _show_form(request, brand, form, promotion.id, promotion)


@page_for("brand", permission="coupon.change")
@require_POST
def preview(request: ViewerRequest) -> HttpResponse:
    """Price a sample basket with the promotion of the form, in one of the brand's stores."""
    brand, at = brand_of(request), clock.now()
    form = _form(request, brand, None)
    context: dict[str, Any] = {"currency": brand.currency}
    if not _sound(form, brand):
        context["problems"] = [f"{form.fields[name].label}" for name in form.errors if name in form.fields]
        return render(request, "marketing/promotions/preview.html", context)
    wanted = _wanted(form, new_id(), brand.id)
    if (fault := definition_fault(wanted)) is not None:
        return render(request, "marketing/promotions/preview.html", {**context, "fault": sentence(fault)})
    stores = open_stores_of(brand.id)
    asked = as_id(request.POST.get("sample_store", ""))
    store = next((one for one in stores if one.id == asked), stores[0] if stores else None)
    quantities = [
        int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
        for text in request.POST.getlist("sample")[:10]
    ]
    sample = sample_of(wanted, store, quantities, at=at) if store is not None else None
    names = _gift_names(wanted)
    return render(request, "marketing/promotions/preview.html", {
        **context, "gives": rule_said(facts_drawn(wanted, at=at), currency=brand.currency, products=names), "sample": sample, "store": store,
        "why": why_said(sample.why, currency=brand.currency) if sample and sample.why else "", "kind": NAMES[wanted.kind],
    })  # fmt: skip


@page_for("brand", permission="coupon.see")
@require_safe
def show_promotion(request: ViewerRequest, promotion_id: UUID) -> HttpResponse:
    """One promotion: what it gives, where it holds, and what came of it."""
    brand, viewer = brand_of(request), request.viewer
    promotion = with_state(Promotion.objects.filter(id=seen(request, promotion_id).id), at=clock.now()).get()
    state, may = promotion.state, viewer.may("coupon.change")  # type: ignore[attr-defined]
    alive = state in {"draft", "coming", "running"}
    pushed = pushed_to(promotion.id)
    by_store = results_by_store(promotion.id)
    counts = flash_counts([promotion.id]).get(promotion.id, [])
    stores = store_facts({*pushed, *[store_id for store_id, _one in by_store]})
    facts = sku_facts([one.sku_id for one in counts])
    dealers = dealers_visible_to(viewer, "coupon.change").filter(closed_at=None).defer("territory")
    reach = stores_visible_to(viewer, "coupon.change").filter(closed_at=None)
    return render(request, "marketing/promotions/detail.html", {
        "one": promotion, "state": state, "state_name": STATES[state], "kind": NAMES[promotion.kind], "gives": said_of(promotion, brand, with_names=True),
        "currency": brand.currency, "zone": brand.zone, "results": results_of([promotion.id])[promotion.id], "may_change": may,
        "by_store": [(stores[key], one) for key, one in by_store if key in stores],
        "counts": [(facts[one.sku_id], one) for one in counts if one.sku_id in facts],
        "pushed": [(stores[key], since is not None and left is None) for key, (since, left) in pushed.items() if key in stores],
        "may_push": may and alive, "push_dealers": list(dealers.order_by("path")) if may and alive else [],
        "push_stores": list(reach.order_by("code")) if may and alive else [],
    })  # fmt: skip


@page_for("brand", permission="coupon.change")
@require_POST
def change_state(request: ViewerRequest, promotion_id: UUID, verb: str) -> HttpResponse:
    """Publish a draft, stop what runs (for good), or drop a draft."""
    promotion, by, at = seen(request, promotion_id), request.viewer.account_id, clock.now()
    try:
        if verb == "publish":
            publish_promotion(promotion.id, by=by, now=at)
            messages.success(request, _("Published: from its start on it is in the price."))
        elif verb == "stop":
            stop_promotion(promotion.id, by=by, now=at)
            messages.success(request, _("Stopped. What was quoted before holds for its ten minutes."))
        elif verb == "drop":
            drop_draft(promotion.id, by=by, now=at)
            messages.success(request, _("The draft is gone."))
            return HttpResponseRedirect(HOME)
        else:
            raise NotFound(what="page")
    except NotFound:
        raise
    except Refused as refused:
        messages.error(request, sentence(refused))
    return HttpResponseRedirect(f"{HOME}{promotion.id}/")


@page_for("brand", permission="coupon.change")
@require_POST
def push(request: ViewerRequest, promotion_id: UUID) -> HttpResponse:
    """Push the promotion to the ticked stores and to all stores of the ticked dealers."""
    promotion, viewer = seen(request, promotion_id), request.viewer
    stores = stores_visible_to(viewer, "coupon.change").filter(closed_at=None)
    wanted = {one for one in map(as_id, request.POST.getlist("store")) if one}
    below = [one for one in map(as_id, request.POST.getlist("dealer")) if one]
    paths = Q(pk__in=[])
    for dealer_path in dealers_visible_to(viewer, "coupon.change").filter(id__in=below).values_list("path", flat=True):
        paths |= Q(dealer__path__startswith=dealer_path)
    chosen = list(stores if "all" in request.POST else stores.filter(Q(id__in=wanted) | paths))
    if not chosen:
        messages.error(request, _("Choose at least one store or dealer."))
    else:
        pushed = push_promotion(promotion.id, [store.id for store in chosen], by=viewer.account_id, now=clock.now())
        messages.success(request, ngettext("Pushed to %(n)s store.", "Pushed to %(n)s stores.", pushed) % {"n": pushed})
    return HttpResponseRedirect(f"{HOME}{promotion.id}/#stores")


def seen(request: ViewerRequest, promotion_id: UUID) -> Promotion:
    """Give the promotion, if headquarters' viewer may see it."""
    promotion = promotions_visible_to(request.viewer).filter(id=promotion_id).first()
    if promotion is None:
        raise NotFound(what="promotion")
    return promotion


def said_of(promotion: Promotion, brand: BrandFacts, *, with_names: bool = False) -> str:
    """Say what a promotion gives."""
    wanted = wanted_of(promotion)
    names = _gift_names(wanted) if with_names else None
    return rule_said(facts_drawn(wanted, at=promotion.created_at), currency=brand.currency, products=names)


def _gift_names(wanted: PromotionWanted) -> dict[UUID, str]:
    ids = wanted.rule.gift_product_ids
    return {key: in_language(*names) for key, names in product_names(ids).items()} if ids else {}


def _form(request: ViewerRequest, brand: BrandFacts, promotion: Promotion | None) -> PromotionForm:
    tree = category_tree(brand.id)
    categories = [(str(one.id), one.name) for top in tree for one in (top, *top.children)]
    stores = stores_visible_to(request.viewer, "coupon.change").filter(closed_at=None).order_by("code")
    plan = plan_of(brand.id)
    return PromotionForm(
        request.POST if request.method == "POST" else None, initial=initial_of(promotion, numbers=_numbers(promotion)), brand_id=brand.id,
        categories=categories, stores=[(str(one.id), f"{in_language(one.name, one.name_en)} · {one.code}") for one in stores],
        tiers=[(one.code, in_language(one.name, one.name_en)) for one in (plan.levels if plan else ())],
    )  # fmt: skip


def _numbers(promotion: Promotion | None) -> dict[UUID, str]:
    """Give the codes of the SKUs and products that a promotion's rule names."""
    if promotion is None:
        return {}
    rule = rule_of(promotion.rule)
    products = set(rule.gift_product_ids) | {key for part in rule.parts for key in part.product_ids}
    numbers = {key: facts.code for key, facts in sku_facts([one.sku_id for one in rule.flash]).items()}
    return numbers | {key: skus[0].code for key, skus in skus_of_products(products).items() if skus}


def _sound(form: PromotionForm, brand: BrandFacts) -> bool:
    with timezone.override(brand.zone):
        return form.is_valid()


def _wanted(form: PromotionForm, promotion_id: UUID, brand_id: UUID) -> PromotionWanted:
    return PromotionWanted(promotion_id, brand_id, rule=form.rule(), **form.fields_of_promotion())


def _show_form(
    request: ViewerRequest, brand: BrandFacts, form: PromotionForm, promotion_id: UUID, promotion: Promotion | None
) -> HttpResponse:
    chosen_products = [one for one in map(as_id, map(str, form["product_ids"].value() or ())) if one]
    names = product_names(chosen_products)
    chosen = {str(one) for one in form["category_ids"].value() or ()}
    tree = [{"id": top.id, "name": top.name, "name_en": top.name_en, "children": top.children,
             "open": any(str(one.id) in chosen for one in top.children)} for top in category_tree(brand.id)]  # fmt: skip
    return render(request, "marketing/promotions/form.html", {
        "form": form, "one": promotion, "promotion_id": promotion_id, "tree": tree, "chosen_categories": chosen,
        "chosen_products": [(one, in_language(*names[one])) for one in chosen_products if one in names],
        "sign": SYMBOLS[brand.currency], "zone": brand.zone, "currency": brand.currency, "sample_stores": open_stores_of(brand.id)[:200],
    }, status=422 if form.errors else 200)  # fmt: skip


urlpatterns = [
    path("brand/promotions/", promotion_list, name="promotions"),
    path("brand/promotions/new/", new_promotion),
    path("brand/promotions/preview/", preview),
    path("brand/promotions/<uuid:promotion_id>/", show_promotion),
    path("brand/promotions/<uuid:promotion_id>/edit/", edit_promotion),
    path("brand/promotions/<uuid:promotion_id>/push/", push),
    path("brand/promotions/<uuid:promotion_id>/state/<slug:verb>/", change_state),
]
