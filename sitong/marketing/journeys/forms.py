"""The form of a journey's settings: read, and shown again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import override

from sitong.marketing.journeys.actions.define import JourneyLimits, JourneyWanted
from sitong.marketing.journeys.models import Journey
from sitong.marketing.journeys.ready import Ready


def read_settings(said: Mapping[str, Any], own_id: UUID, brand_id: UUID, journey: Journey | None) -> JourneyWanted:
    """Read what a form says. Refused: marketing.journey_limits where a number is none."""
    try:
        control_bp = round(float(said.get("control") or 0) * 100)
        reentry_days = int(said.get("reentry_days") or 0)
    except ValueError:
        raise JourneyLimits() from None
    chosen = str(said.get("leave_event", ""))
    kept = list(journey.leave_on) if journey else []
    leave_on = [one for one in kept if one.get("event") == chosen] or (
        [{"event": chosen, "where": []}] if chosen else []
    )
    return JourneyWanted(
        own_id, brand_id, str(said.get("name", "")), str(said.get("name_en", "")), control_bp, str(said.get("control_reason", "")),
        str(said.get("reentry", "once")), reentry_days, tuple(leave_on),
    )  # fmt: skip


def shown_settings(journey: Journey | None, said: Mapping[str, Any] | None, ready: Ready | None) -> dict[str, Any]:
    """Give what stands in the form: what was sent, else the journey's own, else a ready-made one's."""
    if said is not None:
        return {
            key: said.get(key, "")
            for key in ("name", "name_en", "control", "control_reason", "reentry", "reentry_days", "leave_event")
        }
    if journey is not None:
        return {
            "name": journey.name, "name_en": journey.name_en, "control": f"{journey.control_bp / 100:g}", "control_reason": journey.control_reason,
            "reentry": journey.reentry, "reentry_days": journey.reentry_days or "",
            "leave_event": journey.leave_on[0].get("event", "") if journey.leave_on else "",
        }  # fmt: skip
    return {
        "name": _in("zh-hans", ready), "name_en": _in("en", ready), "control": "10", "control_reason": "",
        "reentry": ready.reentry if ready else "once", "reentry_days": (ready.reentry_days or "") if ready else "", "leave_event": "",
    }  # fmt: skip


def _in(language: str, ready: Ready | None) -> str:
    with override(language):
        return str(ready.name) if ready else ""
