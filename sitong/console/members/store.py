"""Members on a store's phone: found by what they say or show, and as much of them as the store may see."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sitong.console.members.shared import id_said, stores_shown, visible_member
from sitong.console.members.story import accounts_in, holdings_of, time_line
from sitong.member.identity.actions import MemberWanted, join_members
from sitong.member.identity.queries import MemberFacts, found_members, member_by_code, member_facts, members_visible_to
from sitong.member.identity.rules import window_at
from sitong.member.profile.actions import NoteWanted, VisitSeen, note_members, note_visits, tag_members, untag_members
from sitong.member.profile.queries import notes_of, tags_of, tags_of_brand
from sitong.org.stores.queries import StoreFacts, store_facts
from sitong.scene.fulfillment.pages import store_page
from sitong.shared.access.gates import page_for
from sitong.shared.access.queries import account_names
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

NEWEST = 20
NOTES_SHOWN = 10
SOURCE = "staff"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@page_for("store", permission="member.join")
@store_page
def members(request: ViewerRequest, store: StoreFacts) -> HttpResponse:
    """Find a member by whole phone, number, card or the code it shows; a POST lets somebody join.

    A code that is shown is the member's own doing: it tells the clerk name, tier and points also of a member whom the
    store may not see else, and notes that the member was here.
    """
    viewer, at, problem = request.viewer, now(), ""
    if request.method == "POST":
        wanted = MemberWanted(
            id_said(request),
            store.brand_id,
            request.POST.get("phone", "")[:30],
            request.POST.get("name", ""),
            SOURCE,
            store.id,
        )
        (joined,) = join_members([wanted], now=at)
        if not isinstance(joined, Refused):
            messages.success(request, _("Welcome: the member is there."))
            return _to(request, joined.id)
        problem = sentence(joined)
    asked = request.GET.get("q", "").strip()[:40]
    shown = member_by_code(store.brand_id, asked, at=at) if asked else None
    if shown:
        stand_in = uuid.uuid5(shown.id, f"{store.id}:{window_at(at)}")
        note_visits([VisitSeen(stand_in, store.brand_id, shown.id, store.id, "scanned", at)], now=at)
    if asked and viewer.may("member.see"):
        ids = [one.id for one in found_members(viewer, asked, at=at)[:NEWEST]]
    elif viewer.may("member.see"):
        newest = members_visible_to(viewer).filter(erased_at=None).order_by("-joined_at", "-id")
        ids = [one.id for one in newest.only("id")[:NEWEST]]
    else:
        ids = []
    facts = member_facts(ids)
    found = [facts[id] for id in ids]
    context = {
        "store": store, "asked": asked, "found": found, "problem": problem, "id": new_id(),
        "shown": shown, "shown_has": holdings_of(shown, at=at) if shown else None, "may_see": shown is not None and shown.id in facts,
        "phone": request.POST.get("phone", ""), "name": request.POST.get("name", ""),
    }  # fmt: skip
    return render(request, "console/members/store_list.html", context, status=409 if problem else 200)


@require_safe
@never_cache
@page_for("store", permission="member.see")
def member(request: ViewerRequest, member_id: UUID) -> HttpResponse:
    """Show a member of the store: what it has, tags, notes, and what happened in this store."""
    return _show(request, visible_member(request.viewer, member_id))


@require_POST
@page_for("store", permission="member.tag")
def tag(request: ViewerRequest, member_id: UUID) -> HttpResponse:
    """Put a tag on the member, or take one away (`off`)."""
    one, by = visible_member(request.viewer, member_id, "member.tag"), request.viewer.account_id
    tag_id = id_in(request.POST.get("tag", ""))
    if tag_id is None or tag_id not in {known.id for known in tags_of_brand(one.brand_id, also_retired=True)}:
        raise NotFound(what="tag")
    if "off" in request.POST:
        untag_members([one.id], tag_id, by=by, now=now())
    else:
        tag_members([one.id], tag_id, by=by, now=now())
    return _to(request, one.id)


@require_POST
@page_for("store", permission="member.tag")
def note(request: ViewerRequest, member_id: UUID) -> HttpResponse:
    """Keep a note about the member."""
    one = visible_member(request.viewer, member_id, "member.tag")
    new = NoteWanted(id_said(request), one.brand_id, one.id, request.POST.get("text", ""))
    (kept,) = note_members([new], by=request.viewer.account_id, now=now())
    return _show(request, one, sentence(kept)) if isinstance(kept, Refused) else _to(request, one.id)


def _show(request: ViewerRequest, one: MemberFacts, problem: str = "") -> HttpResponse:
    viewer = request.viewer
    line, _more = time_line(one, viewer, store_ids=stores_shown(viewer), before=None)
    tags, notes = tags_of([one.id]), notes_of(one.id, limit=NOTES_SHOWN)
    taken = {known.tag_id for known in tags}
    people: dict[UUID, Any] = dict(account_names(accounts_in(line)))
    context = {
        "member": one, "problem": problem, "has": holdings_of(one, at=now()), "tags": tags, "notes": notes, "line": line, "people": people,
        "free_tags": [known for known in tags_of_brand(one.brand_id, also_retired=False) if known.id not in taken], "id": new_id(),
        "stores": store_facts({entry.store_id for entry in line if entry.store_id}), "may_tag": viewer.may("member.tag"),
    }  # fmt: skip
    return render(request, "console/members/store_member.html", context, status=409 if problem else 200)


def _to(request: ViewerRequest, member_id: UUID) -> HttpResponseRedirect:
    """Go on to the member, if the viewer may see it."""
    if request.viewer.may("member.see") and members_visible_to(request.viewer).filter(id=member_id).exists():
        return HttpResponseRedirect(f"/store/members/{member_id}/")
    return HttpResponseRedirect("/store/members/")
