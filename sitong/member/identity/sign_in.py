"""The consumer's way in: a phone number, the code that was sent to it, and membership of the brand by that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from sitong.member.identity.actions import MemberWanted, join_members
from sitong.member.identity.models import Member
from sitong.org.brands.queries import BrandFacts, brand_by_code
from sitong.org.stores.queries import store_by_code
from sitong.shared.access.actions.accounts import open_consumer_account
from sitong.shared.access.actions.codes import make_code, use_code
from sitong.shared.access.codes import code_sender
from sitong.shared.access.limits import CODE_BY_ADDRESS, CODE_BY_PHONE, CODE_CHECK_BY_ADDRESS, hold_to
from sitong.shared.access.phones import normal_phone
from sitong.shared.access.queries import AccountRow
from sitong.shared.access.scope import brands_shown
from sitong.shared.errors import NotAllowed, Refused
from sitong.shared.ids import new_id

SHOP = re.compile(r"/s/(?P<brand>[^/]+)/(?:(?P<store>[^/]+)/)?")
SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
DEFAULT_SOURCE = "mini-shop"


@dataclass(frozen=True, slots=True)
class Entry:
    """Through which door a consumer comes: which brand, which of its stores, which named source (M9)."""

    brand: BrandFacts
    store_id: UUID | None
    source: str


def entry_of(address: str, *, source: str = "") -> Entry | None:
    """Read the door from an address of a mini shop ("/s/<brand>/<store>/…"); None when it is none."""
    match = SHOP.match(address)
    if match is None:
        return None
    return entry_by_codes(match["brand"], match["store"] or "", source=source)


def entry_by_codes(brand_code: str, store_code: str, *, source: str = "") -> Entry | None:
    """Give the door by the codes of brand and store; an unknown store is no store, an unknown brand no door."""
    brand = brand_by_code(brand_code)
    if brand is None:
        return None
    store = store_by_code(brand_code, store_code) if store_code else None
    return Entry(brand, store.id if store else None, source if SOURCE.fullmatch(source) else DEFAULT_SOURCE)


def send_code(brand_id: UUID, *, phone: str, address: str, language: str, now: datetime) -> str:
    """Send a code to a phone, within the limits of address and phone. Gives the code in the demo, which shows it, else ''.

    Refused: shared.too_many, shared.phone_malformed, shared.phone_not_mobile, shared.no_code_sender.
    """
    hold_to(CODE_BY_ADDRESS, address, now=now)
    hold_to(CODE_BY_PHONE, normal_phone(phone) or phone, now=now)
    with brands_shown([brand_id]):
        made = make_code(brand_id=brand_id, phone=phone, now=now)
    code_sender().send(phone=made.phone, code=made.code, language=language)
    return made.code if settings.DEMO else ""


def come_in(entry: Entry, *, phone: str, code: str, address: str, now: datetime) -> tuple[AccountRow, Member]:
    """Give the account and the member behind a phone whose code is right; the first time both are made.

    Refused: shared.too_many, shared.code_wrong, shared.code_expired, shared.phone_malformed, shared.not_allowed (disabled).
    """
    hold_to(CODE_CHECK_BY_ADDRESS, address, now=now)
    with brands_shown([entry.brand.id]):
        proved = use_code(brand_id=entry.brand.id, phone=phone, code=code, now=now)
        account = open_consumer_account(id=new_id(), brand_id=entry.brand.id, phone=proved, now=now)
        if not account.is_active:
            raise NotAllowed()
        wanted = MemberWanted(
            new_id(), entry.brand.id, proved, source=entry.source, home_store_id=entry.store_id, account_id=account.id
        )
        (member,) = join_members([wanted], now=now)
    if isinstance(member, Refused):
        raise member
    return account, member


def code_is_right(brand_id: UUID, *, phone: str, code: str, address: str, now: datetime) -> str:
    """Give the phone in its normal form when the code that was sent to it is right: it is proven.

    Refused: shared.too_many, shared.code_wrong, shared.code_expired, shared.phone_malformed.
    """
    hold_to(CODE_CHECK_BY_ADDRESS, address, now=now)
    with brands_shown([brand_id]):
        return use_code(brand_id=brand_id, phone=phone, code=code, now=now)
