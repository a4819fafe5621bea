"""Messages are taken to be sent, and what the provider answered is kept. Each call is written down and committed before it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from sitong.marketing.messages.actions.counts import Changes, keep_counts
from sitong.marketing.messages.actions.states import Told, tell
from sitong.marketing.messages.adapters.carrier import Answer, Call, Item
from sitong.marketing.messages.models import (
    AttemptState,
    Message,
    MessageAttempt,
    MessageChannel,
    MessageCredit,
    MessagePace,
    MessageState,
)
from sitong.marketing.messages.queries.facts import stops_now
from sitong.marketing.messages.queries.rendering import Rendered, rendered
from sitong.org.brands.queries import brand_facts
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.ids import new_id
from sitong.shared.statements import days, run, texts, uuids, write

LEASE = timedelta(minutes=2)
"""Longer than any call may take: a call that is older was made by a worker that died."""

TRIES_MAX = 6
WAIT_FIRST = timedelta(seconds=30)
PIECE_MAX = 1_000
ALONE = "alone"

OPEN_PACE = """
INSERT INTO marketing_messagepace (brand_id, channel, free, filled_at, token) VALUES (%s, %s, %s, %s, '') ON CONFLICT DO NOTHING
"""

CANCEL = """
UPDATE marketing_message AS m SET state = 'canceled', fault = w.fault FROM unnest(%s::uuid[], %s::text[]) AS w(id, fault) WHERE m.id = w.id
"""

PUT_OFF = """
UPDATE marketing_message AS m SET send_after = w.at, due_on = w.due_on
FROM unnest(%s::uuid[], %s::timestamptz[], %s::date[]) AS w(id, at, due_on) WHERE m.id = w.id
"""

TAKE = """
UPDATE marketing_message AS m SET state = 'sending', attempts = m.attempts + 1, attempt_id = w.attempt_id, fault = ''
FROM unnest(%s::uuid[], %s::uuid[]) AS w(id, attempt_id) WHERE m.id = w.id
"""

AGAIN = """
UPDATE marketing_message AS m SET state = 'planned', fault = w.fault, send_after = w.at
FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[]) AS w(id, fault, at) WHERE m.id = w.id AND m.state = 'sending'
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A piece that is ours: the calls to make, in order. `more` says that others may be due."""

    calls: Sequence[Call]
    more: bool


def take_messages(
    account: MessageChannel, *, together: int, alike: Callable[[Item], object], calls_max: int, now: datetime
) -> Taken:
    """Take due messages of a channel to be sent now, as calls that are written down; commits by itself.

    Looks again at consent, unsubscribing, addresses and quiet hours: who may not be told any more is canceled, and its
    credit given back. Never more calls than the provider's pace allows. Two workers never take the same message.
    """
    with transaction.atomic():
        pace = _pace(account, now)
        allowed = 0 if pace.held_until and pace.held_until > now else min(int(pace.free), calls_max)
        if allowed == 0:
            return Taken([], False)
        limit = min(PIECE_MAX, allowed * together)
        rows = list(
            Message.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(brand_id=account.brand_id, channel=account.channel, state="planned", send_after__lte=now)
            .order_by("send_after", "id")[:limit]
        )
        if not rows:
            return Taken([], False)
        going = _sorted_out(rows, account, now)
        calls = _calls(going, {row.id for row in rows if row.fault == ALONE}, together, alike, now)[:allowed]
        if calls:
            _write_down(account, calls, {one.message_id: one.template_id for one in going}, now)
        pace.free -= len(calls)
        MessagePace.objects.filter(brand_id=account.brand_id, channel=account.channel).update(
            free=pace.free, filled_at=now
        )
    return Taken(calls, len(rows) == limit)


def note_answers(attempt_id: UUID, answers: Mapping[UUID, Answer], *, now: datetime) -> None:
    """Keep what a call brought. Messages without an answer stay open, to be asked about. Said again, nothing changes."""
    with transaction.atomic():
        attempt = MessageAttempt.objects.select_for_update(no_key=True).filter(id=attempt_id).first()
        if attempt is None or attempt.state != AttemptState.ASKED:
            return
        waits = [id for id, one in answers.items() if one.what == "later"]
        tries = dict(Message.objects.filter(id__in=waits).values_list("id", "attempts")) if waits else {}
        told, again = [], []
        for id, one in answers.items():
            if one.what in ("sent", "delivered"):
                told.append(Told(id, one.what, now, provider_id=one.provider_id))
            elif one.what == "failed" or (one.what == "later" and tries.get(id, 0) >= TRIES_MAX):
                told.append(Told(id, "failed", now, fault=one.fault))
            elif one.what in ("later", "alone", "absent"):
                wait = WAIT_FIRST * (1 << min(tries.get(id, 1), 8)) if one.what == "later" else timedelta()
                again.append((id, ALONE if one.what == "alone" else one.fault, now + wait))
        tell(told, now=now)
        if again:
            again.sort()
            write(
                AGAIN,
                [uuids([one[0] for one in again]), texts([one[1] for one in again]), days([one[2] for one in again])],
            )
        lost = [id for id, one in answers.items() if one.what == "unknown"]
        Message.objects.filter(id__in=lost, state="sending").update(state=MessageState.UNKNOWN)
        if not Message.objects.filter(attempt_id=attempt_id, state="sending").exists():
            attempt.state = AttemptState.UNKNOWN if lost else AttemptState.ANSWERED
            attempt.answered_at = now
            attempt.provider_id = next((one.provider_id for one in answers.values() if one.provider_id), "")[:64]
            attempt.fault = next((one.fault for one in answers.values() if one.fault), "")[:200]
            attempt.save(update_fields=["state", "answered_at", "provider_id", "fault"])


def hold_channel(brand_id: UUID, channel: str, *, until: datetime) -> None:
    """Make no further calls in a channel until then: its provider said so, or did not answer."""
    MessagePace.objects.filter(brand_id=brand_id, channel=channel).update(held_until=until)


def take_lost(*, now: datetime) -> MessageAttempt | None:
    """Take one call whose answer never came, to ask what became of it; commits by itself. None: there is none."""
    with transaction.atomic():
        attempt = (
            MessageAttempt.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(state="asked", lease_until__lt=now)
            .order_by("lease_until", "id")
            .first()
        )
        if attempt is not None:
            attempt.looked += 1
            attempt.lease_until = now + LEASE * (1 << min(attempt.looked, 5))
            attempt.save(update_fields=["looked", "lease_until"])
    return attempt


def decide_unknown(message_ids: Sequence[UUID], verdict: str, *, by: UUID | None, now: datetime) -> int:
    """Let a person say what became of messages of which nobody knows: "sent", "failed", or "again" to send them once more."""
    with transaction.atomic():
        rows = list(
            Message.objects.select_for_update(no_key=True).filter(id__in=message_ids, state="unknown").order_by("id")
        )
        ids = [row.id for row in rows]
        if verdict == "again":
            Message.objects.filter(id__in=ids).update(state=MessageState.PLANNED, send_after=now, fault="")
        else:
            tell([Told(id, "sent" if verdict == "sent" else "failed", now, fault="decided") for id in ids], now=now)
        record([
            AuditEntry("decided", "marketing.message", row.id, row.brand_id, by, {"state": "unknown"}, {"verdict": verdict}) for row in rows
        ], at=now)  # fmt: skip
    return len(ids)


def cancel_messages(message_ids: Sequence[UUID], *, why: str) -> int:
    """Let planned messages not be sent, and give back the credits that they took; gives how many. Others are left as they are."""
    with transaction.atomic():
        rows = list(
            Message.objects.select_for_update(no_key=True).filter(id__in=message_ids, state="planned").order_by("id")
        )
        ids, changes = [row.id for row in rows], Changes()
        write(CANCEL, [uuids(ids), texts([why[:80]] * len(ids))])
        MessageCredit.objects.filter(message_id__in=ids).update(message_id=None)
        for row in rows:
            changes.add(row.brand_id, row.due_on, row.channel, row.cause, "canceled")
        keep_counts(changes)
    return len(ids)


def _pace(account: MessageChannel, now: datetime) -> MessagePace:
    run(OPEN_PACE, [account.brand_id, account.channel, float(account.per_second), now])
    pace = MessagePace.objects.select_for_update(no_key=True).get(pk=(account.brand_id, account.channel))
    seconds = max(0.0, (now - pace.filled_at).total_seconds())
    pace.free = min(float(account.per_second), pace.free + seconds * account.per_second)
    return pace


def _sorted_out(rows: Sequence[Message], account: MessageChannel, now: datetime) -> list[Rendered]:
    """Cancel and put off what may not go now; give the rest, rendered."""
    changes, by_id = Changes(), {row.id: row for row in rows}
    stops, put_off = stops_now(rows, now=now)
    ready = [row for row in rows if row.id not in stops and row.id not in put_off]
    going = rendered(ready, account, now=now)
    there = {one.message_id for one in going}
    stops |= {row.id: "no_address" for row in ready if row.id not in there}
    if stops:
        ids = sorted(stops)
        write(CANCEL, [uuids(ids), texts([stops[id] for id in ids])])
        MessageCredit.objects.filter(message_id__in=ids).update(message_id=None)
        for id in ids:
            changes.add(by_id[id].brand_id, by_id[id].due_on, by_id[id].channel, by_id[id].cause, "canceled")
    if put_off:
        zone = ZoneInfo(brand_facts([account.brand_id])[account.brand_id].zone)
        ids = sorted(put_off)
        due = [put_off[id].astimezone(zone).date() for id in ids]
        write(PUT_OFF, [uuids(ids), days([put_off[id] for id in ids]), days(due)])
        for id, on in zip(ids, due, strict=True):
            changes.add(by_id[id].brand_id, by_id[id].due_on, by_id[id].channel, by_id[id].cause, "planned", times=-1)
            changes.add(by_id[id].brand_id, on, by_id[id].channel, by_id[id].cause, "planned")
    keep_counts(changes)
    return going


def _calls(
    going: Sequence[Rendered], alone: set[UUID], together: int, alike: Callable[[Item], object], now: datetime
) -> list[Call]:
    groups: dict[object, list[Rendered]] = {}
    for one in going:
        key = one.message_id if one.message_id in alone else (one.template_id, one.code, one.signature, alike(one.item))
        groups.setdefault(key, []).append(one)
    return [
        Call(new_id(), rows[0].code, rows[0].signature, [one.item for one in rows[start : start + together]], now)
        for rows in groups.values()
        for start in range(0, len(rows), together)
    ]


def _write_down(account: MessageChannel, calls: Sequence[Call], templates: Mapping[UUID, UUID], now: datetime) -> None:
    MessageAttempt.objects.bulk_create(
        MessageAttempt(
            id=call.id, brand_id=account.brand_id, channel=account.channel, template_id=templates[call.items[0].message_id],
            count=len(call.items), asked_at=now, lease_until=now + LEASE,
        )
        for call in calls
    )  # fmt: skip
    pairs = sorted((item.message_id, call.id) for call in calls for item in call.items)
    write(TAKE, [uuids([pair[0] for pair in pairs]), uuids([pair[1] for pair in pairs])])
