"""Accounts: staff hired, changed, disabled; consumers' accounts opened; roles granted and taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q

from sitong.shared.access.actions.audit import AuditEntry, record
from sitong.shared.access.fields import keyed_index
from sitong.shared.access.masking import mask_email, mask_phone
from sitong.shared.access.models import Account, RoleGrant, System
from sitong.shared.access.permissions import ROLES
from sitong.shared.access.phones import normal_phone
from sitong.shared.access.viewer import Place
from sitong.shared.errors import NotFound, Refused, RepeatDiffers

STAFF_SYSTEMS = frozenset({"brand", "dealer", "store"})


class UsernameTaken(Refused):
    """Somebody signs in with this name already (on the whole platform)."""

    code = "shared.username_taken"


class UsernameMalformed(Refused):
    """A user name has 3 to 150 letters, digits and . _ - @ +."""

    code = "shared.username_malformed"


class RoleUnknown(Refused):
    """There is no such role in this account system, or at this kind of place."""

    code = "shared.role_unknown"


class PasswordWeak(Refused):
    """The password is too short, too common, or too close to the name."""

    code = "shared.password_weak"


class PhoneUnknown(Refused):
    """This cannot be a phone number."""

    code = "shared.phone_malformed"


class LastOwner(Refused):
    """The brand would be left without anybody who may change its staff."""

    code = "shared.last_owner"


@dataclass(frozen=True, slots=True)
class StaffWanted:
    """A staff account. The id is the caller's: sent again, it gets the first answer.

    Without a password nobody can sign in with it until one is set. `places` are the roles, each at its place.
    """

    id: UUID
    brand_id: UUID
    system: str
    username: str
    places: tuple[Place, ...]
    name: str = ""
    email: str = ""
    phone: str = ""
    password: str | None = None


def create_staff(wanted: StaffWanted, *, by: UUID | None, now: datetime) -> Account:
    """Create a staff account with its roles. That `by` may do so here is the caller's to check (org.staff does).

    Refused: shared.role_unknown, shared.username_malformed, shared.username_taken, shared.password_weak,
    shared.phone_malformed, shared.repeat_differs.
    """
    phone, username = _normal(wanted.phone), wanted.username.strip().lower()
    _check_roles(wanted.system, wanted.places)
    with transaction.atomic():
        if earlier := Account.objects.filter(id=wanted.id).first():
            if (earlier.brand_id, earlier.username, earlier.system) != (wanted.brand_id, username, wanted.system):
                raise RepeatDiffers(id=wanted.id)
            return earlier
        account = Account(
            id=wanted.id, brand_id=wanted.brand_id, system=wanted.system, username=username, name=wanted.name,
            email=wanted.email, phone=phone, phone_index=keyed_index(phone) if phone else None, created_at=now,
        )  # fmt: skip
        _check_username(username)
        _set_password(account, wanted.password)
        account.save(force_insert=True)
        _add_grants(account, wanted.places, now)
        record(
            [
                AuditEntry(
                    "created", "shared.account", account.id, account.brand_id, by, after=_shown(account, wanted.places)
                )
            ],
            at=now,
        )
    return account


def change_staff(account_id: UUID, *, name: str, email: str, phone: str, by: UUID | None, now: datetime) -> Account:
    """Change name, e-mail and phone of a staff account. Refused: shared.not_found, shared.phone_malformed."""
    normal = _normal(phone)
    with transaction.atomic():
        account = _locked(account_id)
        before = {"name": account.name, "email": mask_email(account.email), "phone": mask_phone(account.phone)}
        account.name, account.email, account.phone = name, email, normal
        account.phone_index = keyed_index(normal) if normal else None
        account.save(update_fields=["name", "email", "phone", "phone_index"])
        after = {"name": name, "email": mask_email(email), "phone": mask_phone(normal)}
        record([AuditEntry("changed", "shared.account", account.id, account.brand_id, by, before, after)], at=now)
    return account


def set_roles(account_id: UUID, places: Sequence[Place], *, by: UUID | None, now: datetime) -> None:
    """Give a staff account these roles and no others. Refused: shared.not_found, shared.role_unknown, shared.last_owner."""
    with transaction.atomic():
        account = _locked(account_id)
        _check_roles(account.system, places)
        before = places_of(account)
        RoleGrant.objects.filter(account=account).delete()
        _add_grants(account, places, now)
        _check_owner_left(account)
        record(
            [
                AuditEntry(
                    "roles_set", "shared.account", account.id, account.brand_id, by, _roles(before), _roles(places)
                )
            ],
            at=now,
        )


def disable_account(account_id: UUID, *, by: UUID | None, now: datetime) -> Account:
    """Close an account's way in: its sessions end with the next request, its tokens run out within their minutes.

    Refused: shared.not_found, shared.last_owner.
    """
    with transaction.atomic():
        account = _locked(account_id)
        if account.is_active:
            account.is_active = False
            account.save(update_fields=["is_active"])
            _check_owner_left(account)
            record([AuditEntry("disabled", "shared.account", account.id, account.brand_id, by)], at=now)
    return account


def enable_account(account_id: UUID, *, by: UUID | None, now: datetime) -> Account:
    """Open a disabled account's way in again. Refused: shared.not_found."""
    with transaction.atomic():
        account = _locked(account_id)
        if not account.is_active:
            account.is_active = True
            account.save(update_fields=["is_active"])
            record([AuditEntry("enabled", "shared.account", account.id, account.brand_id, by)], at=now)
    return account


def set_password(account_id: UUID, *, password: str, by: UUID | None, now: datetime) -> Account:
    """Set a staff account's password; its other sessions end. Refused: shared.not_found, shared.password_weak."""
    with transaction.atomic():
        account = _locked(account_id)
        _set_password(account, password)
        account.save(update_fields=["password"])
        record([AuditEntry("password_set", "shared.account", account.id, account.brand_id, by)], at=now)
    return account


def choose_language(account_id: UUID, *, language: str) -> None:
    """Remember the language in which an account wants its pages and messages."""
    Account.objects.filter(id=account_id).update(language=language)


def open_consumer_account(*, id: UUID, brand_id: UUID, phone: str, now: datetime) -> Account:
    """Give the account of a consumer of a brand, known by phone; open it when there is none yet.

    The caller has proved that the phone is the consumer's. Refused: shared.phone_malformed.
    """
    normal = _normal(phone)
    if not normal:
        raise PhoneUnknown()
    index = keyed_index(normal)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(index[8:16], "big", signed=True)])
        there = Account.objects.filter(brand_id=brand_id, system=System.CONSUMER, phone_index=index).first()
        if there:
            return there
        account = Account(
            id=id, brand_id=brand_id, system=System.CONSUMER, username=f"consumer-{id.hex}",
            phone=normal, phone_index=index, created_at=now,
        )  # fmt: skip
        account.set_unusable_password()
        account.save(force_insert=True)
    return account


def places_of(account: Account) -> tuple[Place, ...]:
    """Give the roles of an account, each at its place, in a steady order."""
    rows = account.grants.values_list("place_kind", "place_id", "role").order_by("place_kind", "place_id", "role")
    return tuple(Place(*row) for row in rows)


def _locked(account_id: UUID) -> Account:
    account = Account.objects.select_for_update(no_key=True).filter(id=account_id, system__in=STAFF_SYSTEMS).first()
    if account is None:
        raise NotFound()
    return account


def _normal(phone: str) -> str:
    if not phone:
        return ""
    normal = normal_phone(phone)
    if normal is None:
        raise PhoneUnknown()
    return normal


def _check_username(username: str) -> None:
    if not (3 <= len(username) <= 150 and all(sign.isalnum() or sign in "._-@+" for sign in username)):
        raise UsernameMalformed()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0)), sitong_username_taken(%s)", [username, username]
        )
        if cursor.fetchone()[1]:
            raise UsernameTaken(username=username)


def _check_roles(system: str, places: Sequence[Place]) -> None:
    reach = {"brand": {"brand"}, "dealer": {"dealer"}, "store": {"store"}}.get(system, set())
    for place in places:
        if place.role not in ROLES.get(system, {}) or place.kind not in reach:
            raise RoleUnknown(role=place.role)
    if not places or system not in STAFF_SYSTEMS:
        raise RoleUnknown(role="")


def _check_owner_left(account: Account) -> None:
    """A brand keeps at least one active account that may change staff at the brand itself."""
    if account.system != System.BRAND:
        return
    able = [role for role, permissions in ROLES["brand"].items() if "staff.change" in permissions]
    left = RoleGrant.objects.filter(
        Q(brand_id=account.brand_id), place_kind="brand", role__in=able, account__is_active=True
    )
    if not left.exists():
        raise LastOwner()


def _set_password(account: Account, password: str | None) -> None:
    if password is None:
        account.set_unusable_password()
        return
    try:
        validate_password(password, account)
    except ValidationError as weak:
        raise PasswordWeak(why=" ".join(weak.messages)) from None
    account.set_password(password)


def _add_grants(account: Account, places: Sequence[Place], now: datetime) -> None:
    brand_id = account.brand_id
    assert brand_id is not None, "roles are for staff, and staff belong to a brand"
    RoleGrant.objects.bulk_create(
        RoleGrant(
            brand_id=brand_id,
            account=account,
            place_kind=place.kind,
            place_id=place.id,
            role=place.role,
            granted_at=now,
        )
        for place in dict.fromkeys(places)
    )


def _roles(places: Sequence[Place]) -> dict[str, list[str]]:
    return {"roles": [f"{place.role} @ {place.kind} {place.id}" for place in places]}


def _shown(account: Account, places: Sequence[Place]) -> dict[str, object]:
    return {"username": account.username, "system": account.system, "name": account.name, **_roles(places)}
