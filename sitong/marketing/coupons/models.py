"""Campaigns, coupons, what was given to whom, and what was redeemed where."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sitong.shared.ids import new_id


class Campaign(models.Model):
    """A brand's effort under one name and time, to which coupons belong. Says nothing about who may have them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True, default="")
    kind = models.CharField(max_length=20, blank=True, default="")
    source = models.CharField(max_length=20, blank=True, default="", help_text="Where it was imported from.")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The last day, inclusive.")
    created_at = models.DateTimeField()

    class Meta:
        app_label = "marketing"
        constraints = [models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="campaign_ends_after")]


class CouponKind(models.TextChoices):
    CASH = "cash"
    PERCENT = "percent"
    EXCHANGE = "exchange"


class Stacking(models.TextChoices):
    """Exclusive: alone. Group: one of its group, beside others. Free: beside everything that is not exclusive."""

    EXCLUSIVE = "exclusive"
    GROUP = "group"
    FREE = "free"


class Coupon(models.Model):
    """What a coupon promises, to whom, when and where. One row, however many are given. Frozen once one is given, but for
    its ends and quotas, which may only become better for members.

    cash: `value_minor` off. percent: `percent_bp` off (1500 is 15 % off), at most `cap_minor` when set. exchange: `quantity_max`
    units of the goods for nothing. `terms` holds the conditions (`rules.Terms`): goods stand in CouponGoods when they are many.
    Counts stand in CouponCount, never here.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, related_name="coupons")
    number = models.CharField(max_length=20, help_text="In the claim page's link: unguessable only by choice.")
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True, default="")
    kind = models.CharField(max_length=8, choices=CouponKind.choices)
    value_minor = models.BigIntegerField(default=0)
    percent_bp = models.IntegerField(default=0)
    cap_minor = models.BigIntegerField(null=True)
    quantity_max = models.IntegerField(default=1)
    threshold_minor = models.BigIntegerField(default=0)
    price_minor = models.BigIntegerField(default=0, help_text="What a member pays for one; 0: nothing.")
    terms = models.JSONField(default=dict)
    goods_listed = models.BooleanField(default=False, help_text="Only the goods in CouponGoods count.")
    stores_choose = models.BooleanField(default=False, help_text="Holds only in stores that chose it (CouponStore).")
    stacking = models.CharField(max_length=9, choices=Stacking.choices, default=Stacking.GROUP)
    stack_group = models.CharField(max_length=20, blank=True, default="")
    ways = models.JSONField(default=list, help_text="claim, buy, join, segment, clerk")
    transferable = models.BooleanField(default=False)
    at_counter = models.BooleanField(
        default=False, help_text="May be redeemed at the counter, without a sale in the till."
    )
    claim_from = models.DateTimeField(null=True)
    claim_until = models.DateTimeField(null=True)
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    valid_days = models.IntegerField(
        null=True,
        help_text="Days of the brand's calendar, that of the claim being the first; beside or instead of dates.",
    )
    quota_total = models.IntegerField(null=True)
    quota_daily = models.IntegerField(null=True)
    per_member = models.IntegerField(default=1)
    clerk_daily = models.IntegerField(null=True, help_text="How many one clerk may give in a day.")
    published_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="No more are given; those that were given still hold.")
    voided_at = models.DateTimeField(null=True, help_text="None that was given holds any more.")
    void_reason = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "number"], name="coupon_number_once"),
            models.CheckConstraint(
                condition=Q(kind="cash", value_minor__gt=0)
                | Q(kind="percent", percent_bp__gt=0, percent_bp__lte=10_000)
                | Q(kind="exchange", quantity_max__gt=0),
                name="coupon_gives_something",
            ),
            models.CheckConstraint(
                condition=Q(threshold_minor__gte=0, price_minor__gte=0, per_member__gt=0), name="coupon_not_negative"
            ),
        ]


class CouponGoods(models.Model):
    """One product to which a coupon applies."""

    pk = models.CompositePrimaryKey("coupon_id", "product_id")
    brand_id = models.UUIDField()
    coupon_id = models.UUIDField()
    product_id = models.UUIDField()

    class Meta:
        app_label = "marketing"
        indexes = [models.Index(fields=["product_id"], name="coupon_goods_product")]


class CouponStore(models.Model):
    """A coupon was pushed to a store; it holds there while `chosen_at` is set."""

    pk = models.CompositePrimaryKey("coupon_id", "store_id")
    brand_id = models.UUIDField()
    coupon_id = models.UUIDField()
    store_id = models.UUIDField()
    pushed_at = models.DateTimeField()
    chosen_at = models.DateTimeField(null=True)
    chosen_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"


class CouponCount(models.Model):
    """How many of a coupon were given and redeemed. The row that is locked before one is given, and before it is changed.

    `given_on` is the brand's day to which `given_today` belongs. `version` rises with each change of the coupon, so that a
    process may keep what it has read. `redeemed` and `saved_minor` follow the redemptions' events, so that nothing in a sale
    waits for this row. All of it follows from claims and redemptions, and `check_books` says so.
    """

    coupon_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    given = models.IntegerField(default=0)
    given_today = models.IntegerField(default=0)
    given_on = models.DateField(null=True)
    redeemed = models.IntegerField(default=0)
    saved_minor = models.BigIntegerField(default=0)
    voided = models.IntegerField(default=0)
    version = models.IntegerField(default=1)

    class Meta:
        app_label = "marketing"
        constraints = [models.CheckConstraint(condition=Q(given__gte=F("voided")), name="coupon_count_adds_up")]


class ClaimState(models.TextChoices):
    READY = "ready"
    REDEEMED = "redeemed"
    VOID = "void"


class CouponClaim(models.Model):
    """One coupon in a member's hands. `id` was made by the client; `code` is what the member shows.

    Locked before it is redeemed. Expired is no state: it is `valid_until` against the clock. `taken_by` is who took it
    first, when it was passed on since: it stays in that member's quota.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    coupon_id = models.UUIDField()
    member_id = models.UUIDField()
    code = models.CharField(max_length=16)
    state = models.CharField(max_length=8, choices=ClaimState.choices, default=ClaimState.READY)
    way = models.CharField(max_length=12)
    source = models.CharField(max_length=40, blank=True, default="")
    store_id = models.UUIDField(null=True, help_text="Where it was given, if in a store.")
    given_by = models.UUIDField(null=True)
    turn = models.IntegerField(
        default=1, help_text="Rises when a redemption is undone, so that it can be redeemed again."
    )
    claimed_at = models.DateTimeField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=80, blank=True, default="")
    taken_by = models.UUIDField(null=True)
    noticed_at = models.DateTimeField(null=True, help_text="When the member was told that it expires soon.")

    class Meta:
        app_label = "marketing"
        constraints = [models.UniqueConstraint(fields=["brand_id", "code"], name="claim_code_once")]
        indexes = [
            models.Index(fields=["member_id", "coupon_id"], name="claim_member"),
            models.Index(fields=["coupon_id", "claimed_at"], name="claim_coupon"),
            models.Index(fields=["taken_by"], condition=Q(taken_by__isnull=False), name="claim_taken"),
        ]


class CouponPass(models.Model):
    """A member offers a coupon to a friend by a link, which names this row's id. Who opens it first takes it, once.

    Until then it stays the member's own, who may use it or take the offer back.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    claim_id = models.UUIDField()
    from_member_id = models.UUIDField()
    offered_at = models.DateTimeField()
    to_member_id = models.UUIDField(null=True)
    taken_at = models.DateTimeField(null=True)
    recalled_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "marketing"
        indexes = [models.Index(fields=["claim_id"], name="coupon_pass_claim")]


class CouponGiving(models.Model):
    """A coupon is given to all members of a segment as it is now, in pieces: how far it has come.

    `reach` is how many the segment had when it was asked for. Members are taken in the order of their ids; `after_id` is the
    last one that was asked.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    coupon_id = models.UUIDField()
    segment = models.JSONField(default=dict)
    reach = models.IntegerField(default=0)
    given = models.IntegerField(default=0)
    refused = models.JSONField(default=dict, help_text="Refusal code to how many.")
    after_id = models.UUIDField(null=True)
    by = models.UUIDField(null=True)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "marketing"
        indexes = [
            models.Index(fields=["coupon_id", "asked_at"], name="coupon_giving_coupon"),
            models.Index(
                fields=["asked_at"], condition=Q(finished_at=None, stopped_at=None), name="coupon_giving_open"
            ),
        ]


class Redemption(models.Model):
    """A coupon was redeemed, once in each of its turns. `id` is the client's nonce. Rows are added, never changed."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    claim_id = models.UUIDField()
    turn = models.IntegerField()
    coupon_id = models.UUIDField()
    member_id = models.UUIDField()
    store_id = models.UUIDField(null=True)
    order_id = models.UUIDField(null=True)
    saved_minor = models.BigIntegerField(default=0)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "marketing"
        constraints = [models.UniqueConstraint(fields=["claim_id", "turn"], name="redeemed_once_a_turn")]
        indexes = [
            models.Index(fields=["coupon_id", "at"], name="redemption_coupon"),
            models.Index(fields=["order_id"], condition=Q(order_id__isnull=False), name="redemption_order"),
            models.Index(fields=["store_id", "at"], name="redemption_store"),
        ]


class RedemptionUndone(models.Model):
    """A redemption was taken back (its order canceled, expired or returned whole): who, when, why."""

    redemption_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    by = models.UUIDField(null=True)
    at = models.DateTimeField()
    reason = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        app_label = "marketing"
