"""Staff sign in by program; lists and changes of staff; the change log."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from sitong.org.staff import account_api, actions
from sitong.org.staff.queries import staff_changeable_by, staff_visible_to
from sitong.shared import clock
from sitong.shared.access.actions.accounts import StaffWanted
from sitong.shared.access.actions.factors import prove_password, prove_second_factor
from sitong.shared.access.api import TokenGiven, token_for
from sitong.shared.access.factors import needs_second_factor
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.limits import SIGN_IN_BY_ADDRESS, SIGN_IN_BY_NAME, address_of, hold_to
from sitong.shared.access.masking import mask_phone
from sitong.shared.access.queries import AccountFacts, audit_matching, staff_facts, viewer_of_account
from sitong.shared.access.scope import brands_shown
from sitong.shared.access.viewer import Place, Viewer
from sitong.shared.errors import NotAllowed, NotFound

router = Router(tags=["staff"])
router.add_router("", account_api.router)
SYSTEMS = frozenset({"brand", "dealer", "store"})


class StaffSignIn(Schema):
    username: str = Field(min_length=1, max_length=150)
    password: str = Field(min_length=1, max_length=200)
    code: str = Field(
        "", max_length=20, description="Six digits of the authenticator app; brand staff always need them."
    )


@router.post("/sign-in/staff", response=TokenGiven, tags=["sign-in"], summary="Sign in as staff")
def sign_in(request: HttpRequest, wanted: StaffSignIn) -> TokenGiven:
    """Give a token for user name, password and, where one is set up or needed, the second factor."""
    now = clock.now()
    hold_to(SIGN_IN_BY_ADDRESS, address_of(request), now=now)
    hold_to(SIGN_IN_BY_NAME, wanted.username.strip().lower(), now=now)
    account = prove_password(username=wanted.username, password=wanted.password, systems=SYSTEMS, now=now)
    if needs_second_factor(account):
        prove_second_factor(account, code=wanted.code, now=now)
    with brands_shown([account.brand_id]):
        viewer = viewer_of_account(account)
    return token_for(viewer, now=now)


class PlaceSaid(Schema):
    kind: str = Field(max_length=10)
    id: UUID
    role: str = Field(max_length=20)


class StaffSeen(Schema):
    """A staff account; the phone is masked."""

    id: UUID
    system: str
    username: str
    name: str
    phone: str
    is_active: bool
    last_login: datetime | None
    places: list[PlaceSaid]


class StaffNew(Schema):
    id: UUID = Field(description="Made by the caller (UUIDv7); sent again, it gets the first answer.")
    system: str = Field(max_length=10)
    username: str = Field(min_length=3, max_length=150)
    name: str = Field("", max_length=100)
    email: str = Field("", max_length=254, pattern=r"^$|^[^@\s]+@[^@\s]+$")
    phone: str = Field("", max_length=30)
    password: str | None = Field(None, max_length=200)
    places: list[PlaceSaid] = Field(min_length=1, max_length=50)


class Roles(Schema):
    places: list[PlaceSaid] = Field(min_length=1, max_length=50)


class AuditSeen(Schema):
    """One change: who, when, what, before and after."""

    at: datetime
    by: UUID | None
    verb: str
    subject: str
    subject_id: UUID | None
    before: dict[str, Any]
    after: dict[str, Any]


class AuditFilter(Schema):
    subject: str = Field("", max_length=60)
    subject_id: UUID | None = None
    by: UUID | None = None
    before: datetime | None = Field(None, description="Only what happened before this instant: the next page.")
    limit: int = Field(50, ge=1, le=200)


@router.get("/org/staff", auth=API_AUTH, response=list[StaffSeen], summary="List staff")
def list_staff(request: HttpRequest) -> list[dict[str, Any]]:
    """Give the staff whom the account may change, 1,000 at most."""
    viewer = _viewer(request)
    return [_seen(one) for one in staff_facts(list(staff_visible_to(viewer)[:1_000]))]


@router.post("/org/staff", auth=API_AUTH, response=StaffSeen, summary="Create a staff account")
def create(request: HttpRequest, wanted: StaffNew) -> dict[str, Any]:
    """Create an account with roles that the caller may give. Repeating the same id gives the first answer."""
    viewer = _viewer(request)
    if viewer.brand_id is None:
        raise NotAllowed(permission="staff.change")
    new = StaffWanted(
        wanted.id, viewer.brand_id, wanted.system, wanted.username, _places(wanted.places),
        name=wanted.name, email=wanted.email, phone=wanted.phone, password=wanted.password,
    )  # fmt: skip
    return _seen(staff_facts([actions.hire(new, by=viewer, now=clock.now())])[0])


@router.put("/org/staff/{account_id}/roles", auth=API_AUTH, response=StaffSeen, summary="Give roles")
def put_roles(request: HttpRequest, account_id: UUID, wanted: Roles) -> dict[str, Any]:
    """Give an account these roles and no others."""
    viewer = _viewer(request)
    actions.give_roles(account_id, _places(wanted.places), by=viewer, now=clock.now())
    return _one(viewer, account_id)


@router.post("/org/staff/{account_id}/disable", auth=API_AUTH, response=StaffSeen, summary="Disable an account")
def disable(request: HttpRequest, account_id: UUID) -> dict[str, Any]:
    """Close an account's way in."""
    viewer = _viewer(request)
    actions.disable(account_id, by=viewer, now=clock.now())
    return _one(viewer, account_id)


@router.post("/org/staff/{account_id}/enable", auth=API_AUTH, response=StaffSeen, summary="Enable an account")
def enable(request: HttpRequest, account_id: UUID) -> dict[str, Any]:
    """Open an account's way in again."""
    viewer = _viewer(request)
    actions.enable(account_id, by=viewer, now=clock.now())
    return _one(viewer, account_id)


@router.get("/org/audit", auth=API_AUTH, response=list[AuditSeen], summary="Read the change log")
def read_audit(request: HttpRequest, wanted: Query[AuditFilter]) -> list[Any]:
    """Give who changed what in the brand, the newest first."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("audit.see")
    found = audit_matching(viewer, subject=wanted.subject, by=wanted.by, subject_id=wanted.subject_id)
    return list((found.filter(at__lt=wanted.before) if wanted.before else found)[: wanted.limit])


def _viewer(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("staff.change")
    return viewer


def _places(said: list[PlaceSaid]) -> tuple[Place, ...]:
    return tuple(Place(one.kind, one.id, one.role) for one in said)


def _one(viewer: Viewer, account_id: UUID) -> dict[str, Any]:
    facts = staff_changeable_by(viewer, account_id)
    if facts is None:
        raise NotFound()
    return _seen(facts)


def _seen(facts: AccountFacts) -> dict[str, Any]:
    places = [{"kind": place.kind, "id": place.id, "role": place.role} for place in facts.places]
    return {
        "id": facts.id, "system": facts.system, "username": facts.username, "name": facts.name, "phone": mask_phone(facts.phone),
        "is_active": facts.is_active, "last_login": facts.last_login, "places": places,
    }  # fmt: skip
