"""Codes sent to a phone: made, checked once, forgotten."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from sitong.shared.access.actions.accounts import PhoneUnknown
from sitong.shared.access.fields import keyed_index
from sitong.shared.access.models import SignInCode
from sitong.shared.access.phones import is_mobile, normal_phone
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id

DIGITS = 6
HOLDS = timedelta(minutes=5)
TRIES = 5
KEPT = timedelta(days=1)


class CodeWrong(Refused):
    """The code is not the one that was sent; `tries_left` more may be made with it."""

    code = "shared.code_wrong"


class CodeExpired(Refused):
    """No code was sent to this phone, or it has run out, was used, or was tried too often."""

    code = "shared.code_expired"


class PhoneNotMobile(Refused):
    """No code can be sent to a number that is not a mobile one."""

    code = "shared.phone_not_mobile"


@dataclass(frozen=True, slots=True)
class CodeMade:
    """A code in clear, to be sent and forgotten."""

    phone: str
    code: str
    expires_at: datetime


def make_code(*, brand_id: UUID, phone: str, now: datetime) -> CodeMade:
    """Make a code for a phone that holds five minutes; only the newest one of a phone counts.

    The caller holds to the limits (CODE_BY_PHONE, CODE_BY_ADDRESS) first and sends it.
    Refused: shared.phone_malformed, shared.phone_not_mobile.
    """
    normal = normal_phone(phone)
    if normal is None:
        raise PhoneUnknown()
    if not is_mobile(normal):
        raise PhoneNotMobile()
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    id, index = new_id(), keyed_index(normal)
    with transaction.atomic():
        SignInCode.objects.filter(brand_id=brand_id, phone_index=index, used_at=None, expires_at__gt=now).update(
            expires_at=now
        )
        SignInCode.objects.create(
            id=id,
            brand_id=brand_id,
            phone_index=index,
            proof=_proof(id, code),
            sent_at=now,
            expires_at=now + HOLDS,
            tries_left=TRIES,
        )
    return CodeMade(normal, code, now + HOLDS)


def use_code(*, brand_id: UUID, phone: str, code: str, now: datetime) -> str:
    """Use up the code that was sent to a phone and give the phone in its normal form. Once only, five tries.

    A wrong try is counted for good, so call it outside of any other transaction.
    Refused: shared.phone_malformed, shared.code_expired, shared.code_wrong.
    """
    normal = normal_phone(phone)
    if normal is None:
        raise PhoneUnknown()
    with transaction.atomic():
        sent = (
            SignInCode.objects.select_for_update()
            .filter(
                brand_id=brand_id, phone_index=keyed_index(normal), used_at=None, expires_at__gt=now, tries_left__gt=0
            )
            .order_by("-sent_at")
            .first()
        )
        right = sent is not None and hmac.compare_digest(bytes(sent.proof), _proof(sent.id, code.strip()))
        if sent is not None:
            if right:
                sent.used_at = now
            else:
                sent.tries_left -= 1
            sent.save(update_fields=["used_at", "tries_left"])
    if sent is None:
        raise CodeExpired()
    if not right:
        raise CodeWrong(tries_left=sent.tries_left)
    return normal


def forget_codes(*, now: datetime) -> int:
    """Delete codes that ran out a day ago or earlier. Gives how many."""
    deleted, _ = SignInCode.objects.filter(expires_at__lt=now - KEPT).delete()
    return deleted


def _proof(id: UUID, code: str) -> bytes:
    return keyed_index(f"code:{id}:{code}")
