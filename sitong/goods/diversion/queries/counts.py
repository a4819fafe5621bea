"""What was counted, as the rules want it: a fixed number of statements for a brand and quarter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sitong.goods.diversion.judging import WHOLE_SHARE
from sitong.goods.diversion.models import CodeAlert, CodeAlertStep
from sitong.goods.diversion.rules import BOX_MINIMUM
from sitong.shared.statements import run

PERIODS_OPEN = 2

COUNTED = """
SELECT c.subject, c.dealer_id, c.scans, c.far_5km, c.far_15km, c.far_50km, c.far_150km, coalesce(b.boxes, 0), coalesce(w.best, 0)
FROM (SELECT {subject} AS subject, min(dealer_id::text)::uuid AS dealer_id, sum(scans)::int AS scans, sum(far_5km)::int AS far_5km,
             sum(far_15km)::int AS far_15km, sum(far_50km)::int AS far_50km, sum(far_150km)::int AS far_150km
      FROM goods_diversioncount WHERE brand_id = %s AND period_on = %s AND {which} GROUP BY 1) AS c
LEFT JOIN (SELECT subject, sum(boxes)::int AS boxes FROM ({boxes}) AS a GROUP BY 1) AS b USING (subject)
LEFT JOIN goods_diversionweight AS w ON w.period_on = %s AND w.subject_id = c.subject
ORDER BY c.subject
"""
DEALERS = COUNTED.format(subject="dealer_id", which="true", boxes="""
  SELECT dealer_id AS subject, count(*) AS boxes FROM goods_boxcount WHERE brand_id = %s AND period_on = %s AND far_5km > 0 GROUP BY 1
  UNION ALL SELECT dealer_id, count(*) FROM goods_farscan WHERE brand_id = %s AND period_on = %s AND box_serial IS NULL GROUP BY 1
""")  # fmt: skip
STORES = COUNTED.format(subject="store_id", which="store_id <> dealer_id", boxes="""
  SELECT store_id AS subject, count(DISTINCT (box_batch_id, box_serial)) AS boxes FROM goods_farscan
  WHERE brand_id = %s AND period_on = %s AND store_id <> dealer_id AND box_serial IS NOT NULL GROUP BY 1
  UNION ALL SELECT store_id, count(*) FROM goods_farscan
  WHERE brand_id = %s AND period_on = %s AND store_id <> dealer_id AND box_serial IS NULL GROUP BY 1
""")  # fmt: skip
"""What was not in a box counts as a box of its own."""

FAR_BOXES = f"""
SELECT batch_id, serial, dealer_id, scans, far_5km, far_15km, far_50km, far_150km, best FROM goods_boxcount
WHERE brand_id = %s AND period_on = %s AND far_5km > 0 AND far_5km >= {BOX_MINIMUM.far} AND scans >= {BOX_MINIMUM.scans}
ORDER BY dealer_id, batch_id, serial
"""  # noqa: S608 constants of the rules

BOXES_TOLD = f"""
SELECT dealer_id, count(*)::int, count(*) FILTER (WHERE scans >= {BOX_MINIMUM.scans})::int,
       count(*) FILTER (WHERE scans >= {BOX_MINIMUM.scans} AND far_15km * {WHOLE_SHARE[1]} >= scans * {WHOLE_SHARE[0]})::int
FROM goods_boxcount WHERE brand_id = %s AND period_on = %s GROUP BY dealer_id ORDER BY dealer_id
"""  # noqa: S608 constants of the rules

PERIODS = "SELECT DISTINCT period_on FROM goods_diversioncount WHERE brand_id = %s AND period_on <= %s ORDER BY period_on DESC LIMIT %s"


@dataclass(frozen=True, slots=True)
class SubjectCount:
    """What was counted of a dealer or a store in a quarter, and the largest ln E of earlier looks."""

    id: UUID
    dealer_id: UUID
    scans: int
    far: tuple[int, ...]
    boxes: int
    best: float


@dataclass(frozen=True, slots=True)
class FarBox:
    """A box of which enough was scanned outside of the territory to look at it."""

    batch_id: UUID
    serial: int
    dealer_id: UUID
    scans: int
    far: tuple[int, ...]
    best: float


@dataclass(frozen=True, slots=True)
class BoxesSeen:
    """How many boxes of a dealer had scans, how many enough to say where they were sold, how many of these elsewhere as a whole."""

    boxes: int
    told: int
    whole: int


def periods_open(brand_id: UUID, *, until: date) -> list[date]:
    """Give the quarters in which scans were counted, the last two of them."""
    return [row[0] for row in run(PERIODS, [brand_id, until, PERIODS_OPEN])]


def dealers_counted(brand_id: UUID, period_on: date) -> list[SubjectCount]:
    """Give the counts of a brand's dealers."""
    return _subjects(DEALERS, brand_id, period_on)


def stores_counted(brand_id: UUID, period_on: date) -> list[SubjectCount]:
    """Give the counts of the stores to which goods had gone on."""
    return _subjects(STORES, brand_id, period_on)


def far_boxes(brand_id: UUID, period_on: date) -> list[FarBox]:
    """Give the boxes with so many far scans that they may be an alert."""
    return [FarBox(row[0], row[1], row[2], row[3], row[4:8], row[8]) for row in run(FAR_BOXES, [brand_id, period_on])]


def boxes_told_by_dealer(brand_id: UUID, period_on: date) -> dict[UUID, BoxesSeen]:
    """Give how many boxes of each dealer were seen."""
    return {row[0]: BoxesSeen(*row[1:]) for row in run(BOXES_TOLD, [brand_id, period_on])}


def dismissed_shares(brand_id: UUID) -> dict[UUID, tuple[float, ...]]:
    """Give for dealers and stores whose alert was dismissed last what share of their scans was far then: it was found honest."""
    last = CodeAlertStep.objects.filter(brand_id=brand_id, alert__kind__in=["dealer", "store"]).order_by(
        "alert_id", "-turn"
    )
    verbs: dict[UUID, Any] = {}
    for alert_id, verb in last.values_list("alert_id", "verb"):
        verbs.setdefault(alert_id, verb)
    dismissed = [alert_id for alert_id, verb in verbs.items() if verb == "dismissed"]
    found: dict[UUID, tuple[float, ...]] = {}
    for alert in CodeAlert.objects.filter(id__in=dismissed).order_by("opened_at"):
        scans = max(1, alert.facts["scans"])
        found[alert.store_id or alert.dealer_id] = tuple(far / scans for far in alert.facts["far"])  # type: ignore[index]
    return found


def _subjects(statement: str, brand_id: UUID, period_on: date) -> list[SubjectCount]:
    rows = run(statement, [brand_id, period_on] * 3 + [period_on])
    return [SubjectCount(row[0], row[1], row[2], row[3:7], row[7], row[8]) for row in rows]
