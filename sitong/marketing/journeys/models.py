"""Journeys, their versions, who is in them, what was done, and what came of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sitong.shared.ids import new_id


class JourneyState(models.TextChoices):
    """Being drawn; letting members in and moving them; standing still; over."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class Reentry(models.TextChoices):
    """How often a member may enter: once, again so many days after it entered, or whenever it is not inside."""

    ONCE = "once"
    AFTER_DAYS = "after_days"
    ALWAYS = "always"


class Journey(models.Model):
    """A way that members of a brand are led along. `version_id` is what new members follow; None until it was started.

    `control_bp` of those who enter are led along with nothing sent or given, so that what the journey brings can be told;
    0 needs `control_reason`. `leave_on` are events that take a member out: [{"event": name, "where": [...]}]. The row is locked
    (shared by whoever moves members, for itself by whoever starts, pauses or ends it) before any of its entries.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True, default="")
    state = models.CharField(max_length=8, choices=JourneyState.choices, default=JourneyState.DRAFT)
    version_id = models.UUIDField(null=True)
    control_bp = models.IntegerField(default=1_000)
    control_reason = models.CharField(max_length=200, blank=True, default="")
    reentry = models.CharField(max_length=12, choices=Reentry.choices, default=Reentry.ONCE)
    reentry_days = models.IntegerField(default=0)
    leave_on = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [
            models.CheckConstraint(condition=Q(control_bp__gte=0, control_bp__lte=5_000), name="journey_control_share"),
            models.CheckConstraint(
                condition=Q(control_bp__gt=0) | ~Q(control_reason=""), name="journey_control_or_why"
            ),
        ]
        indexes = [
            models.Index(fields=["brand_id", "-created_at"], name="journey_newest"),
            models.Index(fields=["state"], condition=Q(state="running"), name="journey_running"),
        ]


class JourneyVersion(models.Model):
    """One state of a journey's graph. Frozen once it was started: members who stand in it go on in it."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    journey_id = models.UUIDField()
    number = models.IntegerField()
    graph = models.JSONField()
    frozen_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [models.UniqueConstraint(fields=["journey_id", "number"], name="journey_version_once")]


class EntryState(models.TextChoices):
    """Somewhere on the way, or not any more."""

    INSIDE = "inside"
    OVER = "over"


class JourneyEntry(models.Model):
    """A member on its way through a journey, for the `turn`th time. `group`: treated, or control (nothing is sent or given).

    It stands at `node` of `version_id` and goes on at `due_at`; `heard`: what it waits for has happened. `steps` counts
    what it has passed, and numbers its steps. `why` it is over: exit, goal, left, ended, joined, long. `facts` are those of the
    event that brought it here. Never in here: who the member is.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    journey_id = models.UUIDField()
    version_id = models.UUIDField()
    member_id = models.UUIDField()
    turn = models.IntegerField(default=1)
    group = models.CharField(max_length=8)
    state = models.CharField(max_length=8, choices=EntryState.choices, default=EntryState.INSIDE)
    node = models.CharField(max_length=16)
    due_at = models.DateTimeField()
    heard = models.BooleanField(default=False)
    steps = models.IntegerField(default=0)
    facts = models.JSONField(null=True)
    entered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=8, blank=True, default="")

    class Meta:
        app_label = "marketing"
        constraints = [
            models.UniqueConstraint(fields=["journey_id", "member_id", "turn"], name="journey_entry_turn"),
            models.UniqueConstraint(
                fields=["journey_id", "member_id"], condition=Q(state="inside"), name="journey_entry_once_inside"
            ),
        ]
        indexes = [
            models.Index(fields=["journey_id", "due_at", "id"], condition=Q(state="inside"), name="journey_entry_due"),
            models.Index(fields=["member_id", "journey_id"], name="journey_entry_member"),
        ]


class JourneyStep(models.Model):
    """What an entry passed, once: its `number`th step, at a node, by a way. `id` is that of the message or reward it made.

    `what` came of it: done, control (nothing was done on purpose), or the code of why not. Rows are only added.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    entry_id = models.UUIDField()
    number = models.IntegerField()
    node = models.CharField(max_length=16)
    way = models.CharField(max_length=8, blank=True, default="")
    what = models.CharField(max_length=40, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        app_label = "marketing"
        constraints = [models.UniqueConstraint(fields=["entry_id", "number"], name="journey_step_once")]


class JourneyFlow(models.Model):
    """How many took a way at a node in one piece of work. Rows are only added, so that no worker waits for another's count."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    version_id = models.UUIDField()
    node = models.CharField(max_length=16)
    way = models.CharField(max_length=8, blank=True, default="")
    what = models.CharField(max_length=40, blank=True, default="")
    group = models.CharField(max_length=8)
    number = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        app_label = "marketing"
        indexes = [models.Index(fields=["version_id", "node"], name="journey_flow_node")]


class JourneyOutcome(models.Model):
    """A member who is or was in a journey did what it is for, in time. `document` is the order or event; once for an entry.

    `amount_minor` is what it paid, less what went back since (`returned_minor`); 0 where nothing is paid. Control members too.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    journey_id = models.UUIDField()
    entry_id = models.UUIDField()
    document = models.CharField(max_length=40)
    amount_minor = models.BigIntegerField(default=0)
    returned_minor = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        app_label = "marketing"
        constraints = [models.UniqueConstraint(fields=["entry_id", "document"], name="journey_outcome_once")]
        indexes = [
            models.Index(fields=["journey_id", "entry_id"], name="journey_outcome_entry"),
            models.Index(fields=["document"], name="journey_outcome_document"),
        ]


class JourneyTask(models.Model):
    """Something a guide or clerk is asked to do for a member. `id` is the step's. `store_id` None: the member has no store."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    journey_id = models.UUIDField()
    entry_id = models.UUIDField()
    member_id = models.UUIDField()
    store_id = models.UUIDField(null=True)
    text = models.CharField(max_length=200)
    text_en = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.UUIDField(null=True)

    class Meta:
        app_label = "marketing"
        indexes = [
            models.Index(fields=["store_id", "at"], condition=Q(done_at__isnull=True), name="journey_task_open"),
            models.Index(fields=["member_id"], name="journey_task_member"),
        ]


class JourneyRound(models.Model):
    """One time that a journey takes in everybody of a day or of a segment: whom it has come to, so that it goes on from there."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    journey_id = models.UUIDField()
    version_id = models.UUIDField()
    due = models.CharField(max_length=32, help_text="The day or the instant that it is for.")
    after_id = models.UUIDField(null=True)
    entered = models.IntegerField(default=0)
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "marketing"
        constraints = [models.UniqueConstraint(fields=["journey_id", "due"], name="journey_round_once")]
