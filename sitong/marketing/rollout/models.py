"""Campaign templates: made once by the brand, pushed to many places, adopted by stores with one tap (O3)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sitong.shared.ids import new_id


class CampaignTemplate(models.Model):
    """A campaign as headquarters has made it: what it consists of, what a store does for it, and what a store may change.

    `parts` lists what runs in it, each as [kind, id]: coupons, promotions, draws, check-in plans, deals, gifts, scan plans.
    `freedoms` names what a store may change. Frozen once published, but for its texts and a later end. Results are never
    kept here: they are counted from what happened.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True, default="")
    script = models.TextField(blank=True, default="", help_text="What the store does and says, for its clerks.")
    script_en = models.TextField(blank=True, default="")
    parts = models.JSONField(default=list)
    freedoms = models.JSONField(default=list, help_text="notice, dates, parts")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The last day, inclusive, in each store's own zone.")
    published_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="No store runs it any more.")
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="template_ends_after")]
        indexes = [models.Index(fields=["brand_id", "-starts_on"], name="template_brand")]


class PlaceKind(models.TextChoices):
    """The whole brand, a kind of store, a dealer's branch, or one store."""

    BRAND = "brand"
    STORE_KIND = "store_kind"
    DEALER = "dealer"
    STORE = "store"


class TemplatePush(models.Model):
    """A template was pushed to a place: the stores at or below it may adopt it. `trial`: already before it is published."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    template = models.ForeignKey(CampaignTemplate, models.CASCADE, related_name="pushes")
    place_kind = models.CharField(max_length=10, choices=PlaceKind.choices)
    place = models.CharField(max_length=36, help_text="The id of the brand, dealer or store; or the kind of store.")
    trial = models.BooleanField(default=False)
    pushed_at = models.DateTimeField()
    by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [models.UniqueConstraint(fields=["template", "place_kind", "place"], name="template_pushed_once")]
        indexes = [models.Index(fields=["place"], name="template_push_place")]


class Adoption(models.Model):
    """A store runs a template, with what it changed of it. Left again, the row stays with when and by whom.

    Dates and parts are the store's own where it may change them; they lie inside of the template's.
    """

    pk = models.CompositePrimaryKey("template_id", "store_id")
    brand_id = models.UUIDField()
    template = models.ForeignKey(CampaignTemplate, models.CASCADE, related_name="adoptions")
    store_id = models.UUIDField()
    notice = models.CharField(
        max_length=120, blank=True, default="", help_text="The store's own words to its visitors."
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    parts = models.JSONField(default=list)
    adopted_at = models.DateTimeField()
    adopted_by = models.UUIDField(null=True)
    left_at = models.DateTimeField(null=True)
    left_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="adoption_ends_after")]
        indexes = [models.Index(fields=["store_id"], name="adoption_store")]
