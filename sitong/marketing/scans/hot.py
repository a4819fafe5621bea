"""The hot route of scans: those that arrive together are answered, and rewarded, together."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from sitong.marketing.scans.actions import Scan, ScanWanted, scan_for_reward
from sitong.marketing.scans.schemas import ScanIn, scan_shown
from sitong.shared.access.viewer import Viewer
from sitong.shared.batch.hot import HotCall, HotRoute
from sitong.shared.batch.lanes import Lanes
from sitong.shared.clock import now as clock_now
from sitong.shared.errors import NotAllowed, Refused


def scan_wanted(scan: ScanIn, viewer: Viewer) -> ScanWanted:
    """Give what a consumer scans. Only consumers scan for themselves."""
    if viewer.member_id is None or viewer.brand_id is None:
        raise NotAllowed(system=viewer.system)
    cell = int(scan.cell, 16) if scan.cell else None
    return ScanWanted(scan.id, viewer.brand_id, scan.code, viewer.member_id, scan.store_id, cell)


def _scan_batch(wanted: Sequence[ScanWanted]) -> list[Scan | Refused]:
    return scan_for_reward(wanted, now=clock_now())


def _read(call: HotCall) -> ScanWanted:
    assert call.viewer is not None
    return scan_wanted(ScanIn.model_validate_json(call.body), call.viewer)


SCANNING: Lanes[ScanWanted, Scan] = Lanes("scan_for_reward", _scan_batch, key=lambda one: sum(one.text.encode()))

HOT = [
    HotRoute(
        "POST",
        "/api/v1/code-scans",
        lane=SCANNING,
        parse=_read,
        render=lambda one: orjson.dumps(scan_shown(one)),
    )
]
