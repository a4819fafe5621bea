"""What others may hear of journeys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class JourneyStarted(Happening):
    """A version of a journey takes in members from now on."""

    name: ClassVar[str] = "marketing.journey_started"
    journey_id: UUID
    version_id: UUID


@happening
@dataclass(frozen=True, slots=True)
class JourneyEnded(Happening):
    """A journey is over; who was inside is not any more."""

    name: ClassVar[str] = "marketing.journey_ended"
    journey_id: UUID


@happening
@dataclass(frozen=True, slots=True)
class JourneyPassed(Happening):
    """A member came to a webhook of a journey: the brand's own systems hear it as they hear every event. Sent once a step."""

    name: ClassVar[str] = "marketing.journey_passed"
    journey_id: UUID
    node: str
    label: str
    member_id: UUID
    step_id: UUID


@happening
@dataclass(frozen=True, slots=True)
class GuideTaskWanted(Happening):
    """A journey asks a guide or clerk to do something for a member. The text stands in the task."""

    name: ClassVar[str] = "marketing.guide_task_wanted"
    journey_id: UUID
    task_id: UUID
    member_id: UUID
    store_id: UUID | None = None
