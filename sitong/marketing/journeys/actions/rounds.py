"""Rounds: once a day for birthdays and anniversaries, once at its time for a segment; resumed where they stopped."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from sitong.marketing.journeys.actions.enter import EntryWanted, enter_members
from sitong.marketing.journeys.graph import Node
from sitong.marketing.journeys.judging import segment_listed
from sitong.marketing.journeys.models import Journey, JourneyRound, JourneyState
from sitong.marketing.journeys.queries.versions import frozen_graph
from sitong.member.identity.queries import members_joined_on
from sitong.member.tiers.queries import members_born_on
from sitong.org.brands.queries import BrandFacts, brand_facts
from sitong.shared.errors import Refused

PIECE = 10_000
PIECES_AT_ONCE = 100


def begin_rounds(*, now: datetime) -> int:
    """Begin the rounds whose time has come; each once. Gives how many were begun."""
    journeys = list(Journey.objects.filter(state=JourneyState.RUNNING).order_by("id"))
    brands = brand_facts({one.brand_id for one in journeys})
    wanted = []
    for journey in journeys:
        assert journey.version_id is not None
        trigger = frozen_graph(journey.version_id).trigger
        due = _due(trigger, brands[journey.brand_id], journey, now) if trigger is not None else None
        if due is not None:
            wanted.append(
                JourneyRound(
                    brand_id=journey.brand_id, journey_id=journey.id, version_id=journey.version_id, due=due, begun_at=now
                )
            )  # fmt: skip
    there = set(
        JourneyRound.objects.filter(journey_id__in=[one.journey_id for one in wanted]).values_list("journey_id", "due")
    )
    fresh = [one for one in wanted if (one.journey_id, one.due) not in there]
    return len(JourneyRound.objects.bulk_create(fresh, ignore_conflicts=True))


def continue_rounds(*, now: datetime) -> int:
    """Take in the next members of rounds that have begun, in bounded pieces; gives how many entered."""
    entered = 0
    for round_id in JourneyRound.objects.filter(done_at=None).order_by("begun_at", "id").values_list("id", flat=True):
        for _ in range(PIECES_AT_ONCE):
            more, came = _piece(round_id, now)
            entered += came
            if not more:
                break
    return entered


def _piece(round_id: UUID, now: datetime) -> tuple[bool, int]:
    """Take in one piece: who entered and how far the round has come are one transaction, so it resumes where it stopped."""
    with transaction.atomic():
        one = JourneyRound.objects.select_for_update(skip_locked=True).filter(id=round_id, done_at=None).first()
        if one is None:
            return False, 0
        running = Journey.objects.filter(id=one.journey_id).values_list("state", flat=True).get()
        if running == JourneyState.PAUSED:
            return False, 0
        trigger = frozen_graph(one.version_id).trigger
        assert trigger is not None
        members, last = _members(trigger, one, now) if running == JourneyState.RUNNING else ([], None)
        outcomes = enter_members(one.journey_id, [EntryWanted(member_id) for member_id in members], now=now)
        came = sum(not isinstance(outcome, Refused) for outcome in outcomes)
        one.entered += came
        one.after_id, one.done_at = last or one.after_id, None if last else now
        one.save(update_fields=["entered", "after_id", "done_at"])
        return last is not None, came


def _due(trigger: Node, brand: BrandFacts, journey: Journey, now: datetime) -> str | None:
    """Give the day or instant of the round that is due now; None: none is."""
    zone, wanted = ZoneInfo(brand.zone), trigger.settings
    local = now.astimezone(zone)
    if wanted.get("on") == "date":
        return local.date().isoformat() if local.hour >= int(wanted.get("hour", 9)) else None
    if wanted.get("on") == "schedule":
        at = datetime.fromisoformat(str(wanted["at"]))
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        return (
            str(wanted["at"])[:32]
            if at <= now and (journey.started_at is None or at >= journey.started_at - timedelta(days=1))
            else None
        )
    return None


def _members(trigger: Node, one: JourneyRound, now: datetime) -> tuple[list[UUID], UUID | None]:
    """Give the next members of a round and the last one that was looked at; None: these were the last."""
    wanted = trigger.settings
    if wanted.get("on") == "schedule":
        return segment_listed(one.brand_id, UUID(str(wanted["segment"])), after=one.after_id, most=PIECE, at=now)
    on = date.fromisoformat(one.due) + timedelta(days=int(wanted.get("days_before", 0)))
    find = members_joined_on if wanted.get("date") == "anniversary" else members_born_on
    members = find(one.brand_id, on, after=one.after_id, most=PIECE)
    return members, members[-1] if len(members) == PIECE else None
