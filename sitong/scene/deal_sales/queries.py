"""Money of group deals that should have gone back and did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sitong.shared.statements import run

KEPT = """
SELECT p.document_id, sum(p.amount_minor - p.refunded_minor), sum(r.refunds) FROM scene_payment AS p
CROSS JOIN LATERAL (
  SELECT count(*) AS refunds, count(*) FILTER (WHERE f.state = 'failed') AS failed, max(f.asked_at) AS last
  FROM scene_refund AS f WHERE f.payment_id = p.id
) AS r
WHERE p.document_kind = %s AND p.state = 'paid' AND p.refunded_minor < p.amount_minor AND r.failed > 0 AND r.last <= %s
GROUP BY p.document_id ORDER BY p.document_id LIMIT 500
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies on a document's payments after a refund failed, and how often it was asked back."""

    minor: int
    attempts: int


def money_kept(kind: str, *, asked_before: datetime) -> dict[UUID, Kept]:
    """Give documents of a kind of which a refund failed, the last one asked before an instant, and what their payments hold."""
    return {row[0]: Kept(int(row[1]), int(row[2])) for row in run(KEPT, [kind, asked_before])}
