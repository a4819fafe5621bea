"""Open alerts, let their facts follow the evidence, and take down what people make of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from sitong.goods.diversion.events import AlertDecided, AlertOpened
from sitong.goods.diversion.models import AlertVerb, CodeAlert, CodeAlertStep
from sitong.shared.access.audit import AuditEntry, record
from sitong.shared.errors import NotFound, Refused, RepeatDiffers
from sitong.shared.events.actions import announce
from sitong.shared.ids import new_ids
from sitong.shared.statements import days, integers, run, texts, uuids

REASON_MAX = 300
DECIDED = (AlertVerb.DISMISSED, AlertVerb.CONFIRMED)
NEXT = {
    "": (AlertVerb.LOOKED_AT, *DECIDED),
    AlertVerb.LOOKED_AT: DECIDED,
    AlertVerb.REOPENED: (AlertVerb.LOOKED_AT, *DECIDED),
    AlertVerb.DISMISSED: (AlertVerb.REOPENED,),
    AlertVerb.CONFIRMED: (AlertVerb.REOPENED,),
}
"""What may follow on what; '' is a new alert."""

NUMBERS = """
SELECT brand_id, count(*) FROM goods_codealert WHERE brand_id = ANY(%s::uuid[]) GROUP BY brand_id
"""

OPEN = """
INSERT INTO goods_codealert AS t (id, brand_id, number, kind, period_on, dealer_id, store_id, batch_id, serial, subject, weight_db, facts,
                                  opened_at, grown_at)
SELECT w.id, w.brand_id, to_char(%(now)s::timestamptz, 'YYMM-') || lpad((%(start)s + row_number() OVER (ORDER BY w.id))::text, 4, '0'), w.kind,
       w.period_on, w.dealer_id, w.store_id, w.batch_id, nullif(w.serial, 0), w.subject, w.weight_db, w.facts, %(now)s, %(now)s
FROM unnest(%(ids)s::uuid[], %(brands)s::uuid[], %(kinds)s::text[], %(periods)s::date[], %(dealers)s::uuid[], %(stores)s::uuid[],
            %(batches)s::uuid[], %(serials)s::bigint[], %(subjects)s::text[], %(weights)s::int[], %(facts)s::jsonb[])
  AS w(id, brand_id, kind, period_on, dealer_id, store_id, batch_id, serial, subject, weight_db, facts)
ORDER BY w.subject
ON CONFLICT (brand_id, subject) DO UPDATE SET weight_db = excluded.weight_db, facts = excluded.facts, grown_at = excluded.grown_at
WHERE t.facts IS DISTINCT FROM excluded.facts AND NOT EXISTS (
  SELECT FROM goods_codealertstep AS s WHERE s.alert_id = t.id AND s.verb IN ('dismissed', 'confirmed')
    AND s.turn = (SELECT max(turn) FROM goods_codealertstep WHERE alert_id = t.id))
RETURNING id, brand_id, kind, dealer_id, opened_at = grown_at
"""

ONE_OPENS = "SELECT pg_advisory_xact_lock(hashtextextended('sitong alerts ' || %s::text, 0))"


class AlertDecidedAlready(Refused):
    """The alert was dismissed or confirmed; open it again first."""

    code = "goods.alert_decided"


class AlertReasonMissing(Refused):
    """Whoever decides on an alert says why."""

    code = "goods.alert_reason"


@dataclass(frozen=True, slots=True)
class AlertWanted:
    """Something that a person should look at. `subject` names what it is about: a second one of it changes the first."""

    brand_id: UUID
    kind: str
    period_on: date
    subject: str
    weight_db: int
    facts: dict[str, Any]
    dealer_id: UUID | None = None
    store_id: UUID | None = None
    batch_id: UUID | None = None
    serial: int | None = None


@dataclass(frozen=True, slots=True)
class StepWanted:
    """Somebody looks at an alert, dismisses it, confirms it or opens it again. `id` was made by the client."""

    id: UUID
    brand_id: UUID
    alert_id: UUID
    verb: str
    reason: str = ""


def open_alerts(wanted: Sequence[AlertWanted], *, now: datetime) -> tuple[UUID, ...]:
    """Open alerts of one brand, and let those that stand there and are not decided follow the facts; gives those that are new.

    In the caller's transaction; three statements, whatever the number.
    """
    if not wanted:
        return ()
    brand_id = wanted[0].brand_id
    run(ONE_OPENS, [str(brand_id)])
    counted = dict(run(NUMBERS, [uuids([brand_id])]))
    rows = run(OPEN, {
        "now": now, "start": counted.get(brand_id, 0), "ids": uuids(new_ids(len(wanted))), "brands": uuids([one.brand_id for one in wanted]),
        "kinds": texts([str(one.kind) for one in wanted]), "periods": days([one.period_on for one in wanted]),
        "dealers": uuids([one.dealer_id for one in wanted]), "stores": uuids([one.store_id for one in wanted]),
        "batches": uuids([one.batch_id for one in wanted]), "serials": integers([one.serial or 0 for one in wanted]),
        "subjects": texts([one.subject for one in wanted]), "weights": integers([one.weight_db for one in wanted]),
        "facts": texts([orjson.dumps(one.facts).decode() for one in wanted]),
    })  # fmt: skip
    fresh = [row for row in rows if row[4]]
    announce([AlertOpened(row[1], row[0], row[2], row[3]) for row in fresh], at=now)
    return tuple(row[0] for row in fresh)


def take_alert_steps(wanted: Sequence[StepWanted], *, by: UUID, now: datetime) -> list[CodeAlertStep | Refused]:
    """Take down steps in order of arrival; the same id with the same content again gives what stands there.

    Refused: goods.alert_reason, goods.alert_decided, shared.not_found, shared.repeat_differs.
    """
    with transaction.atomic():
        alerts = lock_alerts({step.alert_id for step in wanted})
        earlier = CodeAlertStep.objects.in_bulk([one.id for one in wanted])
        last = {one.alert_id: one for one in CodeAlertStep.objects.filter(alert_id__in=alerts).order_by("turn")}
        outcomes: list[CodeAlertStep | Refused] = []
        fresh: list[CodeAlertStep] = []
        for one in wanted:
            if (before := earlier.get(one.id)) is not None:
                outcomes.append(before if _same(before, one) else RepeatDiffers(id=one.id))
                continue
            alert = alerts.get(one.alert_id)
            fault = _fault(alert, last.get(one.alert_id), one)
            if alert is None or fault is not None:
                outcomes.append(fault or NotFound(what="alert"))
                continue
            stands = last.get(one.alert_id)
            step = CodeAlertStep(
                id=one.id, brand_id=one.brand_id, alert=alert, turn=stands.turn + 1 if stands else 1, verb=one.verb,
                reason=one.reason.strip()[:REASON_MAX], by=by, at=now,
            )  # fmt: skip
            last[one.alert_id] = earlier[one.id] = step
            fresh.append(step)
            outcomes.append(step)
        CodeAlertStep.objects.bulk_create(fresh)
        record([
            AuditEntry(step.verb, "goods.code_alert", step.alert_id, step.brand_id, by, {}, {"reason": step.reason}) for step in fresh
        ], at=now)  # fmt: skip
        announce([
            AlertDecided(step.brand_id, step.alert_id, step.verb, step.alert.kind, step.alert.dealer_id)
            for step in fresh if step.verb in DECIDED
        ], at=now)  # fmt: skip
    return outcomes


def lock_alerts(alert_ids: Collection[UUID]) -> dict[UUID, CodeAlert]:
    """Lock alerts in the order of their ids: who decides on one waits for whoever is deciding."""
    found = CodeAlert.objects.select_for_update(no_key=True).filter(id__in=alert_ids).order_by("id")
    return {one.id: one for one in found}


def _same(step: CodeAlertStep, one: StepWanted) -> bool:
    return (step.brand_id, step.alert_id, step.verb, step.reason) == (
        one.brand_id,
        one.alert_id,
        one.verb,
        one.reason.strip()[:REASON_MAX],
    )


def _fault(alert: CodeAlert | None, last: CodeAlertStep | None, one: StepWanted) -> Refused | None:
    if alert is None or alert.brand_id != one.brand_id or one.verb not in AlertVerb.values:
        return NotFound(what="alert")
    if one.verb != AlertVerb.LOOKED_AT and not one.reason.strip():
        return AlertReasonMissing()
    if one.verb not in NEXT[last.verb if last else ""]:
        return AlertDecidedAlready()
    return None
