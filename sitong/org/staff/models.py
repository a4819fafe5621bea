"""How staff come in: invitations, PINs at a till, WeChat; and how they leave."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sitong.shared.access.fields import EncryptedTextField
from sitong.shared.ids import new_id


class Invite(models.Model):
    """A link by which somebody makes an own staff account with these roles, once. The link's secret stands nowhere: only its keyed hash.

    Open while it is not accepted, revoked or past `expires_at`.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    system = models.CharField(max_length=10)
    places = models.JSONField(help_text="[[kind, id, role], …]")
    name = models.CharField(max_length=100, blank=True, default="")
    proof = models.BinaryField(max_length=32, unique=True)
    invited_by = models.UUIDField(null=True)
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    account_id = models.UUIDField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.UUIDField(null=True)

    class Meta:
        app_label = "org"
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, account_id__isnull=True)
                | Q(accepted_at__isnull=False, account_id__isnull=False, revoked_at__isnull=True),
                name="invite_accepted_or_revoked",
            )
        ]
        indexes = [models.Index(fields=["brand_id", "-invited_at"], name="invite_brand")]


class ClerkPin(models.Model):
    """The PIN with which a clerk takes over a till where a colleague is signed in. The PIN stands nowhere: only its keyed hash.

    It opens nothing by itself: a device must be signed in at one of the clerk's stores. `tries_left` falls with each wrong
    one; at 0 nothing is right until `locked_until`.
    """

    account_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    proof = models.BinaryField(max_length=32)
    tries_left = models.PositiveSmallIntegerField()
    locked_until = models.DateTimeField(null=True)
    set_at = models.DateTimeField()

    class Meta:
        app_label = "org"


class WechatApp(models.Model):
    """A mini program or official account of the brand: its secret lets us ask WeChat whose one-time code it is.

    An empty `gateway` is WeChat's own address.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=[(kind, kind) for kind in ("mini", "account")])
    app_id = models.CharField(max_length=32)
    secret = EncryptedTextField()
    name = models.CharField(max_length=60, blank=True, default="")
    gateway = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "org"
        constraints = [
            models.UniqueConstraint(
                fields=["brand_id", "kind"], condition=Q(closed_at__isnull=True), name="wechat_app_once"
            ),
        ]


class WechatBinding(models.Model):
    """A member of staff is known by a WeChat user of one app, and signs in with one tap. The same person has another openid in each app."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account_id = models.UUIDField()
    brand_id = models.UUIDField()
    app_id = models.CharField(max_length=32)
    openid = EncryptedTextField()
    openid_index = models.BinaryField(max_length=32)
    bound_at = models.DateTimeField()

    class Meta:
        app_label = "org"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "app_id", "openid_index"], name="wechat_binding_once"),
            models.UniqueConstraint(fields=["account_id", "app_id"], name="wechat_binding_of_account"),
        ]


class Leaving(models.Model):
    """Somebody left: what was theirs to do went to a colleague. `handed` counts it by kind. Rows are added, never changed."""

    account_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    successor_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    handed = models.JSONField(default=dict)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "org"
