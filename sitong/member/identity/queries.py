"""Who a member is, for those who may know."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from sitong.member.identity.models import Member
from sitong.member.identity.rules import normal_number
from sitong.org.stores.queries import stores_visible_to
from sitong.shared.access.fields import keyed_index
from sitong.shared.access.masking import mask_name, mask_phone
from sitong.shared.access.phones import normal_phone
from sitong.shared.access.viewer import Viewer


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """A member with name and phone in clear: for actions and messages. Screens show `masked_name` and `masked_phone`."""

    id: UUID
    brand_id: UUID
    account_id: UUID | None
    number: str
    name: str
    phone: str
    source: str
    home_store_id: UUID | None
    joined_at: datetime

    @property
    def masked_name(self) -> str:
        return mask_name(self.name)

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone)


FIELDS = tuple(MemberFacts.__dataclass_fields__)


def member_of_account(account_id: UUID) -> MemberFacts | None:
    """Give the member who signs in with this account."""
    row = Member.objects.filter(account_id=account_id).values_list(*FIELDS).first()
    return MemberFacts(*row) if row else None


def member_facts(member_ids: Collection[UUID]) -> dict[UUID, MemberFacts]:
    """Give the facts of members by id; unknown ones are left out. One query."""
    return {row[0]: MemberFacts(*row) for row in Member.objects.filter(id__in=member_ids).values_list(*FIELDS)}


def member_by_phone(brand_id: UUID, phone: str) -> MemberFacts | None:
    """Give the member of a brand with this phone, however it is written."""
    normal = normal_phone(phone)
    if normal is None:
        return None
    row = Member.objects.filter(brand_id=brand_id, phone_index=keyed_index(normal)).values_list(*FIELDS).first()
    return MemberFacts(*row) if row else None


def members_visible_to(viewer: Viewer, permission: str = "member.see") -> QuerySet[Member]:
    """Give the members whom the viewer may see.

    The brand's staff see all of the brand's, dealers and stores those whose home store is theirs, a consumer itself.
    """
    if viewer.system == "consumer":
        return Member.objects.filter(Q(id=viewer.member_id), account_id=viewer.account_id)
    return Member.objects.filter(
        Q(brand_id__in=viewer.place_ids("brand", permission))
        | Q(home_store_id__in=stores_visible_to(viewer, permission).values("id")),
        Q(brand_id=viewer.brand_id),
    )


def found_members(viewer: Viewer, text: str) -> QuerySet[Member]:
    """Give the visible members whose whole phone or number somebody typed; names are sealed and are not searched."""
    visible = members_visible_to(viewer)
    if not text.strip():
        return visible
    normal = normal_phone(text)
    by_phone = Q(phone_index=keyed_index(normal)) if normal else Q(pk__in=[])
    return visible.filter(by_phone | Q(number=normal_number(text)))
