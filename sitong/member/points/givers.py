"""What is given of points to a member who asks for all that is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sitong.member.identity.giving import Rows, gives_of_member
from sitong.member.points.queries import READY, UNIT
from sitong.shared.ledger.queries import accounts_of, statement_of


@gives_of_member("points")
def give_points(member_ids: Sequence[UUID]) -> Rows:
    """Every coming and going of points, the oldest first."""
    found = []
    for account in accounts_of(member_ids).filter(unit=UNIT, kind=READY):
        for one in statement_of(account.id):
            found.append({"at": one.at, "points": one.amount if one.credit_account_id == account.id else -one.amount})
    return sorted(found, key=lambda row: row["at"])
