"""What others may hear of coupons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sitong.shared.events.registry import Happening, happening


@happening
@dataclass(frozen=True, slots=True)
class CouponPublished(Happening):
    """From now on a coupon may be given."""

    name: ClassVar[str] = "marketing.coupon_published"
    coupon_id: UUID


@happening
@dataclass(frozen=True, slots=True)
class CouponProlonged(Happening):
    """A coupon holds longer than was promised: whoever holds one that was to end at `old_until` has it until `new_until`."""

    name: ClassVar[str] = "marketing.coupon_prolonged"
    coupon_id: UUID
    old_until: datetime
    new_until: datetime


@happening
@dataclass(frozen=True, slots=True)
class CouponClaimed(Happening):
    """A member has got a coupon. `way`: claim, buy, join, segment or clerk; `source`: through which entry."""

    name: ClassVar[str] = "marketing.coupon_claimed"
    claim_id: UUID
    coupon_id: UUID
    member_id: UUID
    way: str
    source: str = ""
    store_id: UUID | None = None


@happening
@dataclass(frozen=True, slots=True)
class CouponPassedOn(Happening):
    """A friend has taken a coupon that another member passed on."""

    name: ClassVar[str] = "marketing.coupon_passed_on"
    claim_id: UUID
    coupon_id: UUID
    from_member_id: UUID
    to_member_id: UUID


@happening
@dataclass(frozen=True, slots=True)
class CouponRedeemed(Happening):
    """A coupon was redeemed: in an order, or (without one) at a store's counter."""

    name: ClassVar[str] = "marketing.coupon_redeemed"
    redemption_id: UUID
    claim_id: UUID
    coupon_id: UUID
    member_id: UUID
    store_id: UUID | None
    order_id: UUID | None
    saved_minor: int


@happening
@dataclass(frozen=True, slots=True)
class RedemptionTakenBack(Happening):
    """A redemption was undone, since its order was canceled, expired or returned whole: the member has the coupon again."""

    name: ClassVar[str] = "marketing.redemption_taken_back"
    redemption_id: UUID
    claim_id: UUID
    coupon_id: UUID
    member_id: UUID
    saved_minor: int
    reason: str = ""


@happening
@dataclass(frozen=True, slots=True)
class CouponVoided(Happening):
    """A coupon in a member's hands holds no more."""

    name: ClassVar[str] = "marketing.coupon_voided"
    claim_id: UUID
    coupon_id: UUID
    member_id: UUID
    reason: str = ""


@happening
@dataclass(frozen=True, slots=True)
class CouponExpiring(Happening):
    """A coupon that was not used expires soon; told once."""

    name: ClassVar[str] = "marketing.coupon_expiring"
    claim_id: UUID
    coupon_id: UUID
    member_id: UUID
    valid_until: datetime
