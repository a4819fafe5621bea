"""Members on the desks of brand and dealer: found, listed, each with the whole story."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sitong.console.members.narrowing import JOINED_DAYS, Chosen, behind_in, chosen_in, narrowing_of
from sitong.console.members.shared import id_said, instant_in, stores_shown, visible_member
from sitong.console.members.story import accounts_in, holdings_of, time_line
from sitong.member.consent.queries import consents_now, wordings_now
from sitong.member.identity.actions import (
    KeyProven,
    change_phone,
    drop_key,
    prove_keys,
    rename_member,
    reveal_member,
)
from sitong.member.identity.listing import newest_members
from sitong.member.identity.queries import found_members, joins_of, keys_of, member_facts
from sitong.member.points.queries import points_now
from sitong.member.profile.actions import NoteWanted, note_members, remove_note, tag_members, untag_members
from sitong.member.profile.queries import (
    last_visits,
    note_of,
    notes_of,
    tags_of,
    tags_of_brand,
    visits_of,
)
from sitong.member.segments.queries import SEES, live_segments, segments_of
from sitong.member.sources.queries import sources_of_brand
from sitong.member.templatetags.members import KEYS
from sitong.member.tiers.queries import plan_of, tiers_of
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import store_facts, stores_visible_to
from sitong.shared.access.gates import page_for
from sitong.shared.access.queries import account_names
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotFound, Refused, sentence
from sitong.shared.ids import id_in, new_id

PAGE = 30
NOTES_SHOWN = 20


@require_safe
@never_cache
@page_for("brand", "dealer", permission="member.see")
def members(request: ViewerRequest) -> HttpResponse:
    """List the members whom the viewer may see, the newest first; found by whole phone, number, card or shown code."""
    viewer, asked, at = request.viewer, request.GET.get("q", "").strip()[:40], now()
    assert viewer.brand_id is not None
    stores = list(stores_visible_to(viewer, "member.see").order_by("code"))
    plan, chosen = plan_of(viewer.brand_id), chosen_in(request)
    if asked:
        found = found_members(viewer, asked, at=at).order_by("-joined_at", "-id").only("id")
        rows = [one.id for one in found[: PAGE + 1]]
    else:
        rows = newest_members(
            viewer, narrowing_of(chosen, viewer.brand_id, at), behind=behind_in(request), limit=PAGE + 1
        )
    facts = member_facts(rows[:PAGE])
    shown = [facts[id] for id in rows[:PAGE] if id in facts]
    tags: dict[UUID, list[Any]] = {}
    for tag in tags_of(rows[:PAGE]):
        tags.setdefault(tag.member_id, []).append(tag)
    tiers, points, visits = tiers_of(rows[:PAGE], at=at), points_now(rows[:PAGE]), last_visits(rows[:PAGE])
    context = {
        "brand": brand_facts([viewer.brand_id])[viewer.brand_id], "home": f"/{viewer.system}/members/", "asked": asked,
        "stores": stores, "chosen": chosen, "sources": sources_of_brand(viewer.brand_id), "levels": plan.levels if plan else (),
        "all_tags": tags_of_brand(viewer.brand_id, also_retired=False), "joined_choices": JOINED_DAYS,
        "segments": live_segments(viewer),
        "rows": [(one, tags.get(one.id, ()), tiers.get(one.id), points.get(one.id), visits.get(one.id)) for one in shown],
        "by_id": store_facts({one.home_store_id for one in shown if one.home_store_id}),
        "more": shown[-1] if len(rows) > PAGE else None, "of_brand": viewer.system == "brand", "filtered": bool(asked) or chosen != Chosen(),
        "may_tag": viewer.may("member.tag"), "may_change": viewer.may("member.change"),
    }  # fmt: skip
    return render(request, "console/members/list.html", context)


@require_safe
@never_cache
@page_for("brand", "dealer", permission="member.see")
def member(request: ViewerRequest, member_id: UUID) -> HttpResponse:
    """Show one member: who, what it has, what staff knows of it, and all that happened, on one time line."""
    one = visible_member(request.viewer, member_id)
    if one.id != member_id:
        return HttpResponseRedirect(f"/{request.viewer.system}/members/{one.id}/")
    return show(request, member_id)


def show(
    request: ViewerRequest, member_id: UUID, *, problem: str = "", revealed: Any = None, status: int = 200
) -> HttpResponse:
    """Draw the member's page."""
    viewer, at = request.viewer, now()
    one = visible_member(viewer, member_id)
    stores = stores_shown(viewer)
    before = instant_in(request.GET.get("before", ""))
    line, more = time_line(one, viewer, store_ids=stores, before=before)
    tags, notes, joins = tags_of([one.id]), notes_of(one.id, limit=NOTES_SHOWN), joins_of(one.id)
    keys = keys_of(one.id)
    ids = {entry.store_id for entry in line if entry.store_id} | ({one.home_store_id} if one.home_store_id else set())
    visits = visits_of(one.id, limit=1, store_ids=stores)
    people = accounts_in(line) | {note.by for note in notes if note.by}
    wordings, said = wordings_now(one.brand_id), consents_now(one.id)
    others = {id for join in joins for id in (join.absorbed_id, join.survivor_id)}
    context = {
        "home": f"/{viewer.system}/members/", "member": one, "problem": problem, "revealed": revealed, "before": before,
        "brand": brand_facts([one.brand_id])[one.brand_id], "has": holdings_of(one, at=at), "line": line, "more": more,
        "segments": segments_of([one.id]) if viewer.place_ids("brand", SEES) else [], "tags": tags, "notes": notes,
        "keys": keys, "key_kinds": [kind for kind in KEYS if kind != "phone"], "joins": joins,
        "others": member_facts(others), "free_tags": _free_tags(one.brand_id, {tag.tag_id for tag in tags}),
        "consents": [(wording, said.get((wording.purpose, wording.entity_id))) for wording in wordings],
        "sources": sources_of_brand(one.brand_id), "stores": store_facts(ids), "people": account_names(people),
        "last_visit": visits[0] if visits else None, "id": new_id(), "of_brand": viewer.system == "brand",
        "may": {name: viewer.may(f"member.{name}") for name in ("change", "reveal", "tag")},
    }  # fmt: skip
    return render(request, "console/members/member.html", context, status=status)


@require_POST
@never_cache
@page_for("brand", "dealer", permission="member.reveal")
def reveal(request: ViewerRequest, member_id: UUID) -> HttpResponse:
    """Show name and phone in clear, once; who looked stays in the change log."""
    one = visible_member(request.viewer, member_id, "member.reveal")
    return show(request, one.id, revealed=reveal_member(one.id, by=request.viewer.account_id, now=now()))


@require_POST
@page_for("brand", "dealer", permission="member.change")
def correct(request: ViewerRequest, member_id: UUID) -> HttpResponse:
    """Correct name and phone; an empty field changes nothing."""
    one, by = visible_member(request.viewer, member_id, "member.change"), request.viewer.account_id
    name, phone = request.POST.get("name", "").strip(), request.POST.get("phone", "").strip()[:30]
    try:
        if phone:
            change_phone(one.id, phone=phone, by=by, now=now())
        if name:
            rename_member(one.id, name=name, by=by, now=now())
    except Refused as refused:
        return show(request, one.id, problem=sentence(refused), status=409)
    messages.success(request, _("Saved."))
    return _back(request, one.id)


@require_POST
@page_for("brand", "dealer", permission="member.tag")
def tag(request: ViewerRequest, member_id: UUID) -> HttpResponse:
    """Put a tag on the member, or take one away (`off`)."""
    one, by = visible_member(request.viewer, member_id, "member.tag"), request.viewer.account_id
    tag_id = id_in(request.POST.get("tag", ""))
    if tag_id not in {known.id for known in tags_of_brand(one.brand_id, also_retired=True)} or tag_id is None:
        raise NotFound(what="tag")
    if "off" in request.POST:
        untag_members([one.id], tag_id, by=by, now=now())
    else:
        tag_members([one.id], tag_id, by=by, now=now())
    return _back(request, one.id)


@require_POST
@page_for("brand", "dealer", permission="member.tag")
def note(request: ViewerRequest, member_id: UUID) -> HttpResponse:
    """Keep a note about the member."""
    one = visible_member(request.viewer, member_id, "member.tag")
    new = NoteWanted(id_said(request), one.brand_id, one.id, request.POST.get("text", ""))
    (kept,) = note_members([new], by=request.viewer.account_id, now=now())
    if isinstance(kept, Refused):
        return show(request, one.id, problem=sentence(kept), status=409)
    return _back(request, one.id)


@require_POST
@page_for("brand", "dealer", permission="member.tag")
def unnote(request: ViewerRequest, member_id: UUID, note_id: UUID) -> HttpResponse:
    """Take a note away."""
    one, found = visible_member(request.viewer, member_id, "member.tag"), note_of(note_id)
    if found and found[0] == one.id:
        remove_note(note_id, by=request.viewer.account_id, now=now())
    return _back(request, one.id)


@require_POST
@page_for("brand", "dealer", permission="member.change")
def key(request: ViewerRequest, member_id: UUID) -> HttpResponse:
    """Attach a key that the member proved to staff; another member's key joins the two."""
    one, by = visible_member(request.viewer, member_id, "member.change"), request.viewer.account_id
    said = {name: request.POST.get(name, "")[:128] for name in ("kind", "value", "app")}
    proven = KeyProven(
        id_said(request), one.brand_id, one.id, said["kind"], said["value"], "staff", said["app"].strip()[:64], by
    )
    (done,) = prove_keys([proven], now=now())
    if isinstance(done, Refused):
        return show(request, one.id, problem=sentence(done), status=409)
    if done.join_id:
        messages.success(request, _("Another member had this key: the two are one now. It can be undone below."))
    return _back(request, done.member_id)


@require_POST
@page_for("brand", "dealer", permission="member.change")
def unkey(request: ViewerRequest, member_id: UUID, key_id: UUID) -> HttpResponse:
    """Take a key away; it proves nobody any more."""
    one = visible_member(request.viewer, member_id, "member.change")
    if key_id in {known.id for known in keys_of(one.id)}:
        drop_key(key_id, by=request.viewer.account_id, now=now())
    return _back(request, one.id)


def _free_tags(brand_id: UUID, taken: set[UUID]) -> list[Any]:
    return [one for one in tags_of_brand(brand_id, also_retired=False) if one.id not in taken]


def _back(request: ViewerRequest, member_id: UUID) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"/{request.viewer.system}/members/{member_id}/")
