"""Transfers posted in batches through the ledger, among 10,000 accounts that may not go below zero."""

from __future__ import annotations

import os
import random
import statistics
import threading
import time
from uuid import UUID

from bench import Figure, compared

ACCOUNTS = 10_000
BATCH = 500
SECONDS = float(os.environ.get("BENCH_SECONDS", "8"))

SINGLE = """
\\set a random(1, :accounts)
\\set b 1 + :a % :accounts
\\set r random(1, 9000000000000000000)
BEGIN;
SELECT id, brand_id, unit, "limit", debits_posted, credits_posted, debits_pending, credits_pending FROM shared_ledgeraccount
  WHERE id IN (lpad(to_hex(:a ::bigint), 32, '0')::uuid, lpad(to_hex(:b ::bigint), 32, '0')::uuid) ORDER BY id FOR NO KEY UPDATE;
SELECT id FROM shared_transfer WHERE id = lpad(to_hex(:r ::bigint), 32, 'f')::uuid;
INSERT INTO shared_transfer (id, brand_id, debit_account_id, credit_account_id, amount, phase, reason, at)
  SELECT lpad(to_hex(:r ::bigint), 32, 'f')::uuid, brand_id, lpad(to_hex(:a ::bigint), 32, '0')::uuid, lpad(to_hex(:b ::bigint), 32, '0')::uuid,
    1, 'single', 'bench', now()
  FROM shared_ledgeraccount WHERE id = lpad(to_hex(:a ::bigint), 32, '0')::uuid;
UPDATE shared_ledgeraccount SET debits_posted = debits_posted + 1 WHERE id = lpad(to_hex(:a ::bigint), 32, '0')::uuid;
UPDATE shared_ledgeraccount SET credits_posted = credits_posted + 1 WHERE id = lpad(to_hex(:b ::bigint), 32, '0')::uuid;
COMMIT;
"""
OPEN = """
INSERT INTO shared_ledgeraccount
  (id, brand_id, owner_id, unit, kind, "limit", opened_at, debits_posted, credits_posted, debits_pending, credits_pending)
SELECT lpad(to_hex(n), 32, '0')::uuid, %s, lpad(to_hex(n), 32, '0')::uuid, 'points', 'bench', CASE WHEN n = 0 THEN '' ELSE 'debits' END, now(), 0, 0, 0, 0
FROM generate_series(0, %s) AS n
"""


def run() -> list[Figure]:
    """Measure one caller and two, the reference between them; then the books must agree."""
    from bench import pgbench, server
    from sitong.shared.ledger.queries import check_books

    with server.database():
        _open_and_fund()
        _rate(1, 1.0)  # warm: plans, caches
        one, batch_ms = _rate(1, SECONDS)
        reference = pgbench.custom(SINGLE, seconds=int(SECONDS), variables={"accounts": ACCOUNTS})
        two, _ = _rate(2, SECONDS)
        if found := check_books():
            raise AssertionError(found[:3])
    return [
        compared("ledger", one, "transfers/s", reference, callers=1, batch=BATCH, batch_ms_median=batch_ms),
        compared("ledger two callers", two, "transfers/s", reference, callers=2, batch=BATCH),
    ]


def _open_and_fund() -> None:
    from django.db import connection, transaction

    from sitong.shared.clock import now
    from sitong.shared.ids import new_id
    from sitong.shared.ledger.actions import TransferWanted, post_transfers

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OPEN, [new_id(), ACCOUNTS])
    for start in range(1, ACCOUNTS + 1, 1000):
        wanted = [
            TransferWanted(new_id(), UUID(int=0), UUID(int=at), 10**9, "fund") for at in range(start, start + 1000)
        ]
        post_transfers(wanted, now=now())


def _rate(callers: int, seconds: float) -> tuple[float, float]:
    """Give transfers a second, all callers together, and the median batch's time in milliseconds."""
    counts, times = [0] * callers, [[] for _ in range(callers)]
    start = threading.Barrier(callers + 1)
    threads = [threading.Thread(target=_call, args=(at, seconds, start, counts, times[at])) for at in range(callers)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - began), statistics.median(
        [one for some in times for one in some]
    ) * 1000


def _call(at: int, seconds: float, start: threading.Barrier, counts: list[int], times: list[float]) -> None:
    from django.db import connection

    from sitong.shared.access.scope import every_brand
    from sitong.shared.clock import now
    from sitong.shared.ids import new_id
    from sitong.shared.ledger.actions import Posted, TransferWanted, post_transfers

    chance = random.Random(at)
    accounts = [UUID(int=number) for number in range(1, ACCOUNTS + 1)]
    try:
        with every_brand():
            start.wait()
            until = time.perf_counter() + seconds
            while (began := time.perf_counter()) < until:
                wanted = []
                for _ in range(BATCH):
                    debit, credit = chance.sample(accounts, 2)
                    wanted.append(TransferWanted(new_id(), debit, credit, chance.randint(1, 100), "bench"))
                answers = post_transfers(wanted, now=now())
                counts[at] += sum(type(one) is Posted for one in answers)
                times.append(time.perf_counter() - began)
    finally:
        connection.close()
