"""Proofs of who somebody is: password, second factor (TOTP, RFC 6238, through allauth), recovery codes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from sitong.shared.access.actions.audit import AuditEntry, record
from sitong.shared.access.models import Account
from sitong.shared.access.queries import brand_of_username
from sitong.shared.access.scope import brands_shown
from sitong.shared.errors import NotFound, NotSignedIn, Refused

DEMO_PASSWORD = "sitong-demo-2026"  # noqa: S105 - known to everybody, so it opens nothing without SITONG_DEMO=1


class PasswordWrong(NotSignedIn):
    """There is no such account, or this is not its password; the two are not told apart."""

    code = "shared.password_wrong"


class SecondFactorWrong(NotSignedIn):
    """The six digits are not the ones of now, or were used already."""

    code = "shared.second_factor_wrong"


class SecondFactorMissing(NotSignedIn):
    """The account needs a second factor and has set up none: sign in on the page, which leads through it."""

    code = "shared.second_factor_missing"


class SecondFactorThere(Refused):
    """The account has a second factor already."""

    code = "shared.second_factor_there"


def prove_password(*, username: str, password: str, systems: frozenset[str], now: datetime) -> Account:
    """Give the staff account of one of `systems` that this password opens. It is not signed in by this.

    Takes as long for a name that nobody has. The caller holds to SIGN_IN_BY_NAME and SIGN_IN_BY_ADDRESS first.
    Refused: shared.password_wrong.
    """
    username = username.strip().lower()
    brand_id = brand_of_username(username)
    with brands_shown([brand_id] if brand_id else []):
        account = Account.objects.filter(username=username, system__in=systems).first()
        if account is None or not account.has_usable_password():
            make_password(password)
            raise PasswordWrong()

        def rehash(raw: str) -> None:
            account.password = make_password(raw)
            account.save(update_fields=["password"])

        known_to_everybody = password == DEMO_PASSWORD and not settings.DEMO
        if not check_password(password, account.password, rehash) or not account.is_active or known_to_everybody:
            raise PasswordWrong()
        Account.objects.filter(id=account.id).update(last_login=now)
    return account


def prove_second_factor(account: Account, *, code: str, now: datetime) -> None:
    """Check six digits, or a recovery code, of an account that has a second factor. Each counts once only.

    Refused: shared.second_factor_missing, shared.second_factor_wrong.
    """
    with brands_shown([account.brand_id]), transaction.atomic():
        totp = (
            Authenticator.objects.select_for_update().filter(user_id=account.id, type=Authenticator.Type.TOTP).first()
        )
        if totp is None:
            raise SecondFactorMissing()
        counter = _counter_of(decrypt(totp.data["secret"]), code, now)
        if counter is not None and counter > totp.data.get("used", -1):
            totp.data["used"] = counter
            totp.last_used_at = now
            totp.save(update_fields=["data", "last_used_at"])
            return
        recovery = Authenticator.objects.filter(user_id=account.id, type=Authenticator.Type.RECOVERY_CODES).first()
        if counter is not None or recovery is None or not RecoveryCodes(recovery).validate_code(code.strip()):
            raise SecondFactorWrong()
        record([AuditEntry("recovery_code_used", "shared.account", account.id, account.brand_id, account.id)], at=now)


def set_up_second_factor(account_id: UUID, *, secret: str, code: str, by: UUID | None, now: datetime) -> list[str]:
    """Set up a second factor from a secret that the authenticator app has shown to know, and give the recovery codes.

    Refused: shared.not_found, shared.second_factor_there, shared.second_factor_wrong.
    """
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).filter(id=account_id).first()
        if account is None:
            raise NotFound()
        if Authenticator.objects.filter(user_id=account_id, type=Authenticator.Type.TOTP).exists():
            raise SecondFactorThere()
        counter = _counter_of(secret, code, now)
        if counter is None:
            raise SecondFactorWrong()
        totp = TOTP.activate(account, secret).instance
        totp.data["used"] = counter
        totp.save(update_fields=["data"])
        recovery = RecoveryCodes.activate(account)
        record([AuditEntry("second_factor_set_up", "shared.account", account.id, account.brand_id, by)], at=now)
    return list(recovery.generate_codes())


def renew_recovery_codes(account_id: UUID, *, by: UUID, now: datetime) -> list[str]:
    """Make new recovery codes for an account with a second factor; the old ones stop working. Refused: shared.second_factor_missing."""
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).filter(id=account_id).first()
        if account is None:
            raise NotFound()
        if not Authenticator.objects.filter(user_id=account_id, type=Authenticator.Type.TOTP).exists():
            raise SecondFactorMissing()
        Authenticator.objects.filter(user_id=account_id, type=Authenticator.Type.RECOVERY_CODES).delete()
        recovery = RecoveryCodes.activate(account)
        record([AuditEntry("recovery_codes_renewed", "shared.account", account.id, account.brand_id, by)], at=now)
    return list(recovery.generate_codes())


def clear_second_factor(account_id: UUID, *, by: UUID, now: datetime) -> None:
    """Take an account's second factor away, so that it sets up a new one at its next sign-in (a lost phone)."""
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).filter(id=account_id).first()
        if account is None:
            raise NotFound()
        Authenticator.objects.filter(user_id=account_id).delete()
        record([AuditEntry("second_factor_cleared", "shared.account", account.id, account.brand_id, by)], at=now)


def _counter_of(secret: str, code: str, now: datetime) -> int | None:
    """Give the time step whose digits these are, within one step before and after `now`; None when there is none."""
    present: int = int(now.timestamp()) // mfa.TOTP_PERIOD
    for counter in (present, present - 1, present + 1):
        if compare_user_code(actual=code.strip(), expected=format_hotp_value(hotp_value(secret, counter))):
            return counter
    return None
