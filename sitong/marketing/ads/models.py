"""Purchase targets of stores and dealers, the campaigns near a store that they earn, and what these brought."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sitong.shared.access.fields import EncryptedTextField
from sitong.shared.ids import new_id


class AdTarget(models.Model):
    """Who receives so much supply in a period earns advertising near its store, once in each period.

    `place_kind` says whose receipts count: stores', or dealers'. `place_ids` empty: all of that kind. `product_ids` empty:
    all goods. `quantity` counts base units. The rest is what is granted: how far around the store (`radius_m`), for how many
    days, at most how much a day, and the card that people see.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True, default="")
    place_kind = models.CharField(max_length=6)
    place_ids = models.JSONField(default=list)
    product_ids = models.JSONField(default=list)
    quantity = models.BigIntegerField()
    period = models.CharField(max_length=7)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    radius_m = models.IntegerField(default=3_000)
    days = models.IntegerField(default=7)
    daily_minor = models.BigIntegerField()
    title = models.CharField(max_length=30)
    text = models.CharField(max_length=60)
    picture = models.CharField(max_length=300, blank=True, default="")
    published_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0, daily_minor__gt=0, days__gt=0), name="ad_target_sound"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="ad_target_ends_after"
            ),
        ]
        indexes = [models.Index(fields=["brand_id", "-created_at"], name="ad_target_newest")]


class AdState(models.TextChoices):
    """Granted by a target, approved by headquarters, running at the provider, ended; or declined, or refused by the provider."""

    GRANTED = "granted"
    APPROVED = "approved"
    RUNNING = "running"
    ENDED = "ended"
    DECLINED = "declined"
    FAILED = "failed"


class AdCampaign(models.Model):
    """Advertising around one store that a place has earned in one period. `number` names it at the provider.

    `place_id` earned it; `store_id` is where it shall bring people (a dealer chooses one of its stores). `cells` are the H3
    cells that it reaches: whom exactly nobody knows, and nobody's position is in here. `asked` counts the tries to send it,
    `next_at` says when the next one is due.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    target_id = models.UUIDField()
    place_id = models.UUIDField()
    period_on = models.DateField()
    reached = models.BigIntegerField()
    number = models.CharField(max_length=16)
    store_id = models.UUIDField(null=True)
    radius_m = models.IntegerField()
    cells = models.JSONField(default=list)
    days = models.IntegerField()
    daily_minor = models.BigIntegerField()
    title = models.CharField(max_length=30)
    text = models.CharField(max_length=60)
    picture = models.CharField(max_length=300, blank=True, default="")
    state = models.CharField(max_length=8, choices=AdState.choices, default=AdState.GRANTED)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    asked = models.IntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=200, blank=True, default="")
    granted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.UniqueConstraint(fields=["target_id", "place_id", "period_on"], name="ad_campaign_once_a_period"),
            models.UniqueConstraint(fields=["brand_id", "number"], name="ad_campaign_number_once"),
        ]
        indexes = [
            models.Index(fields=["brand_id", "-granted_at"], name="ad_campaign_newest"),
            models.Index(fields=["store_id"], condition=Q(store_id__isnull=False), name="ad_campaign_store"),
            models.Index(fields=["next_at"], condition=Q(state="approved"), name="ad_campaign_to_send"),
        ]


class AdStep(models.Model):
    """One thing that the provider was asked to make for a campaign: `adgroup` or `creative`. Written before it is asked.

    `provider_id` is the provider's own number once it is known; without one nobody knows whether it was made, and it is
    looked for by its name before it is asked for again.
    """

    pk = models.CompositePrimaryKey("campaign_id", "step")
    brand_id = models.UUIDField()
    campaign_id = models.UUIDField()
    step = models.CharField(max_length=8)
    asked_at = models.DateTimeField()
    provider_id = models.CharField(max_length=32, blank=True, default="")
    made_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "marketing"


class AdDay(models.Model):
    """What the provider says of a campaign's day: shown, clicked, what it cost. Its newest word holds."""

    pk = models.CompositePrimaryKey("campaign_id", "on")
    brand_id = models.UUIDField()
    campaign_id = models.UUIDField()
    on = models.DateField()
    shown = models.BigIntegerField(default=0)
    clicked = models.BigIntegerField(default=0)
    cost_minor = models.BigIntegerField(default=0)
    told_at = models.DateTimeField()

    class Meta:
        app_label = "marketing"


class AdAccount(models.Model):
    """A brand's account with the advertising provider. The token is sealed. An empty `gateway` is the provider's own address."""

    brand_id = models.UUIDField(primary_key=True)
    account_number = models.CharField(max_length=20)
    access_token = EncryptedTextField()
    gateway = models.CharField(max_length=200, blank=True, default="")
    kept_at = models.DateTimeField()
    kept_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
