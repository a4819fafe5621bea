"""What orders with a coupon brought, and the same members' other orders of that time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sitong.marketing.coupons.sales import Sales, tells_sales
from sitong.marketing.parts.registry import StoreSales, tells_store_sales
from sitong.shared.statements import run, uuids

SALES = """
SELECT w.used, count(*), coalesce(sum(o.total_minor), 0)
FROM (
  SELECT o.id, true AS used FROM scene_order AS o WHERE o.id = ANY(%s::uuid[])
  UNION ALL
  SELECT o.id, false FROM unnest(%s::uuid[]) AS m(id)
  JOIN scene_order AS o ON o.member_id = m.id AND o.placed_at >= %s::timestamptz AND o.placed_at < %s::timestamptz
  WHERE o.id <> ALL(%s::uuid[])
) AS w JOIN scene_order AS o ON o.id = w.id WHERE o.state IN ('paid', 'handed_over') GROUP BY w.used
"""


@tells_sales
def sales_by_use(order_ids: Collection[UUID], member_ids: Collection[UUID], since: datetime, until: datetime) -> Sales:
    """Count paid orders and their totals. One statement."""
    used = uuids(order_ids)
    rows = {row[0]: (row[1], int(row[2])) for row in run(SALES, [used, uuids(member_ids), since, until, used])}
    return Sales(*rows.get(True, (0, 0)), *rows.get(False, (0, 0)))


BY_STORE = """
SELECT store_id, count(*), coalesce(sum(total_minor), 0)::bigint FROM scene_order
WHERE id = ANY(%s::uuid[]) AND state IN ('paid', 'handed_over') GROUP BY 1
"""


@tells_store_sales
def sales_by_store(order_ids: Collection[UUID]) -> dict[UUID, StoreSales]:
    """Count paid orders and their totals, store by store. One statement."""
    return {row[0]: StoreSales(row[1], row[2]) for row in run(BY_STORE, [uuids(order_ids)])}
