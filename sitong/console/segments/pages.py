"""Why a member belongs to a segment, part by part: shown on the member's page."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sitong.console.members.shared import visible_member
from sitong.insight.audience.catalog import names_in
from sitong.member.segments.queries import expanded_rule, rule_of_segment, segments_visible_to, why
from sitong.member.segments.words import words_of
from sitong.shared.access.gates import page_for
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotFound


@require_safe
@never_cache
@page_for("brand", permission="member.see")
def why_it_belongs(request: ViewerRequest, member_id: UUID, segment_id: UUID) -> HttpResponse:
    """Say of each part of a segment's rule whether it holds for the member now."""
    member = visible_member(request.viewer, member_id)
    segment = segments_visible_to(request.viewer).filter(id=segment_id).first()
    if segment is None:
        raise NotFound(what="segment")
    rule = expanded_rule(segment.brand_id, rule_of_segment(segment))
    found, language = why(segment.brand_id, rule, member.id, at=now()), get_language() or "zh-hans"
    names = names_in(rule, request.viewer)
    parts = [(words_of(leaf, language, names), holds) for leaf, holds in (found.parts if found else ())]
    return render(request, "console/segments/why.html", {"segment": segment, "parts": parts})


urlpatterns = [
    path("brand/members/<uuid:member_id>/segments/<uuid:segment_id>/", why_it_belongs, name="brand_member_segment")
]
