"""One's own account by program: password, PIN, recovery codes, sessions, WeChat; invitations and leaving."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from sitong.org.brands.queries import brand_by_code
from sitong.org.staff import actions
from sitong.org.staff.queries import invite_by_secret, invites_visible_to, wechat_app_of
from sitong.org.staff.wechat import AppFacts, user_of_code
from sitong.shared import clock
from sitong.shared.access.actions.sessions import end_sessions
from sitong.shared.access.api import TokenGiven, token_for
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.limits import SIGN_IN_BY_ADDRESS, SIGN_IN_BY_NAME, address_of, hold_to
from sitong.shared.access.queries import AccountRow, account_by_id, sessions_of, viewer_of_account
from sitong.shared.access.scope import brands_shown, every_brand
from sitong.shared.access.viewer import Place, Viewer, ViewerRequest
from sitong.shared.errors import NotAllowed, NotFound, NotSignedIn

router = Router(tags=["account"])


class PlaceMeant(Schema):
    kind: Literal["brand", "dealer", "store"]
    id: UUID
    role: str = Field(max_length=20)


class InviteNew(Schema):
    id: UUID = Field(description="Made by the caller; sent again while it is open, it gets a fresh link.")
    system: Literal["brand", "dealer", "store"]
    name: str = Field("", max_length=100)
    places: list[PlaceMeant] = Field(min_length=1, max_length=20)


class InviteSeen(Schema):
    id: UUID
    system: str
    name: str
    invited_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None


class InviteMade(InviteSeen):
    link: str = Field(description="Shown only now; whoever opens it makes the account.")


class InviteAccepted(Schema):
    username: str = Field(min_length=3, max_length=150)
    password: str = Field(min_length=1, max_length=200)
    name: str = Field("", max_length=100)
    phone: str = Field("", max_length=30)


class AccountMade(Schema):
    id: UUID
    username: str
    system: str


class PinIn(Schema):
    pin: str = Field(min_length=6, max_length=6, pattern=r"^[0-9]{6}$")


class PinSignIn(PinIn):
    store_id: UUID
    account_id: UUID


class PasswordIn(Schema):
    old: str = Field(max_length=200)
    new: str = Field(max_length=200)


class FactorCodeIn(Schema):
    code: str = Field(min_length=1, max_length=200)


class RecoveryCodesOut(Schema):
    codes: list[str]


class SessionSeen(Schema):
    id: int
    address: str
    agent: str
    since: datetime
    seen_at: datetime


class WechatSignIn(Schema):
    brand_code: str = Field(max_length=30)
    code: str = Field(min_length=1, max_length=200, description="From wx.login (mini) or the authorize page (account).")
    kind: Literal["mini", "account"] = "mini"


class WechatCode(Schema):
    code: str = Field(min_length=1, max_length=200)
    kind: Literal["mini", "account"] = "mini"


class WechatAppIn(Schema):
    app_id: str = Field(min_length=1, max_length=32)
    secret: str = Field(min_length=1, max_length=64)
    name: str = Field("", max_length=60)


class LeaveIn(Schema):
    successor_id: UUID | None = None
    reason: str = Field("", max_length=200)


class LeftOut(Schema):
    account_id: UUID
    successor_id: UUID | None
    reason: str
    handed: dict[str, int]
    at: datetime


@router.post("/org/invites", auth=API_AUTH, response={201: InviteMade}, tags=["staff"], summary="Invite staff by link")
def invite(request: ViewerRequest, wanted: InviteNew) -> Status[Any]:
    """Make a link by which somebody makes an own account with roles that the caller may give."""
    viewer = _manager(request)
    assert viewer.brand_id is not None
    places = tuple(Place(one.kind, one.id, one.role) for one in wanted.places)
    made, secret = actions.invite(
        actions.InviteWanted(wanted.id, viewer.brand_id, wanted.system, places, wanted.name), by=viewer, now=clock.now()
    )
    return Status(201, {**_invite(made), "link": f"{settings.PUBLIC_URL}/join/{secret}/"})


@router.get("/org/invites", auth=API_AUTH, response=list[InviteSeen], tags=["staff"], summary="List invitations")
def list_invites(request: ViewerRequest) -> list[Any]:
    """The newest first, 200 at most; never their links."""
    return [_invite(one) for one in invites_visible_to(_manager(request))[:200]]


@router.delete(
    "/org/invites/{invite_id}", auth=API_AUTH, response={204: None}, tags=["staff"], summary="Take an invitation back"
)
def revoke(request: ViewerRequest, invite_id: UUID) -> Status[None]:
    """The link stops working; again changes nothing."""
    actions.revoke_invite(invite_id, by=_manager(request), now=clock.now())
    return Status(204, None)


@router.post(
    "/invites/{secret}/accept", auth=None, response={201: AccountMade}, tags=["sign-in"], summary="Accept an invitation"
)
def accept(request: HttpRequest, secret: str, wanted: InviteAccepted) -> Status[Any]:
    """Make the account that the link is for, once. Then sign in with it."""
    now = clock.now()
    hold_to(SIGN_IN_BY_ADDRESS, address_of(request), now=now)
    with every_brand():
        invited = invite_by_secret(secret)
    if invited is None:
        raise NotFound(what="invitation")
    with brands_shown([invited.brand_id]):
        account = actions.accept_invite(
            secret, username=wanted.username, password=wanted.password, name=wanted.name, phone=wanted.phone, now=now
        )
    return Status(201, {"id": account.id, "username": account.username, "system": account.system})


@router.post(
    "/org/staff/{account_id}/leave", auth=API_AUTH, response=LeftOut, tags=["staff"], summary="Somebody leaves"
)
def leave(request: ViewerRequest, account_id: UUID, wanted: LeaveIn) -> object:
    """Close every way in at once and hand over what was open to a colleague. Again gives the first answer."""
    return actions.let_go(
        account_id, successor_id=wanted.successor_id, reason=wanted.reason, by=_manager(request), now=clock.now()
    )


@router.put(
    "/org/wechat-apps/{app_kind}",
    auth=API_AUTH,
    response={204: None},
    tags=["staff"],
    summary="Keep the brand's WeChat app",
)
def keep_app(request: ViewerRequest, app_kind: Literal["mini", "account"], wanted: WechatAppIn) -> Status[None]:
    """Keep AppID and AppSecret of the brand's mini program or official account. The secret is never given back."""
    viewer = request.viewer
    viewer.require("org.change")
    if viewer.system != "brand" or viewer.brand_id is None:
        raise NotAllowed(permission="org.change")
    before = wechat_app_of(viewer.brand_id, app_kind)
    app = AppFacts(app_kind, wanted.app_id, wanted.secret, before.gateway if before else "")
    actions.keep_wechat_app(viewer.brand_id, app, name=wanted.name, by=viewer.account_id, now=clock.now())
    return Status(204, None)


@router.post("/account/password", auth=API_AUTH, response={204: None}, summary="Change one's own password")
def change_password(request: ViewerRequest, wanted: PasswordIn) -> Status[None]:
    """All sessions of pages end; tokens run out within their minutes."""
    account, now = _own(request), clock.now()
    hold_to(SIGN_IN_BY_NAME, account.username, now=now)
    actions.change_own_password(account, old=wanted.old, new=wanted.new, now=now)
    end_sessions(account.id)
    return Status(204, None)


@router.put("/account/pin", auth=API_AUTH, response={204: None}, summary="Set one's own PIN")
def set_pin(request: ViewerRequest, wanted: PinIn) -> Status[None]:
    """Six digits with which one takes over a till at which a colleague is signed in."""
    account = _own(request)
    assert account.brand_id is not None
    actions.set_pin(account.id, brand_id=account.brand_id, pin=wanted.pin, now=clock.now())
    return Status(204, None)


@router.post("/account/recovery-codes", auth=API_AUTH, response=RecoveryCodesOut, summary="Make new recovery codes")
def renew_codes(request: ViewerRequest, wanted: FactorCodeIn) -> dict[str, list[str]]:
    """For six digits of now; the old codes stop working."""
    account, now = _own(request), clock.now()
    hold_to(SIGN_IN_BY_NAME, str(account.id), now=now)
    return {"codes": actions.renew_recovery_codes(account, code=wanted.code, now=now)}


@router.get("/account/sessions", auth=API_AUTH, response=list[SessionSeen], summary="See where one is signed in")
def list_sessions(request: ViewerRequest) -> list[Any]:
    """The sessions of pages; tokens are not among them."""
    return list(sessions_of(_own(request).id))


@router.delete(
    "/account/sessions/{session_id}", auth=API_AUTH, response={204: None}, summary="End one of one's sessions"
)
def end_session(request: ViewerRequest, session_id: int) -> Status[None]:
    """One that is not there, or not one's own, is no error."""
    end_sessions(_own(request).id, only=[session_id] if session_id < 2**63 else [])
    return Status(204, None)


@router.post("/account/wechat", auth=API_AUTH, response={204: None}, summary="Bind WeChat to one's account")
def bind(request: ViewerRequest, wanted: WechatCode) -> Status[None]:
    """By a one-time code that WeChat gave to the brand's app."""
    account = _own(request)
    assert account.brand_id is not None
    app = wechat_app_of(account.brand_id, wanted.kind)
    if app is None:
        raise NotFound(what="WeChat app")
    actions.bind_wechat(account, user_of_code(app, wanted.code), now=clock.now())
    return Status(204, None)


@router.post("/sign-in/wechat", auth=None, response=TokenGiven, tags=["sign-in"], summary="Sign in by WeChat")
def sign_in_by_wechat(request: HttpRequest, wanted: WechatSignIn) -> TokenGiven:
    """Give a token to the staff account that is bound to whose code this is."""
    now = clock.now()
    hold_to(SIGN_IN_BY_ADDRESS, address_of(request), now=now)
    with every_brand():
        brand = brand_by_code(wanted.brand_code)
        app = wechat_app_of(brand.id, wanted.kind) if brand else None
    if brand is None or app is None:
        raise NotFound(what="WeChat app")
    user = user_of_code(app, wanted.code)
    with brands_shown([brand.id]):
        viewer = viewer_of_account(actions.sign_in_by_wechat(brand.id, user))
    return token_for(viewer, now=now)


@router.post("/sign-in/pin", auth=API_AUTH, response=TokenGiven, tags=["sign-in"], summary="Take a till over by PIN")
def sign_in_by_pin(request: ViewerRequest, wanted: PinSignIn) -> TokenGiven:
    """Give a colleague of the same store a token with a till's rights. The caller is signed in at that store."""
    now = clock.now()
    if wanted.store_id not in request.viewer.place_ids("store"):
        raise NotFound(what="store")
    hold_to(SIGN_IN_BY_ADDRESS, address_of(request), now=now)
    chosen = account_by_id(actions.prove_pin(wanted.account_id, store_id=wanted.store_id, pin=wanted.pin, now=now))
    if chosen is None:
        raise NotFound(what="account")
    return token_for(viewer_of_account(chosen, by_pin=True), now=now)


def _manager(request: ViewerRequest) -> Viewer:
    request.viewer.require("staff.change")
    return request.viewer


def _own(request: ViewerRequest) -> AccountRow:
    if request.viewer.by_pin or request.viewer.system not in ("brand", "dealer", "store"):
        raise NotAllowed(permission="account.change")
    account = account_by_id(request.viewer.account_id)
    if account is None:
        raise NotSignedIn()
    return account


def _invite(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in InviteSeen.model_fields}
