"""Campaign templates over HTTP: headquarters makes and pushes them, stores and their dealers adopt them, all see results (O3)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from ninja import Router, Status

from sitong.marketing.rollout import schemas
from sitong.marketing.rollout.actions import (
    AdoptionWanted,
    Place,
    TemplateWanted,
    adopt_templates,
    change_template,
    end_template,
    leave_templates,
    make_template,
    publish_template,
    push_template,
    recall_template,
)
from sitong.marketing.rollout.models import CampaignTemplate
from sitong.marketing.rollout.queries import adoptions_of, outcomes_of, templates_visible_to, with_state
from sitong.marketing.rollout.rules import Changes, PartRef, compared
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import store_facts, stores_visible_to
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import Viewer, ViewerRequest
from sitong.shared.clock import business_date
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotFound, Refused

router = Router(tags=["campaign templates"])
LIMIT = 200


@router.get("/campaign-templates", response=list[schemas.TemplateOut], auth=API_AUTH, summary="List campaign templates")
def list_templates(request: ViewerRequest) -> Any:
    """Headquarters' all, dealers and stores those that reach them; the newest 200."""
    request.viewer.require("coupon.see")
    return _with_state(request.viewer, list(templates_visible_to(request.viewer).order_by("-starts_on", "-id")[:LIMIT]))


@router.post("/campaign-templates", response={201: schemas.TemplateOut}, auth=API_AUTH, summary="Make a template")
def make(request: ViewerRequest, said: schemas.TemplateIn) -> Any:
    """Make a draft. Refused: marketing.template_incomplete."""
    wanted = _wanted(_headquarters(request), said.id, said)
    return Status(201, _shown(request, make_template(wanted, by=request.viewer.account_id, now=clock_now())))


@router.put(
    "/campaign-templates/{template_id}", response=schemas.TemplateOut, auth=API_AUTH, summary="Change a template"
)
def change(request: ViewerRequest, template_id: UUID, said: schemas.TemplateChangeIn) -> Any:
    """Change a draft, or the texts and the end of one that is published. Refused: marketing.template_frozen, marketing.template_ended."""
    wanted = _wanted(_headquarters(request), template_id, said)
    _seen(request, template_id)
    return _shown(request, change_template(wanted, by=request.viewer.account_id, now=clock_now()))


@router.post(
    "/campaign-templates/{template_id}/publish",
    response=schemas.TemplateOut,
    auth=API_AUTH,
    summary="Publish a template",
)
def publish(request: ViewerRequest, template_id: UUID) -> Any:
    """Open it to all places to which it is pushed."""
    _headquarters(request)
    one = _seen(request, template_id)
    return _shown(request, publish_template(one.id, by=request.viewer.account_id, now=clock_now()))


@router.post(
    "/campaign-templates/{template_id}/end",
    response=schemas.TemplateOut,
    auth=API_AUTH,
    summary="End a template for good",
)
def end(request: ViewerRequest, template_id: UUID) -> Any:
    """End it: every store that runs it leaves it."""
    _headquarters(request)
    one = _seen(request, template_id)
    return _shown(request, end_template(one.id, by=request.viewer.account_id, now=clock_now()))


@router.post(
    "/campaign-templates/{template_id}/pushes",
    response=schemas.TemplatePushedOut,
    auth=API_AUTH,
    summary="Push to places",
)
def push(request: ViewerRequest, template_id: UUID, said: schemas.TemplatePushIn) -> Any:
    """Push it to the brand, to kinds of store, to dealers' branches or to stores; before it is published they try it out."""
    _headquarters(request)
    one = _seen(request, template_id)
    return {"places": push_template(one.id, _places(one.brand_id, said), by=request.viewer.account_id, now=clock_now())}


@router.post(
    "/campaign-templates/{template_id}/recalls",
    response=schemas.TemplatePushedOut,
    auth=API_AUTH,
    summary="Take pushes back",
)
def recall(request: ViewerRequest, template_id: UUID, said: schemas.TemplatePushIn) -> Any:
    """Take pushes back: no further store there adopts; those that have adopted go on."""
    _headquarters(request)
    one = _seen(request, template_id)
    return {
        "places": recall_template(one.id, _places(one.brand_id, said), by=request.viewer.account_id, now=clock_now())
    }


@router.post(
    "/campaign-templates/{template_id}/adoptions",
    response=list[schemas.TemplateStoreOut],
    auth=API_AUTH,
    summary="Adopt a template",
)
def adopt(request: ViewerRequest, template_id: UUID, said: schemas.AdoptTemplateIn) -> Any:
    """Let stores run it, each for itself; again with other changes changes it. Codes: marketing.template_not_pushed, …_ended, …_not_yours_to_change."""
    _within_reach(request, said.store_ids)
    parts = None if said.parts is None else tuple(PartRef(one.kind, one.id) for one in said.parts)
    changes = Changes(said.notice, said.starts_on, said.ends_on, parts)
    wanted = [AdoptionWanted(template_id, store_id, changes) for store_id in said.store_ids]
    _seen(request, template_id)
    outcomes = adopt_templates(wanted, by=request.viewer.account_id, now=clock_now())
    return _by_store(said.store_ids, outcomes)


@router.post(
    "/campaign-templates/{template_id}/leavings",
    response=list[schemas.TemplateStoreOut],
    auth=API_AUTH,
    summary="Leave a template",
)
def leave(request: ViewerRequest, template_id: UUID, said: schemas.LeaveTemplateIn) -> Any:
    """Let stores run it no more."""
    _within_reach(request, said.store_ids)
    _seen(request, template_id)
    pairs = [(template_id, store_id) for store_id in said.store_ids]
    return _by_store(said.store_ids, leave_templates(pairs, by=request.viewer.account_id, now=clock_now()))


@router.get(
    "/campaign-templates/{template_id}/results",
    response=list[schemas.TemplateOutcomeOut],
    auth=API_AUTH,
    summary="Results by store",
)
def results(request: ViewerRequest, template_id: UUID) -> Any:
    """What came of it in each store within the viewer's reach that runs or ran it, the best seller first."""
    request.viewer.require("coupon.see")
    one = _seen(request, template_id)
    reach = list(stores_visible_to(request.viewer, "coupon.see").values_list("id", flat=True))
    running = {key: row.left_at is None for (_, key), row in adoptions_of([one.id], reach).items()}
    found = outcomes_of(one, list(store_facts(running).values()), at=clock_now())
    return [
        {"store_id": key, "running": running[key], "against_average_bp": share, **asdict(outcome)}
        for key, outcome, share in compared(found)
    ]


def _headquarters(request: ViewerRequest) -> UUID:
    request.viewer.require("coupon.change")
    if request.viewer.brand_id is None or not request.viewer.place_ids("brand", "coupon.change"):
        raise NotFound(what="template")
    return request.viewer.brand_id


def _seen(request: ViewerRequest, template_id: UUID) -> CampaignTemplate:
    one = templates_visible_to(request.viewer).filter(id=template_id).first()
    if one is None:
        raise NotFound(what="template")
    return one


def _within_reach(request: ViewerRequest, store_ids: list[UUID]) -> None:
    request.viewer.require("coupon.choose")
    reach = stores_visible_to(request.viewer, "coupon.choose").filter(id__in=store_ids, closed_at=None)
    if reach.count() != len(set(store_ids)):
        raise NotFound(what="store")


def _wanted(brand_id: UUID, template_id: UUID, said: schemas.TemplateChangeIn) -> TemplateWanted:
    return TemplateWanted(
        template_id, brand_id, said.name, said.starts_on, said.ends_on, tuple(PartRef(one.kind, one.id) for one in said.parts),
        said.name_en, said.script, said.script_en, tuple(said.freedoms),
    )  # fmt: skip


def _places(brand_id: UUID, said: schemas.TemplatePushIn) -> list[Place]:
    return [Place(one.kind, _named(brand_id, one)) for one in said.places]


def _named(brand_id: UUID, one: schemas.TemplatePlaceIn) -> str:
    if one.kind == "brand":
        return str(brand_id)
    return one.store_kind or "" if one.kind == "store_kind" else str(one.place_id or "")


def _by_store(store_ids: list[UUID], outcomes: list[Any]) -> list[dict[str, Any]]:
    return [
        {"store_id": store_id, "ok": False, "refused": one.code, "facts": one.facts} if isinstance(one, Refused) else {"store_id": store_id, "ok": True}
        for store_id, one in zip(store_ids, outcomes, strict=True)
    ]  # fmt: skip


def _shown(request: ViewerRequest, one: CampaignTemplate) -> CampaignTemplate:
    return _with_state(request.viewer, [one])[0]


def _with_state(viewer: Viewer, shown: list[CampaignTemplate]) -> list[CampaignTemplate]:
    assert viewer.brand_id is not None
    return with_state(shown, today=business_date(clock_now(), brand_facts([viewer.brand_id])[viewer.brand_id].zone))
