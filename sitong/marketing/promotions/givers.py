"""What a member who asks for all that is kept of it gets of flash sales; the takings stay in the books under its number when it is erased."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sitong.marketing.promotions.queries.results import takings_kept
from sitong.member.identity.giving import Rows, gives_of_member


@gives_of_member("flash_sales")
def takings_of(member_ids: Sequence[UUID]) -> Rows:
    """Give what the member took of flash sales, and when."""
    return takings_kept(member_ids)
