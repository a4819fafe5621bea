"""Consumers sign in by program; what a member may ask about itself, and staff about members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from ninja import Field, Query, Router, Schema

from sitong.member.identity import schemas as s
from sitong.member.identity.actions import (
    JoinWanted,
    KeyProven,
    MemberWanted,
    UndoWanted,
    change_phone,
    drop_key,
    erase_member,
    join_members,
    join_two,
    prove_keys,
    prove_phone,
    rename_member,
    reveal_member,
    undo_join,
)
from sitong.member.identity.export import export_member
from sitong.member.identity.models import Member
from sitong.member.identity.queries import (
    found_members,
    join_facts,
    joins_of,
    keys_of,
    made_later,
    member_code,
    members_visible_to,
)
from sitong.member.identity.rules import CODE_HOLDS_S, normal_number
from sitong.member.identity.sign_in import Entry, code_is_right, come_in, entry_by_codes, send_code
from sitong.org.stores.queries import stores_visible_to
from sitong.shared import clock
from sitong.shared.access.api import TokenGiven, token_for
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.limits import address_of
from sitong.shared.access.queries import viewer_of_account
from sitong.shared.access.scope import brands_shown
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotAllowed, NotFound, Refused

router = Router(tags=["member"])


class NumberDiffers(Refused):
    """The number that was typed once more is not the member's."""

    code = "member.number_differs"


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


@router.get("/me", auth=API_AUTH, response=s.MemberSeen, summary="Show oneself")
def me(request: HttpRequest) -> dict[str, Any]:
    """Give the consumer's own member, in clear."""
    return s.seen(_myself(request), clear=True)


@router.patch("/me", auth=API_AUTH, response=s.MemberSeen, summary="Change the own name")
def rename_me(request: HttpRequest, wanted: s.NameSaid) -> dict[str, Any]:
    """Change what one is called."""
    viewer = _consumer(request)
    member = rename_member(_myself(request).id, name=wanted.name, by=viewer.account_id, now=clock.now())
    return s.seen(member, clear=True)


@router.get("/me/code", auth=API_AUTH, response=s.CodeShown, summary="Give the code to show at the till")
def my_code(request: HttpRequest) -> dict[str, Any]:
    """Give the member's code: new each minute, good until the end of the next one."""
    return {"code": member_code(_myself(request).id, clock.now()), "holds_s": CODE_HOLDS_S}


@router.get("/me/keys", auth=API_AUTH, response=list[s.KeySeen], summary="Show the own keys")
def my_keys(request: HttpRequest) -> list[dict[str, Any]]:
    """Give by which certain keys one is known, masked."""
    return [s.key_seen(one) for one in keys_of(_myself(request).id)]


@router.post("/me/phone/code", auth=API_AUTH, response=CodeSent, summary="Send a code to the new phone")
def ask_phone_code(request: HttpRequest, wanted: s.PhoneSaid) -> CodeSent:
    """Send a code to the phone that the consumer wants to have. Limited by phone and by address."""
    member = _myself(request)
    language = get_language() or ""
    address = address_of(request)
    return CodeSent(
        demo_code=send_code(member.brand_id, phone=wanted.phone, address=address, language=language, now=clock.now())
    )


@router.post("/me/phone", auth=API_AUTH, response=s.MemberSeen, summary="Change the own phone")
def change_my_phone(request: HttpRequest, wanted: s.PhoneProven) -> dict[str, Any]:
    """Take the phone that the code was sent to. When another member of the brand has it, the two are one from now on."""
    viewer, member, now = _consumer(request), _myself(request), clock.now()
    phone = code_is_right(member.brand_id, phone=wanted.phone, code=wanted.code, address=address_of(request), now=now)
    return s.seen(prove_phone(member.id, phone=phone, by=viewer.account_id, now=now), clear=True)


@router.get("/me/export", auth=API_AUTH, summary="Take along all that is kept of oneself", url_name="my-export")
def export_me(request: HttpRequest) -> HttpResponse:
    """Give a zip with all that is kept of the consumer: data.json and data.html."""
    return file_of(_myself(request).id, by=_consumer(request).account_id)


@router.post("/me/erase", auth=API_AUTH, response=s.Erased, summary="Be forgotten")
def erase_me(request: HttpRequest, wanted: s.EraseSaid) -> dict[str, Any]:
    """Erase name, phone, keys and account for good. Orders stay in the books under the number."""
    return _erase(_myself(request), wanted, by=_consumer(request).account_id)


@router.get("/members", auth=API_AUTH, response=s.MemberPage, summary="List members")
def list_members(request: HttpRequest, wanted: Query[s.MemberFilter]) -> dict[str, Any]:
    """Give the members whom staff may see, masked; `q` finds one by whole phone, number, card or shown code."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.see")
    found = found_members(viewer, wanted.q, at=clock.now()).order_by("id")
    if wanted.source:
        found = found.filter(source=wanted.source)
    if wanted.store_id:
        found = found.filter(home_store_id=wanted.store_id)
    items = list((found.filter(id__gt=wanted.after) if wanted.after else found)[: wanted.limit])
    return {
        "items": [s.seen(one, clear=False) for one in items],
        "next": items[-1].id if len(items) == wanted.limit else None,
    }


@router.post("/members", auth=API_AUTH, response=s.MemberSeen, summary="Let somebody join in a store")
def join_member(request: HttpRequest, wanted: s.MemberNew) -> dict[str, Any]:
    """Make a member by phone; whoever has it already is given instead."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.join")
    if viewer.brand_id is None or not stores_visible_to(viewer, "member.join").filter(id=wanted.store_id).exists():
        raise NotFound(what="store")
    new = MemberWanted(wanted.id, viewer.brand_id, wanted.phone, wanted.name, wanted.source, wanted.store_id)
    (member,) = join_members([new], now=clock.now())
    if isinstance(member, Refused):
        raise member
    return s.seen(member, clear=False)


@router.get("/members/{uuid:member_id}", auth=API_AUTH, response=s.MemberSeen, summary="Show a member")
def show_member(request: HttpRequest, member_id: UUID) -> dict[str, Any]:
    """Give one member, masked."""
    return s.seen(_visible(request, member_id, "member.see"), clear=False)


@router.patch("/members/{uuid:member_id}", auth=API_AUTH, response=s.MemberSeen, summary="Correct name and phone")
def correct_member(request: HttpRequest, member_id: UUID, wanted: s.MemberPatch) -> dict[str, Any]:
    """Correct what a member is called and its phone; the account signs in by the new one."""
    member, by, now = _visible(request, member_id, "member.change"), request.viewer.account_id, clock.now()  # type: ignore[attr-defined]
    if wanted.phone is not None:
        member = change_phone(member.id, phone=wanted.phone, by=by, now=now)
    if wanted.name is not None:
        member = rename_member(member.id, name=wanted.name, by=by, now=now)
    return s.seen(member, clear=False)


@router.post(
    "/members/{uuid:member_id}/reveal", auth=API_AUTH, response=s.Revealed, summary="Show name and phone in clear"
)
def reveal(request: HttpRequest, member_id: UUID) -> Mapping[str, str]:
    """Give a member's name and phone in clear, and leave in the change log who looked."""
    member = _visible(request, member_id, "member.reveal")
    return reveal_member(member.id, by=request.viewer.account_id, now=clock.now())  # type: ignore[attr-defined]


@router.get("/members/{uuid:member_id}/keys", auth=API_AUTH, response=list[s.KeySeen], summary="Show a member's keys")
def list_keys(request: HttpRequest, member_id: UUID) -> list[dict[str, Any]]:
    """Give by which certain keys a member is known, masked."""
    return [s.key_seen(one) for one in keys_of(_visible(request, member_id, "member.see").id)]


@router.post("/members/{uuid:member_id}/keys", auth=API_AUTH, response=s.KeyAnswer, summary="Add a proven key")
def add_key(request: HttpRequest, member_id: UUID, wanted: s.KeyNew) -> dict[str, Any]:
    """Attach a key that the member has proved. When it is another member's, the two are joined."""
    member, by = _visible(request, member_id, "member.change"), request.viewer.account_id  # type: ignore[attr-defined]
    proven = KeyProven(wanted.id, member.brand_id, member.id, wanted.kind, wanted.value, wanted.how, wanted.app, by)
    (done,) = prove_keys([proven], now=clock.now())
    if isinstance(done, Refused):
        raise done
    return {"key_id": done.key_id, "member_id": done.member_id, "join_id": done.join_id}


@router.delete(
    "/members/{uuid:member_id}/keys/{uuid:key_id}", auth=API_AUTH, response={204: None}, summary="Take a key away"
)
def remove_key(request: HttpRequest, member_id: UUID, key_id: UUID) -> tuple[int, None]:
    """Take a key away from a member; it proves nobody any more."""
    member = _visible(request, member_id, "member.change")
    if key_id not in {one.id for one in keys_of(member.id)}:
        raise NotFound(what="key")
    drop_key(key_id, by=request.viewer.account_id, now=clock.now())  # type: ignore[attr-defined]
    return 204, None


@router.get(
    "/members/{uuid:member_id}/joins", auth=API_AUTH, response=list[s.JoinSeen], summary="Show a member's joins"
)
def list_joins(request: HttpRequest, member_id: UUID) -> list[dict[str, Any]]:
    """Give the joins in which a member had a part, the newest first."""
    return [s.join_seen(one) for one in joins_of(_visible(request, member_id, "member.see").id)]


@router.post("/joins", auth=API_AUTH, response=s.JoinSeen, summary="Join two members who are one")
def join(request: HttpRequest, wanted: s.JoinNew) -> dict[str, Any]:
    """Make one member of two; everything of the absorbed one goes to the one who stays. It can be undone."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    members = {_visible(request, one, "member.change", absorbed=True) for one in (wanted.first_id, wanted.second_id)}
    brand_id = next(iter(members)).brand_id
    new = JoinWanted(wanted.id, brand_id, wanted.first_id, wanted.second_id, "staff", wanted.note, wanted.survivor_id)
    return s.join_seen(join_two(new, by=viewer.account_id, now=clock.now()))


@router.get(
    "/joins/{uuid:join_id}/later", auth=API_AUTH, response=list[s.LaterSeen], summary="Show what came after a join"
)
def later(request: HttpRequest, join_id: UUID) -> list[dict[str, Any]]:
    """Give what came to the one who stayed after the join: which of it goes along when it is undone, a person decides."""
    _join(request, join_id, "member.see")
    return [{"subject": one.subject, "id": one.id, "title": one.title, "at": one.at} for one in made_later(join_id)]


@router.post("/joins/{uuid:join_id}/undo", auth=API_AUTH, response=s.JoinSeen, summary="Undo a join")
def undo(request: HttpRequest, join_id: UUID, wanted: s.UndoSaid) -> dict[str, Any]:
    """Make two members of one again; what the join moved goes back, and what is named in `take` goes along."""
    _join(request, join_id, "member.change")
    new = UndoWanted(join_id, wanted.reason, tuple((one.subject, one.id) for one in wanted.take))
    return s.join_seen(undo_join(new, by=request.viewer.account_id, now=clock.now()))  # type: ignore[attr-defined]


@router.get(
    "/members/{uuid:member_id}/export",
    auth=API_AUTH,
    summary="Export all that is kept of a member",
    url_name="member-export",
)
def export(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """Give a zip with all that is kept of a member, in clear, and leave in the change log who took it."""
    member = _visible(request, member_id, "member.reveal")
    return file_of(member.id, by=request.viewer.account_id)  # type: ignore[attr-defined]


@router.post("/members/{uuid:member_id}/erase", auth=API_AUTH, response=s.Erased, summary="Erase a member")
def erase(request: HttpRequest, member_id: UUID, wanted: s.EraseSaid) -> dict[str, Any]:
    """Erase a member who asked for it, for good. Orders stay in the books under the number."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.reveal")
    return _erase(_visible(request, member_id, "member.change"), wanted, by=viewer.account_id)


def file_of(member_id: UUID, *, by: UUID) -> HttpResponse:
    """Answer with the export of a member as a file."""
    given = export_member(member_id, by=by, now=clock.now())
    answer = HttpResponse(given.content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{given.name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _erase(member: Member, wanted: s.EraseSaid, *, by: UUID) -> dict[str, Any]:
    if normal_number(wanted.number) != member.number:
        raise NumberDiffers()
    return {"gone": dict(erase_member(member.id, by=by, reason=wanted.reason, now=clock.now()))}


def _consumer(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if viewer.system != "consumer":
        raise NotAllowed(system=viewer.system)
    return viewer


def _myself(request: HttpRequest) -> Member:
    member = members_visible_to(_consumer(request)).first()
    if member is None:
        raise NotFound()
    return member


def _visible(request: HttpRequest, member_id: UUID, permission: str, *, absorbed: bool = False) -> Member:
    """Give a member whom staff may see with this permission, or the one into whom that member was joined."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require(permission)
    visible = members_visible_to(viewer, permission)
    member = visible.filter(id=member_id).first()
    if member is None and absorbed:
        member = visible.filter(id__in=Member.objects.filter(id=member_id).values("joined_into_id")).first()
    if member is None:
        raise NotFound(what="member")
    return member


def _join(request: HttpRequest, join_id: UUID, permission: str) -> None:
    found = join_facts(join_id)
    if found is None:
        raise NotFound(what="join")
    _visible(request, found.survivor_id, permission, absorbed=True)


def _entry(brand: str, store: str, source: str) -> Entry:
    entry = entry_by_codes(brand, store, source=source)
    if entry is None:
        raise NotFound()
    return entry
