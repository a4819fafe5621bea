"""Tags, notes and visits move along when two members are joined."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.member.identity.moving import Going, Later, Moves, moves_with_member
from sitong.member.profile.actions import move_rows, move_rows_back, move_rows_back_many, move_rows_many
from sitong.member.profile.models import MemberNote, MemberTag, Visit
from sitong.member.profile.queries import notes_of, tags_of, visits_of

LATER_MAX = 1_000


@moves_with_member("member.tags")
class TagsMove(Moves):
    """Tags put by hand. One that both have stays where it is."""

    tables = ("member_membertag",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_rows(MemberTag, absorbed_id, to=survivor_id)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_rows_back(MemberTag, row_ids, of=survivor_id, to=absorbed_id)

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:
        return [
            Later(one.id, one.name, one.at)
            for one in tags_of([survivor_id])
            if one.at > since and one.id not in row_ids
        ]


@moves_with_member("member.notes")
class NotesMove(Moves):
    """Notes by staff."""

    tables = ("member_membernote",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_rows(MemberNote, absorbed_id, to=survivor_id)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_rows_back(MemberNote, row_ids, of=survivor_id, to=absorbed_id)

    def move_many(self, joins: Sequence[Going], *, now: datetime) -> dict[UUID, list[UUID]]:
        return move_rows_many(MemberNote, joins)

    def move_back_many(self, joins: Sequence[Going], *, now: datetime) -> None:
        move_rows_back_many(MemberNote, joins)

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:
        notes = notes_of(survivor_id, since=since, limit=LATER_MAX)
        return [Later(one.id, one.text[:60], one.at) for one in notes if one.id not in row_ids]


@moves_with_member("member.visits")
class VisitsMove(Moves):
    """When the member was in which store."""

    tables = ("member_visit",)

    def move(self, absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime) -> list[UUID]:
        return move_rows(Visit, absorbed_id, to=survivor_id)

    def move_back(
        self, row_ids: Sequence[UUID], absorbed_id: UUID, survivor_id: UUID, *, join_id: UUID, now: datetime
    ) -> None:
        move_rows_back(Visit, row_ids, of=survivor_id, to=absorbed_id)

    def move_many(self, joins: Sequence[Going], *, now: datetime) -> dict[UUID, list[UUID]]:
        return move_rows_many(Visit, joins)

    def move_back_many(self, joins: Sequence[Going], *, now: datetime) -> None:
        move_rows_back_many(Visit, joins)

    def made_later(self, survivor_id: UUID, row_ids: Sequence[UUID], *, since: datetime) -> list[Later]:
        visits = visits_of(survivor_id, since=since, limit=LATER_MAX)
        return [Later(one.id, one.kind, one.at) for one in visits if one.id not in row_ids]
