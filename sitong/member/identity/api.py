"""Consumers sign in by program; what a member may ask about itself, and staff about members."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Field, Query, Router, Schema

from sitong.member.identity.actions import rename_member, reveal_member
from sitong.member.identity.models import Member
from sitong.member.identity.queries import found_members, members_visible_to
from sitong.member.identity.sign_in import Entry, come_in, entry_by_codes, send_code
from sitong.shared import clock
from sitong.shared.access.api import TokenGiven, token_for
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.limits import address_of
from sitong.shared.access.masking import mask_name, mask_phone
from sitong.shared.access.queries import viewer_of_account
from sitong.shared.access.scope import brands_shown
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotAllowed, NotFound

router = Router(tags=["member"])


class CodeWanted(Schema):
    brand: str = Field(max_length=40, description="The brand's code, as in the address of its shops.")
    phone: str = Field(min_length=3, max_length=30)


class CodeSent(Schema):
    """A code is on its way; it holds five minutes. `demo_code` is the code itself in the demo, else empty."""

    holds_s: int = 300
    demo_code: str = ""


class PhoneSignIn(CodeWanted):
    code: str = Field(min_length=1, max_length=10)
    store: str = Field("", max_length=40, description="Code of the store through whose door the consumer came.")
    source: str = Field("", max_length=40, description="Named source of the member (M9).")


@router.post("/sign-in/code", response=CodeSent, tags=["sign-in"], summary="Send a sign-in code to a phone")
def ask_code(request: HttpRequest, wanted: CodeWanted) -> CodeSent:
    """Send a code to a consumer's phone. Limited by phone and by address."""
    entry = _entry(wanted.brand, "", "")
    shown = send_code(
        entry.brand.id, phone=wanted.phone, address=address_of(request), language=get_language() or "", now=clock.now()
    )
    return CodeSent(demo_code=shown)


@router.post("/sign-in/phone", response=TokenGiven, tags=["sign-in"], summary="Sign in as a consumer")
def sign_in(request: HttpRequest, wanted: PhoneSignIn) -> TokenGiven:
    """Give a token for a phone and the code sent to it. Who comes for the first time becomes a member of the brand."""
    entry, now = _entry(wanted.brand, wanted.store, wanted.source), clock.now()
    account, member = come_in(entry, phone=wanted.phone, code=wanted.code, address=address_of(request), now=now)
    with brands_shown([entry.brand.id]):
        viewer = viewer_of_account(account, member_id=member.id)
    return token_for(viewer, now=now)


class MemberSeen(Schema):
    """A member; name and phone are masked for staff and in clear for the member itself."""

    id: UUID
    number: str
    name: str
    phone: str
    source: str
    home_store_id: UUID | None
    joined_at: datetime


class MemberPage(Schema):
    items: list[MemberSeen]
    next: UUID | None = Field(description="The id after which the next page begins; null at the end.")


class MemberFilter(Schema):
    q: str = Field("", max_length=40, description="A whole phone number or member number.")
    after: UUID | None = None
    limit: int = Field(50, ge=1, le=200)


class NameSaid(Schema):
    name: str = Field(max_length=60)


class Revealed(Schema):
    name: str
    phone: str


@router.get("/me", auth=API_AUTH, response=MemberSeen, summary="Show oneself")
def me(request: HttpRequest) -> dict[str, Any]:
    """Give the consumer's own member, in clear."""
    member = members_visible_to(_consumer(request)).first()
    if member is None:
        raise NotFound()
    return _seen(member, clear=True)


@router.patch("/me", auth=API_AUTH, response=MemberSeen, summary="Change the own name")
def rename_me(request: HttpRequest, wanted: NameSaid) -> dict[str, Any]:
    """Change what one is called."""
    viewer = _consumer(request)
    if viewer.member_id is None:
        raise NotFound()
    return _seen(rename_member(viewer.member_id, name=wanted.name, by=viewer.account_id, now=clock.now()), clear=True)


@router.get("/members", auth=API_AUTH, response=MemberPage, summary="List members")
def list_members(request: HttpRequest, wanted: Query[MemberFilter]) -> dict[str, Any]:
    """Give the members whom staff may see, masked; `q` finds one by whole phone or number."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.see")
    found = found_members(viewer, wanted.q).order_by("id")
    items = list((found.filter(id__gt=wanted.after) if wanted.after else found)[: wanted.limit])
    return {
        "items": [_seen(one, clear=False) for one in items],
        "next": items[-1].id if len(items) == wanted.limit else None,
    }


@router.post("/members/{member_id}/reveal", auth=API_AUTH, response=Revealed, summary="Show name and phone in clear")
def reveal(request: HttpRequest, member_id: UUID) -> Mapping[str, str]:
    """Give a member's name and phone in clear, and leave in the change log who looked."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.reveal")
    if not members_visible_to(viewer, "member.reveal").filter(id=member_id).exists():
        raise NotFound()
    return reveal_member(member_id, by=viewer.account_id, now=clock.now())


def _consumer(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if viewer.system != "consumer":
        raise NotAllowed(system=viewer.system)
    return viewer


def _seen(member: Member, *, clear: bool) -> dict[str, Any]:
    name, phone = (member.name, member.phone) if clear else (mask_name(member.name), mask_phone(member.phone))
    return {
        "id": member.id, "number": member.number, "name": name, "phone": phone, "source": member.source,
        "home_store_id": member.home_store_id, "joined_at": member.joined_at,
    }  # fmt: skip


def _entry(brand: str, store: str, source: str) -> Entry:
    entry = entry_by_codes(brand, store, source=source)
    if entry is None:
        raise NotFound()
    return entry
