"""How records are matched to members: models, runs, pairs with their reasons, what people decided, and whose each record is."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from sitong.shared.ids import new_id


class LinkModel(models.Model):
    """What was learned, without labels, of how a brand's customers are written down: the settings of Splink as data.

    `version` counts up within the brand; `recipe` is the version of the comparisons it was learned with. `quality` says
    what can be said without knowing the truth: faces, pairs compared, how many fell into each band. No person's data.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    version = models.IntegerField()
    recipe = models.IntegerField()
    parameters = models.JSONField()
    trained_on = models.BigIntegerField()
    trained_at = models.DateTimeField()
    quality = models.JSONField(default=dict)

    class Meta:
        app_label = "member"
        constraints = [models.UniqueConstraint(fields=["brand_id", "version"], name="member_linkmodel_version")]


class LinkBands(models.Model):
    """From which probability on a brand joins by itself, and from which it asks a person, in hundredths of a percent."""

    brand_id = models.UUIDField(primary_key=True)
    join_from_bp = models.IntegerField()
    ask_from_bp = models.IntegerField()
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "member"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ask_from_bp__gte=100, ask_from_bp__lte=models.F("join_from_bp"), join_from_bp__lte=9_999),
                name="member_linkbands_order",
            )
        ]  # fmt: skip


class RunState(models.TextChoices):
    """How far a run has come. `failed` is tried again; `undone` took back what it had joined."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"


class LinkRun(models.Model):
    """One matching of an accepted file's records against all members and earlier records.

    `records` of them `done`; of these `certain` by a key, `joined` by the model, `queued` for a person, `created` as new
    members, `again` known from an earlier file. `joins` members turned out to be one by it. `histogram` counts records by
    the weight of their best pair (whole numbers), and those that are never joined by themselves apart from the others.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    file_id = models.UUIDField()
    title = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.WAITING)
    model = models.ForeignKey(LinkModel, models.PROTECT, null=True)
    join_from_bp = models.IntegerField()
    ask_from_bp = models.IntegerField()
    records = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    certain = models.BigIntegerField(default=0)
    joined = models.BigIntegerField(default=0)
    queued = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=0)
    again = models.BigIntegerField(default=0)
    joins = models.BigIntegerField(default=0)
    histogram = models.JSONField(default=dict)
    fault = models.CharField(max_length=200, blank=True, default="")
    by = models.UUIDField(null=True)
    asked_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    undone_by = models.UUIDField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone = models.BigIntegerField(default=0)

    class Meta:
        app_label = "member"
        indexes = [
            models.Index(fields=["brand_id", "-asked_at", "-id"], name="member_linkrun_newest"),
            models.Index(
                fields=["asked_at"],
                condition=models.Q(state__in=["waiting", "running", "failed"]),
                name="member_linkrun_work",
            ),
        ]


class LinkHow(models.TextChoices):
    """How it came that a record is a member's, or that it waits."""

    CERTAIN = "certain"
    JOINED = "joined"
    AGAIN = "again"
    CREATED = "created"
    DECIDED = "decided"
    QUEUED = "queued"


class LinkedRecord(models.Model):
    """Whose one record is, how that came, and what it gave: enough to take it back.

    `fingerprint` is a keyed hash of what the record says: the same line in a later file is the same customer. `lead_id` is the
    record that this one follows: of one file, surely one person, so one answer is enough for both. `filled` names what
    the member lacked and took from the record; `key_ids` and `join_ids` are the keys and joins that it made.
    """

    record_id = models.UUIDField(primary_key=True)
    brand_id = models.UUIDField()
    run = models.ForeignKey(LinkRun, models.CASCADE, related_name="outcomes", db_index=False)
    fingerprint = models.BinaryField(max_length=32)
    how = models.CharField(max_length=8, choices=LinkHow.choices)
    member_id = models.UUIDField(null=True)
    lead_id = models.UUIDField(null=True)
    filled = ArrayField(models.CharField(max_length=10), default=list)
    key_ids = ArrayField(models.UUIDField(), default=list)
    join_ids = ArrayField(models.UUIDField(), default=list)
    at = models.DateTimeField()

    class Meta:
        app_label = "member"
        indexes = [
            models.Index(fields=["run", "how"], name="member_linked_run"),
            models.Index(fields=["member_id"], name="member_linked_member"),
            models.Index(fields=["brand_id", "fingerprint"], name="member_linked_print"),
            models.Index(fields=["lead_id"], condition=models.Q(lead_id__isnull=False), name="member_linked_lead"),
        ]


class PairState(models.TextChoices):
    """What became of a pair. `open` waits for a person; `closed` needs none any more (its record is somebody else's)."""

    OPEN = "open"
    SAME = "same"
    DIFFERENT = "different"
    JOINED = "joined"
    UNDONE = "undone"
    CLOSED = "closed"


class LinkPair(models.Model):
    """A record (or a second member) and a member that may be one, with the reasons: each comparison's level and weight.

    `turn_at` orders the queue: whoever is put off goes to its end. No personal data: the fields stand with the record.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    run = models.ForeignKey(LinkRun, models.CASCADE, related_name="pairs", db_index=False)
    member_id = models.UUIDField()
    record_id = models.UUIDField(null=True)
    other_id = models.UUIDField(null=True)
    state = models.CharField(max_length=9, choices=PairState.choices)
    weight = models.FloatField()
    probability = models.FloatField()
    reasons = models.JSONField()
    turn_at = models.DateTimeField()

    class Meta:
        app_label = "member"
        constraints = [
            models.UniqueConstraint(fields=["record_id", "member_id"], name="member_linkpair_once"),
            models.UniqueConstraint(fields=["other_id", "member_id"], name="member_linkpair_members"),
            models.CheckConstraint(
                condition=models.Q(record_id__isnull=True) ^ models.Q(other_id__isnull=True), name="member_linkpair_two"
            ),
        ]
        indexes = [
            models.Index(
                fields=["brand_id", "turn_at", "id"], condition=models.Q(state="open"), name="member_linkpair_queue"
            ),
            models.Index(fields=["run", "state"], name="member_linkpair_run"),
            models.Index(fields=["member_id"], name="member_linkpair_member"),
        ]


class LinkDecision(models.Model):
    """What a person said of a pair, for ever: the same pair is not asked again, and "different" is never grouped.

    The record is named by its fingerprint, so that the same line in another file counts, too; two members by their ids.
    `taken_back_at` is set when the person took the word back.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    pair = models.ForeignKey(LinkPair, models.SET_NULL, null=True, related_name="decisions")
    member_id = models.UUIDField()
    fingerprint = models.BinaryField(max_length=32, null=True)
    other_id = models.UUIDField(null=True)
    verdict = models.CharField(max_length=9, choices=[("same", "same"), ("different", "different"), ("later", "later")])
    by = models.UUIDField()
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "member"
        indexes = [
            models.Index(fields=["brand_id", "fingerprint"], name="member_decision_print"),
            models.Index(fields=["member_id"], name="member_decision_member"),
            models.Index(fields=["brand_id", "by", "-at"], name="member_decision_by"),
        ]
