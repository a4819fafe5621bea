"""What must always agree between messages, the calendar's counts and credits."""

from __future__ import annotations

from typing import Any

from django.db import connection

from sitong.shared.ledger.books import books_check

SHOWN = 20

COUNTS_DIFFER = """
WITH m AS (
  SELECT brand_id, due_on, channel, array_to_string((string_to_array(cause, ':'))[1:2], ':') AS cause, count(*) AS planned, count(sent_at) AS sent,
         count(delivered_at) AS delivered, count(failed_at) AS failed, count(opened_at) AS opened, count(clicked_at) AS clicked,
         count(*) FILTER (WHERE state = 'canceled') AS canceled
  FROM marketing_message GROUP BY 1, 2, 3, 4)
SELECT coalesce(c.due_on, m.due_on), coalesce(c.channel, m.channel), coalesce(c.cause, m.cause)
FROM marketing_messagecount AS c FULL JOIN m USING (brand_id, due_on, channel, cause)
WHERE (coalesce(c.planned, 0), coalesce(c.sent, 0), coalesce(c.delivered, 0), coalesce(c.failed, 0), coalesce(c.opened, 0),
       coalesce(c.clicked, 0), coalesce(c.canceled, 0))
  IS DISTINCT FROM (coalesce(m.planned, 0), coalesce(m.sent, 0), coalesce(m.delivered, 0), coalesce(m.failed, 0), coalesce(m.opened, 0),
                    coalesce(m.clicked, 0), coalesce(m.canceled, 0))
ORDER BY 1, 2, 3 LIMIT %s
"""

CREDITS_LOST = """
SELECT c.id FROM marketing_messagecredit AS c LEFT JOIN marketing_message AS m ON m.id = c.message_id
WHERE c.message_id IS NOT NULL AND (m.id IS NULL OR m.template_id <> c.template_id OR m.state = 'canceled') LIMIT %s
"""

SENT_WITHOUT_A_CALL = """
SELECT id FROM marketing_message WHERE sent_at IS NOT NULL AND attempt_id IS NULL LIMIT %s
"""


@books_check("marketing.messages")
def check_messages() -> list[str]:
    """Compare the calendar with the messages, credits with what spent them, and see that nothing went without a written call."""
    wrong = [
        f"messages of {cause} in {channel} on {on}: counts and messages differ"
        for on, channel, cause in _rows(COUNTS_DIFFER)
    ]
    wrong += [f"credit {id} was spent by nothing that is sent" for (id,) in _rows(CREDITS_LOST)]
    wrong += [f"message {id} was sent without a call" for (id,) in _rows(SENT_WITHOUT_A_CALL)]
    return wrong[:SHOWN]


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [SHOWN])
        return list(cursor.fetchall())
