"""The calendar's counts follow what changes, in one statement."""

from __future__ import annotations

from collections import Counter
from datetime import date
from uuid import UUID

from sitong.marketing.messages.rules import cause_head
from sitong.shared.statements import days, integers, texts, uuids, write

COLUMNS = ("planned", "sent", "delivered", "failed", "opened", "clicked", "canceled")
Key = tuple[UUID, date, str, str, str]

COUNT = f"""
INSERT INTO marketing_messagecount AS c (brand_id, due_on, channel, cause, {", ".join(COLUMNS)})
SELECT brand_id, due_on, channel, cause, {", ".join(COLUMNS)}
FROM unnest(%s::uuid[], %s::date[], %s::text[], %s::text[], {", ".join(["%s::int[]"] * len(COLUMNS))})
  AS w(brand_id, due_on, channel, cause, {", ".join(COLUMNS)})
ON CONFLICT (brand_id, due_on, channel, cause) DO UPDATE SET {", ".join(f"{one} = c.{one} + excluded.{one}" for one in COLUMNS)}
"""  # noqa: S608 - made of names only


class Changes(Counter[Key]):
    """What changes: by brand, day, channel, cause and column."""

    def add(self, brand_id: UUID, due_on: date, channel: str, cause: str, column: str, *, times: int = 1) -> None:
        """Note so many more."""
        self[brand_id, due_on, channel, cause_head(cause), column] += times


def keep_counts(changes: Changes) -> None:
    """Add what changed, rows in the order of their keys; the last that a transaction locks of messages."""
    sums: dict[tuple[UUID, date, str, str], dict[str, int]] = {}
    for (brand_id, on, channel, cause, column), times in changes.items():
        sums.setdefault((brand_id, on, channel, cause), dict.fromkeys(COLUMNS, 0))[column] += times
    keys = sorted(key for key, of in sums.items() if any(of.values()))
    if keys:
        write(COUNT, [
            uuids([key[0] for key in keys]), days([key[1] for key in keys]), texts([key[2] for key in keys]), texts([key[3] for key in keys]),
            *(integers([sums[key][column] for key in keys]) for column in COLUMNS),
        ])  # fmt: skip
