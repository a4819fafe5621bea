"""Cards over HTTP: what is on offer, one's own cards and who may use them, using one at a counter."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router, Status

from sitong.member.cards.actions import KindWanted, close_kind, name_person, offer_kinds, reopen_kind, take_off_person
from sitong.member.cards.hot import HOT, card_scanned, use_scanned
from sitong.member.cards.models import Card
from sitong.member.cards.queries import card_of, cards_of, kinds_on_offer, kinds_sold, shown
from sitong.member.cards.schemas import (
    CardKindIn,
    CardKindOut,
    CardOut,
    CardPersonIn,
    CardPersonOut,
    CardUsedOut,
    CardUseIn,
    card_shown,
    kind_shown,
    used_shown,
)
from sitong.org.stores.queries import store_facts
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import now
from sitong.shared.errors import NotAllowed, NotFound, Refused

__all__ = ["HOT", "router"]

router = Router(tags=["cards"])


@router.get("/card-kinds", response=list[CardKindOut], auth=API_AUTH, summary="List cards on offer")
def list_kinds(request: ViewerRequest, store_id: UUID | None = None) -> list[dict[str, Any]]:
    """What members can buy now, in a store those that hold there; headquarters also sees what was closed."""
    viewer = request.viewer
    if viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    if viewer.system == "brand" and viewer.may("member.see"):
        return [kind_shown(one.kind) for one in kinds_sold(viewer.brand_id)]
    return [kind_shown(one) for one in kinds_on_offer(viewer.brand_id, store_id=store_id)]


@router.post("/card-kinds", response={201: CardKindOut}, auth=API_AUTH, summary="Put a card on offer")
def offer(request: ViewerRequest, wanted: CardKindIn) -> Status[dict[str, Any]]:
    """An offer is never changed: close it and make another. Refused: member.card_kind_wrong."""
    viewer = _headquarters(request.viewer)
    assert viewer.brand_id is not None
    said = wanted.model_dump()
    stores = tuple(said.pop("store_ids"))
    if {key for key, one in store_facts(stores).items() if one.brand_id == viewer.brand_id} != set(stores):
        raise NotFound(what="store")
    one = KindWanted(brand_id=viewer.brand_id, store_ids=stores, **said)
    return Status(201, kind_shown(_only(offer_kinds([one], by=viewer.account_id, now=now()))))


@router.post("/card-kinds/{card_kind_id}/close", response=CardKindOut, auth=API_AUTH, summary="Take a card off offer")
def close(request: ViewerRequest, card_kind_id: UUID) -> dict[str, Any]:
    """What was bought stays as it is."""
    viewer = _headquarters(request.viewer)
    assert viewer.brand_id is not None
    return kind_shown(close_kind(card_kind_id, brand_id=viewer.brand_id, by=viewer.account_id, now=now()))


@router.post(
    "/card-kinds/{card_kind_id}/reopen", response=CardKindOut, auth=API_AUTH, summary="Offer a closed card again"
)
def reopen(request: ViewerRequest, card_kind_id: UUID) -> dict[str, Any]:
    """The same offer again."""
    viewer = _headquarters(request.viewer)
    assert viewer.brand_id is not None
    return kind_shown(reopen_kind(card_kind_id, brand_id=viewer.brand_id, by=viewer.account_id, now=now()))


@router.get("/my-cards", response=list[CardOut], auth=API_AUTH, summary="Show one's own cards")
def my_cards(request: ViewerRequest) -> list[dict[str, Any]]:
    """A consumer's own cards, with the code to show and what would go back today."""
    viewer = request.viewer
    if viewer.member_id is None:
        raise NotAllowed(system=viewer.system)
    return [card_shown(one) for one in shown(cards_of([viewer.member_id]), now=now())]


@router.post("/my-cards/{card_id}/people", response=CardPersonOut, auth=API_AUTH, summary="Let somebody use one's card")
def add_person(request: ViewerRequest, card_id: UUID, wanted: CardPersonIn) -> dict[str, Any]:
    """Name somebody of the family. Refused: member.card_people_too_many, member.card_returned."""
    card = _own(request.viewer, card_id)
    person = name_person(wanted.id, card.id, name=wanted.name, by=request.viewer.account_id, now=now())
    return {"id": person.id, "name": person.name}


@router.delete(
    "/my-cards/{card_id}/people/{person_id}", response={204: None}, auth=API_AUTH, summary="Let somebody use it no more"
)
def remove_person(request: ViewerRequest, card_id: UUID, person_id: UUID) -> Status[None]:
    """What that person used stays."""
    take_off_person(person_id, _own(request.viewer, card_id).id, now=now())
    return Status(204, None)


@router.post("/card-uses", response=CardUsedOut, auth=API_AUTH, summary="Use a card")
def use(request: ViewerRequest, wanted: CardUseIn) -> dict[str, Any]:
    """Use a card at a store's counter, each visit once only. The same id again is quietly the same answer; a counter that had
    no network may tell up to seven days later, with `at`."""
    return used_shown(_only(use_scanned([card_scanned(wanted, request.viewer)])))


def _own(viewer: Viewer, card_id: UUID) -> Card:
    if viewer.member_id is None:
        raise NotAllowed(system=viewer.system)
    return card_of(card_id, brand_id=viewer.brand_id, member_id=viewer.member_id)


def _headquarters(viewer: Viewer) -> Viewer:
    viewer.require("wallet.change")
    if viewer.system != "brand":
        raise NotAllowed(system=viewer.system)
    return viewer


def _only(outcomes: Any) -> Any:
    (outcome,) = outcomes
    if isinstance(outcome, Refused):
        raise outcome
    return outcome
