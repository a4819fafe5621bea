"""What must always agree between batches of codes, their ranges, packings, places and scans."""

from __future__ import annotations

from typing import Any

from django.db import connection

from sitong.shared.ledger.books import books_check

SHOWN = 20
OVERLAPPING = {
    "productions": ("goods_codeproduction", "TRUE"), "activations": ("goods_codeactivation", "TRUE"), "void ranges": ("goods_codevoid", "TRUE"),
    "packings": ("goods_codepacking", "unpacked_at IS NULL"), "places": ("goods_codeplace", "TRUE"),
}  # fmt: skip

MEETS_NEXT = """
SELECT batch_id, first, last FROM (
  SELECT batch_id, first, last, lead(first) OVER (PARTITION BY batch_id ORDER BY first) AS next FROM {table} WHERE {live}
) AS r WHERE next <= last LIMIT %s
"""

OUTSIDE = """
SELECT r.batch_id, r.first, r.last FROM {table} AS r LEFT JOIN goods_codebatch AS b ON b.id = r.batch_id
WHERE {live} AND (b.id IS NULL OR r.last > b.quantity OR r.brand_id <> b.brand_id) LIMIT %s
"""

NUMBERS_MEET = """
SELECT number FROM (
  SELECT number, first_number + quantity AS ends, lead(first_number) OVER (PARTITION BY brand_id ORDER BY first_number) AS next FROM goods_codebatch
) AS b WHERE next < ends LIMIT %s
"""

SCANS_DIFFER = """
SELECT coalesce(s.batch_id, n.batch_id), coalesce(s.serial, n.serial), coalesce(s.scans, 0), coalesce(n.scans, 0)
FROM goods_codestate AS s
FULL JOIN (SELECT batch_id, serial, side, count(*) FILTER (WHERE role = 'consumer') AS scans, count(*) FILTER (WHERE role <> 'consumer') AS staff
           FROM goods_scan GROUP BY 1, 2, 3) AS n USING (batch_id, serial, side)
WHERE (coalesce(s.scans, 0), coalesce(s.staff_scans, 0)) <> (coalesce(n.scans, 0), coalesce(n.staff, 0)) LIMIT %s
"""

NOWHERE = """
SELECT p.batch_id, p.first, p.last FROM goods_codeplace AS p
WHERE NOT EXISTS (SELECT FROM goods_codemove AS m WHERE m.brand_id = p.brand_id AND m.at = p.since) LIMIT %s
"""


@books_check("goods.codes")
def check_codes() -> list[str]:
    """Ranges of one kind never meet and lie in their batch, no number belongs to two batches, and scans are counted as they were made."""
    wrong: list[str] = []
    for what, (table, live) in OVERLAPPING.items():
        wrong += [
            f"{what} of batch {batch} meet at {first} to {last}"
            for batch, first, last in _rows(MEETS_NEXT.format(table=table, live=live))
        ]
        wrong += [
            f"{what} of batch {batch} lie outside of it: {first} to {last}"
            for batch, first, last in _rows(OUTSIDE.format(table=table, live=live))
        ]
    wrong += [f"batch {number} shares numbers with the next" for (number,) in _rows(NUMBERS_MEET)]
    wrong += [
        f"code {serial} of batch {batch}: {counted} scans are counted, {made} were made"
        for batch, serial, counted, made in _rows(SCANS_DIFFER)
    ]
    wrong += [
        f"codes {first} to {last} of batch {batch} are where no move brought them"
        for batch, first, last in _rows(NOWHERE)
    ]
    return wrong[:SHOWN]


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [SHOWN])
        return list(cursor.fetchall())
