"""The gift library, gifts in members' hands, and what was handed over where, with its proof."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sitong.shared.ids import new_id


class Gift(models.Model):
    """Something that a brand gives away through its stores, and what whoever hands it over is paid back.

    `value_minor` is what the store claims; each dealer above it claims `handling_bp` of that more than the level below, or
    exactly what `levels_minor` says for its level (0: the store). `honored` names who hands it over (kinds of store, stores;
    empty: all). Frozen once one is given, but in the members' favor. Counts stand in GiftCount, never here.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    number = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True, default="")
    about = models.CharField(max_length=300, blank=True, default="")
    about_en = models.CharField(max_length=300, blank=True, default="")
    picture = models.CharField(max_length=200, blank=True, default="")
    sku_id = models.UUIDField(null=True, help_text="Taken from the store's stock when it is handed over.")
    quantity = models.IntegerField(default=1, help_text="How many base units of the SKU one gift is.")
    value_minor = models.BigIntegerField(default=0)
    handling_bp = models.IntegerField(default=0)
    levels_minor = models.JSONField(default=list)
    honored = models.JSONField(default=dict, help_text="store_kinds and store_ids; empty: every store.")
    clerk_confirms = models.BooleanField(
        default=False, help_text="Never hands itself over, whatever the store has set."
    )
    signed_only = models.BooleanField(
        default=False, help_text="Only by what changes each minute: the member's or counter's."
    )
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    valid_days = models.IntegerField(
        null=True, help_text="Days of the brand's calendar, the first being that of giving."
    )
    quota_total = models.IntegerField(null=True)
    published_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="No more are given; those that were given still hold.")
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "number"], name="gift_number_once"),
            models.CheckConstraint(
                condition=Q(value_minor__gte=0, handling_bp__gte=0, quantity__gt=0), name="gift_not_negative"
            ),
        ]


class GiftCount(models.Model):
    """How many of a gift were given, redeemed and made void. The row that is locked before one is given or the gift changed.

    `redeemed` and `value_minor` follow the redemptions' events. All of it follows from claims, and `check_books` says so.
    """

    gift_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    given = models.IntegerField(default=0)
    voided = models.IntegerField(default=0)
    redeemed = models.IntegerField(default=0)
    value_minor = models.BigIntegerField(default=0)

    class Meta:
        app_label = "marketing"
        constraints = [models.CheckConstraint(condition=Q(given__gte=F("voided")), name="gift_count_adds_up")]


class GiftState(models.TextChoices):
    READY = "ready"
    REDEEMED = "redeemed"
    VOID = "void"


class GiftClaim(models.Model):
    """One gift in a member's hands. `code` is what the member shows; locked before it is redeemed.

    Expired is no state: it is `valid_until` against the clock. `turn` rises when a redemption is undone.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    gift_id = models.UUIDField()
    member_id = models.UUIDField()
    code = models.CharField(max_length=16)
    state = models.CharField(max_length=8, choices=GiftState.choices, default=GiftState.READY)
    source = models.CharField(max_length=60, blank=True, default="")
    store_id = models.UUIDField(null=True, help_text="Where it was given, if in a store.")
    given_by = models.UUIDField(null=True)
    turn = models.IntegerField(default=1)
    given_at = models.DateTimeField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        app_label = "marketing"
        constraints = [models.UniqueConstraint(fields=["brand_id", "code"], name="gift_code_once")]
        indexes = [
            models.Index(fields=["member_id", "gift_id"], name="gift_claim_member"),
            models.Index(fields=["gift_id", "given_at"], name="gift_claim_gift"),
        ]


class GiftRedemption(models.Model):
    """A gift was handed over, once in each of its turns. `id` is the client's nonce. Rows are added, never changed.

    `dealers` are the dealers above the store on that day, the nearest first: claims go up this chain, whatever becomes of it.
    `levels_minor` is what each level claims (the store's first). A proof: `digest` is taken of the row and of the store's
    digest before it (`position` counts them), and `signature` is the platform's over it; so none can be made up, changed,
    left out or put in later without all the store's later ones telling. `at` is when it was handed over, `received_at` when
    the platform heard of it (later, when the clerk had no network).
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    claim_id = models.UUIDField()
    turn = models.IntegerField()
    gift_id = models.UUIDField()
    member_id = models.UUIDField()
    store_id = models.UUIDField()
    dealers = models.JSONField(default=list)
    levels_minor = models.JSONField(default=list)
    way = models.CharField(max_length=8, help_text="signed, code, counter or self")
    by = models.UUIDField(null=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    position = models.IntegerField()
    previous = models.BinaryField()
    digest = models.BinaryField()
    signature = models.BinaryField()

    class Meta:
        app_label = "marketing"
        constraints = [
            models.UniqueConstraint(fields=["claim_id", "turn"], name="gift_redeemed_once_a_turn"),
            models.UniqueConstraint(fields=["store_id", "position"], name="gift_proof_in_order"),
        ]
        indexes = [
            models.Index(fields=["gift_id", "at"], name="gift_redemption_gift"),
            models.Index(fields=["store_id", "at"], name="gift_redemption_store"),
        ]


class GiftRedemptionUndone(models.Model):
    """A redemption was taken back, since the gift was not handed over or came back: who, when, why."""

    redemption_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    by = models.UUIDField(null=True)
    at = models.DateTimeField()
    reason = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        app_label = "marketing"


class GiftCounter(models.Model):
    """A store's counter for gifts: how a consumer's own redemption is confirmed, and the end of the store's chain of proofs.

    The row that is locked before something is handed over in the store.
    """

    store_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    confirms_itself = models.BooleanField(default=False)
    position = models.IntegerField(default=0)
    digest = models.BinaryField(default=b"")

    class Meta:
        app_label = "marketing"


class GiftAsk(models.Model):
    """A consumer at the counter asks for its gift: the clerk's phone rings. `id` is made by the consumer's page.

    Open while `answered_at` is empty and `expires_at` has not come. Confirmed, it is the redemption of the same id.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    claim_id = models.UUIDField()
    member_id = models.UUIDField()
    store_id = models.UUIDField()
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)
    confirmed = models.BooleanField(null=True)

    class Meta:
        app_label = "marketing"
        indexes = [
            models.Index(fields=["store_id", "asked_at"], condition=Q(answered_at=None), name="gift_ask_open"),
            models.Index(fields=["claim_id"], name="gift_ask_claim"),
        ]
