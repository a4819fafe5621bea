"""What an alert rests on: its scans, where the goods had been, and the territories around. For pages and the evidence pack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import h3
from django.db.models import Q
from django.utils.translation import gettext_lazy

from sitong.goods.catalog.queries.numbers import product_names
from sitong.goods.codes.models import CodeBatch, Scan
from sitong.goods.codes.ranges import REACHES
from sitong.goods.diversion.models import AlertKind, CodeAlert, FarScan
from sitong.goods.diversion.queries.boxes import Code, boxes_of
from sitong.org.dealers.queries import dealer_facts, dealers_with, territories
from sitong.org.stores.queries import store_facts
from sitong.shared.statements import integers, run, uuids

MOVES_SAID: Mapping[str, Any] = {
    "ship": gettext_lazy("Shipped"),
    "receive": gettext_lazy("Received"),
    "sell": gettext_lazy("Sold"),
    "return": gettext_lazy("Taken back"),
}
SCANS_LISTED = 1_000
CHAINED = 20
MASKED_RESOLUTION = 5
OTHERS_DRAWN = 12

MOVES = """
SELECT DISTINCT m.at, m.id, m.kind, m.batch_id, m.first, m.last, m.from_kind, m.from_id, m.to_kind, m.to_id
FROM unnest(%s::uuid[], %s::bigint[]) AS w(batch_id, serial) CROSS JOIN unnest(%s::int[], %s::bigint[]) AS k(reach, span)
CROSS JOIN LATERAL (SELECT * FROM goods_codemove WHERE batch_id = w.batch_id AND reach = k.reach AND first <= w.serial
                    AND first > w.serial - k.span AND last >= w.serial) AS m
ORDER BY m.at, m.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class SeenScan:
    """One scan of the evidence. The code is named by its batch and serial; its letters, which open rewards, stay out."""

    id: UUID
    batch: str
    serial: int
    box: str
    product: str
    product_en: str
    cell: str
    distance_m: int | None
    at: datetime

    @property
    def distance_km(self) -> float:
        """How far outside of the territory."""
        return (self.distance_m or 0) / 1000


@dataclass(frozen=True, slots=True)
class Moved:
    """One move of the goods: of which codes, from where to where. A place without a name is one that the viewer may not know."""

    at: datetime
    kind: str
    batch: str
    first: int
    last: int
    start: str
    goal: str

    @property
    def said(self) -> str:
        """What was done, in words."""
        return str(MOVES_SAID.get(self.kind, self.kind))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an alert rests on. `total` scans, of which the latest are listed; `cells` counts all of the listed ones by place."""

    scans: tuple[SeenScan, ...]
    total: int
    moves: tuple[Moved, ...]
    cells: tuple[tuple[str, int], ...]
    own: tuple[tuple[str, tuple[str, ...]], ...]
    others: tuple[tuple[str, tuple[str, ...]], ...]
    places: tuple[tuple[str, int], ...]


def evidence_of(alert: CodeAlert, *, masked: bool, english: bool) -> Evidence:
    """Give the evidence of an alert. Masked: places of 250 km² instead of five, days instead of instants, no other dealers.

    A fixed number of statements.
    """
    rows, total = _code_rows(alert) if alert.kind == AlertKind.CODE else _far_rows(alert)
    boxes = boxes_of(sorted({(row[1], row[2]) for row in rows})) if rows else {}
    numbers = dict(
        CodeBatch.objects.filter(id__in={key for key, _ in boxes.values()} | {row[1] for row in rows}).values_list(
            "id", "number"
        )
    )
    names = product_names({row[3] for row in rows if row[3]})
    scans = tuple(
        SeenScan(
            row[0], numbers.get(row[1], ""), row[2], _box_text(boxes.get((row[1], row[2])), numbers), *_product(names, row[3]),
            _cell(row[4], masked=masked), _distance(row[5], masked=masked), _day(row[6]) if masked else row[6],
        )
        for row in rows
    )  # fmt: skip
    cells = Counter(scan.cell for scan in scans if scan.cell)
    own, others, places = _areas(alert, rows, masked=masked, english=english)
    codes = [(row[1], row[2]) for row in rows[:CHAINED]]
    return Evidence(
        scans, total, _moves(codes, [boxes[code] for code in codes if code in boxes], alert, masked=masked, english=english),
        tuple(sorted(cells.items())), own, others, places,
    )  # fmt: skip


def far_cells(
    brand_id: UUID, periods: Collection[Any], dealer_ids: Collection[UUID], *, limit: int = 5_000
) -> list[tuple[str, int]]:
    """Give where goods of these dealers were scanned outside of their territories in some quarters: cells with counts."""
    found = FarScan.objects.filter(brand_id=brand_id, period_on__in=periods, dealer_id__in=dealer_ids).order_by("-at")
    return sorted(Counter(f"{cell:x}" for cell in found.values_list("cell", flat=True)[:limit]).items())


def _far_rows(alert: CodeAlert) -> tuple[list[tuple[Any, ...]], int]:
    found = FarScan.objects.filter(brand_id=alert.brand_id, period_on=alert.period_on)
    subject = {"store_id": alert.store_id} if alert.kind == AlertKind.STORE else {"dealer_id": alert.dealer_id}
    found = found.filter(**subject)
    if alert.kind == AlertKind.BOXES:
        listed = Q(pk__in=[])
        for batch_id, serial, *_ in alert.facts["listed"]:
            listed |= Q(box_batch_id=batch_id, box_serial=serial)
        found = found.filter(listed)
    rows = found.order_by("-at", "id").values_list("id", "batch_id", "serial", "product_id", "cell", "distance_m", "at")
    return list(rows[:SCANS_LISTED]), found.count()


def _code_rows(alert: CodeAlert) -> tuple[list[tuple[Any, ...]], int]:
    assert alert.batch_id is not None
    assert alert.serial is not None
    found = Scan.objects.filter(batch_id=alert.batch_id, serial=alert.serial, role="consumer")
    product_id = CodeBatch.objects.filter(id=alert.batch_id).values_list("product_id", flat=True).first()
    rows = found.order_by("-at", "id").values_list("id", "batch_id", "serial", "cell", "at")[:SCANS_LISTED]
    return [
        (key, batch_id, serial, product_id, cell, None, at) for key, batch_id, serial, cell, at in rows
    ], found.count()


def _areas(
    alert: CodeAlert, rows: Sequence[tuple[Any, ...]], *, masked: bool, english: bool
) -> tuple[
    tuple[tuple[str, tuple[str, ...]], ...], tuple[tuple[str, tuple[str, ...]], ...], tuple[tuple[str, int], ...]
]:
    """Give the dealer's own territory, those of others in which scans lie, and how many lie in each; the rest last, without a name."""
    own: tuple[tuple[str, tuple[str, ...]], ...] = ()
    if alert.dealer_id is not None:
        name = _names(dealer_facts([alert.dealer_id]), english).get(alert.dealer_id, "")
        own = ((name, tuple(territories([alert.dealer_id]).get(alert.dealer_id, ()))),)
    cells = Counter(f"{row[4]:x}" for row in rows if row[4])
    if masked or not cells:
        return own, (), ()
    met = [(one, here) for one, here in dealers_with(alert.brand_id, list(cells)) if one.id != alert.dealer_id]
    counted = sorted(
        ((sum(cells[cell] for cell in here), one) for one, here in met), key=lambda pair: (-pair[0], pair[1].path)
    )[:OTHERS_DRAWN]
    drawn = territories([one.id for _, one in counted])
    said = _names({one.id: one for _, one in counted}, english)
    left = sum(cells.values()) - sum(cells[cell] for cell in frozenset().union(*(here for _, here in met)))
    places = [(said[one.id], count) for count, one in counted] + ([("", left)] if left > 0 else [])
    return own, tuple((said[one.id], tuple(drawn[one.id])) for _, one in counted), tuple(places)


def _moves(
    codes: Sequence[Code], boxes: Sequence[Code], alert: CodeAlert, *, masked: bool, english: bool
) -> tuple[Moved, ...]:
    """Give the moves of some of the codes, of their boxes and pallets."""
    pallets = list(boxes_of(sorted(set(boxes))).values()) if boxes else []
    units = sorted({*codes, *boxes, *pallets})
    if not units:
        return ()
    asked = [
        uuids([unit[0] for unit in units]),
        integers([unit[1] for unit in units]),
        integers(range(len(REACHES))),
        integers(REACHES),
    ]
    rows = [(row[0], *row[2:]) for row in run(MOVES, [*asked, 10 * CHAINED])]
    numbers = dict(CodeBatch.objects.filter(id__in={row[2] for row in rows}).values_list("id", "number"))
    places = {key for row in rows for key in (row[6], row[8]) if key}
    dealers, stores = dealer_facts(places), store_facts(places)
    known = _names({**dealers, **stores}, english)
    if masked:
        branch = {key for key, one in dealers.items() if alert.dealer_id and alert.dealer_id.hex in one.path}
        known = {
            key: name
            for key, name in known.items()
            if key in branch or (key in stores and stores[key].dealer_id in branch)
        }
    known[alert.brand_id] = "·"
    return tuple(
        Moved(
            _day(row[0]) if masked else row[0],
            row[1],
            numbers.get(row[2], ""),
            row[3],
            row[4],
            known.get(row[6], ""),
            known.get(row[8], ""),
        )
        for row in rows
    )


def _names(facts: Any, english: bool) -> dict[UUID, str]:
    return {key: one.name_en if english and one.name_en else one.name for key, one in facts.items()}


def _product(names: Any, product_id: UUID | None) -> tuple[str, str]:
    name, name_en = names.get(product_id, ("", ""))
    return name, name_en


def _box_text(box: Code | None, numbers: dict[UUID, str]) -> str:
    return f"{numbers.get(box[0], '')}/{box[1]}" if box else ""


def _cell(cell: int | None, *, masked: bool) -> str:
    if not cell:
        return ""
    text = f"{cell:x}"
    return (
        h3.cell_to_parent(text, MASKED_RESOLUTION) if masked and h3.get_resolution(text) > MASKED_RESOLUTION else text
    )


def _distance(distance_m: int | None, *, masked: bool) -> int | None:
    return distance_m if distance_m is None or not masked else distance_m // 5_000 * 5_000


def _day(at: datetime) -> datetime:
    return at - timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
