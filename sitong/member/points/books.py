"""What must always agree among the ledger's points, the buckets, the earnings and the entries."""

from __future__ import annotations

from itertools import islice
from uuid import UUID

from django.db import connection

from sitong.member.points.models import PointsEntry
from sitong.member.points.queries import points_now
from sitong.shared.ledger.books import books_check

SHOWN = 20
PIECE = 20_000

SUMS = """
SELECT m.id, coalesce(b.ready, 0), coalesce(e.pending, 0), n.ready, n.pending, n.owed
FROM unnest(%s::uuid[]) AS m(id)
LEFT JOIN (SELECT member_id, sum("left")::bigint AS ready FROM member_pointbucket WHERE member_id = ANY(%s::uuid[]) GROUP BY 1) AS b
  ON b.member_id = m.id
LEFT JOIN (SELECT member_id, sum(points - taken_back)::bigint AS pending FROM member_pointsearning
           WHERE matured_at IS NULL AND member_id = ANY(%s::uuid[]) GROUP BY 1) AS e ON e.member_id = m.id
LEFT JOIN (SELECT member_id, sum(ready_change)::bigint AS ready, sum(pending_change)::bigint AS pending, sum(owed_change)::bigint AS owed
           FROM member_pointsentry WHERE member_id = ANY(%s::uuid[]) GROUP BY 1) AS n ON n.member_id = m.id
"""
SPENDINGS = """
SELECT s.document_id, s.points, coalesce(t.points, 0), s.given_back, coalesce(t.given_back, 0) FROM member_pointsspending AS s
LEFT JOIN (SELECT spending_id, sum(points) AS points, sum(given_back) AS given_back FROM member_pointstaken GROUP BY 1) AS t
  ON t.spending_id = s.id
WHERE s.points <> coalesce(t.points, 0) OR s.given_back <> coalesce(t.given_back, 0) LIMIT %s
"""
DOCUMENTS = """
SELECT e.document_id, e.points, e.taken_back, coalesce(n.earned, 0), coalesce(n.taken_back, 0)
FROM (SELECT document_id, sum(points) AS points, sum(taken_back) AS taken_back FROM member_pointsearning GROUP BY 1) AS e
LEFT JOIN (SELECT document_id, sum(points) FILTER (WHERE kind = 'earned') AS earned,
                  sum(points) FILTER (WHERE kind = 'taken_back') AS taken_back
           FROM member_pointsentry WHERE document_id IS NOT NULL GROUP BY 1) AS n USING (document_id)
WHERE e.points <> coalesce(n.earned, 0) OR e.taken_back <> coalesce(n.taken_back, 0) LIMIT %s
"""


@books_check("member.points")
def check_points() -> list[str]:
    """Compare each member's buckets, earnings and entries with the ledger, and each document's with its entries."""
    wrong: list[str] = []
    members = PointsEntry.objects.values_list("member_id", flat=True).distinct().order_by("member_id").iterator()
    while piece := list(islice(members, PIECE)):
        wrong += _members(piece)
    with connection.cursor() as cursor:
        cursor.execute(SPENDINGS, [SHOWN])
        wrong += [
            f"document {key} spent {points} and was given back {back}: its buckets say {taken} and {given}"
            for key, points, taken, back, given in cursor.fetchall()
        ]
        cursor.execute(DOCUMENTS, [SHOWN])
        wrong += [
            f"document {key} earned {points}, of which {back} taken back: its entries say {earned} and {taken}"
            for key, points, back, earned, taken in cursor.fetchall()
        ]
    return wrong[:SHOWN]


def _members(member_ids: list[UUID]) -> list[str]:
    stands = points_now(member_ids)
    wrong = []
    with connection.cursor() as cursor:
        cursor.execute(SUMS, [member_ids] * 4)
        for key, buckets, earnings, ready, pending, owed in cursor.fetchall():
            now = stands[key]
            if (buckets, ready) != (now.ready, now.ready):
                wrong.append(f"member {key}: {now.ready} ready, buckets {buckets}, entries {ready}")
            if (earnings, pending) != (now.pending, now.pending):
                wrong.append(f"member {key}: {now.pending} pending, earnings {earnings}, entries {pending}")
            if owed != now.owed:
                wrong.append(f"member {key}: {now.owed} owed, entries {owed}")
    return wrong
