"""What the pages about members have in common."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

from sitong.member.identity.queries import MemberFacts, member_facts, member_now, members_visible_to
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotFound
from sitong.shared.ids import id_in, new_id


def id_said(request: HttpRequest) -> UUID:
    """Give the id that the form carries, so that sending it again is harmless."""
    return id_in(request.POST.get("id", "")) or new_id()


def instant_in(text: str) -> datetime | None:
    """Read an instant that came from outside; None when it is none."""
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def visible_member(viewer: Viewer, member_id: UUID, permission: str = "member.see") -> MemberFacts:
    """Give a member whom the viewer may see; who was joined into another is that one. Refused: shared.not_found."""
    viewer.require(permission)
    now_is = member_now([member_id]).get(member_id)
    if now_is is None or not members_visible_to(viewer, permission).filter(id=now_is).exists():
        raise NotFound(what="member")
    return member_facts([now_is])[now_is]


def stores_shown(viewer: Viewer) -> Collection[UUID] | None:
    """Give the stores whose visits and orders the viewer may see; None: all of the brand's."""
    if viewer.place_ids("brand", "member.see"):
        return None
    return list(stores_visible_to(viewer, "member.see").values_list("id", flat=True))
