"""Ten million scans judged at once, and scans counted as they come, beside pgbench writing one scan a transaction.

Judged means: read, each code's first scan found, compared with the territory of the dealer to whom it was shipped, counted by dealer,
store, product and box, what lies outside kept as evidence, and all dealers and boxes looked at.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from uuid import UUID

import numpy as np

from bench import Figure, compared, pgbench, server
from bench.orders import analyze

SCANS = int(os.environ.get("DIVERSION_SCANS", "10000000"))
COMING = 20_000
AT_ONCE = 1_000
DEALERS, CODES_IN_BOX, EVERY = 40, 24, 4
FAR_SHARE = 0.04
TARGET_S = 60.0
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
PIECE = 500_000

ROW = np.dtype([
    ("fields", ">i2"), ("l1", ">i4"), ("id", "V16"), ("l2", ">i4"), ("brand", "V16"), ("l3", ">i4"), ("batch", "V16"),
    ("l4", ">i4"), ("serial", ">i8"), ("l5", ">i4"), ("side", "S5"), ("l6", ">i4"), ("role", "S8"), ("l7", ">i4"), ("cell", ">i8"),
    ("l8", ">i4"), ("before", ">i4"), ("l9", ">i4"), ("at", ">i8"),
])  # fmt: skip
WIDTHS = {"l1": 16, "l2": 16, "l3": 16, "l4": 8, "l5": 5, "l6": 8, "l7": 8, "l8": 4, "l9": 8}

INSERT = """
\\set serial random(1, 1000000000)
INSERT INTO goods_scan (id, brand_id, batch_id, serial, side, role, cell, before, at)
VALUES (gen_random_uuid(), '{brand}', '{batch}', :serial, 'outer', 'consumer', {cell}, 0, now());
"""


def run() -> list[Figure]:
    """Measure both; the reference is pgbench writing the scans themselves, one a transaction."""
    from django.db import transaction

    from sitong.goods.diversion.actions import count_scans, judge_brand, recount_period
    from sitong.goods.diversion.models import DiversionCount
    from sitong.goods.diversion.periods import period_of
    from sitong.shared.clock import now as clock_now
    from sitong.shared.statements import run as ask

    with server.database():
        now = clock_now()
        brand_id, batch_id, cells = seed(now)
        began = time.perf_counter()
        fill(brand_id, batch_id, cells, now)
        filled = time.perf_counter() - began
        analyze()
        period_on = period_of(now, "Asia/Shanghai")
        began = time.perf_counter()
        counted = recount_period(brand_id, period_on, zone="Asia/Shanghai")
        looked = time.perf_counter()
        judge_brand(brand_id, zone="Asia/Shanghai", now=now)
        seconds, looking = time.perf_counter() - began, time.perf_counter() - looked
        if counted != SCANS:
            raise RuntimeError(f"{counted} of {SCANS} scans were counted")
        rows = ask("SELECT id FROM goods_scan WHERE brand_id = %s ORDER BY at DESC LIMIT %s", [brand_id, COMING])
        DiversionCount.objects.filter(brand_id=brand_id).delete()
        ask("DELETE FROM goods_farscan WHERE brand_id = %s RETURNING 1", [brand_id])
        began = time.perf_counter()
        for start in range(0, COMING, AT_ONCE):
            with transaction.atomic():
                count_scans([row[0] for row in rows[start : start + AT_ONCE]])
        coming = COMING / (time.perf_counter() - began)
        reference = pgbench.custom(INSERT.format(brand=brand_id, batch=batch_id, cell=int(cells[0][0])))
    return [
        compared("diversion (judged at once)", SCANS / seconds, "scans/s", reference, scans=SCANS, seconds=seconds, of_these_looking_s=looking,
                 target_s=TARGET_S * SCANS / 10_000_000, filled_in_s=filled),
        compared("diversion (as they come)", coming, "scans/s", reference, at_once=AT_ONCE),
    ]  # fmt: skip


def seed(now: datetime) -> tuple[UUID, UUID, list[np.ndarray]]:
    """Make a brand, dealers with territories, and a batch of items in boxes, shipped to the dealers in equal parts; gives their cells."""
    from sitong.goods.codes.actions import (
        BatchWanted,
        CodeRange,
        MoveWanted,
        PackWanted,
        make_batches,
        move_codes,
        pack_codes,
    )
    from sitong.goods.codes.moving import Place
    from sitong.goods.diversion.world import Setting, made_market
    from sitong.org.brands.actions import EntityWanted, found_brand, register_entities
    from sitong.org.dealers.actions import DealerWanted, appoint_dealers
    from sitong.shared.errors import Refused
    from sitong.shared.ids import new_id

    brand = found_brand(
        code="bench", name="四通百货", name_en="Bench", currency="CNY", zone="Asia/Shanghai", by=None, now=now
    )
    entity = new_id()
    register_entities([EntityWanted(entity, brand.id, "四通商贸有限公司")], by=None, now=now)
    territories = made_market(Setting(dealers=DEALERS, boxes=1), seed=1).territories
    wanted = [
        DealerWanted(
            new_id(), brand.id, entity, f"d{at}", f"经销商 {at}", territory=tuple(f"{cell:x}" for cell in cells)
        )
        for at, cells in enumerate(territories)
    ]
    dealers = appoint_dealers(wanted, by=None, now=now)
    boxes = SCANS * EVERY // CODES_IN_BOX // DEALERS * DEALERS + DEALERS
    items = BatchWanted(new_id(), brand.id, boxes * CODES_IN_BOX)
    box_batch = BatchWanted(new_id(), brand.id, boxes, "box")
    outcomes = [*dealers, *make_batches([items, box_batch], by=None, now=now)]
    whole = CodeRange(items.id, 1, items.quantity)
    outcomes += pack_codes([PackWanted(new_id(), brand.id, box_batch.id, 1, (whole,), CODES_IN_BOX)], by=None, now=now)
    each = boxes // DEALERS
    for at, dealer in enumerate(dealers):
        sent = (CodeRange(box_batch.id, at * each + 1, (at + 1) * each),)
        outcomes += move_codes(
            [MoveWanted(new_id(), brand.id, "ship", Place("brand", brand.id), (), sent, Place("dealer", dealer.id))],
            now=now,
        )
    if refused := [one for one in outcomes if isinstance(one, Refused)]:
        raise RuntimeError(f"refused: {refused[0]}")
    return brand.id, items.id, [np.array(sorted(cells), dtype=np.int64) for cells in territories]


def fill(brand_id: UUID, batch_id: UUID, cells: list[np.ndarray], now: datetime) -> None:
    """Write one scan of every fourth code, in an order that has nothing to do with the codes, as the tables' owner."""
    from django.db import connections

    chance = np.random.default_rng(5)
    order = chance.permutation(SCANS)
    per_dealer = -(-SCANS * EVERY // DEALERS // CODES_IN_BOX) * CODES_IN_BOX
    until = int((now - EPOCH).total_seconds() * 1_000_000)
    with connections["owner"].cursor() as cursor:
        columns = "id, brand_id, batch_id, serial, side, role, cell, before, at"
        with cursor.copy(f"COPY goods_scan ({columns}) FROM STDIN (FORMAT BINARY)") as copied:
            copied.write(b"PGCOPY\n\xff\r\n\0" + b"\0" * 8)
            for start in range(0, SCANS, PIECE):
                serials = order[start : start + PIECE] * EVERY + 1
                rows = np.zeros(serials.size, dtype=ROW)
                rows["fields"] = 9
                for name, width in WIDTHS.items():
                    rows[name] = width
                home = np.minimum((serials - 1) // per_dealer, DEALERS - 1)
                away = np.where(
                    chance.random(serials.size) < FAR_SHARE, chance.integers(0, DEALERS, serials.size), home
                )
                rows["cell"] = _cells(cells, away, chance)
                rows["id"] = _ids(start, serials.size)
                rows["brand"], rows["batch"] = np.void(brand_id.bytes), np.void(batch_id.bytes)
                rows["serial"], rows["side"], rows["role"] = serials, b"outer", b"consumer"
                rows["at"] = until - SCANS + np.arange(start, start + serials.size)
                copied.write(rows.tobytes())
            copied.write(b"\xff\xff")


def _cells(cells: list[np.ndarray], dealer: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    sizes = np.array([one.size for one in cells])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return np.concatenate(cells)[starts[dealer] + (chance.random(dealer.size) * sizes[dealer]).astype(np.int64)]


def _ids(start: int, count: int) -> np.ndarray:
    """Ids in rising order, as UUIDv7 are."""
    made = np.zeros((count, 2), dtype=">u8")
    made[:, 0] = (0x01A2_0000_0000_0000 << 0) + ((start + np.arange(count)) << 16) + 0x7000
    made[:, 1] = 0x8000_0000_0000_0000
    return made.view("V16").ravel()
