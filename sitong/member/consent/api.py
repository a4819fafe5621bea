"""Wordings and consents by program: members say for themselves, staff for whom they read it out to."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema

from sitong.member.consent.actions import TEXT_MAX, ConsentSaid, WordingWanted, publish_wordings, say_consents
from sitong.member.consent.queries import ConsentFacts, WordingFacts, consents_of, wordings_now
from sitong.member.identity.queries import members_visible_to
from sitong.org.brands.queries import entities_visible_to
from sitong.shared import clock
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer
from sitong.shared.errors import NotAllowed, NotFound, Refused

router = Router(tags=["member"])


class WordingNew(Schema):
    id: UUID = Field(description="Made by the caller (UUIDv7); sent again, it gets the first answer.")
    purpose: Literal["service", "marketing", "profiling", "share", "location"]
    entity_id: UUID | None = Field(None, description="The legal entity that may use it; null is the brand itself.")
    text: str = Field(min_length=1, max_length=TEXT_MAX)
    text_en: str = Field("", max_length=TEXT_MAX)


class WordingSeen(Schema):
    """The newest wording for one purpose and entity."""

    id: UUID
    purpose: str
    entity_id: UUID | None
    version: int
    text: str
    text_en: str
    at: datetime


class ConsentNew(Schema):
    id: UUID = Field(description="Made by the caller; sent again, it gets the first answer.")
    wording_id: UUID
    yes: bool


class ConsentSeen(Schema):
    """What a member said once; the newest of each purpose and entity holds."""

    id: UUID
    purpose: str
    entity_id: UUID | None
    version: int
    yes: bool
    how: str
    at: datetime


@router.get("/consent-wordings", auth=API_AUTH, response=list[WordingSeen], summary="Show what members are asked")
def list_wordings(request: HttpRequest) -> list[dict[str, Any]]:
    """Give the newest wording of each purpose and entity of the brand."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.see")
    return [_wording(one) for one in wordings_now(viewer.brand_id)] if viewer.brand_id else []


@router.post("/consent-wordings", auth=API_AUTH, response=WordingSeen, summary="Publish a wording")
def publish(request: HttpRequest, wanted: WordingNew) -> dict[str, Any]:
    """Publish the next version of what members are asked. What was said to earlier versions still holds."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require("member.change")
    if viewer.brand_id not in viewer.place_ids("brand", "member.change"):
        raise NotAllowed(permission="member.change")
    if wanted.entity_id and not entities_visible_to(viewer).filter(id=wanted.entity_id).exists():
        raise NotFound(what="entity")
    assert viewer.brand_id is not None
    new = WordingWanted(wanted.id, viewer.brand_id, wanted.purpose, wanted.text, wanted.text_en, wanted.entity_id)
    (wording,) = publish_wordings([new], by=viewer.account_id, now=clock.now())
    if isinstance(wording, Refused):
        raise wording
    return {name: getattr(wording, name) for name in WordingSeen.model_fields}


@router.get("/me/consent-wordings", auth=API_AUTH, response=list[WordingSeen], summary="Show what one is asked")
def list_my_wordings(request: HttpRequest) -> list[dict[str, Any]]:
    """Give the newest wording of each purpose and entity of the consumer's brand."""
    _myself(request)
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return [_wording(one) for one in wordings_now(viewer.brand_id)] if viewer.brand_id else []


@router.get("/me/consents", auth=API_AUTH, response=list[ConsentSeen], summary="Show the own consents")
def my_consents(request: HttpRequest) -> list[dict[str, Any]]:
    """Give all that the consumer said yes and no to, the newest first."""
    return [_seen(one) for one in consents_of(_myself(request))]


@router.post("/me/consents", auth=API_AUTH, response=ConsentSeen, summary="Say yes or no")
def say(request: HttpRequest, wanted: ConsentNew) -> dict[str, Any]:
    """Say yes or no to a wording; the newest word holds. A yes needs the newest wording."""
    return _say(request, _myself(request), wanted, how="self")


@router.get(
    "/members/{uuid:member_id}/consents", auth=API_AUTH, response=list[ConsentSeen], summary="Show a member's consents"
)
def list_consents(request: HttpRequest, member_id: UUID) -> list[dict[str, Any]]:
    """Give all that a member said yes and no to, the newest first."""
    return [_seen(one) for one in consents_of(_visible(request, member_id, "member.see"))]


@router.post(
    "/members/{uuid:member_id}/consents", auth=API_AUTH, response=ConsentSeen, summary="Note a member's yes or no"
)
def say_for(request: HttpRequest, member_id: UUID, wanted: ConsentNew) -> dict[str, Any]:
    """Keep what a member said to staff who read the wording out."""
    return _say(request, _visible(request, member_id, "member.tag"), wanted, how="staff")


def _say(request: HttpRequest, member_id: UUID, wanted: ConsentNew, *, how: str) -> dict[str, Any]:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    assert viewer.brand_id is not None
    said = ConsentSaid(wanted.id, viewer.brand_id, member_id, wanted.wording_id, wanted.yes, how, by=viewer.account_id)
    (given,) = say_consents([said], now=clock.now())
    if isinstance(given, Refused):
        raise given
    return {
        "id": given.id, "purpose": given.purpose, "entity_id": given.entity_id, "version": given.wording.version,
        "yes": given.yes, "how": given.how, "at": given.at,
    }  # fmt: skip


def _myself(request: HttpRequest) -> UUID:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if viewer.system != "consumer":
        raise NotAllowed(system=viewer.system)
    member = members_visible_to(viewer).values_list("id", flat=True).first()
    if member is None:
        raise NotFound()
    return member


def _visible(request: HttpRequest, member_id: UUID, permission: str) -> UUID:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    viewer.require(permission)
    if not members_visible_to(viewer, permission).filter(id=member_id).exists():
        raise NotFound(what="member")
    return member_id


def _wording(one: WordingFacts) -> dict[str, Any]:
    return {name: getattr(one, name) for name in WordingSeen.model_fields}


def _seen(one: ConsentFacts) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ConsentSeen.model_fields}
