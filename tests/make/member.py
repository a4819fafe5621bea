"""Members, made through their actions."""

from __future__ import annotations

import itertools
from datetime import datetime
from uuid import UUID

from sitong.member.consent.actions import ConsentSaid, WordingWanted, publish_wordings, say_consents
from sitong.member.identity.actions import (
    JoinWanted,
    KeyProven,
    MemberWanted,
    join_members,
    join_two,
    prove_keys,
)
from sitong.member.profile.actions import NoteWanted, TagWanted, VisitSeen, make_tags, note_members, note_visits
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


def joined_as_one(first, second, *, survivor=None, reason: str = "staff", now: datetime = NOW):
    """Join two members; give the join."""
    wanted = JoinWanted(
        new_id(), first.brand_id, first.id, second.id, reason, survivor_id=survivor.id if survivor else None
    )
    return join_two(wanted, by=None, now=now)


def a_key(
    member, kind: str = "card", value: str | None = None, *, app: str = "", how: str = "scanned", now: datetime = NOW
):
    """A certain key that a member has proved."""
    value = value or f"88{next(_phones)}"
    return done(prove_keys([KeyProven(new_id(), member.brand_id, member.id, kind, value, how, app)], now=now))


def a_wording(
    brand, purpose: str = "marketing", text: str = "同意", *, entity_id: UUID | None = None, now: datetime = NOW
):
    """What members are asked for one purpose."""
    wanted = WordingWanted(new_id(), brand.id, purpose, text, "I agree.", entity_id)
    return done(publish_wordings([wanted], by=None, now=now))


def said(member, wording, yes: bool, *, now: datetime = NOW):
    """A member's own yes or no."""
    return done(say_consents([ConsentSaid(new_id(), member.brand_id, member.id, wording.id, yes, "self")], now=now))


def a_tag(brand, name: str = "常客", *, color: str = "blue", now: datetime = NOW):
    return done(make_tags([TagWanted(new_id(), brand.id, name, color)], by=None, now=now))


def a_note(member, text: str = "喜欢低糖", *, now: datetime = NOW):
    return done(note_members([NoteWanted(new_id(), member.brand_id, member.id, text)], by=None, now=now))


def a_visit(member, store, kind: str = "bought", *, at: datetime = NOW) -> UUID:
    """A visit; gives the id of the document that says so."""
    seen = VisitSeen(new_id(), member.brand_id, member.id, store.id, kind, at)
    note_visits([seen], now=at)
    return seen.document_id
