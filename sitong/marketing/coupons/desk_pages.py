"""Headquarters' coupon workshop: the list, making and changing with a live preview, publishing, pausing, ending, pushing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.goods.catalog.queries import category_tree
from sitong.goods.catalog.queries.desk import products_found
from sitong.goods.catalog.queries.numbers import product_names
from sitong.marketing.coupons import looks
from sitong.marketing.coupons.actions import (
    CouponWanted,
    change_coupon,
    define_coupons,
    end_coupon,
    pause_coupon,
    publish_coupon,
    push_coupon,
    resume_coupon,
    void_coupon,
    wanted_of,
)
from sitong.marketing.coupons.forms import CouponForm, initial_of
from sitong.marketing.coupons.models import Coupon
from sitong.marketing.coupons.queries.workshop import brand_coupons, campaign_choices, counted_by_state, with_state
from sitong.marketing.coupons.rules import kept_terms, terms_of
from sitong.member.segments.filters import Filter
from sitong.member.segments.queries import reach_of
from sitong.member.tiers.queries import plan_of
from sitong.org.brands.queries import BrandFacts, brand_facts
from sitong.org.dealers.queries import dealers_visible_to
from sitong.org.stores.queries import stores_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.i18n.formats import SYMBOLS
from sitong.shared.ids import new_id

PAGE = 50
FOUND_MAX = 30
TABS = ("running", "coming", "draft", "paused", "over", "ended")
VERBS: dict[str, Any] = {"publish": publish_coupon, "pause": pause_coupon, "resume": resume_coupon, "end": end_coupon}


@page_for("brand", permission="coupon.see")
@require_safe
def coupon_list(request: ViewerRequest) -> HttpResponse:
    """All coupons by state, with what was given and redeemed; those of imported campaigns when one of these is chosen."""
    brand, at, said = brand_of(request), clock.now(), request.GET
    found = with_state(brand_coupons(request.viewer), at=at)
    campaign = as_id(said.get("campaign", ""))
    found = found.filter(campaign_id=campaign) if campaign else found.filter(Q(campaign=None) | Q(campaign__source=""))
    if words := said.get("q", "").strip():
        found = found.filter(Q(name__icontains=words) | Q(name_en__icontains=words) | Q(number__iexact=words))
    counts = counted_by_state(found)
    state = said.get("state", "")
    shown = (found.filter(state=state) if state else found).order_by("-created_at", "number")  # type: ignore[misc]
    page = Paginator(shown, PAGE).get_page(said.get("page"))
    for one in page:
        one.rate_bp = (one.redeemed or 0) * 10_000 // one.given if one.given else 0  # type: ignore[attr-defined]
    tabs = [("", _("All"), sum(counts.values()))] + [(key, str(looks.STATES[key]), counts.get(key, 0)) for key in TABS]
    return render(request, "marketing/coupons/list.html", {
        "page": page, "said": said, "tabs": tabs, "currency": brand.currency, "zone": brand.zone, "may_change": request.viewer.may("coupon.change"),
        "campaigns": [(key, in_language(name, name_en)) for key, name, name_en in campaign_choices(brand.id, imported=True)],
    })  # fmt: skip


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def new_coupon(request: ViewerRequest) -> HttpResponse:
    """Make a coupon. The form carries the coupon's id, so that sending it again makes no second one; `?like=` copies one."""
    brand = brand_of(request)
    like = seen(request, like_id) if (like_id := as_id(request.GET.get("like", ""))) else None
    coupon_id = as_id(request.POST.get("id", "")) or new_id()
    form = _form(request, brand, like)
    if request.method == "POST" and _sound(form, brand):
        goods = form.listed_products()
        if goods is None and like is not None and form.cleaned_data["goods"] == "numbers":
            goods = list(wanted_of(like).goods or ())
        wanted = _wanted(form, coupon_id, brand.id, tuple(goods) if goods is not None else None)
        (outcome,) = define_coupons([wanted], by=request.viewer.account_id, now=clock.now())
        if not isinstance(outcome, Refused):
            _tell_unknown(request, form)
            messages.success(request, _("Saved as a draft. Publish it when it is right."))
            return HttpResponseRedirect(f"/brand/coupons/{outcome.id}/")
        form.add_error(None, sentence(outcome))
    return _show_form(request, brand, form, coupon_id, None)


@page_for("brand", permission="coupon.change")
@require_http_methods(["GET", "POST"])
def edit_coupon(request: ViewerRequest, coupon_id: UUID) -> HttpResponse:
    """Change a coupon. Once one was given, only in its holders' favor: the action says what may not be."""
    brand, coupon = brand_of(request), seen(request, coupon_id)
    form = _form(request, brand, coupon)
    if request.method == "POST" and _sound(form, brand):
        goods = form.listed_products()
        if goods is None and form.cleaned_data["goods"] == "numbers":
            goods = list(wanted_of(coupon).goods or ())
        wanted = _wanted(form, coupon.id, brand.id, tuple(goods) if goods is not None else None)
        changes = {
            name: getattr(wanted, name)
            for name in wanted.__dataclass_fields__
            if name not in {"id", "brand_id", "number"}
        }
        changes |= form.exact_times(coupon)
        try:
            change_coupon(coupon.id, changes=changes, by=request.viewer.account_id, now=clock.now())
        except NotFound:
            raise
        except Refused as refused:
            form.add_error(None, sentence(refused))
        else:
            _tell_unknown(request, form)
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(f"/brand/coupons/{coupon.id}/")
    return _show_form(request, brand, form, coupon.id, coupon)


@page_for("brand", permission="coupon.change")
@require_POST
def preview(request: ViewerRequest) -> HttpResponse:
    """Show the coupon of the form as members would see it, in both languages, its rules in a sentence, and whom it would reach."""
    brand = brand_of(request)
    form = _form(request, brand, None)
    sound = _sound(form, brand)
    problems = [f"{form.fields[name].label}" for name in form.errors if name in form.fields]
    if not sound:
        return render(request, "marketing/coupons/preview.html", {"problems": problems})
    goods = form.listed_products()
    wanted = _wanted(
        form, as_id(request.POST.get("id", "")) or new_id(), brand.id, tuple(goods) if goods is not None else None
    )
    coupon = drawn_coupon(wanted)
    named = looks.named_for([coupon], brand_id=brand.id)
    if goods is not None:
        named.listed[coupon.id] = len(goods)
    languages = []
    for code, name in settings.LANGUAGES:
        with override(code):
            languages.append((code, name, looks.sentence(coupon, named, currency=brand.currency, zone=brand.zone)))
    segment = Filter(tiers=wanted.terms.tiers, store_ids=wanted.terms.store_ids).rule(brand.zone)
    reach = reach_of(brand.id, segment, at=clock.now())
    return render(request, "marketing/coupons/preview.html", {
        "coupon": coupon, "languages": languages, "currency": brand.currency, "reach": reach, "unknown": form.unknown,
    })  # fmt: skip


@page_for("brand", permission="coupon.change")
@require_safe
def goods_found(request: ViewerRequest) -> HttpResponse:
    """Search products for the picker: by name, pinyin, code or barcode."""
    words = request.GET.get("goods_q", "").strip()[:80]
    products = list(products_found(request.viewer, words).filter(withdrawn_at=None)[:FOUND_MAX]) if words else []
    return render(request, "marketing/coupons/goods.html", {"products": products, "asked": words})


@page_for("brand", permission="coupon.change")
@require_POST
def change_state(request: ViewerRequest, coupon_id: UUID, verb: str) -> HttpResponse:
    """Publish, pause, resume or end a coupon. Pausing is undone by resuming; ending is for good."""
    coupon = seen(request, coupon_id)
    if verb not in VERBS:
        raise NotFound(what="page")
    done = {
        "publish": _("Published: members can have it."), "pause": _("Paused. Those that were given still hold."),
        "resume": _("It is given again."), "end": _("Ended. Those that were given still hold."),
    }  # fmt: skip
    try:
        VERBS[verb](coupon.id, by=request.viewer.account_id, now=clock.now())
    except Refused as refused:
        messages.error(request, sentence(refused))
    else:
        messages.success(request, done[verb])
    return HttpResponseRedirect(f"/brand/coupons/{coupon.id}/")


@page_for("brand", permission="coupon.change")
@require_POST
def make_void(request: ViewerRequest, coupon_id: UUID) -> HttpResponse:
    """Make a coupon void with all that was given of it and is not redeemed."""
    coupon = seen(request, coupon_id)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        messages.error(request, _("Say why: members see the reason."))
    else:
        void_coupon(coupon.id, reason=reason, by=request.viewer.account_id, now=clock.now())
        messages.success(request, _("The coupon is void, and so is all that was given of it and not redeemed."))
    return HttpResponseRedirect(f"/brand/coupons/{coupon.id}/")


@page_for("brand", permission="coupon.change")
@require_POST
def push(request: ViewerRequest, coupon_id: UUID) -> HttpResponse:
    """Push the coupon to the ticked stores and to all stores of the ticked dealers."""
    coupon, viewer = seen(request, coupon_id), request.viewer
    stores = stores_visible_to(viewer, "coupon.change").filter(closed_at=None)
    dealers = dealers_visible_to(viewer, "coupon.change")
    wanted = {one for one in map(as_id, request.POST.getlist("store")) if one}
    below = [one for one in map(as_id, request.POST.getlist("dealer")) if one]
    paths = Q(pk__in=[])
    for dealer_path in dealers.filter(id__in=below).values_list("path", flat=True):
        paths |= Q(dealer__path__startswith=dealer_path)
    chosen = list(stores if "all" in request.POST else stores.filter(Q(id__in=wanted) | paths))
    if not chosen:
        messages.error(request, _("Choose at least one store or dealer."))
    else:
        pushed = push_coupon(coupon.id, [store.id for store in chosen], by=viewer.account_id, now=clock.now())
        messages.success(request, ngettext("Pushed to %(n)s store.", "Pushed to %(n)s stores.", pushed) % {"n": pushed})
    return HttpResponseRedirect(f"/brand/coupons/{coupon.id}/#stores")


def brand_of(request: ViewerRequest) -> BrandFacts:
    """Give the viewer's brand."""
    if request.viewer.brand_id is None:
        raise NotFound()
    return brand_facts([request.viewer.brand_id])[request.viewer.brand_id]


def seen(request: ViewerRequest, coupon_id: UUID) -> Coupon:
    """Give the coupon, if headquarters' viewer may see it."""
    coupon = brand_coupons(request.viewer).filter(id=coupon_id).first()
    if coupon is None:
        raise NotFound(what="coupon")
    return coupon


def in_language(name: str, name_en: str) -> str:
    """Give the name in the active language."""
    return name_en if name_en and (get_language() or "").startswith("en") else name


def as_id(text: str) -> UUID | None:
    """Read an id; None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def drawn_coupon(wanted: CouponWanted) -> Coupon:
    """Give a coupon that nobody has saved, to show how it would look."""
    kept = {
        name: getattr(wanted, name)
        for name in wanted.__dataclass_fields__
        if name not in {"terms", "goods", "at_counter"}
    }
    return Coupon(
        **kept,
        terms=kept_terms(wanted.terms),
        goods_listed=wanted.goods is not None,
        at_counter=bool(wanted.at_counter),
    )


def _form(request: ViewerRequest, brand: BrandFacts, coupon: Coupon | None) -> CouponForm:
    tree = category_tree(brand.id)
    categories = [(str(one.id), one.name) for top in tree for one in (top, *top.children)]
    stores = stores_visible_to(request.viewer, "coupon.change").filter(closed_at=None).order_by("code")
    posted, plan = request.method == "POST", plan_of(brand.id)
    return CouponForm(
        request.POST if posted else None, request.FILES if posted else None, initial=initial_of(coupon), brand_id=brand.id,
        categories=categories, stores=[(str(one.id), f"{in_language(one.name, one.name_en)} · {one.code}") for one in stores],
        campaigns=[(key, in_language(name, name_en)) for key, name, name_en in campaign_choices(brand.id, imported=False)],
        tiers=[(one.code, in_language(one.name, one.name_en)) for one in (plan.levels if plan else ())],
    )  # fmt: skip


def _sound(form: CouponForm, brand: BrandFacts) -> bool:
    with timezone.override(brand.zone):
        return form.is_valid()


def _wanted(form: CouponForm, coupon_id: UUID, brand_id: UUID, goods: tuple[UUID, ...] | None) -> CouponWanted:
    said = form.fields_of_coupon()
    campaign = as_id(form.cleaned_data["campaign"] or "")
    return CouponWanted(
        coupon_id, brand_id, **{**said, "terms": terms_of(said["terms"]), "ways": tuple(said["ways"])}, campaign_id=campaign, goods=goods
    )  # fmt: skip


def _show_form(
    request: ViewerRequest, brand: BrandFacts, form: CouponForm, coupon_id: UUID, coupon: Coupon | None
) -> HttpResponse:
    chosen_products = [one for one in map(as_id, map(str, form["product_ids"].value() or ())) if one]
    names = product_names(chosen_products)
    chosen = {str(one) for one in form["category_ids"].value() or ()}
    tree = [{"id": top.id, "name": top.name, "name_en": top.name_en, "children": top.children,
             "open": any(str(one.id) in chosen for one in top.children)} for top in category_tree(brand.id)]  # fmt: skip
    listed = looks.named_for([coupon], brand_id=brand.id).listed.get(coupon.id) if coupon is not None else None
    return render(request, "marketing/coupons/form.html", {
        "form": form, "coupon": coupon, "coupon_id": coupon_id, "tree": tree, "chosen_categories": chosen,
        "chosen_products": [(one, in_language(*names[one])) for one in chosen_products if one in names],
        "sign": SYMBOLS[brand.currency], "zone": brand.zone, "currency": brand.currency, "listed_count": listed,
    }, status=422 if form.errors else 200)  # fmt: skip


def _tell_unknown(request: ViewerRequest, form: CouponForm) -> None:
    if form.unknown:
        text = ngettext("%(n)s number is no product of ours and was left out: %(some)s",
                        "%(n)s numbers are no products of ours and were left out: %(some)s", len(form.unknown))  # fmt: skip
        messages.warning(request, text % {"n": len(form.unknown), "some": ", ".join(form.unknown[:5])})


urlpatterns = [
    path("brand/coupons/", coupon_list, name="coupons"),
    path("brand/coupons/new/", new_coupon),
    path("brand/coupons/preview/", preview),
    path("brand/coupons/goods/", goods_found),
    path("brand/coupons/<uuid:coupon_id>/edit/", edit_coupon),
    path("brand/coupons/<uuid:coupon_id>/void/", make_void),
    path("brand/coupons/<uuid:coupon_id>/push/", push),
    path("brand/coupons/<uuid:coupon_id>/state/<slug:verb>/", change_state),
]
