"""Who a consumer is: members, the certain keys by which they are known, and the joins of two that turned out to be one."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Value

from sitong.shared.access.fields import EncryptedTextField
from sitong.shared.ids import new_id


class Member(models.Model):
    """One consumer of one brand. `account_id` is set once the member has signed in; a member may be known without.

    Name and phone are sealed; the phone is found by its keyed index. The phone is a certain key like those of MemberKey
    and stands here alone, since each member has one at most. A member that turned out to be another one keeps its row,
    its phone, its account and its keys; `joined_into_id` says who it is now: always the one who stays, never one in between.
    `ordinal` is given by the database's own counter: the short key of the member where millions are compared (the lake).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    account_id = models.UUIDField(null=True, unique=True)
    number = models.CharField(max_length=20)
    name = EncryptedTextField(blank=True, default="")
    phone = EncryptedTextField(blank=True, default="")
    phone_index = models.BinaryField(max_length=32, null=True)
    source = models.CharField(max_length=40, blank=True)
    home_store_id = models.UUIDField(null=True)
    joined_at = models.DateTimeField()
    joined_into_id = models.UUIDField(null=True)
    erased_at = models.DateTimeField(null=True)
    ordinal = models.BigIntegerField(
        unique=True, editable=False, db_default=Func(Value("member_ordinal"), function="nextval")
    )

    class Meta:
        app_label = "member"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "number"], name="member_number_once"),
            models.UniqueConstraint(fields=["brand_id", "phone_index"], name="member_phone_once"),
            models.CheckConstraint(condition=~models.Q(joined_into_id=models.F("id")), name="member_not_own"),
        ]
        indexes = [
            models.Index(fields=["brand_id", "-joined_at", "-id"], name="member_newest"),
            models.Index(fields=["home_store_id", "-joined_at"], name="member_of_store"),
            models.Index(fields=["brand_id", "source", "-joined_at"], name="member_of_source"),
            models.Index(
                fields=["joined_into_id"], condition=models.Q(joined_into_id__isnull=False), name="member_joined_into"
            ),
        ]


class KeyKind(models.TextChoices):
    """The certain keys beside the phone. Per app: wechat_open. Per marketplace (in `app`): buyer."""

    WECHAT_UNION = "wechat_union"
    WECHAT_OPEN = "wechat_open"
    ALIPAY = "alipay"
    CARD = "card"
    WECOM_CONTACT = "wecom_contact"
    BUYER = "buyer"


class KeyProof(models.TextChoices):
    """How a key was proven to be a member's."""

    SIGNED_IN = "signed_in"
    SCANNED = "scanned"
    PAID_WITH = "paid_with"
    STAFF = "staff"
    IMPORTED = "imported"


class MemberKey(models.Model):
    """One certain key of one member: who has it is that member. The value is sealed and found by its keyed index.

    It stays with the member for whom it was proven, also when that one is joined into another: whoever is found by it is
    asked who it is now. `app` is the WeChat app's id for an openid, the marketplace's code for a buyer id, else ''.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    member = models.ForeignKey(Member, models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=16, choices=KeyKind.choices)
    app = models.CharField(max_length=64, blank=True, default="")
    value = EncryptedTextField()
    value_index = models.BinaryField(max_length=32)
    how = models.CharField(max_length=12, choices=KeyProof.choices)
    by = models.UUIDField(null=True)
    proven_at = models.DateTimeField()

    class Meta:
        app_label = "member"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "kind", "app", "value_index"], name="member_key_once"),
            models.CheckConstraint(condition=models.Q(kind__in=KeyKind.values), name="member_key_known"),
        ]


class MemberJoin(models.Model):
    """Two members turned out to be one: `absorbed` is since then `survivor`. `reason` is a code, `note` a person's words.

    `lent` names what the survivor lacked and took from the absorbed member (phone, name, account, home store). A join that
    was undone stays with who, when and why.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    absorbed = models.ForeignKey(Member, models.CASCADE, related_name="+", db_index=False)
    survivor = models.ForeignKey(Member, models.CASCADE, related_name="+", db_index=False)
    reason = models.CharField(max_length=20)
    note = models.CharField(max_length=200, blank=True, default="")
    lent = models.JSONField(default=dict)
    by = models.UUIDField(null=True)
    joined_at = models.DateTimeField()
    undone_by = models.UUIDField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        app_label = "member"
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=models.Q(undone_at__isnull=True), name="member_joined_once"
            ),
            models.CheckConstraint(condition=~models.Q(absorbed=models.F("survivor")), name="member_join_of_two"),
        ]
        indexes = [
            models.Index(fields=["survivor", "-joined_at"], name="member_join_survivor"),
            models.Index(fields=["absorbed", "-joined_at"], name="member_join_absorbed"),
            models.Index(fields=["joined_at"], name="member_join_at"),
        ]


class JoinMoved(models.Model):
    """What one join moved of one subject ("scene.orders"): the ids of the rows, so that just those go back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    join = models.ForeignKey(MemberJoin, models.CASCADE, related_name="moved", db_index=False)
    subject = models.CharField(max_length=60)
    row_ids = ArrayField(models.UUIDField())

    class Meta:
        app_label = "member"
        constraints = [models.UniqueConstraint(fields=["join", "subject"], name="member_moved_once")]


class MemberShare(models.Model):
    """Staff of this legal entity may see this member, because the member consented to it (PIPL art. 23).

    Kept by the topic of consents: the row stands while the consent does.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    member = models.ForeignKey(Member, models.CASCADE, related_name="+", db_index=False)
    entity_id = models.UUIDField()
    since = models.DateTimeField()

    class Meta:
        app_label = "member"
        constraints = [models.UniqueConstraint(fields=["member", "entity_id"], name="member_share_once")]
        indexes = [models.Index(fields=["entity_id", "member"], name="member_share_entity")]
