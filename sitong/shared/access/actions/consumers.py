"""Consumers' accounts: another phone to sign in by, and closed for good."""

from __future__ import annotations

from uuid import UUID

from sitong.shared.access.actions.sessions import end_sessions
from sitong.shared.access.fields import keyed_index
from sitong.shared.access.models import Account, System
from sitong.shared.errors import Refused


class PhoneSignsInAnother(Refused):
    """Another account signs in by this phone."""

    code = "shared.phone_signs_in_another"


def change_consumer_phone(account_id: UUID, *, phone: str) -> None:
    """Let a consumer's account sign in by another phone, already in its normal form.

    Refused: shared.phone_signs_in_another.
    """
    account = Account.objects.select_for_update(no_key=True).filter(id=account_id, system=System.CONSUMER).first()
    if account is None:
        return
    index = keyed_index(phone)
    there = Account.objects.filter(brand_id=account.brand_id, system=System.CONSUMER, phone_index=index)
    if there.exclude(id=account_id).exists():
        raise PhoneSignsInAnother()
    account.phone, account.phone_index = phone, index
    account.save(update_fields=["phone", "phone_index"])


def close_consumer_account(account_id: UUID) -> None:
    """Close a consumer's account and forget its phone, name and e-mail. Its sessions end. For good."""
    Account.objects.filter(id=account_id, system=System.CONSUMER).update(
        is_active=False, phone="", phone_index=None, name="", email=""
    )
    end_sessions(account_id)
