"""Messages at headquarters' desk: the calendar, templates with preview and test, the log, accounts, quiet hours and caps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.marketing.messages import settings_pages
from sitong.marketing.messages.actions import (
    MessageWanted,
    TemplateWanted,
    decide_unknown,
    define_template,
    end_template,
    note_approval,
    plan_messages,
    submit_template,
)
from sitong.marketing.messages.api import place_of
from sitong.marketing.messages.catalog import LOOKED_UP
from sitong.marketing.messages.looks import (
    APPROVALS,
    CHANNELS,
    FIELD_NAMES,
    PURPOSES,
    SAMPLES,
    STATES,
    cause_said,
    fault_said,
    month_of,
    previewed,
    sums_by_cause,
)
from sitong.marketing.messages.messenger import ask_approval
from sitong.marketing.messages.models import Message, MessageTemplate
from sitong.marketing.messages.queries.desk import (
    CHANGE,
    SEE,
    calendar_of,
    log_page,
    template_names,
    templates_visible_to,
    unknown_of,
)
from sitong.marketing.messages.queries.facts import caps_of, fields_said, quiet_of
from sitong.member.identity.queries import member_by_phone, member_facts
from sitong.org.brands.queries import BrandFacts, brand_facts
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import business_date
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

HOME = "/brand/messages/"
SHOWN = 200
TEXT_FIELDS = (
    "name",
    "name_en",
    "subject",
    "subject_en",
    "text",
    "text_en",
    "provider_code",
    "provider_code_en",
    "signature",
    "link",
)


@require_safe
@never_cache
@page_for("brand", permission=SEE)
def calendar(request: ViewerRequest) -> HttpResponse:
    """The month by days: what waits and what was sent, by cause; quiet hours and caps beside it."""
    brand = brand_of(request)
    today = business_date(clock.now(), brand.zone)
    first = _month(request.GET.get("month", "")) or today.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    rows = calendar_of(brand.id, first, last)
    context = {
        "brand": brand, "tab": "calendar", "first": first, "today": today, "weeks": month_of(first, rows),
        "before": (first - timedelta(days=1)).strftime("%Y-%m"), "after": (last + timedelta(days=1)).strftime("%Y-%m"),
        "sums": [(cause_said(cause), CHANNELS[channel], sums) for cause, channel, sums in sums_by_cause(rows)],
        "quiet": quiet_of([brand.id]).get(brand.id), "caps": [(CHANNELS.get(key, _("all together")), cap)
                                                              for key, cap in sorted(caps_of([brand.id]).get(brand.id, {}).items())],
        "unknown": len(unknown_of(brand.id)),
    }  # fmt: skip
    return render(request, "marketing/messages/calendar.html", context)


@require_safe
@never_cache
@page_for("brand", permission=SEE)
def templates(request: ViewerRequest) -> HttpResponse:
    """The brand's templates, with the provider's word on each."""
    rows = list(templates_visible_to(request.viewer).order_by("-created_at", "-id")[:SHOWN])
    context = {
        "tab": "templates", "may_change": request.viewer.may(CHANGE),
        "templates": [(one, CHANNELS[one.channel], PURPOSES[one.purpose], APPROVALS[one.approval]) for one in rows],
    }  # fmt: skip
    return render(request, "marketing/messages/templates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("brand", permission=CHANGE)
def edit_template(request: ViewerRequest, message_template_id: UUID | None = None) -> HttpResponse:
    """Write a template. The form carries its id, so that sending it again makes no second one."""
    brand = brand_of(request)
    template = template_of(request, message_template_id) if message_template_id else None
    own_id = template.id if template else id_in(request.POST.get("id", "")) or new_id()
    problem = ""
    if request.method == "POST":
        try:
            made = define_template(_wanted(request, own_id, brand), by=request.viewer.account_id, now=clock.now())
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(f"{HOME}templates/{made.id}/")
        except Refused as refused:
            problem = sentence(refused)
    said: Any = request.POST if request.method == "POST" else _initial(template)
    context = {
        "tab": "templates", "template": template, "template_id": own_id, "said": said, "problem": problem, "channels": CHANNELS.items(),
        "purposes": PURPOSES.items(), "fields": [(name, FIELD_NAMES[name], name in LOOKED_UP) for name in FIELD_NAMES],
    }  # fmt: skip
    return render(request, "marketing/messages/form.html", context, status=409 if problem else 200)


@require_safe
@never_cache
@page_for("brand", permission=SEE)
def template_detail(request: ViewerRequest, message_template_id: UUID) -> HttpResponse:
    """One template as a member would get it, in both languages; its review, and a test."""
    template = template_of(request, message_template_id)
    phone = request.GET.get("phone", "").strip()
    member = member_by_phone(template.brand_id, phone) if phone else None
    if phone and member is None:
        messages.error(request, _("No member has this phone."))
    context = {
        "tab": "templates", "template": template, "channel": CHANNELS[template.channel], "purpose": PURPOSES[template.purpose],
        "approval": APPROVALS[template.approval], "preview": previewed(template, member.id if member else None, now=clock.now()),
        "phone": phone, "member": member, "may_change": request.viewer.may(CHANGE), "test_id": new_id(),
        "slots": [(name, FIELD_NAMES.get(field, field)) for name, field in template.slots],
    }  # fmt: skip
    return render(request, "marketing/messages/template.html", context)


@require_POST
@page_for("brand", permission=CHANGE)
def change_template(request: ViewerRequest, message_template_id: UUID, verb: str) -> HttpResponse:
    """Hand a template in, ask or note what the provider says of it, or end it."""
    template, by = template_of(request, message_template_id), request.viewer.account_id
    verbs: dict[str, tuple[Callable[[], object], str]] = {
        "submit": (lambda: submit_template(template.id, by=by, now=clock.now()), _("Noted: it lies with the provider.")),
        "ask": (lambda: ask_approval(template, by=by, now=clock.now()), _("Asked the provider.")),
        "approve": (lambda: note_approval(template.id, "approved", by=by, now=clock.now()), _("Noted: approved. It can be sent.")),
        "refuse": (lambda: note_approval(template.id, "refused", note=request.POST.get("note", ""), by=by, now=clock.now()), _("Noted.")),
        "end": (lambda: end_template(template.id, by=by, now=clock.now()), _("Ended. What is planned is still sent.")),
        "test": (lambda: _test(request, template), _("Planned: it arrives within seconds.")),
    }  # fmt: skip
    if verb not in verbs:
        raise NotFound(what="page")
    act, done = verbs[verb]
    return answered(request, act, done, f"{HOME}templates/{template.id}/")


@require_safe
@never_cache
@page_for("brand", permission=SEE)
def log(request: ViewerRequest) -> HttpResponse:
    """All messages, the newest first, by state and channel. Never counted: pages follow each other."""
    brand, state, channel = brand_of(request), request.GET.get("state", ""), request.GET.get("channel", "")
    phone = request.GET.get("phone", "").strip()
    member = member_by_phone(brand.id, phone) if phone else None
    rows, following = log_page(
        request.viewer, state=state if state in STATES else "", channel=channel if channel in CHANNELS else "",
        member_id=member.id if member else (brand.id if phone else None), before=place_of(request.GET.get("before", "")),
    )  # fmt: skip
    context = {
        "tab": "log", "brand": brand, "rows": shown(rows), "state": state, "channel": channel, "phone": phone, "states": STATES.items(),
        "channels": CHANNELS.items(), "next": f"{following[0].isoformat()}~{following[1]}" if following else "",
        "unknown": shown(unknown_of(brand.id)) if not request.GET.get("before") else [], "may_change": request.viewer.may(CHANGE),
    }  # fmt: skip
    return render(request, "marketing/messages/log.html", context)


@require_POST
@page_for("brand", permission=CHANGE)
def decide(request: ViewerRequest) -> HttpResponse:
    """Say what became of messages of which nobody knows."""
    ids = {row.id for row in unknown_of(brand_of(request).id)}
    wanted = [found for one in request.POST.getlist("message") if (found := id_in(one)) in ids and found]
    verdict = request.POST.get("verdict", "")
    if verdict not in ("sent", "failed", "again"):
        raise NotFound(what="page")
    count = decide_unknown(wanted, verdict, by=request.viewer.account_id, now=clock.now())
    messages.success(request, _("Decided: %(count)s.") % {"count": count})
    return HttpResponseRedirect(f"{HOME}log/")


def shown(rows: list[Message]) -> list[dict[str, Any]]:
    """Give messages as a page shows them: no text, since none is kept; the member's name masked."""
    names, members = template_names({row.template_id for row in rows}), member_facts({row.member_id for row in rows})
    return [
        {
            "row": row, "member": members.get(row.member_id), "name": names.get(row.template_id, ("", ""))[0],
            "name_en": names.get(row.template_id, ("", ""))[1], "channel": CHANNELS[row.channel], "state": STATES[row.state],
            "cause": cause_said(row.cause), "fault": fault_said(row.fault),
        }
        for row in rows
    ]  # fmt: skip


def brand_of(request: ViewerRequest) -> BrandFacts:
    """Give the viewer's brand."""
    if request.viewer.brand_id is None:
        raise NotFound(what="brand")
    return brand_facts([request.viewer.brand_id])[request.viewer.brand_id]


def template_of(request: ViewerRequest, template_id: UUID) -> MessageTemplate:
    """Give a template of the viewer's brand."""
    found = templates_visible_to(request.viewer).filter(id=template_id).first()
    if found is None:
        raise NotFound(what="template")
    return found


def answered(request: ViewerRequest, act: Callable[[], object], done: str, address: str) -> HttpResponse:
    """Do it, say what became of it, and go there."""
    try:
        act()
    except Refused as refused:
        messages.error(request, sentence(refused))
    else:
        messages.success(request, done)
    return HttpResponseRedirect(address)


def _test(request: ViewerRequest, template: MessageTemplate) -> None:
    member = member_by_phone(template.brand_id, request.POST.get("phone", ""))
    if member is None:
        raise NotFound(what="member")
    said = {name: SAMPLES[name][0] for name in fields_said(template)}
    wanted = MessageWanted(
        id_in(request.POST.get("id", "")) or new_id(), template.brand_id, member.id, template.id, "test", said
    )
    (outcome,) = plan_messages([wanted], now=clock.now())
    if isinstance(outcome, Refused):
        raise outcome


def _wanted(request: ViewerRequest, own_id: UUID, brand: BrandFacts) -> TemplateWanted:
    said = request.POST
    pairs = [line.split("=", 1) for line in said.get("slots", "").splitlines() if "=" in line]
    slots = tuple((name.strip(), field.strip().strip("{}")) for name, field in pairs)
    texts = {name: said.get(name, "") for name in TEXT_FIELDS}
    return TemplateWanted(own_id, brand.id, said.get("channel", ""), said.get("purpose", ""), slots=slots, **texts)


def _initial(template: MessageTemplate | None) -> dict[str, str]:
    if template is None:
        return {"channel": "sms", "purpose": "service", "signature": ""}
    said = {name: getattr(template, name) for name in (*TEXT_FIELDS, "channel", "purpose")}
    return said | {"slots": "\n".join(f"{name}={field}" for name, field in template.slots)}


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


urlpatterns = [
    path("brand/messages/", calendar, name="brand-messages"),
    path("brand/messages/templates/", templates, name="brand-message-templates"),
    path("brand/messages/templates/new/", edit_template, name="brand-message-template-new"),
    path("brand/messages/templates/<uuid:message_template_id>/", template_detail, name="brand-message-template"),
    path(
        "brand/messages/templates/<uuid:message_template_id>/edit/", edit_template, name="brand-message-template-edit"
    ),
    path(
        "brand/messages/templates/<uuid:message_template_id>/<str:verb>/",
        change_template,
        name="brand-message-template-change",
    ),
    path("brand/messages/log/", log, name="brand-message-log"),
    path("brand/messages/unknown/", decide, name="brand-message-unknown"),
    *settings_pages.urlpatterns,
]
