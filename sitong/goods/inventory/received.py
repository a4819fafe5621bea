"""How much came to places as supply: deliveries, and what a warehouse above has sent. What stores pass among themselves is none."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

RECEIVED = """
SELECT l.place_id, sum(m.quantity)::bigint
FROM goods_location AS l
JOIN goods_move AS m ON m.location_id = l.id AND m.at >= %(since)s AND m.at < %(until)s
  AND (%(skus)s::uuid[] IS NULL OR m.sku_id = ANY(%(skus)s::uuid[]))
WHERE l.place_id = ANY(%(places)s::uuid[]) AND (m.reason = 'receipt' OR m.reason = 'transfer_in' AND EXISTS (
    SELECT FROM goods_stockdocument AS arrived JOIN goods_stockdocument AS sent ON sent.id = arrived.of_id
    JOIN goods_location AS source ON source.id = sent.location_id
    WHERE arrived.id = m.document_id AND arrived.kind = 'arrival' AND source.kind <> 'store' AND source.place_id <> l.place_id))
GROUP BY 1
"""


def received_by(
    place_ids: Collection[UUID], *, since: datetime, until: datetime, sku_ids: Collection[UUID] | None = None
) -> dict[UUID, int]:
    """Give how many base units came as supply to stores or dealers in [since, until), of some SKUs or of all. One statement."""
    parameters: dict[str, Any] = {
        "places": list(place_ids), "since": since, "until": until, "skus": None if sku_ids is None else list(sku_ids),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(RECEIVED, parameters)
        return {place_id: int(quantity) for place_id, quantity in cursor.fetchall()}
