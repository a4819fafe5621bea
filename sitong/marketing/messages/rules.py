"""Which messages may be planned, and when each is sent: decided from facts, in order of arrival. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

WECOM_MONTHLY = 4
"""How many mass messages a customer takes from one company in a calendar month (WeCom's documentation of add_msg_template)."""

RANKS = {"planned": 0, "sending": 1, "unknown": 2, "sent": 3, "failed": 4, "delivered": 5, "opened": 6, "clicked": 7}
"""How far a message is; what is told of it late or twice never takes it back."""

ALL = ""
"""The channel of a cap over all channels together."""


@dataclass(frozen=True, slots=True)
class TemplateTerms:
    """What planning asks of a template. `said` are the fields that the planner must bring."""

    id: UUID
    brand_id: UUID
    channel: str
    purpose: str
    ready: bool
    said: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many in a day, a week from Monday, a month; None: no cap."""

    day: int | None = None
    week: int | None = None
    month: int | None = None


@dataclass(frozen=True, slots=True)
class Quiet:
    """No marketing message from one minute of the day until the other; the same minute twice: no quiet hours."""

    start: int
    end: int

    @property
    def clock(self) -> str:
        """Say it as two times of the day."""
        return f"{self.start // 60:02d}:{self.start % 60:02d}–{self.end // 60:02d}:{self.end % 60:02d}"


@dataclass(slots=True)
class Standing:
    """A member as planning sees it: who it is now, of which brand, in which zone, by which channels it can be reached,
    and whether it agreed to marketing. `erased`: it may not be reached at all."""

    member_id: UUID
    brand_id: UUID
    zone: str
    erased: bool
    consented: bool
    channels: frozenset[str]


@dataclass(frozen=True, slots=True)
class When:
    """When a message is sent at the earliest, and the brand's day of it."""

    send_after: datetime
    due_on: date


Limit = tuple[str, str, date, date, int]
"""A cap around one day: the period's name, the channel ('' all), its first and last day, how many."""


@dataclass(slots=True)
class PlanFacts:
    """All that a piece is decided from. `counts` and `credits` are used up while deciding.

    `unsubscribed`: (member, channel, purpose). `counts`: by member, marketing messages of a day and channel; `platform` the
    same of WeCom, whatever the purpose. `repeated`: a member may come twice in the piece, so what it gets is counted.
    """

    templates: Mapping[UUID, TemplateTerms]
    open_channels: frozenset[tuple[UUID, str]]
    standing: Mapping[UUID, Standing]
    unsubscribed: frozenset[tuple[UUID, str, str]]
    caps: Mapping[UUID, Mapping[str, Cap]]
    quiet: Mapping[UUID, Quiet]
    zones: Mapping[UUID, str]
    now: datetime
    repeated: bool = True
    counts: dict[UUID, dict[tuple[date, str], int]] = field(default_factory=dict)
    platform: dict[UUID, dict[tuple[date, str], int]] = field(default_factory=dict)
    credits: dict[tuple[UUID, UUID], list[UUID]] = field(default_factory=dict)
    moments: dict[tuple[UUID, str, datetime | None], When] = field(default_factory=dict)
    limits: dict[tuple[UUID, date], list[Limit]] = field(default_factory=dict)


@dataclass(slots=True)
class Fresh:
    """A message that may be planned: to whom, when, and which credit it takes."""

    member_id: UUID
    when: When
    credit_id: UUID | None


@dataclass(frozen=True, slots=True)
class No:
    """Why not: the refusal's code behind "marketing.message_", and its facts."""

    why: str
    facts: Mapping[str, object] = field(default_factory=dict)


def decide(
    template_id: UUID,
    member_id: UUID,
    said: Mapping[str, str] | None,
    not_before: datetime | None,
    facts: PlanFacts,
) -> Fresh | No:
    """Decide one message; what it takes of caps and credits is taken from the facts, so the next one sees it."""
    terms = facts.templates.get(template_id)
    if terms is None:
        return No("template_unknown")
    who = facts.standing.get(member_id)
    if who is None or who.erased or who.brand_id != terms.brand_id:
        return No("member_unknown")
    if (no := _stopped(terms, who, said, facts)) is not None:
        return no
    when = moment(terms, who.zone, not_before, facts)
    if (no := _capped(terms, who.member_id, when.due_on, facts)) is not None:
        return no
    credit = None
    if terms.channel == "wechat":
        free = facts.credits.get((who.member_id, terms.id))
        if not free:
            return No("no_credit")
        credit = free.pop()
    if facts.repeated:
        _count(terms, who.member_id, when.due_on, facts)
    return Fresh(who.member_id, when, credit)


def _stopped(terms: TemplateTerms, who: Standing, said: Mapping[str, str] | None, facts: PlanFacts) -> No | None:
    if (terms.brand_id, terms.channel) not in facts.open_channels:
        return No("channel_off", {"channel": terms.channel})
    if not terms.ready:
        return No("template_unready")
    if terms.said and (missing := terms.said - (said or {}).keys()):
        return No("field_missing", {"fields": ", ".join(sorted(missing))})
    if terms.purpose == "marketing" and not who.consented:
        return No("no_consent")
    if facts.unsubscribed and (who.member_id, terms.channel, terms.purpose) in facts.unsubscribed:
        return No("unsubscribed", {"channel": terms.channel})
    if terms.channel not in who.channels:
        return No("no_address", {"channel": terms.channel})
    return None


def moment(terms: TemplateTerms, zone: str, not_before: datetime | None, facts: PlanFacts) -> When:
    """Give when a message is sent at the earliest. Remembered, since millions ask the same."""
    key = (terms.id, zone, not_before)
    found = facts.moments.get(key)
    if found is None:
        start = max(facts.now, not_before) if not_before else facts.now
        quiet = facts.quiet.get(terms.brand_id) if terms.purpose == "marketing" else None
        at = after_quiet(start, zone, quiet) if quiet else start
        found = facts.moments[key] = When(at, at.astimezone(ZoneInfo(facts.zones[terms.brand_id])).date())
    return found


def after_quiet(at: datetime, zone: str, quiet: Quiet) -> datetime:
    """Give `at`, or the end of the quiet hours in which it falls, there."""
    local = at.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    over_midnight = quiet.start > quiet.end
    inside = (minute >= quiet.start or minute < quiet.end) if over_midnight else (quiet.start <= minute < quiet.end)
    if not inside:
        return at
    on = local.date() + timedelta(days=1) if over_midnight and minute >= quiet.start else local.date()
    end = datetime.combine(on, time(quiet.end // 60, quiet.end % 60), tzinfo=ZoneInfo(zone))
    return end.astimezone(at.tzinfo)


def periods(on: date) -> tuple[tuple[str, date, date], ...]:
    """Give the day, the week from Monday and the month of a day, each with its first and last day."""
    monday = on - timedelta(days=on.weekday())
    first = on.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return (("day", on, on), ("week", monday, monday + timedelta(days=6)), ("month", first, last))


def _capped(terms: TemplateTerms, member_id: UUID, on: date, facts: PlanFacts) -> No | None:
    """Every cap lets at least one through, so who has got nothing need not be looked at."""
    if terms.channel == "wecom" and (taken := facts.platform.get(member_id)):
        _, first, last = periods(on)[2]
        if _within(taken, "wecom", first, last) >= WECOM_MONTHLY:
            return No("capped", {"cap": WECOM_MONTHLY, "period": "month", "channel": "wecom"})
    if terms.purpose != "marketing" or (mine := facts.counts.get(member_id)) is None:
        return None
    for name, channel, first, last, most in _limits(terms, on, facts):
        if _within(mine, channel, first, last) >= most:
            return No("capped", {"cap": most, "period": name, "channel": channel})
    return None


def _limits(terms: TemplateTerms, on: date, facts: PlanFacts) -> list[Limit]:
    found = facts.limits.get((terms.id, on))
    if found is None:
        caps = facts.caps.get(terms.brand_id, {})
        found = facts.limits[terms.id, on] = [
            (name, channel, first, last, most)
            for channel in (terms.channel, ALL)
            if channel in caps
            for name, first, last in periods(on)
            if (most := getattr(caps[channel], name)) is not None
        ]
    return found


def _within(counts: Mapping[tuple[date, str], int], channel: str, first: date, last: date) -> int:
    return sum(count for (on, of), count in counts.items() if first <= on <= last and (channel in (ALL, of)))


def _count(terms: TemplateTerms, member_id: UUID, on: date, facts: PlanFacts) -> None:
    if terms.purpose == "marketing" and facts.caps.get(terms.brand_id):
        mine = facts.counts.setdefault(member_id, {})
        mine[on, terms.channel] = mine.get((on, terms.channel), 0) + 1
    if terms.channel == "wecom":
        sent = facts.platform.setdefault(member_id, {})
        sent[on, "wecom"] = sent.get((on, "wecom"), 0) + 1


def states_after(now_is: str, told: Sequence[str]) -> str:
    """Give the state that holds once all of this was told, in any order, any number of times."""
    return max([now_is, *told], key=lambda state: RANKS.get(state, -1))


def cause_head(cause: str) -> str:
    """Give what the calendar counts by: the first two parts of a cause, so that a journey's steps count together."""
    return ":".join(cause.split(":")[:2])
