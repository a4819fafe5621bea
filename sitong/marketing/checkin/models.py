"""Plans of check-in, the days on which members checked in, where they stand, and what they got for it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sitong.shared.ids import new_id


class CheckInPer(models.TextChoices):
    """How often a day counts: once for the whole brand, or once in each store."""

    BRAND = "brand"
    STORE = "store"


class CheckInPlan(models.Model):
    """What members get for checking in. `store_id` None: the brand's, in all its stores; else a store's own, on top of it.

    One of each runs at a time. `steps` holds the rewards (`rules.Step`). How a member proves that it is there: by position
    inside of the store's fence (`by_position`), or by the code that the counter shows (`by_code`). Where the brand's plan
    runs, it says how to prove; a store's own only adds rewards. A plan that runs is ended and followed, never changed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    store_id = models.UUIDField(null=True)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True, default="")
    per = models.CharField(max_length=5, choices=CheckInPer.choices, default=CheckInPer.BRAND)
    steps = models.JSONField(default=list)
    by_position = models.BooleanField(default=True)
    by_code = models.BooleanField(default=True)
    accuracy_m_max = models.IntegerField(default=100)
    device_members_max = models.IntegerField(default=2, help_text="Members who may check in with one device in a day.")
    crowd_members = models.IntegerField(
        default=10, help_text="From so many members in crowd_s on, others wait for a look."
    )
    crowd_s = models.IntegerField(default=10)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, help_text="The last day, inclusive.")
    published_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.UniqueConstraint(
                fields=["brand_id", "store_id"],
                condition=Q(published_at__isnull=False, ended_at__isnull=True),
                nulls_distinct=False,
                name="check_in_plan_one_runs",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="check_in_plan_ends_after"
            ),
            models.CheckConstraint(condition=Q(by_position=True) | Q(by_code=True), name="check_in_plan_has_a_way"),
        ]
        indexes = [models.Index(fields=["brand_id", "-created_at"], name="check_in_plan_newest")]


class CheckInState(models.TextChoices):
    """Counted, waiting for somebody to look at it, or refused by that one."""

    COUNTED = "counted"
    WAITING = "waiting"
    REFUSED = "refused"


class CheckIn(models.Model):
    """A member was in a store on one day of the store's calendar. `id` is the challenge's: used once.

    Never in here: where the member was. Kept are that it was inside (`near`: center or fence; counter), and the H3 cell of
    about five square kilometers around it, by which jumps are found. `device` is a keyed hash. `place_id` is the brand or
    the store, as the plan counted then; once a day for each. `streak` and `total` are what the member was told. `doubts`
    say why it waits: jump, crowd.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    plan_id = models.UUIDField()
    place_id = models.UUIDField()
    store_id = models.UUIDField()
    member_id = models.UUIDField()
    on = models.DateField()
    at = models.DateTimeField()
    way = models.CharField(max_length=8)
    near = models.CharField(max_length=8, blank=True, default="")
    cell = models.CharField(max_length=16, blank=True, default="")
    device = models.BinaryField(max_length=32, default=b"")
    state = models.CharField(max_length=8, choices=CheckInState.choices, default=CheckInState.COUNTED)
    doubts = models.CharField(max_length=40, blank=True, default="")
    streak = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.UniqueConstraint(fields=["place_id", "member_id", "on"], name="check_in_once_a_day"),
        ]
        indexes = [
            models.Index(fields=["member_id", "-at"], name="check_in_member"),
            models.Index(fields=["store_id", "-at"], name="check_in_store"),
            models.Index(fields=["device", "on"], condition=~Q(device=b""), name="check_in_device"),
            models.Index(fields=["brand_id", "at"], condition=Q(state="waiting"), name="check_in_waiting"),
        ]


class CheckInStanding(models.Model):
    """How a member stands at a place, the brand or a store: the run of days that ends on `last_on`, and all days there.

    The row that is locked before a day is counted. It follows from the days that count, and `check_books` says so.
    """

    pk = models.CompositePrimaryKey("place_id", "member_id")
    brand_id = models.UUIDField()
    place_id = models.UUIDField()
    member_id = models.UUIDField()
    streak = models.IntegerField(default=0)
    since_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    total = models.IntegerField(default=0)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.CheckConstraint(condition=Q(streak__gte=0, total__gte=F("streak")), name="check_in_standing_sound")
        ]
        indexes = [models.Index(fields=["member_id"], name="check_in_standing_member")]


class CheckInReward(models.Model):
    """What a member got for reaching a step of a plan. `refused` is the code where it could not be given, else empty.

    `turn` is the number of days that was reached. `once`: the step is for one time only in a member's life.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    check_in_id = models.UUIDField()
    plan_id = models.UUIDField()
    place_id = models.UUIDField()
    store_id = models.UUIDField()
    member_id = models.UUIDField()
    step = models.IntegerField()
    turn = models.IntegerField()
    once = models.BooleanField(default=False)
    reward = models.JSONField()
    refused = models.CharField(max_length=60, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        app_label = "marketing"
        constraints = [
            models.UniqueConstraint(
                fields=["plan_id", "place_id", "member_id", "step"], condition=Q(once=True), name="check_in_reward_once"
            )
        ]
        indexes = [
            models.Index(fields=["member_id", "-at"], name="check_in_reward_member"),
            models.Index(fields=["check_in_id"], name="check_in_reward_of"),
            models.Index(fields=["plan_id", "step"], name="check_in_reward_step"),
        ]
