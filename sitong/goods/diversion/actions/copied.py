"""Weigh the scans of codes that may have copies, and open alerts for those that weigh enough."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sitong.goods.codes.queries.places import standings_now
from sitong.goods.diversion.actions.alerts import AlertWanted, open_alerts
from sitong.goods.diversion.copies import COPIED_DB, SCANS_WEIGHED, CodeLife, Reason, Sight, reasons_of, weight_of
from sitong.goods.diversion.models import AlertKind
from sitong.goods.diversion.periods import period_of
from sitong.org.brands.queries import brand_facts
from sitong.org.stores.queries import store_facts
from sitong.shared.statements import integers, run, uuids

Code = tuple[UUID, int]

LIVES = """
SELECT w.batch_id, w.serial, b.brand_id,
       coalesce(p.last >= w.serial, false) OR NOT EXISTS (SELECT FROM goods_codeproduction WHERE batch_id = w.batch_id),
       coalesce(a.last >= w.serial, false) OR NOT EXISTS (SELECT FROM goods_codeactivation WHERE batch_id = w.batch_id),
       coalesce(v.last >= w.serial, false)
FROM unnest(%s::uuid[], %s::bigint[]) AS w(batch_id, serial) JOIN goods_codebatch AS b ON b.id = w.batch_id
LEFT JOIN LATERAL (SELECT last FROM goods_codeproduction WHERE batch_id = w.batch_id AND first <= w.serial ORDER BY first DESC LIMIT 1) AS p ON true
LEFT JOIN LATERAL (SELECT last FROM goods_codeactivation WHERE batch_id = w.batch_id AND first <= w.serial ORDER BY first DESC LIMIT 1) AS a ON true
LEFT JOIN LATERAL (SELECT last FROM goods_codevoid WHERE batch_id = w.batch_id AND first <= w.serial ORDER BY first DESC LIMIT 1) AS v ON true
WHERE b.level = 'item'
"""
"""A batch of which nothing was ever bound or put in use says nothing by that: the brand works without it."""

SIGHTS = """
SELECT w.batch_id, w.serial, s.at, s.cell, coalesce(s.member_id::text, encode(s.device, 'hex'), '')
FROM unnest(%s::uuid[], %s::bigint[]) AS w(batch_id, serial) CROSS JOIN LATERAL (
  SELECT * FROM goods_scan WHERE batch_id = w.batch_id AND serial = w.serial AND role = 'consumer' ORDER BY at DESC LIMIT %s) AS s
"""


def weigh_codes(codes: Collection[Code], *, now: datetime) -> tuple[UUID, ...]:
    """Weigh these codes by their last scans and open alerts where there are enough reasons; gives the new alerts.

    In the caller's transaction. As many statements for two codes as for a thousand, of one brand.
    """
    wanted = sorted(set(codes))
    if not wanted:
        return ()
    asked = [uuids([code[0] for code in wanted]), integers([code[1] for code in wanted])]
    sights: dict[Code, list[Sight]] = {}
    for batch_id, serial, at, cell, person in run(SIGHTS, [*asked, SCANS_WEIGHED]):
        sights.setdefault((batch_id, serial), []).append(Sight(at, f"{cell:x}" if cell else "", person))
    found: dict[UUID, list[tuple[Code, Sequence[Reason]]]] = {}
    for batch_id, serial, brand_id, produced, activated, voided in run(LIVES, asked):
        reasons = reasons_of(CodeLife(produced, activated, voided), sights.get((batch_id, serial), ()))
        if weight_of(reasons) >= COPIED_DB:
            found.setdefault(brand_id, []).append(((batch_id, serial), reasons))
    opened: list[UUID] = []
    for brand_id, weighed in sorted(found.items()):
        opened += open_alerts(_alerts(brand_id, weighed, sights, now), now=now)
    return tuple(opened)


def _alerts(
    brand_id: UUID, weighed: Sequence[tuple[Code, Sequence[Reason]]], sights: dict[Code, list[Sight]], now: datetime
) -> list[AlertWanted]:
    standings = standings_now([code for code, _ in weighed])
    stores = store_facts({one.place.id for one in standings.values() if one.place.kind == "store"})
    period_on = period_of(now, brand_facts([brand_id])[brand_id].zone)
    wanted = []
    for code, reasons in weighed:
        standing = standings.get(code)
        store = stores.get(standing.place.id) if standing else None
        dealer_id = (
            store.dealer_id if store else standing.place.id if standing and standing.place.kind == "dealer" else None
        )
        facts: dict[str, Any] = {
            "reasons": [[one.name, one.times, one.weight_db] for one in reasons], "scans": len(sights.get(code, ())),
        }  # fmt: skip
        wanted.append(AlertWanted(
            brand_id, AlertKind.CODE, period_on, f"code/{code[0].hex}/{code[1]}"[:60], weight_of(reasons), facts, dealer_id,
            store.id if store else None, code[0], code[1],
        ))  # fmt: skip
    return wanted
