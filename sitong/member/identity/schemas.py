"""What programs send and get about members."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from sitong.member.identity.actions import JoinDone
from sitong.member.identity.models import Member
from sitong.member.identity.queries import JoinFacts, KeyFacts
from sitong.shared.access.masking import mask_name, mask_phone


class MemberSeen(Schema):
    """A member; name and phone are masked for staff and in clear for the member itself."""

    id: UUID
    number: str
    name: str
    phone: str
    source: str
    home_store_id: UUID | None
    joined_at: datetime


class MemberPage(Schema):
    items: list[MemberSeen]
    next: UUID | None = Field(description="The id after which the next page begins; null at the end.")


class MemberFilter(Schema):
    q: str = Field("", max_length=40, description="A whole phone number, member number, card number or shown code.")
    source: str = Field("", max_length=40, description="Code of the source.")
    store_id: UUID | None = Field(None, description="Home store.")
    after: UUID | None = None
    limit: int = Field(50, ge=1, le=200)


class MemberNew(Schema):
    id: UUID = Field(description="Made by the caller (UUIDv7); sent again, it gets the first answer.")
    phone: str = Field(min_length=3, max_length=30)
    name: str = Field("", max_length=60)
    store_id: UUID = Field(description="The store in which the member joins; its home store.")
    source: str = Field("staff", max_length=40, pattern=r"^[a-z0-9][a-z0-9_-]*$")


class MemberPatch(Schema):
    """What is left out stays."""

    name: str | None = Field(None, max_length=60)
    phone: str | None = Field(None, min_length=3, max_length=30)


class NameSaid(Schema):
    name: str = Field(max_length=60)


class Revealed(Schema):
    name: str
    phone: str


class PhoneSaid(Schema):
    phone: str = Field(min_length=3, max_length=30)


class PhoneProven(PhoneSaid):
    code: str = Field(min_length=1, max_length=10, description="The code that was sent to the phone.")


class CodeShown(Schema):
    """What a member shows at the till, as a QR or a barcode; a new one each minute."""

    code: str
    holds_s: int


class KeyNew(Schema):
    id: UUID = Field(description="Made by the caller; sent again, it gets the first answer.")
    kind: Literal["wechat_union", "wechat_open", "alipay", "card", "wecom_contact", "buyer"]
    value: str = Field(min_length=1, max_length=128)
    app: str = Field("", max_length=64, description="The WeChat app of an openid, the marketplace of a buyer id.")
    how: Literal["scanned", "paid_with", "staff", "imported"] = "staff"


class KeySeen(Schema):
    """A certain key, masked."""

    id: UUID
    kind: str
    app: str
    shown: str
    how: str
    proven_at: datetime


class KeyAnswer(Schema):
    """Whose the key is now. `join_id`: it was another member's until then, and the two were joined."""

    key_id: UUID
    member_id: UUID
    join_id: UUID | None


class JoinNew(Schema):
    id: UUID = Field(description="Made by the caller; sent again, it gets the first answer.")
    first_id: UUID
    second_id: UUID
    survivor_id: UUID | None = Field(
        None, description="Who stays; left out: who has a phone, an account, joined earlier."
    )
    note: str = Field("", max_length=200, description="Why, in your words.")


class JoinSeen(Schema):
    """A join of two members."""

    id: UUID
    absorbed_id: UUID
    survivor_id: UUID
    joined_at: datetime
    undone_at: datetime | None
    reason: str = ""
    note: str = ""
    moved: dict[str, int] = Field(default_factory=dict, description="How many rows of each subject moved.")


class LaterSeen(Schema):
    """What came to the survivor after the join."""

    subject: str
    id: UUID
    title: str
    at: datetime


class Taken(Schema):
    subject: str = Field(max_length=60)
    id: UUID


class UndoSaid(Schema):
    reason: str = Field("", max_length=200)
    take: list[Taken] = Field(
        default_factory=list, max_length=1_000, description="Later rows that go with the absorbed member."
    )


class EraseSaid(Schema):
    reason: str = Field("", max_length=200)
    number: str = Field(max_length=20, description="The member's number, once more: erasing cannot be undone.")


class Erased(Schema):
    """How many rows went, by subject; empty when there was nothing left to go."""

    gone: dict[str, int]


def seen(member: Member, *, clear: bool) -> dict[str, Any]:
    """Give a member as programs see it."""
    name, phone = (member.name, member.phone) if clear else (mask_name(member.name), mask_phone(member.phone))
    return {
        "id": member.id, "number": member.number, "name": name, "phone": phone, "source": member.source,
        "home_store_id": member.home_store_id, "joined_at": member.joined_at,
    }  # fmt: skip


def key_seen(key: KeyFacts) -> dict[str, Any]:
    """Give a key as programs see it."""
    return {
        "id": key.id, "kind": key.kind, "app": key.app, "shown": key.shown, "how": key.how, "proven_at": key.proven_at,
    }  # fmt: skip


def join_seen(join: JoinDone | JoinFacts) -> dict[str, Any]:
    """Give a join as programs see it."""
    return {
        "id": join.id, "absorbed_id": join.absorbed_id, "survivor_id": join.survivor_id, "joined_at": join.joined_at,
        "undone_at": join.undone_at, "reason": getattr(join, "reason", ""), "note": getattr(join, "note", ""),
        "moved": getattr(join, "moved", {}),
    }  # fmt: skip
