"""Plan messages: for one member or for a million, by the same decisions, in a fixed number of statements a piece."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction

from sitong.marketing.messages.actions.counts import Changes, keep_counts
from sitong.marketing.messages.catalog import SAID, VALUE_MAX
from sitong.marketing.messages.planning import (
    REFUSALS,
    MessageFieldUnknown,
    MessageTemplateUnknown,
    MessageWanted,
    Planned,
    PlannedMany,
)
from sitong.marketing.messages.queries.facts import plan_facts, terms_of
from sitong.marketing.messages.rules import Fresh, No, PlanFacts, TemplateTerms, decide
from sitong.shared.errors import Refused, RepeatDiffers
from sitong.shared.statements import days, pipelined, run, texts, uuids, write

PIECE = 20_000
ATTEMPTS = 3
CAUSE_MAX = 80
DIFFERS = RepeatDiffers.code

LINE_UP = (
    "SELECT pg_advisory_xact_lock(hashtextextended('marketing.messages ' || b.id, 0)) FROM unnest(%s::text[]) AS b(id)"
)

EARLIER = """
SELECT m.id, m.member_id, m.template_id, m.cause, m.send_after FROM unnest(%s::uuid[]) AS w(id) JOIN marketing_message AS m ON m.id = w.id
"""

WRITE = """
INSERT INTO marketing_message (id, brand_id, member_id, template_id, channel, purpose, cause, fields, state, planned_at, send_after, due_on,
                               attempts, provider_id, fault)
SELECT w.id, t.brand_id, w.member_id, t.id, t.channel, t.purpose, w.cause, w.fields, 'planned', %s, w.send_after, w.due_on, 0, '', ''
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::jsonb[], %s::timestamptz[], %s::date[])
  AS w(id, member_id, template_id, cause, fields, send_after, due_on)
JOIN marketing_messagetemplate AS t ON t.id = w.template_id
"""

WRITE_ALIKE = """
INSERT INTO marketing_message (id, brand_id, member_id, template_id, channel, purpose, cause, fields, state, planned_at, send_after, due_on,
                               attempts, provider_id, fault)
SELECT w.id, t.brand_id, w.member_id, t.id, t.channel, t.purpose, %s, %s::jsonb, 'planned', %s, %s, %s, 0, '', ''
FROM unnest(%s::uuid[], %s::uuid[]) AS w(id, member_id), marketing_messagetemplate AS t WHERE t.id = %s
"""

SPEND = """
UPDATE marketing_messagecredit AS c SET message_id = w.message_id FROM unnest(%s::uuid[], %s::uuid[]) AS w(id, message_id) WHERE c.id = w.id
"""

T = TypeVar("T")
Earlier = dict[UUID, tuple[UUID, UUID, str, datetime]]


def plan_messages(wanted: Sequence[MessageWanted], *, now: datetime) -> list[Planned | Refused]:
    """Plan messages in order of arrival; each is planned whole or refused, and is sent later by a worker.

    The same id with the same content gets the first answer. Quiet hours move `send_after`, they refuse nothing.
    Refused: marketing.message_template_unknown, …_member_unknown, …_channel_off, …_template_unready, …_field_missing,
    …_field_unknown, …_no_consent, …_unsubscribed_from, …_no_address, …_no_credit, …_capped, shared.repeat_differs.
    At most 20,000 are decided at once; the number of statements does not depend on how many they are.
    """
    outcomes: list[Planned | Refused] = []
    for start in range(0, len(wanted), PIECE):
        outcomes += _again(partial(_plan, wanted[start : start + PIECE], now))
    return outcomes


def plan_many(
    message_ids: Sequence[UUID],
    member_ids: Sequence[UUID],
    *,
    template_id: UUID,
    cause: str,
    now: datetime,
    fields: Mapping[str, str] | None = None,
    not_before: datetime | None = None,
) -> PlannedMany:
    """Plan one template for many members, as `plan_messages` would one by one; gives the codes in their order.

    `fields` are the same for all. In pieces of up to 20,000, each with a fixed number of statements.
    """
    codes: list[str] = []
    for start in range(0, len(message_ids), PIECE):
        ids, members = message_ids[start : start + PIECE], member_ids[start : start + PIECE]
        codes += _again(partial(_many, template_id, ids, members, cause, dict(fields or {}), not_before, now))
    return PlannedMany(message_ids, codes)


def _again(act: Callable[[], list[T]]) -> list[T]:
    """Decide again when another process has just taken one of the ids: then its row is seen."""
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return act()
        except IntegrityError:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def _plan(wanted: Sequence[MessageWanted], now: datetime) -> list[Planned | Refused]:
    line_up({one.brand_id for one in wanted})
    earlier = _earlier([one.id for one in wanted])
    moments = [max(now, one.not_before) if one.not_before else now for one in wanted]
    facts = _facts([one.template_id for one in wanted], [one.member_id for one in wanted], moments, now)
    outcomes: list[Planned | Refused] = []
    fresh: list[tuple[MessageWanted, Fresh]] = []
    for one in wanted:
        if before := earlier.get(one.id):
            outcomes.append(_answer(one.id, one.template_id, _now_is(facts, one.member_id), one.cause, before))
        elif _not_ours(one.fields):
            outcomes.append(MessageFieldUnknown(fields=", ".join(_not_ours(one.fields))))
        elif (terms := facts.templates.get(one.template_id)) is None or terms.brand_id != one.brand_id:
            outcomes.append(MessageTemplateUnknown())
        else:
            decided = decide(one.template_id, one.member_id, one.fields, one.not_before, facts)
            if isinstance(decided, No):
                outcomes.append(REFUSALS[decided.why](**decided.facts))
                continue
            fresh.append((one, decided))
            earlier[one.id] = (decided.member_id, one.template_id, one.cause[:CAUSE_MAX], decided.when.send_after)
            outcomes.append(
                Planned(one.id, decided.member_id, one.template_id, one.cause[:CAUSE_MAX], decided.when.send_after)
            )
    if fresh:
        _write(fresh, facts)
    return outcomes


def _many(
    template_id: UUID,
    ids: Sequence[UUID],
    members: Sequence[UUID],
    cause: str,
    said: Mapping[str, str],
    not_before: datetime | None,
    now: datetime,
) -> list[str]:
    if _not_ours(said):
        return [MessageFieldUnknown.code] * len(ids)
    if (terms := terms_of([template_id]).get(template_id)) is None:
        return [MessageTemplateUnknown.code] * len(ids)
    line_up({terms.brand_id})
    facts = _facts([template_id], members, [max(now, not_before) if not_before else now], now)
    earlier, cause = _earlier(ids), cause[:CAUSE_MAX]
    codes: list[str] = []
    fresh: list[tuple[UUID, Fresh]] = []
    for key, member_id in zip(ids, members, strict=True):
        if before := earlier.get(key):
            same = before[:3] == (_now_is(facts, member_id), template_id, cause)
            codes.append("" if same else DIFFERS)
            continue
        decided = decide(template_id, member_id, said, not_before, facts)
        if isinstance(decided, No):
            codes.append(REFUSALS[decided.why].code)
            continue
        fresh.append((key, decided))
        earlier[key] = (decided.member_id, template_id, cause, decided.when.send_after)
        codes.append("")
    if fresh:
        _write_alike(terms, fresh, cause, said, now)
    return codes


def line_up(brand_ids: set[UUID]) -> None:
    """Let plannings of one brand come one after the other, so that caps and credits hold; ends with the transaction."""
    run(LINE_UP, [texts(sorted(one.hex for one in brand_ids))])


def _facts(
    template_ids: Sequence[UUID],
    member_ids: Sequence[UUID],
    moments: Sequence[datetime],
    now: datetime,
) -> PlanFacts:
    dates = {day for at in set(moments) for day in (at.date() - timedelta(days=1), at.date() + timedelta(days=2))}
    return plan_facts(set(template_ids), member_ids, dates, now=now)


def _earlier(ids: Sequence[UUID]) -> Earlier:
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in run(EARLIER, [uuids(ids)])}


def _now_is(facts: PlanFacts, member_id: UUID) -> UUID:
    return facts.standing[member_id].member_id if member_id in facts.standing else member_id


def _answer(
    id: UUID, template_id: UUID, member_id: UUID, cause: str, before: tuple[UUID, UUID, str, datetime]
) -> Planned | Refused:
    if before[:3] != (member_id, template_id, cause[:CAUSE_MAX]):
        return RepeatDiffers(id=id)
    return Planned(id, member_id, template_id, before[2], before[3])


def _not_ours(fields: Mapping[str, str]) -> list[str]:
    return sorted(name for name, value in fields.items() if name not in SAID or len(value) > VALUE_MAX)


def _write(fresh: Sequence[tuple[MessageWanted, Fresh]], facts: PlanFacts) -> None:
    now, changes = facts.now, Changes()
    channels = {id: one.channel for id, one in facts.templates.items()}
    with pipelined():
        write(WRITE, [
            now,
            uuids([one.id for one, _ in fresh]),
            uuids([decided.member_id for _, decided in fresh]),
            uuids([one.template_id for one, _ in fresh]),
            texts([one.cause[:CAUSE_MAX] for one, _ in fresh]),
            texts([orjson.dumps(dict(one.fields)).decode() if one.fields else None for one, _ in fresh]),
            days([decided.when.send_after for _, decided in fresh]),
            days([decided.when.due_on for _, decided in fresh]),
        ])  # fmt: skip
        _spend([(one.id, decided) for one, decided in fresh])
        for one, decided in fresh:
            changes.add(one.brand_id, decided.when.due_on, channels[one.template_id], one.cause[:CAUSE_MAX], "planned")
        keep_counts(changes)


def _write_alike(
    terms: TemplateTerms, fresh: Sequence[tuple[UUID, Fresh]], cause: str, said: Mapping[str, str], now: datetime
) -> None:
    kept = orjson.dumps(said).decode() if said else None
    changes, moments = Changes(), dict[int, list[tuple[UUID, Fresh]]]()
    for one in fresh:
        moments.setdefault(id(one[1].when), []).append(one)  # decided alike, it is the same object
    with pipelined():
        for rows in moments.values():  # one for each time zone
            write(WRITE_ALIKE, [
                cause, kept, now, rows[0][1].when.send_after, rows[0][1].when.due_on,
                uuids([key for key, _ in rows]), uuids([decided.member_id for _, decided in rows]), terms.id,
            ])  # fmt: skip
            changes.add(terms.brand_id, rows[0][1].when.due_on, terms.channel, cause, "planned", times=len(rows))
        _spend(fresh)
        keep_counts(changes)


def _spend(fresh: Sequence[tuple[UUID, Fresh]]) -> None:
    spent = sorted((decided.credit_id, key) for key, decided in fresh if decided.credit_id)
    if spent:
        write(SPEND, [uuids([pair[0] for pair in spent]), uuids([pair[1] for pair in spent])])
