"""The watch by program: alerts, their evidence, and deciding on them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from sitong.goods.diversion.actions import StepWanted, take_alert_steps
from sitong.goods.diversion.evidence import pack_zip
from sitong.goods.diversion.looks import whole_of
from sitong.goods.diversion.periods import period_of
from sitong.goods.diversion.queries.alerts import alert_seen, alerts_visible_to, steps_of
from sitong.goods.diversion.queries.watched import Watched, dealers_watched
from sitong.org.brands.queries import brand_facts
from sitong.shared.access.gates import API_AUTH
from sitong.shared.access.viewer import ViewerRequest
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, NotFound, Refused

router = Router(tags=["diversion"])
State = Literal["new", "looked_at", "reopened", "confirmed", "dismissed"]


class AlertOut(Schema):
    """An alert. `facts` are what it rests on; `weight_db` is ten times the decimal logarithm of the evidence."""

    id: UUID
    number: str
    kind: Literal["dealer", "store", "boxes", "code"]
    state: State
    period_on: date
    dealer_id: UUID | None
    store_id: UUID | None
    batch_id: UUID | None
    serial: int | None
    weight_db: int
    facts: dict[str, Any]
    opened_at: datetime
    grown_at: datetime


class AlertStepOut(Schema):
    id: UUID
    verb: str
    reason: str
    at: datetime


class AlertWholeOut(AlertOut):
    """An alert with what it says in the caller's language, and what people did."""

    sentences: list[str]
    steps_taken: list[AlertStepOut]


class AlertStepNew(Schema):
    id: UUID = Field(description="Made by the caller (UUIDv7); sent again, it gets the first answer.")
    verb: Literal["looked_at", "confirmed", "dismissed", "reopened"]
    reason: str = Field("", max_length=300, description="Needed for everything but looked_at.")


class WatchedOut(Schema):
    """A dealer this quarter: codes scanned, how many of them at least 5 km outside, and what that weighs."""

    id: UUID
    name: str
    name_en: str
    scans: int
    far: int
    far_bp: int
    weight_db: int
    looked_at: datetime


@router.get("/diversion/alerts", response=list[AlertOut], auth=API_AUTH, summary="List alerts")
def list_alerts(
    request: ViewerRequest,
    state: State | None = None,
    before: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Any:
    """Newest first: headquarters all of the brand's, a dealer those of its own goods. `before` = the last `opened_at`."""
    request.viewer.require("diversion.see")
    found = alerts_visible_to(request.viewer)
    if state is not None:
        found = found.filter(state=state)  # type: ignore[misc]
    if before is not None:
        found = found.filter(opened_at__lt=before)
    return list(found.order_by("-opened_at", "-id")[:limit])


@router.get("/diversion/dealers", response=list[WatchedOut], auth=API_AUTH, summary="How dealers stand this quarter")
def list_dealers(request: ViewerRequest) -> list[Watched]:
    """The heaviest first."""
    viewer = request.viewer
    viewer.require("diversion.see")
    if viewer.brand_id is None:
        raise NotAllowed(permission="diversion.see")
    return dealers_watched(viewer, period_of(clock_now(), brand_facts([viewer.brand_id])[viewer.brand_id].zone))


@router.get("/diversion/alerts/{alert_id}", response=AlertWholeOut, auth=API_AUTH, summary="See an alert")
def show_alert(request: ViewerRequest, alert_id: UUID) -> Any:
    """One alert with the statistic in plain words."""
    alert = _alert(request, alert_id, "diversion.see")
    whole = whole_of(alert, request.viewer)
    alert.sentences = whole.sentences
    alert.steps_taken = [
        {"id": one.id, "verb": one.verb, "reason": "" if whole.masked else one.reason, "at": one.at}
        for one in steps_of(alert.id)
    ]
    return alert


@router.get(
    "/diversion/alerts/{alert_id}/evidence.zip", auth=API_AUTH, summary="Get the evidence pack", include_in_schema=True
)
def evidence(request: ViewerRequest, alert_id: UUID) -> HttpResponse:
    """A zip with the report, the map, the scans with a chain of hashes, and the way of the goods."""
    pack = whole_of(_alert(request, alert_id, "diversion.see"), request.viewer).pack(now=clock_now())
    answer = HttpResponse(pack_zip(pack), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="evidence-{pack.number}.zip"'
    return answer


@router.post("/diversion/alerts/{alert_id}/steps", response=AlertStepOut, auth=API_AUTH, summary="Decide on an alert")
def take_step(request: ViewerRequest, alert_id: UUID, wanted: AlertStepNew) -> Any:
    """Look at it, confirm or dismiss it with a reason, or open it again. Repeating the same id gives the first answer."""
    if request.viewer.system != "brand":
        raise NotAllowed(permission="diversion.change")
    alert = _alert(request, alert_id, "diversion.change")
    step = StepWanted(wanted.id, alert.brand_id, alert.id, wanted.verb, wanted.reason)
    (outcome,) = take_alert_steps([step], by=request.viewer.account_id, now=clock_now())
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def _alert(request: ViewerRequest, alert_id: UUID, permission: str) -> Any:
    request.viewer.require(permission)
    alert = alert_seen(request.viewer, alert_id, permission)
    if alert is None:
        raise NotFound(what="alert")
    return alert
