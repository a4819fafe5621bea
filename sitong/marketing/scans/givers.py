"""The codes of a member who asks for all that is kept of it. Erasing takes nothing: a draw keeps an id, which then names nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sitong.marketing.scans.queries import draws_kept
from sitong.member.identity.giving import gives_of_member


@gives_of_member("code_draws")
def code_draws_of(member_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Give every code that the member has drawn with."""
    return [*draws_kept(member_ids)]
