"""Alerts as a viewer may see them, with how each stands."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from sitong.goods.diversion.models import CodeAlert, CodeAlertStep
from sitong.org.dealers.queries import dealers_visible_to
from sitong.shared.access.viewer import Viewer

OPEN_STATES = ("new", "looked_at", "reopened")
NEW = "new"


def alerts_visible_to(viewer: Viewer, permission: str = "diversion.see") -> QuerySet[CodeAlert]:
    """Give the alerts that a viewer may see, each with its `state`: the brand's all, a dealer's those of its branch's goods."""
    last = CodeAlertStep.objects.filter(alert_id=OuterRef("id")).order_by("-turn").values("verb")[:1]
    found = CodeAlert.objects.filter(Q(brand_id=viewer.brand_id)).annotate(state=Coalesce(Subquery(last), Value(NEW)))
    if viewer.place_ids("brand", permission):
        return found
    return found.filter(dealer_id__in=dealers_visible_to(viewer, permission).values("id"))


def counted_by_state(viewer: Viewer) -> Counter[str]:
    """Give how many alerts of each state a viewer may see."""
    rows = alerts_visible_to(viewer).order_by().values("state").annotate(count=Count("id"))  # type: ignore[misc]
    return Counter({row["state"]: row["count"] for row in rows})


def alert_seen(viewer: Viewer, alert_id: UUID, permission: str = "diversion.see") -> Any | None:
    """Give one alert with its state, None if the viewer may not see it."""
    return alerts_visible_to(viewer, permission).filter(id=alert_id).first()


def steps_of(alert_id: UUID) -> list[CodeAlertStep]:
    """Give what people did with an alert, in order."""
    return list(CodeAlertStep.objects.filter(alert_id=alert_id).order_by("turn"))
