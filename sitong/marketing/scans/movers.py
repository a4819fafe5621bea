"""What members have drawn with codes moves along when two of them are joined; the rewards move with their own topics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.goods.codes.actions.upkeep import move_scans
from sitong.goods.codes.queries.members import scans_since
from sitong.marketing.scans.actions.upkeep import move_draws
from sitong.marketing.scans.queries import draws_since
from sitong.member.identity.moving import Later, Moves, moves_with_member


@moves_with_member("marketing.code_draws", rank=5)
class CodeDrawsMove(Moves):
    """The draws change their member, and count in the limits of the one that stays."""

    tables = ("marketing_codedraw",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_draws(absorbed_id, to=survivor_id, scan_ids=None)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_draws(survivor_id, to=absorbed_id, scan_ids=row_ids)

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:
        return [Later(*row) for row in draws_since(survivor_id, since, besides=row_ids)]


@moves_with_member("goods.scans", rank=5)
class ScansMove(Moves):
    """That a member scanned codes; how often a code was scanned stays as it was."""

    tables = ("goods_scan",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_scans(absorbed_id, to=survivor_id, scan_ids=None)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_scans(survivor_id, to=absorbed_id, scan_ids=row_ids)

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:
        return [Later(*row) for row in scans_since(survivor_id, since, besides=row_ids)]
