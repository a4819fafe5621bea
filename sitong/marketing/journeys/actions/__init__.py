"""Journeys change here: drawn, started, paused and ended; members let in, moved, let out; what they did counted."""

from sitong.marketing.journeys.actions.define import JourneyWanted, change_graph, define_journey
from sitong.marketing.journeys.actions.enter import Entered, EntryWanted, enter_members
from sitong.marketing.journeys.actions.life import (
    end_entries,
    end_journey,
    move_to_version,
    pause_journey,
    resume_journey,
    start_journey,
)
from sitong.marketing.journeys.actions.move import move_due

__all__ = [
    "Entered", "EntryWanted", "JourneyWanted", "change_graph", "define_journey", "end_entries", "end_journey", "enter_members",
    "move_due", "move_to_version", "pause_journey", "resume_journey", "start_journey",
]  # fmt: skip
