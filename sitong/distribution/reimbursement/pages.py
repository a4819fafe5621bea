"""The pages of claims: headquarters' and dealers' desks, and the store's phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.distribution.reimbursement.access import line_for, statement_for
from sitong.distribution.reimbursement.actions import (
    DisputeWanted,
    LineAnswer,
    SettleWanted,
    accept_lines,
    check_statements,
    dispute_lines,
    reject_lines,
    settle_statements,
    stand_by_lines,
    withdraw_lines,
)
from sitong.distribution.reimbursement.looks import (
    WAYS,
    lines_drawn,
    statement_csv,
    statement_state,
    statements_drawn,
)
from sitong.distribution.reimbursement.models import Statement
from sitong.distribution.reimbursement.queries.lists import (
    claimed_in,
    latest_lines,
    lines_of,
    party_ids,
    settlement_of,
    statement_with_counts,
    statements_visible_to,
    sums_of,
)
from sitong.org.brands.queries import BrandFacts, brand_facts
from sitong.shared import clock
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import business_date, day_bounds
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

SIDES = {"brand": ("owed", "all"), "dealer": ("owed", "due"), "store": ("due",)}
ANSWERS: dict[str, tuple[str, Callable[..., Any]]] = {
    "stand": ("claims.answer", stand_by_lines), "withdraw": ("claims.answer", withdraw_lines),
    "accept": ("claims.check", accept_lines), "reject": ("claims.check", reject_lines),
}  # fmt: skip
Page = Callable[..., HttpResponse]


def _list_for(system: str) -> Page:
    @require_safe
    @never_cache
    @page_for(system, permission="claims.see")
    def claims(request: ViewerRequest) -> HttpResponse:
        """What is claimed of us and what we claim, month by month; what is new this month stands on top."""
        viewer, brand, own = request.viewer, _brand(request), party_ids(request.viewer)
        side = request.GET.get("side", SIDES[system][0])
        side = side if side in SIDES[system] else SIDES[system][0]
        found = statements_visible_to(viewer)
        if side != "all":
            found = found.filter(**{"debtor_id__in" if side == "owed" else "claimant_id__in": own})
        shown_side = "owed" if side == "all" else side
        context: dict[str, Any] = {
            "side": side, "sides": _sides(system), "sums": sums_of(own, side=shown_side), "currency": brand.currency, "zone": brand.zone,
            "statements": statements_drawn(statement_with_counts(found)), "home": f"/{system}/claims/", "system": system,
            "latest": lines_drawn(latest_lines(own, side=shown_side, limit=20)),
        }  # fmt: skip
        if system == "store":
            since, until = day_bounds(business_date(clock.now(), brand.zone), brand.zone)
            context["today"] = claimed_in(own, since=since, until=until)
        return render(request, f"distribution/reimbursement/{'phone' if system == 'store' else 'desk'}.html", context)

    return claims


def _one_for(system: str) -> Page:
    @require_safe
    @never_cache
    @page_for(system, permission="claims.see")
    def statement(request: ViewerRequest, statement_id: UUID) -> HttpResponse:
        """One statement, line by line, with the proof behind each; what may be said of it stands beside it."""
        row = statement_for(request.viewer, statement_id)
        (shown,) = statements_drawn(statement_with_counts(statements_visible_to(request.viewer).filter(id=row.id)))
        brand = _brand(request)
        context = {
            **shown, "lines": lines_drawn(lines_of([row.id])), "currency": row.currency, "zone": brand.zone, "home": f"/{system}/claims/",
            "settlement": settlement_of(row.id), "ways": WAYS.items(), "settle_id": new_id(), "system": system, **_may(request, shown["row"]),
        }  # fmt: skip
        return render(
            request, f"distribution/reimbursement/statement{'_phone' if system == 'store' else ''}.html", context
        )

    return statement


def _csv_for(system: str) -> Page:
    @require_safe
    @never_cache
    @page_for(system, permission="claims.see")
    def export(request: ViewerRequest, statement_id: UUID) -> HttpResponse:
        """Give a statement's lines as a file for a spreadsheet."""
        row = statement_for(request.viewer, statement_id)
        answer = HttpResponse(statement_csv(row, lines_of([row.id])), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="claims-{row.month_on:%Y-%m}.csv"'
        return answer

    return export


def _say_for(system: str) -> Page:
    @require_POST
    @page_for(system, permission="claims.see")
    def say(request: ViewerRequest, line_id: UUID, claim_verb: str) -> HttpResponse:
        """Doubt a line, answer a doubt, or end it."""
        text, by, at = request.POST.get("text", ""), request.viewer.account_id, clock.now()
        if claim_verb == "dispute":
            line = line_for(request.viewer, line_id, "claims.check")
            (outcome,) = dispute_lines([DisputeWanted(line.id, text)], by=by, now=at)
        elif claim_verb in ANSWERS:
            permission, act = ANSWERS[claim_verb]
            line = line_for(request.viewer, line_id, permission)
            (outcome,) = act([LineAnswer(line.id, text)], by=by, now=at)
        else:
            raise NotFound(what="page")
        _tell(request, outcome, _("Noted."))
        return HttpResponseRedirect(f"/{system}/claims/{line.statement_id}/#line-{line.id}")

    return say


def _check_for(system: str) -> Page:
    @require_POST
    @page_for(system, permission="claims.check")
    def check(request: ViewerRequest, statement_id: UUID) -> HttpResponse:
        """Agree to what stands in a statement."""
        row = statement_for(request.viewer, statement_id, "claims.check")
        (outcome,) = check_statements([row.id], by=request.viewer.account_id, now=clock.now())
        _tell(request, outcome, _("Checked. Settle it once it is paid."))
        return HttpResponseRedirect(f"/{system}/claims/{row.id}/")

    return check


def _settle_for(system: str) -> Page:
    @require_POST
    @page_for(system, permission="claims.settle")
    def settle(request: ViewerRequest, statement_id: UUID) -> HttpResponse:
        """Write down that a statement was paid. The form carries the settlement's id: sending it again pays nothing twice."""
        row = statement_for(request.viewer, statement_id, "claims.settle")
        wanted = SettleWanted(
            id_in(request.POST.get("id", "")) or new_id(), row.id, request.POST.get("way", ""), request.POST.get("reference", "")
        )  # fmt: skip
        (outcome,) = settle_statements([wanted], by=request.viewer.account_id, now=clock.now())
        _tell(request, outcome, _("Settled."))
        return HttpResponseRedirect(f"/{system}/claims/{row.id}/")

    return settle


def _may(request: ViewerRequest, row: Statement) -> dict[str, bool]:
    """Say what the viewer may do with a statement: answer for the claimant, check and settle for whoever is to pay."""
    viewer = request.viewer
    return {
        "may_answer": row.checked_at is None and row.claimant_id in party_ids(viewer, "claims.answer"),
        "may_check": row.checked_at is None and row.debtor_id in party_ids(viewer, "claims.check"),
        "may_settle": row.checked_at is not None and row.settled_at is None and row.debtor_id in party_ids(viewer, "claims.settle"),
        "all_decided": statement_state(row)[0] != "doubted",
    }  # fmt: skip


def _sides(system: str) -> list[tuple[str, str]]:
    labels = {"owed": _("Claimed of us"), "due": _("Ours, upward"), "all": _("All levels")}
    return [(side, labels[side]) for side in SIDES[system]] if len(SIDES[system]) > 1 else []


def _brand(request: ViewerRequest) -> BrandFacts:
    if request.viewer.brand_id is None:
        raise NotFound()
    return brand_facts([request.viewer.brand_id])[request.viewer.brand_id]


def _tell(request: ViewerRequest, outcome: Any, done: str) -> None:
    if isinstance(outcome, Refused):
        messages.error(request, sentence(outcome))
    else:
        messages.success(request, done)


urlpatterns = [
    *(path(f"{system}/claims/", _list_for(system), name=f"{system}-claims") for system in SIDES),
    *(path(f"{system}/claims/<uuid:statement_id>/", _one_for(system)) for system in SIDES),
    *(path(f"{system}/claims/<uuid:statement_id>/lines.csv", _csv_for(system)) for system in SIDES),
    *(path(f"{system}/claims/lines/<uuid:line_id>/<slug:claim_verb>/", _say_for(system)) for system in SIDES),
    *(path(f"{system}/claims/<uuid:statement_id>/check/", _check_for(system)) for system in ("brand", "dealer")),
    *(path(f"{system}/claims/<uuid:statement_id>/settle/", _settle_for(system)) for system in ("brand", "dealer")),
]
