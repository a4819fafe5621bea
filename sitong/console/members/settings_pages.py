"""What a brand sets up for its members: tags, wordings of consents, named sources."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.console.members.shared import id_said
from sitong.member.consent.actions import WordingWanted, publish_wordings
from sitong.member.consent.queries import wordings_now, wordings_of
from sitong.member.profile.actions import TagWanted, make_tags, retire_tag
from sitong.member.profile.queries import tags_of_brand, tags_visible_to
from sitong.member.profile.rules import COLORS
from sitong.member.sources.actions import SourceWanted, name_sources, retire_source
from sitong.member.sources.queries import Grown, growth, joined_by_source, sources_of_brand, sources_visible_to
from sitong.member.templatetags.members import PURPOSES, SOURCE_KINDS, source_name
from sitong.org.brands.queries import brand_facts, entities_visible_to
from sitong.org.stores.queries import store_facts, stores_visible_to
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import business_date, now
from sitong.shared.errors import NotAllowed, NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

DAYS_SHOWN, DAYS_MAX = 30, 1_100


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("brand", permission="member.tag")
def tags(request: ViewerRequest) -> HttpResponse:
    """List the brand's tags; a POST makes one."""
    viewer, problem = request.viewer, ""
    assert viewer.brand_id is not None
    if request.method == "POST":
        new = TagWanted(
            id_said(request), viewer.brand_id, request.POST.get("name", ""), request.POST.get("color", "blue")[:12]
        )
        (made,) = make_tags([new], by=viewer.account_id, now=now())
        if not isinstance(made, Refused):
            return HttpResponseRedirect("/brand/members/tags/")
        problem = sentence(made)
    context = {
        "tags": tags_of_brand(viewer.brand_id, also_retired=True), "colors": COLORS, "problem": problem, "id": new_id()
    }  # fmt: skip
    return render(request, "console/members/tags.html", context, status=409 if problem else 200)


@require_POST
@page_for("brand", permission="member.tag")
def retire_one_tag(request: ViewerRequest, tag_id: UUID) -> HttpResponse:
    """Let a tag be put on nobody any more."""
    if not tags_visible_to(request.viewer).filter(id=tag_id).exists():
        raise NotFound(what="tag")
    retire_tag(tag_id, by=request.viewer.account_id, now=now())
    return HttpResponseRedirect("/brand/members/tags/")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("brand", permission="member.see")
def wordings(request: ViewerRequest) -> HttpResponse:
    """Show what members are asked, version by version; a POST publishes the next version."""
    viewer, problem = request.viewer, ""
    assert viewer.brand_id is not None
    if request.method == "POST":
        viewer.require("member.change")
        entity_id = id_in(request.POST.get("entity", ""))
        if entity_id and not entities_visible_to(viewer).filter(id=entity_id).exists():
            raise NotFound(what="entity")
        said = {name: request.POST.get(name, "") for name in ("purpose", "text", "text_en")}
        new = WordingWanted(
            id_said(request), viewer.brand_id, said["purpose"], said["text"], said["text_en"], entity_id
        )
        (made,) = publish_wordings([new], by=viewer.account_id, now=now())
        if not isinstance(made, Refused):
            messages.success(request, _("Published. Members are asked for the new wording from now on."))
            return HttpResponseRedirect("/brand/members/wordings/")
        problem = sentence(made)
    entities = {one.id: one for one in entities_visible_to(viewer).order_by("name")}
    context = {
        "wordings": wordings_now(viewer.brand_id), "history": wordings_of(viewer.brand_id), "entities": entities, "problem": problem,
        "purposes": list(PURPOSES), "may_change": viewer.may("member.change"), "id": new_id(), "said": request.POST,
    }  # fmt: skip
    return render(request, "console/members/wordings.html", context, status=409 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("brand", permission="member.see")
def sources(request: ViewerRequest) -> HttpResponse:
    """Show by which entries members come and how the pool grows; a POST names an entry."""
    viewer, problem = request.viewer, ""
    assert viewer.brand_id is not None
    if request.method == "POST":
        if not viewer.place_ids("brand", "member.tag"):
            raise NotAllowed(permission="member.tag")
        said = {name: request.POST.get(name, "") for name in ("code", "name", "name_en", "kind")}
        store_id = id_in(request.POST.get("at_store", ""))
        if store_id and not stores_visible_to(viewer).filter(id=store_id).exists():
            raise NotFound(what="store")
        new = SourceWanted(
            id_said(request), viewer.brand_id, said["code"], said["name"], said["kind"], said["name_en"], store_id
        )
        (made,) = name_sources([new], by=viewer.account_id, now=now())
        if not isinstance(made, Refused):
            return HttpResponseRedirect("/brand/sources/")
        problem = sentence(made)
    context = {
        **_growth(request),
        "problem": problem,
        "said": request.POST,
        "kinds": list(SOURCE_KINDS),
        "id": new_id(),
    }
    return render(request, "console/members/sources.html", context, status=409 if problem else 200)


@require_safe
@never_cache
@page_for("brand", permission="figures.export")
def sources_csv(request: ViewerRequest) -> HttpResponse:
    """Give the growth as a table: day, source, store, how many."""
    request.viewer.require("member.see")
    seen = _growth(request)
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow([_("Day"), _("Source"), _("Name"), _("Store"), _("Joined")])
    for one in seen["rows"]:
        store = seen["stores_by_id"].get(one.store_id)
        named = source_name(seen["sources"], one.source)
        table.writerow([one.joined_on.isoformat(), one.source, named, store.name if store else "", one.joined])
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="members-{seen["first"]}-{seen["last"]}.csv"'
    return answer


@require_POST
@page_for("brand", permission="member.tag")
def retire_one_source(request: ViewerRequest, source_id: UUID) -> HttpResponse:
    """Close a source; its members keep it."""
    if not sources_visible_to(request.viewer).filter(id=source_id).exists():
        raise NotFound(what="source")
    retire_source(source_id, by=request.viewer.account_id, now=now())
    return HttpResponseRedirect("/brand/sources/")


def _growth(request: ViewerRequest) -> dict[str, Any]:
    """Give the growth of the asked period, by day, source and store, and what the page needs to draw it."""
    viewer = request.viewer
    assert viewer.brand_id is not None
    brand = brand_facts([viewer.brand_id])[viewer.brand_id]
    first, last = _period(request, business_date(now(), brand.zone))
    store_id = id_in(request.GET.get("store", ""))
    rows = growth(viewer, first=first, last=last, store_id=store_id)
    known = sources_of_brand(viewer.brand_id)
    ever = joined_by_source(viewer)
    by_source, by_store = _summed(rows, "source"), _summed(rows, "store_id")
    codes = sorted({*ever, *(code for code, one in known.items() if one.id)}, key=lambda code: -ever.get(code, 0))
    return {
        "first": first, "last": last, "rows": rows, "sources": known, "store_id": store_id, "total": sum(one.joined for one in rows),
        "stores": list(stores_visible_to(viewer).order_by("code")), "stores_by_id": store_facts({one.store_id for one in rows if one.store_id}),
        "by_store": sorted(by_store.items(), key=lambda pair: -pair[1])[:12], "may_tag": viewer.may("member.tag"),
        "by_source": [(code, known.get(code), by_source.get(code, 0), ever.get(code, 0)) for code in codes],
        "drawn": _drawn(rows, first, last, known), "may_export": viewer.may("figures.export"), "today": business_date(now(), brand.zone),
    }  # fmt: skip


def _period(request: HttpRequest, today: date) -> tuple[date, date]:
    def asked(name: str) -> date | None:
        try:
            return parse_date(request.GET.get(name, ""))
        except ValueError:
            return None

    last = asked("last") or today
    first = asked("first") or last - timedelta(days=DAYS_SHOWN - 1)
    first = max(min(first, last), last - timedelta(days=DAYS_MAX))
    return first, last


def _summed(rows: list[Grown], field: str) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for one in rows:
        key = getattr(one, field)
        found[key] = found.get(key, 0) + one.joined
    return found


def _drawn(rows: list[Grown], first: date, last: date, known: Any) -> dict[str, Any]:
    """Give the chart's series: one stack for each source, one bar for each day."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    place = {day: number for number, day in enumerate(days)}
    series: dict[str, list[int]] = {}
    for one in rows:
        series.setdefault(one.source, [0] * len(days))[place[one.joined_on]] += one.joined
    return {
        "days": [day.isoformat() for day in days],
        "series": [{"name": source_name(known, code), "values": values} for code, values in sorted(series.items())],
    }
