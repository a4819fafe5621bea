"""What the gifts' API takes and gives; the hot lane and the ninja router share it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from sitong.marketing.gifts.definition import COUNT_MAX, DAYS_MAX, HANDLING_MAX_BP, VALUE_MAX_MINOR
from sitong.marketing.gifts.rules import LEVELS_MAX

Name = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")]
About = Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00]*$")]
Picture = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00]*$")]
Number = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9-]{3,20})?$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 -]{1,60}$")]
Amount = Annotated[int, Field(ge=0, le=VALUE_MAX_MINOR, strict=True)]
Count = Annotated[int, Field(ge=1, le=COUNT_MAX, strict=True)]
StoreKind = Literal["direct", "franchise", "special", "authorized"]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GiftFields(Strict):
    """What a gift of the library may be."""

    name_en: Name = ""
    number: Number = ""
    about: About = ""
    about_en: About = ""
    picture: Picture = ""
    sku_id: UUID | None = None
    quantity: Count = 1
    value_minor: Amount = Field(0, description="What the store claims for one, in minor units.")
    handling_bp: int = Field(
        0, ge=0, le=HANDLING_MAX_BP, description="What each dealer claims more than the level below."
    )
    levels_minor: list[Amount] = Field(
        [], max_length=LEVELS_MAX, description="What each level claims, the store first."
    )
    store_kinds: list[StoreKind] = Field([], max_length=4)
    store_ids: list[UUID] = Field([], max_length=2_000)
    clerk_confirms: bool = False
    signed_only: bool = False
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    valid_days: int | None = Field(None, ge=1, le=DAYS_MAX)
    quota_total: Count | None = None


class LibraryGiftIn(GiftFields):
    id: UUID
    name: Name

    def said(self) -> dict[str, Any]:
        """Give what was said as the action takes it."""
        return typed(self.model_dump(exclude={"id"}))


MAY_BE_NONE = {"valid_until", "valid_days", "quota_total"}


class GiftPatch(Strict):
    """Fields to change; what is left out stays, and so does what is null, but for the ends and the quota, which null takes away."""

    name: Name | None = None
    name_en: Name | None = None
    about: About | None = None
    about_en: About | None = None
    picture: Picture | None = None
    value_minor: Amount | None = None
    handling_bp: int | None = Field(None, ge=0, le=HANDLING_MAX_BP)
    levels_minor: list[Amount] | None = Field(None, max_length=LEVELS_MAX)
    store_kinds: list[StoreKind] | None = Field(None, max_length=4)
    store_ids: list[UUID] | None = Field(None, max_length=2_000)
    clerk_confirms: bool | None = None
    signed_only: bool | None = None
    valid_until: AwareDatetime | None = None
    valid_days: int | None = Field(None, ge=1, le=DAYS_MAX)
    quota_total: Count | None = None

    def said(self) -> dict[str, Any]:
        """Give the changes as the action takes them."""
        said = self.model_dump(exclude_unset=True)
        return typed({key: value for key, value in said.items() if value is not None or key in MAY_BE_NONE})


class LibraryGiftOut(BaseModel):
    id: UUID
    number: str
    name: str
    name_en: str
    about: str
    about_en: str
    picture: str
    sku_id: UUID | None
    quantity: int
    value_minor: int
    handling_bp: int
    levels_minor: list[int]
    clerk_confirms: bool
    signed_only: bool
    valid_from: datetime | None
    valid_until: datetime | None
    valid_days: int | None
    quota_total: int | None
    published_at: datetime | None
    ended_at: datetime | None
    given: int = 0
    redeemed: int = 0
    voided: int = 0


class HeldGiftOut(BaseModel):
    """A gift in the asker's own hands. `secret`: from it the phone makes the code that changes each minute."""

    id: UUID
    gift_id: UUID
    name: str
    name_en: str
    code: str
    state: str
    valid_from: datetime
    valid_until: datetime
    secret: str


class GiftScanIn(Strict):
    """A gift's code as it was scanned or typed. `id` is the scan's nonce. `scanned_at`: when, if there was no network then."""

    id: UUID
    store_id: UUID
    code: Code
    scanned_at: AwareDatetime | None = None


class GiftHandoverOut(BaseModel):
    id: UUID
    claim_id: UUID
    gift_id: UUID
    store_id: UUID
    name: str
    name_en: str
    at: datetime


class GiftAskIn(Strict):
    """What a consumer asks for at the counter whose code it scanned. `id` is the page's own."""

    id: UUID
    claim_id: UUID
    store_id: UUID
    counter_code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 -]{1,20}$")]


class GiftAskOut(BaseModel):
    """`state`: waiting, done, declined or over."""

    id: UUID
    claim_id: UUID
    store_id: UUID
    state: str
    expires_at: datetime | None = None


class StoreAskOut(BaseModel):
    id: UUID
    claim_id: UUID
    name: str
    name_en: str
    asked_at: datetime
    expires_at: datetime


class GiftSeenOut(BaseModel):
    claim_id: UUID
    gift_id: UUID
    name: str
    name_en: str
    state: str
    valid_from: datetime
    valid_until: datetime
    refusal: str
    message: str


class ProofOut(BaseModel):
    """The proof of a handover: what is said, and the link in the store's chain, in hexadecimal."""

    redemption_id: UUID
    position: int
    code: str
    gift_id: UUID
    store_id: UUID
    dealers: list[UUID]
    levels_minor: list[int]
    way: str
    by: UUID | None
    at: datetime
    received_at: datetime
    previous: str
    digest: str
    signature: str
    holds: bool
    undone_at: datetime | None


class GiftReasonIn(Strict):
    reason: Reason


class CounterSetIn(Strict):
    """`confirms_itself`: a consumer at the counter redeems without a clerk's tap."""

    confirms_itself: bool


class CounterSetOut(BaseModel):
    store_id: UUID
    confirms_itself: bool


class GiftGivenIn(Strict):
    """A gift for one member, given by headquarters. `id` is the client's."""

    id: UUID
    gift_id: UUID
    member_id: UUID


def typed(said: dict[str, Any]) -> dict[str, Any]:
    """Give lists as the action keeps them."""
    kinds: dict[str, Any] = {"store_kinds": frozenset, "store_ids": frozenset, "levels_minor": tuple}
    return {key: kinds[key](value) if key in kinds and value is not None else value for key, value in said.items()}
