"""Group deals, their groups and the places in them, and the draw that may follow: tickets and days."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sitong.shared.access.fields import EncryptedTextField
from sitong.shared.ids import new_id


class DealKind(models.TextChoices):
    COUPON = "coupon"
    GOODS = "goods"


class GroupDeal(models.Model):
    """What a brand sells to people who come together: `people` of them, within `group_hours`, each for `price_minor`.

    A coupon deal gives `coupon_id`, a goods deal `quantity` of `sku_id`. Frozen once published, but for its end. `store_ids`
    are where it runs (all of the brand's when empty), resolved from `cells` when it is published; `area` says it to people.
    Who takes part stands in DealPlace, never here; nothing here says where a consumer is.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    number = models.CharField(max_length=20, help_text="In the deal page's link.")
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True, default="")
    kind = models.CharField(max_length=8, choices=DealKind.choices)
    coupon_id = models.UUIDField(null=True)
    sku_id = models.UUIDField(null=True)
    quantity = models.IntegerField(default=1)
    price_minor = models.BigIntegerField()
    worth_minor = models.BigIntegerField(default=0, help_text="What it is worth, as the page says; 0: says nothing.")
    currency = models.CharField(max_length=3)
    people = models.IntegerField()
    group_hours = models.IntegerField(default=24)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="No group is open past it.")
    area = models.CharField(max_length=100, blank=True, default="")
    area_en = models.CharField(max_length=100, blank=True, default="")
    cells = models.JSONField(default=list, help_text="H3 cells of resolution 7 or coarser.")
    store_ids = models.JSONField(default=list)
    per_member = models.IntegerField(default=1)
    groups_max = models.IntegerField(null=True)
    published_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="No new groups; those that are open go on.")
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "number"], name="deal_number_once"),
            models.CheckConstraint(
                condition=Q(kind="coupon", coupon_id__isnull=False, sku_id__isnull=True)
                | Q(kind="goods", sku_id__isnull=False, coupon_id__isnull=True, quantity__gt=0),
                name="deal_gives_something",
            ),
            models.CheckConstraint(
                condition=Q(price_minor__gt=0, worth_minor__gte=0, people__gte=2, group_hours__gt=0, per_member__gt=0),
                name="deal_not_negative",
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="deal_ends_after"),
        ]


class DealCount(models.Model):
    """How many groups of a deal were opened. The row that is locked before anybody joins. `version` rises with each change."""

    deal_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    opened = models.IntegerField(default=0)
    version = models.IntegerField(default=1)

    class Meta:
        app_label = "marketing"


class GroupState(models.TextChoices):
    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


class DealGroup(models.Model):
    """People who come together for a deal. `id` is the place of who opened it. Ends once: complete, or expired.

    `taken` places are held or paid, `paid` of them paid. The row is locked before any of its places changes.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    deal_id = models.UUIDField()
    state = models.CharField(max_length=8, choices=GroupState.choices, default=GroupState.OPEN)
    people = models.IntegerField()
    taken = models.IntegerField(default=0)
    paid = models.IntegerField(default=0)
    opened_by = models.UUIDField(help_text="The member who opened it.")
    store_id = models.UUIDField(null=True)
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="When it was complete, or had expired.")

    class Meta:
        app_label = "marketing"
        constraints = [
            models.CheckConstraint(
                condition=Q(paid__gte=0, paid__lte=F("taken"), taken__lte=F("people")), name="deal_group_never_too_full"
            ),
            models.CheckConstraint(
                condition=Q(state="complete", paid=F("people")) | (~Q(state="complete") & Q(paid__lt=F("people"))),
                name="deal_group_complete_when_paid",
            ),
        ]
        indexes = [
            models.Index(fields=["deal_id", "opened_at"], condition=Q(state="open"), name="deal_group_open"),
            models.Index(fields=["ends_at"], condition=Q(state="open"), name="deal_group_due"),
            models.Index(fields=["deal_id", "state"], name="deal_group_deal"),
        ]


class PlaceState(models.TextChoices):
    """held: to be paid until `pay_by`. given: the group is complete, and it got what it paid for. All others hold no money:
    lapsed (not paid in time), left, expired (the group was not complete in time), unserved (could not be given)."""

    HELD = "held"
    PAID = "paid"
    GIVEN = "given"
    LAPSED = "lapsed"
    LEFT = "left"
    EXPIRED = "expired"
    UNSERVED = "unserved"


class DealPlace(models.Model):
    """One member's place in a group, and the document that is paid. `id` was made by the client.

    It is also the id of what follows: the coupon (claim) or the order, its hold of stock, the ticket. Guarded by the group's lock.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    deal_id = models.UUIDField()
    group_id = models.UUIDField()
    member_id = models.UUIDField()
    store_id = models.UUIDField(null=True)
    state = models.CharField(max_length=8, choices=PlaceState.choices, default=PlaceState.HELD)
    price_minor = models.BigIntegerField()
    source = models.CharField(max_length=40, blank=True, default="")
    joined_at = models.DateTimeField()
    pay_by = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.UniqueConstraint(
                fields=["group_id", "member_id"],
                condition=Q(state__in=["held", "paid", "given"]),
                name="deal_place_once_a_group",
            )
        ]
        indexes = [
            models.Index(fields=["member_id", "-joined_at"], name="deal_place_member"),
            models.Index(fields=["deal_id", "member_id"], name="deal_place_deal"),
            models.Index(fields=["group_id", "joined_at"], name="deal_place_group"),
            models.Index(fields=["pay_by"], condition=Q(state="held"), name="deal_place_unpaid"),
        ]


class DealDraw(models.Model):
    """The draw that follows a deal: `winners_daily` prizes on each of `days` days. The row that is locked before a ticket is
    claimed and before a day is drawn. Published with the deal and frozen then. `claimed` numbers claimed tickets without a gap.
    """

    deal_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    days = models.IntegerField()
    first_on = models.DateField(help_text="The day of the first draw, by the brand's calendar.")
    closes_minute = models.IntegerField(help_text="Minute of the day at which the list of claimed tickets closes.")
    winners_daily = models.IntegerField(default=1)
    prize = models.JSONField(help_text="What a winner is given (giving.Reward).")
    prize_name = models.CharField(max_length=100)
    prize_name_en = models.CharField(max_length=100, blank=True, default="")
    prize_value_minor = models.BigIntegerField()
    organizer = models.CharField(max_length=100)
    conditions = models.TextField()
    conditions_en = models.TextField(blank=True, default="")
    claimed = models.IntegerField(default=0)
    claimed_digest = models.CharField(
        max_length=64, blank=True, default="", help_text="Chain over all claims in their order."
    )

    class Meta:
        app_label = "marketing"
        constraints = [
            models.CheckConstraint(condition=Q(days__gt=0, days__lte=366, winners_daily__gt=0), name="deal_draw_some"),
            models.CheckConstraint(
                condition=Q(prize_value_minor__gte=0, prize_value_minor__lte=5_000_000), name="deal_draw_prize_cap"
            ),
            models.CheckConstraint(condition=Q(closes_minute__gte=0, closes_minute__lt=1440), name="deal_draw_closes"),
        ]


class DealDay(models.Model):
    """One day of a draw. `commitment` is published with the deal; `seed` is sealed, and shown by the day's file once it is drawn.

    `proof` is that file: what `sitong draw verify` reads.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    deal_id = models.UUIDField()
    day = models.IntegerField()
    on = models.DateField()
    closes_at = models.DateTimeField()
    commitment = models.CharField(max_length=64)
    seed = EncryptedTextField()
    drawn_at = models.DateTimeField(null=True)
    tickets = models.IntegerField(default=0)
    proof = models.TextField(blank=True, default="")

    class Meta:
        app_label = "marketing"
        constraints = [
            models.UniqueConstraint(fields=["deal_id", "day"], name="deal_day_once"),
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=True, proof="") | (Q(drawn_at__isnull=False) & ~Q(proof="")),
                name="deal_day_proven",
            ),
        ]
        indexes = [models.Index(fields=["closes_at"], condition=Q(drawn_at=None), name="deal_day_due")]


class DealTicket(models.Model):
    """A participant's ticket. `id` is its place's. Takes part in the draws from when it is claimed in a store, until it wins.

    What it will win is not kept anywhere: it follows from the day's seed and the list, which closes later.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    deal_id = models.UUIDField()
    member_id = models.UUIDField()
    code = models.CharField(max_length=16)
    drawn_at = models.DateTimeField()
    claim_number = models.IntegerField(null=True)
    claimed_at = models.DateTimeField(null=True)
    claimed_store_id = models.UUIDField(null=True)
    claimed_by = models.UUIDField(
        null=True, help_text="The clerk who scanned it; none: the counter's code was scanned."
    )
    won_day = models.IntegerField(null=True)
    prize_given_at = models.DateTimeField(null=True)
    prize_refused = models.CharField(max_length=60, blank=True, default="", help_text="Why it could not be given yet.")

    class Meta:
        app_label = "marketing"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "code"], name="deal_ticket_code_once"),
            models.UniqueConstraint(fields=["deal_id", "claim_number"], name="deal_ticket_number_once"),
            models.CheckConstraint(
                condition=Q(claimed_at__isnull=True, claim_number__isnull=True, claimed_store_id__isnull=True)
                | Q(claimed_at__isnull=False, claim_number__isnull=False, claimed_store_id__isnull=False),
                name="deal_ticket_claimed_whole",
            ),
            models.CheckConstraint(
                condition=Q(won_day__isnull=True) | Q(claimed_at__isnull=False), name="deal_ticket_wins_when_claimed"
            ),
        ]
        indexes = [
            models.Index(fields=["member_id"], name="deal_ticket_member"),
            models.Index(fields=["claimed_store_id", "claimed_at"], name="deal_ticket_store"),
            models.Index(fields=["deal_id", "won_day"], condition=Q(won_day__isnull=False), name="deal_ticket_won"),
        ]
