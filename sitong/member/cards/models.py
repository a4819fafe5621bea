"""Cards that are paid before they are used: what is on offer, who has which, who uses them, and what went back."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from sitong.shared.access.fields import EncryptedTextField
from sitong.shared.ids import new_id


class CardForm(models.TextChoices):
    """So many visits, or a stretch of time."""

    VISITS = "visits"
    PERIOD = "period"


class CardKind(models.Model):
    """A card on offer: what it is good for, how often or how long, for how much, in which stores. It is closed, never changed.

    `what` says the service or the goods of one visit. Visit cards have `visits` (paid) and `gift_visits` (used last),
    periodic ones `months`; `per_day` is how often a day it may be used. `bearer_years` is how long a card holds for a member
    who is not known by phone; a named member's visit card has no end. `store_ids` empty: all stores of the brand.
    `family_max` is how many people beside its owner may use it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=40, blank=True, default="")
    what = models.CharField(max_length=100)
    what_en = models.CharField(max_length=100, blank=True, default="")
    form = models.CharField(max_length=6, choices=CardForm.choices)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    visits = models.IntegerField(default=0)
    gift_visits = models.IntegerField(default=0)
    months = models.IntegerField(default=0)
    per_day = models.IntegerField(null=True)
    bearer_years = models.IntegerField(default=3)
    store_ids = ArrayField(models.UUIDField(), default=list)
    family_max = models.IntegerField(default=0)
    by = models.UUIDField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "member"
        constraints = [
            models.CheckConstraint(condition=Q(price_minor__gt=0, price_minor__lte=500_000), name="card_kind_price"),
            models.CheckConstraint(
                condition=Q(form="visits", visits__gt=0, gift_visits__gte=0, months=0)
                | Q(form="period", visits=0, gift_visits=0, months__gt=0),
                name="card_kind_form",
            ),
            models.CheckConstraint(condition=Q(bearer_years__gte=3), name="card_kind_bearer"),
        ]
        indexes = [models.Index(fields=["brand_id"], condition=Q(closed_at__isnull=True), name="card_kind_open")]


class Card(models.Model):
    """A card that a member has bought. `id` is that of the purchase. What was promised is copied, so that it stays.

    `code` is what the member shows to use it. `used` counts the uses. On the ledger the card's own account holds what is
    still owed on it; `released_minor` is what the days of a periodic card have given to the seller so far. `noticed_at`:
    its owner was told that it will end.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    kind = models.ForeignKey(CardKind, models.PROTECT, related_name="+")
    member_id = models.UUIDField()
    number = models.CharField(max_length=24)
    code = models.CharField(max_length=16)
    form = models.CharField(max_length=6, choices=CardForm.choices)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    entity_id = models.UUIDField(null=True)
    visits = models.IntegerField(default=0)
    gift_visits = models.IntegerField(default=0)
    used = models.IntegerField(default=0)
    bought_on = models.DateField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    released_minor = models.BigIntegerField(default=0)
    released_on = models.DateField(null=True)
    store_id = models.UUIDField(null=True)
    by = models.UUIDField(null=True)
    bought_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)
    noticed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "member"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "code"], name="card_code_once"),
            models.CheckConstraint(
                condition=~Q(form="visits") | Q(used__gte=0, used__lte=F("visits") + F("gift_visits")),
                name="card_used_within",
            ),
            models.CheckConstraint(
                condition=Q(released_minor__gte=0, released_minor__lte=F("price_minor")), name="card_released_within"
            ),
        ]
        indexes = [
            models.Index(fields=["member_id", "-bought_at"], name="card_of_member"),
            models.Index(fields=["brand_id", "-bought_at", "-id"], name="card_newest"),
            models.Index(
                fields=["valid_until"],
                condition=Q(returned_at__isnull=True, valid_until__isnull=False),
                name="card_ending",
            ),
        ]


class CardPerson(models.Model):
    """Somebody of the owner's family who may use a card, by a sealed name. Whoever used it stays named when taken off."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    card = models.ForeignKey(Card, models.CASCADE, related_name="people")
    name = EncryptedTextField()
    by = models.UUIDField(null=True)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "member"


class CardUse(models.Model):
    """A card was used once, in a store; `person` is who of the family, none: its owner. Never changed.

    `id` was made by whoever scanned. `visit` counts from 1 on; `value_minor` is what the seller earned by it. `at` is when it
    happened, `noted_at` when it became known: a counter without network tells later.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    card = models.ForeignKey(Card, models.PROTECT, related_name="uses", db_index=False)
    visit = models.IntegerField()
    person = models.ForeignKey(CardPerson, models.PROTECT, related_name="+", null=True)
    store_id = models.UUIDField()
    value_minor = models.BigIntegerField()
    used_on = models.DateField()
    by = models.UUIDField(null=True)
    at = models.DateTimeField()
    noted_at = models.DateTimeField()

    class Meta:
        app_label = "member"
        constraints = [models.UniqueConstraint(fields=["card", "visit"], name="card_visit_once")]
        indexes = [models.Index(fields=["store_id", "-at"], name="card_use_store")]


class CardReturn(models.Model):
    """A card was given back: what went back, for how many visits or days, and what had been earned. The two make the price."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    card = models.OneToOneField(Card, models.PROTECT, related_name="back")
    refund_minor = models.BigIntegerField()
    earned_minor = models.BigIntegerField()
    visits_left = models.IntegerField()
    days_left = models.IntegerField()
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "member"
