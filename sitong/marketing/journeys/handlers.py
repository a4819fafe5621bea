"""What journeys do when something has happened, and when time passes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson

from sitong.marketing.journeys.actions.hear import hear
from sitong.marketing.journeys.actions.life import end_entries
from sitong.marketing.journeys.actions.move import move_due, running_journeys
from sitong.marketing.journeys.actions.rounds import begin_rounds, continue_rounds
from sitong.marketing.journeys.listening import BACK, Heard, members_in_facts
from sitong.marketing.journeys.queries.live import journeys_ended_with_members, listeners_now
from sitong.member.identity.queries import member_now
from sitong.shared.clock import now as clock_now
from sitong.shared.events.periodic import every
from sitong.shared.events.registry import Announced, on_everything

SUBSCRIBER = "marketing.journeys"
PIECES_AT_ONCE = 50
EVENTS_AT_ONCE = 100
"""One event may name a thousand members: so many of them are let in with one transaction at most."""


@on_everything(subscriber=SUBSCRIBER, start="now", batch=EVENTS_AT_ONCE)
def listen(events: Sequence[Announced]) -> None:
    """Journeys listen to everything by its name, also to what words above this one announce; most of it is nothing to them."""
    take(events, now=clock_now())


def take(events: Sequence[Announced], *, now: datetime) -> None:
    """Hand journeys of these events what they listen for, in the name of who the members are now."""
    listeners = listeners_now(now)
    rows = [
        (event, event.brand_id, orjson.loads(event.facts)) for event in events if event.brand_id and (event.name in listeners or event.name in BACK)
    ]  # fmt: skip
    if not rows:
        return
    ids = {event.id: members_in_facts(facts) for event, _brand_id, facts in rows}
    now_is = member_now({one for found in ids.values() for one in found})
    heard = [
        Heard(event.id, brand_id, event.name, event.at, facts, tuple(now_is[one] for one in ids[event.id] if one in now_is))
        for event, brand_id, facts in rows
    ]  # fmt: skip
    hear(heard, listeners, now=now)


@every(2, "marketing.move_journeys")
def move(now: datetime) -> None:
    """Move whoever is due, journey by journey, so that none waits long for another."""
    for _ in range(PIECES_AT_ONCE):
        if not sum(move_due(journey_id, now=now) for journey_id in running_journeys()):
            return


@every(60, "marketing.journey_rounds")
def go_round(now: datetime) -> None:
    """Take in everybody of a day or of a segment when the time has come."""
    begin_rounds(now=now)
    continue_rounds(now=now)


@every(60, "marketing.end_journeys")
def end(now: datetime) -> None:
    """Let out who is still inside of journeys that have ended."""
    for journey_id in journeys_ended_with_members():
        while end_entries(journey_id, now=now):
            pass
