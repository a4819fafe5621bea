"""Members, made through their actions."""

from __future__ import annotations

import itertools
from datetime import datetime
from uuid import UUID

from sitong.member.identity.actions import MemberWanted, join_members
from sitong.shared.ids import new_id
from tests.make.org import NOW, a_brand, done

_phones = itertools.count(13_800_000_000)


def a_phone() -> str:
    """A mobile number that no other builder has given in this run."""
    return f"+86{next(_phones)}"


def a_member(brand=None, *, phone: str | None = None, name: str = "王小明", source: str = "test", home_store_id: UUID | None = None,
             account_id: UUID | None = None, now: datetime = NOW):  # fmt: skip
    brand = brand or a_brand(now=now)
    wanted = MemberWanted(
        new_id(), brand.id, a_phone() if phone is None else phone, name, source, home_store_id, account_id
    )
    return done(join_members([wanted], now=now))
