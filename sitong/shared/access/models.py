"""Accounts of the four systems, what they may do and where, and what staff changed."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from sitong.shared.access.fields import EncryptedTextField
from sitong.shared.ids import new_id


class System(models.TextChoices):
    """The four account systems, and the operator who runs the platform itself."""

    BRAND = "brand"
    DEALER = "dealer"
    STORE = "store"
    CONSUMER = "consumer"
    OPERATOR = "operator"


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(username=username)


class Account(AbstractBaseUser):
    """Somebody who can sign in. Staff sign in with `username` and a password, consumers with a phone code.

    An account belongs to one system and, but for operators, to one brand. What it may do stands in its roles. Never in
    here: who the consumer is (that is the member's row), a phone number in clear text.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField(null=True)
    system = models.CharField(max_length=10, choices=System.choices)
    username = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    phone = EncryptedTextField(blank=True, default="")
    phone_index = models.BinaryField(max_length=32, null=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    language = models.CharField(max_length=10, blank=True)

    USERNAME_FIELD: ClassVar[str] = "username"
    EMAIL_FIELD: ClassVar[str] = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        app_label = "shared"
        constraints = [
            models.UniqueConstraint(
                fields=["brand_id", "phone_index"], name="account_phone_once", condition=models.Q(system="consumer")
            ),
            models.CheckConstraint(
                condition=models.Q(system="operator") | models.Q(brand_id__isnull=False), name="account_has_brand"
            ),
        ]

    def get_full_name(self) -> str:
        return self.name or self.username


class RoleGrant(models.Model):
    """One role of one account at one place of the tree; it reaches everything below that place.

    `place_id` is the id of the brand, dealer or store; which of them, `place_kind` says.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    account = models.ForeignKey(Account, models.CASCADE, related_name="grants")
    place_kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in ("brand", "dealer", "store")])
    place_id = models.UUIDField()
    role = models.CharField(max_length=20)
    granted_at = models.DateTimeField()

    class Meta:
        app_label = "shared"
        constraints = [models.UniqueConstraint(fields=["account", "place_id", "role"], name="role_once")]
        indexes = [models.Index(fields=["brand_id", "place_id"])]


class Audit(models.Model):
    """One change by staff: who, when, what, before and after. Rows are added, never changed or deleted.

    Personal data stands in here masked only.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField(null=True)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    subject_id = models.UUIDField(null=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    request_id = models.CharField(max_length=40, blank=True)

    class Meta:
        app_label = "shared"
        indexes = [models.Index(fields=["brand_id", "-at"]), models.Index(fields=["subject_id", "-at"])]


class SignInCode(models.Model):
    """One code sent to one phone. The code itself stands nowhere: `proof` is its keyed hash with this row's id.

    Rows are deleted a day after they have run out.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    phone_index = models.BinaryField(max_length=32)
    proof = models.BinaryField(max_length=32)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "shared"
        indexes = [
            models.Index(fields=["brand_id", "phone_index", "-sent_at"], name="code_by_phone"),
            models.Index(fields=["expires_at"]),
        ]


class Bucket(models.Model):
    """A bucket of tokens that fills at a steady rate: how often somebody may still ask. `key` is a keyed hash.

    A row that is missing is a full bucket, so full ones are deleted.
    """

    key = models.CharField(max_length=64, primary_key=True)
    level = models.FloatField()
    at = models.DateTimeField()
    full_at = models.DateTimeField()

    class Meta:
        app_label = "shared"
        indexes = [models.Index(fields=["full_at"])]
