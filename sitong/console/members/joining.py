"""Two members side by side: joined with a reason, made two again, exported, erased."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from sitong.console.members.shared import id_said, visible_member
from sitong.console.members.story import holdings_of
from sitong.member.identity.actions import JoinWanted, UndoWanted, erase_member, join_two, undo_join
from sitong.member.identity.api import file_of
from sitong.member.identity.queries import (
    JoinFacts,
    found_members,
    join_facts,
    keys_of,
    made_later,
    member_facts,
)
from sitong.member.identity.rules import normal_number
from sitong.member.profile.queries import tags_of
from sitong.member.sources.queries import sources_of_brand
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import store_facts
from sitong.scene.orders.queries import orders_visible_to
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

TAKEN_MAX = 1_000


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("brand", permission="member.change")
def join(request: ViewerRequest, member_id: UUID) -> HttpResponse:
    """Compare the member with another one and join the two; the form carries who stays and why."""
    viewer = request.viewer
    one = visible_member(viewer, member_id, "member.change")
    said = request.POST if request.method == "POST" else request.GET
    asked, problem = said.get("q", "").strip()[:40], ""
    other_id = id_in(said.get("other", ""))
    if other_id is None and asked:
        found = found_members(viewer, asked, at=now()).exclude(id=one.id).first()
        other_id = found.id if found else None
        problem = "" if found else _("No other member was found by that. Type the whole phone, number or card.")
    other = visible_member(viewer, other_id, "member.change") if other_id else None
    if request.method == "POST" and other:
        wanted = JoinWanted(
            id_said(request), one.brand_id, member_id, other_id or other.id, "staff", request.POST.get("note", "")[:200],
            id_in(request.POST.get("survivor", "")),
        )  # fmt: skip
        try:
            done = join_two(wanted, by=viewer.account_id, now=now())
        except Refused as refused:
            problem = sentence(refused)
        else:
            messages.success(request, _("The two are one now. It can be undone on this page."))
            return HttpResponseRedirect(f"/brand/members/{done.survivor_id}/")
    context = {
        "member": one, "asked": asked, "other": other, "problem": problem, "id": new_id(), "sources": sources_of_brand(one.brand_id),
        "sides": [_side(request, side) for side in (one, other) if side], "brand": brand_facts([one.brand_id])[one.brand_id],
    }  # fmt: skip
    return render(request, "console/members/join.html", context, status=409 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("brand", permission="member.change")
def undo(request: ViewerRequest, join_id: UUID) -> HttpResponse:
    """Show what goes back and what came later, let a person choose of the latter, and make two of one again."""
    made = _join(request, join_id)
    problem = ""
    if request.method == "POST":
        taken = [one.rpartition("|") for one in request.POST.getlist("take")[:TAKEN_MAX]]
        take = tuple((subject, id) for subject, _sign, text in taken if (id := id_in(text)))
        wanted = UndoWanted(join_id, request.POST.get("reason", ""), take)
        try:
            undo_join(wanted, by=request.viewer.account_id, now=now())
        except Refused as refused:
            problem = sentence(refused)
        else:
            messages.success(request, _("They are two again."))
            return HttpResponseRedirect(f"/brand/members/{made.survivor_id}/")
    later: dict[str, list[Any]] = {}
    for row in made_later(join_id):
        later.setdefault(row.subject, []).append(row)
    facts = member_facts([made.absorbed_id, made.survivor_id])
    context = {
        "join": made, "absorbed": facts[made.absorbed_id], "survivor": facts[made.survivor_id], "later": later,
        "problem": problem, "moved": made.moved,
    }  # fmt: skip
    return render(request, "console/members/undo.html", context, status=409 if problem else 200)


@require_safe
@never_cache
@page_for("brand", permission="member.reveal")
def export(request: ViewerRequest, member_id: UUID) -> HttpResponse:
    """Give all that is kept of a member as a file; who took it stays in the change log."""
    one = visible_member(request.viewer, member_id, "member.reveal")
    return file_of(one.id, by=request.viewer.account_id)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("brand", permission="member.change")
def erase(request: ViewerRequest, member_id: UUID) -> HttpResponse:
    """Say what goes for good, ask for the number once more, and erase."""
    request.viewer.require("member.reveal")
    one, problem = visible_member(request.viewer, member_id, "member.change"), ""
    if request.method == "POST":
        if normal_number(request.POST.get("number", "")) != one.number:
            problem = _("That is not this member's number. Erasing cannot be undone, so it is asked for once more.")
        else:
            try:
                erase_member(one.id, by=request.viewer.account_id, reason=request.POST.get("reason", ""), now=now())
            except Refused as refused:
                problem = sentence(refused)
            else:
                messages.success(request, _("The member is erased. Its orders stay in the books under the number."))
                return HttpResponseRedirect("/brand/members/")
    context = {"member": one, "problem": problem, "has": holdings_of(one, at=now())}
    return render(request, "console/members/erase.html", context, status=409 if problem else 200)


def _side(request: ViewerRequest, member: Any) -> dict[str, Any]:
    """Give one of two members for the comparison."""
    orders = orders_visible_to(request.viewer).filter(member_id=member.id)
    stores = store_facts([member.home_store_id]) if member.home_store_id else {}
    return {
        "member": member, "keys": keys_of(member.id), "tags": tags_of([member.id]), "has": holdings_of(member, at=now()),
        "last_order": orders.order_by("-placed_at").values_list("placed_at", flat=True).first(),
        "store": stores.get(member.home_store_id) if member.home_store_id else None,
    }  # fmt: skip


def _join(request: ViewerRequest, join_id: UUID) -> JoinFacts:
    made = join_facts(join_id)
    if made is None:
        raise NotFound(what="join")
    visible_member(request.viewer, made.survivor_id, "member.change")
    return made
