"""Look at what was counted, and open alerts: one look at all dealers, stores and boxes of a brand and quarter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction

from sitong.goods.diversion.actions.alerts import AlertWanted, open_alerts
from sitong.goods.diversion.judging import BoxCounts, DealerCounts, Verdict, judged_boxes, judged_dealers
from sitong.goods.diversion.learning import learned, learned_gift_share
from sitong.goods.diversion.models import AlertKind
from sitong.goods.diversion.periods import period_of
from sitong.goods.diversion.queries.counts import (
    FarBox,
    SubjectCount,
    boxes_told_by_dealer,
    dealers_counted,
    dismissed_shares,
    far_boxes,
    periods_open,
    stores_counted,
)
from sitong.goods.diversion.rules import THRESHOLDS_M, Floats, Honest, HonestModel, assumed
from sitong.org.brands.queries import all_brands
from sitong.shared.statements import integers, run, texts, uuids, write

BOXES_LISTED = 50
TIMES_DISMISSED = 1.5
NATS_TO_DECIBANS = 10 / math.log(10)

ONE_LOOK = "SELECT pg_advisory_xact_lock(hashtextextended('sitong diversion ' || %s::text, 0))"

WRITE_WEIGHTS = """
INSERT INTO goods_diversionweight AS t (brand_id, period_on, subject_id, kind, scans, far, evidence, best, looked_at)
SELECT %s::uuid, %s::date, w.subject_id, w.kind, w.scans, ARRAY[w.one, w.two, w.three, w.four], w.evidence, w.best, %s::timestamptz
FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::float8[], %s::float8[])
  AS w(subject_id, kind, scans, one, two, three, four, evidence, best) ORDER BY w.subject_id
ON CONFLICT (period_on, subject_id) DO UPDATE SET scans = excluded.scans, far = excluded.far, evidence = excluded.evidence,
  best = greatest(t.best, excluded.best), looked_at = excluded.looked_at
"""

WRITE_BEST = """
UPDATE goods_boxcount AS t SET best = w.best FROM unnest(%s::uuid[], %s::bigint[], %s::float8[]) AS w(batch_id, serial, best)
WHERE t.period_on = %s::date AND t.batch_id = w.batch_id AND t.serial = w.serial AND t.best < w.best
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a brand and quarter found."""

    period_on: date
    dealers: int
    honest: Honest
    gift_share: float
    opened: tuple[UUID, ...]


def judge_brands(*, now: datetime) -> int:
    """Look at every brand that is shown, each in a transaction of its own; gives how many alerts were opened."""
    return sum(len(look.opened) for brand in all_brands() for look in judge_brand(brand.id, zone=brand.zone, now=now))


def judge_brand(brand_id: UUID, *, zone: str, now: datetime) -> list[Look]:
    """Look at a brand's open quarters: this one, and the last one while scans still come in late.

    A fixed number of statements for each quarter. An alert is opened once for its subject and quarter; while nobody has decided on it,
    its facts follow the evidence.
    """
    with transaction.atomic():
        run(ONE_LOOK, [str(brand_id)])
        return [_look(brand_id, period_on, now) for period_on in periods_open(brand_id, until=period_of(now, zone))]


def _look(brand_id: UUID, period_on: date, now: datetime) -> Look:
    dealers, stores = dealers_counted(brand_id, period_on), stores_counted(brand_id, period_on)
    honest = learned(_scans(dealers), _far(dealers), assumed(HonestModel()))
    dismissed = dismissed_shares(brand_id)
    wanted: list[AlertWanted] = []
    verdicts = []
    for kind, subjects in ((AlertKind.DEALER, dealers), (AlertKind.STORE, stores)):
        counts = DealerCounts(
            _scans(subjects), _far(subjects), _of(subjects, "boxes"), np.array([one.best for one in subjects])
        )
        verdict = judged_dealers(counts, honest)
        verdicts.append((kind, subjects, verdict))
        wanted += [
            _subject_alert(brand_id, period_on, kind, one, verdict, at, honest)
            for at, one in enumerate(subjects)
            if verdict.alerts[at] and _more_than(dismissed.get(one.id), one)
        ]
    gift_share, box_alerts = _boxes(brand_id, period_on, honest)
    _write_weights(brand_id, period_on, verdicts, now)
    return Look(period_on, len(dealers), honest, gift_share, open_alerts([*wanted, *box_alerts], now=now))


def _boxes(brand_id: UUID, period_on: date, honest: Honest) -> tuple[float, list[AlertWanted]]:
    """Judge the boxes that have enough far scans; the others only say how many there are."""
    rows, told = far_boxes(brand_id, period_on), boxes_told_by_dealer(brand_id, period_on)
    gift_share = learned_gift_share([one.told for one in told.values()], [one.whole for one in told.values()])
    if not rows:
        return gift_share, []
    numbers = {key: at for at, key in enumerate(sorted({one.dealer_id for one in rows}))}
    counts = BoxCounts(
        np.array([numbers[one.dealer_id] for one in rows]),
        _scans(rows),
        _far(rows),
        np.array([one.best for one in rows]),
    )
    seen = {number: told[key].boxes for key, number in numbers.items() if key in told}
    verdict = judged_boxes(counts, honest, gift_share, seen=seen)
    risen = [at for at in range(len(rows)) if verdict.best[at] > rows[at].best]
    if risen:
        write(WRITE_BEST, [
            uuids([rows[at].batch_id for at in risen]), integers([rows[at].serial for at in risen]),
            _floats(verdict.best[risen]), period_on,
        ])  # fmt: skip
    found: dict[UUID, list[int]] = {}
    for at in np.flatnonzero(verdict.alerts).tolist():
        found.setdefault(rows[at].dealer_id, []).append(at)
    return gift_share, [
        _boxes_alert(
            brand_id,
            period_on,
            dealer_id,
            [rows[at] for at in those],
            verdict.best[those],
            told[dealer_id].boxes,
            gift_share,
        )
        for dealer_id, those in sorted(found.items())
    ]


def _subject_alert(
    brand_id: UUID, period_on: date, kind: str, one: SubjectCount, verdict: Verdict, at: int, honest: Honest
) -> AlertWanted:
    facts = {
        "scans": one.scans, "far": list(one.far), "boxes": one.boxes, "honest": [round(mean, 5) for mean in honest.mean],
        "differ": [round(deviation, 5) for deviation in honest.deviation], "log_evidence": round(float(verdict.best[at]), 3),
    }  # fmt: skip
    store_id = one.id if kind == AlertKind.STORE else None
    return AlertWanted(
        brand_id,
        kind,
        period_on,
        f"{period_on}/{kind}/{one.id}",
        _decibans(float(verdict.best[at])),
        facts,
        one.dealer_id,
        store_id,
    )


def _boxes_alert(
    brand_id: UUID, period_on: date, dealer_id: UUID, rows: Sequence[FarBox], best: Floats, seen: int, gift_share: float
) -> AlertWanted:
    order = sorted(range(len(rows)), key=lambda at: (-rows[at].far[0], str(rows[at].batch_id), rows[at].serial))
    facts: dict[str, Any] = {
        "boxes": len(rows), "seen": seen, "gift_share": round(gift_share, 5), "scans": sum(one.scans for one in rows),
        "far": [sum(one.far[at] for one in rows) for at in range(len(THRESHOLDS_M))],
        "listed": [[str(rows[at].batch_id), rows[at].serial, rows[at].scans, list(rows[at].far)] for at in order[:BOXES_LISTED]],
        "log_evidence": round(float(best.sum()), 3),
    }  # fmt: skip
    return AlertWanted(
        brand_id,
        AlertKind.BOXES,
        period_on,
        f"{period_on}/boxes/{dealer_id}",
        _decibans(float(best.sum())),
        facts,
        dealer_id,
    )


def _more_than(dismissed: Sequence[float] | None, one: SubjectCount) -> bool:
    """Tell whether a subject whose alert was dismissed once has clearly more now than what was found honest then."""
    if dismissed is None:
        return True
    return any(far > TIMES_DISMISSED * share * one.scans for far, share in zip(one.far, dismissed, strict=True))


def _write_weights(
    brand_id: UUID, period_on: date, verdicts: Sequence[tuple[str, Sequence[SubjectCount], Verdict]], now: datetime
) -> None:
    rows = [
        (kind, one, verdict.evidence[at], verdict.best[at])
        for kind, subjects, verdict in verdicts
        for at, one in enumerate(subjects)
    ]
    if rows:
        write(WRITE_WEIGHTS, [
            brand_id, period_on, now, uuids([one.id for _, one, _, _ in rows]), texts([str(kind) for kind, _, _, _ in rows]),
            integers([one.scans for _, one, _, _ in rows]),
            *(integers([one.far[at] for _, one, _, _ in rows]) for at in range(len(THRESHOLDS_M))),
            _floats([now_ for _, _, now_, _ in rows]), _floats([best for _, _, _, best in rows]),
        ])  # fmt: skip


def _decibans(log_evidence: float) -> int:
    return round(log_evidence * NATS_TO_DECIBANS)


def _floats(values: Any) -> str:
    return "{" + ",".join(repr(float(value)) for value in values) + "}"


def _scans(rows: Sequence[Any]) -> Any:
    return np.array([one.scans for one in rows], dtype=np.int64)


def _far(rows: Sequence[Any]) -> Any:
    return np.array([one.far for one in rows], dtype=np.int64).reshape(len(rows), len(THRESHOLDS_M))


def _of(rows: Sequence[SubjectCount], name: str) -> Any:
    return np.array([getattr(one, name) for one in rows], dtype=np.int64)
