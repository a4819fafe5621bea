"""Second factors: what allauth keeps is sealed, whether an account has one, and the code of now (the demo shows it)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from allauth.mfa import app_settings as mfa
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt

from sitong.shared.access.fields import seal, unseal
from sitong.shared.access.models import Account
from sitong.shared.access.scope import brands_shown

ISSUER = "Sitong"

__all__ = [
    "SealedFactors",
    "code_of_now",
    "demo_code_of",
    "generate_totp_secret",
    "has_second_factor",
    "has_second_factor_among",
    "needs_second_factor",
    "recovery_codes_left",
]


class SealedFactors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth's secrets at rest, sealed with the platform's key like every personal field."""

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        return ISSUER


def needs_second_factor(account: Account) -> bool:
    """Tell whether an account may not come in by its password alone: the brand's staff, and who has set one up."""
    return account.system in {"brand", "operator"} or has_second_factor(account)


def has_second_factor(account: Account) -> bool:
    """Tell whether an account has set up its second factor."""
    with brands_shown([account.brand_id] if account.brand_id else []):
        return bool(Authenticator.objects.filter(user_id=account.id, type=Authenticator.Type.TOTP).exists())


def has_second_factor_among(account_ids: Iterable[UUID]) -> set[UUID]:
    """Give those of the accounts that have set up their second factor, within the scope in force."""
    found = Authenticator.objects.filter(user_id__in=list(account_ids), type=Authenticator.Type.TOTP)
    return set(found.values_list("user_id", flat=True))


def recovery_codes_left(account_id: UUID) -> int:
    """Give how many recovery codes of an account are unused, within the scope in force."""
    kept = Authenticator.objects.filter(user_id=account_id, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(RecoveryCodes(kept).get_unused_codes()) if kept else 0


def code_of_now(secret: str, *, now: datetime) -> str:
    """Give the six digits of a secret at an instant (RFC 6238, SHA-1, 30 seconds)."""
    return str(format_hotp_value(hotp_value(secret, int(now.timestamp()) // mfa.TOTP_PERIOD)))


def demo_code_of(account_id: UUID, *, now: datetime) -> str:
    """Give the next digits of an account's second factor that were not used yet. Only the demo's sign-in page may call it."""
    factor = Authenticator.objects.filter(user_id=account_id, type=Authenticator.Type.TOTP).first()
    if factor is None:
        return ""
    counter = max(int(now.timestamp()) // mfa.TOTP_PERIOD, factor.data.get("used", -1) + 1)
    return str(format_hotp_value(hotp_value(decrypt(factor.data["secret"]), counter)))
