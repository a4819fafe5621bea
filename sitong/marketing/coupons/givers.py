"""The coupons of a member who asks for all that is kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sitong.marketing.coupons.queries.member import claims_kept
from sitong.member.identity.giving import gives_of_member


@gives_of_member("coupons")
def coupons_of(member_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Give every coupon that the member holds or held, with what became of it."""
    return claims_kept(member_ids)
