"""Staff lists, hiring, disabling, and the change log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sitong.org.staff import actions
from sitong.org.staff.forms import HireForm, PasswordForm, role_name
from sitong.org.staff.looks import home_of, places_to_give, shell_of
from sitong.org.staff.queries import leaving_of, places_named, roles_to_give, staff_changeable_by, staff_visible_to
from sitong.shared import clock
from sitong.shared.access.actions.accounts import StaffWanted
from sitong.shared.access.factors import has_second_factor_among
from sitong.shared.access.gates import page_for
from sitong.shared.access.masking import mask_phone
from sitong.shared.access.queries import AccountFacts, account_names, audit_matching, staff_facts
from sitong.shared.access.viewer import Place, Viewer
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

PAGE = 50
VERBS = {"disable": actions.disable, "enable": actions.enable, "clear-second-factor": actions.clear_second_factor}


@page_for("brand", "dealer", "store", permission="staff.change")
def staff_list(request: HttpRequest) -> HttpResponse:
    """The staff in reach."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    page = Paginator(staff_visible_to(viewer), PAGE).get_page(request.GET.get("page"))
    facts = staff_facts(list(page))
    named = places_named(place.id for one in facts for place in one.places)
    rows = [{"staff": one, "phone": mask_phone(one.phone), "roles": _roles(one, named)} for one in facts]
    filled = {
        "rows": rows,
        "page": page,
        "home": home_of(viewer),
        "shell": shell_of(viewer),
        "with_factor": has_second_factor_among(one.id for one in facts),
    }
    return render(request, "org/staff/list.html", filled)


@page_for("brand", "dealer", "store", permission="staff.change")
@require_http_methods(["GET", "POST"])
def new_staff(request: HttpRequest) -> HttpResponse:
    """Create a staff account."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    form = HireForm(request.POST or None, roles=roles_to_give(viewer), places=places_to_give(viewer))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        system, role = said["role"].split()
        kind, place_id = said["place"].split()
        assert viewer.brand_id is not None
        wanted = StaffWanted(
            new_id(), viewer.brand_id, system, said["username"], (Place(kind, UUID(place_id), role),),
            name=said["name"], email=said["email"], phone=said["phone"], password=said["password"],
        )  # fmt: skip
        try:
            actions.hire(wanted, by=viewer, now=clock.now())
        except Refused as refused:
            form.add_error(None, sentence(refused))
        else:
            messages.success(request, _("The account is made."))
            return HttpResponseRedirect(home_of(viewer))
    filled = {"form": form, "home": home_of(viewer), "shell": shell_of(viewer), "heading": _("Add staff")}
    return render(request, "org/staff/form.html", filled, status=422 if form.errors else 200)


@page_for("brand", "dealer", "store", permission="staff.change")
@require_http_methods(["GET", "POST"])
def staff_detail(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """One account: a new password, and the ways to close and open it."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    facts = staff_changeable_by(viewer, account_id)
    if facts is None:
        raise NotFound()
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.reset_password(account_id, password=form.cleaned_data["password"], by=viewer, now=clock.now())
        except Refused as refused:
            form.add_error(None, sentence(refused))
        else:
            messages.success(request, _("The password is set."))
            return HttpResponseRedirect(f"{home_of(viewer)}{account_id}/")
    named = places_named(place.id for place in facts.places)
    filled = {
        "form": form, "staff": facts, "roles": _roles(facts, named), "phone": mask_phone(facts.phone), "home": home_of(viewer), "shell": shell_of(viewer),
        "left": leaving_of(account_id), "itself": account_id == viewer.account_id, "has_factor": bool(has_second_factor_among([account_id])),
    }  # fmt: skip
    return render(request, "org/staff/detail.html", filled, status=422 if form.errors else 200)


@page_for("brand", "dealer", "store", permission="staff.change")
@require_POST
def change(request: HttpRequest, account_id: UUID, verb: str) -> HttpResponse:
    """Disable or enable an account, or clear its second factor."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if verb not in VERBS:
        raise NotFound()
    VERBS[verb](account_id, by=viewer, now=clock.now())
    messages.success(request, _("Done."))
    return HttpResponseRedirect(f"{home_of(viewer)}{account_id}/")


@page_for("brand", permission="audit.see")
def change_log(request: HttpRequest) -> HttpResponse:
    """Who changed what, when, from what to what."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    found = audit_matching(
        viewer,
        subject=request.GET.get("subject", ""),
        subject_id=id_in(request.GET.get("id", "")),
        by=id_in(request.GET.get("by", "")),
    )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    names = account_names({entry.by for entry in page if entry.by})
    rows = [
        {
            "entry": entry, "by": names.get(entry.by, "") if entry.by else "",
            "changes": [(key, entry.before.get(key), value) for key, value in entry.after.items()],
        }
        for entry in page
    ]  # fmt: skip
    subjects = ["org.brand", "org.entity", "org.dealer", "org.store", "shared.account", "member.member"]
    return render(
        request, "org/staff/log.html", {"rows": rows, "page": page, "said": request.GET, "subjects": subjects}
    )


def _roles(facts: AccountFacts, named: dict[UUID, Any]) -> list[dict[str, Any]]:
    return [{"role": role_name(facts.system, place.role), "place": named.get(place.id)} for place in facts.places]
