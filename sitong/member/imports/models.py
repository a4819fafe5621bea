"""Files of customers, their bytes, what was read of each line, and what could not be read."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from sitong.shared.access.fields import EncryptedTextField
from sitong.shared.ids import new_id


class ImportKind(models.TextChoices):
    """Where the file comes from."""

    MARKETPLACE = "marketplace"
    CRM = "crm"
    CARDS = "cards"
    OTHER = "other"


class ImportState(models.TextChoices):
    """How far a file has come. Nothing of it counts before `accepted`; `unreadable` and `discarded` are ends."""

    UPLOADING = "uploading"
    RECEIVED = "received"
    UPLOADED = "uploaded"
    MAPPED = "mapped"
    CHECKED = "checked"
    ACCEPTED = "accepted"
    LINKED = "linked"
    DISCARDED = "discarded"
    UNREADABLE = "unreadable"


class ImportFile(models.Model):
    """One file of customers, from its first byte until its records are linked to members.

    `purpose` and `origin` are what the person said about why and from where the brand has these data (PIPL); a consent is
    never made of a file. `columns` are the names at the head of the file (a file without a head has none); `mapping` says
    for each column which field it is, '' for none. `rows` = `good` + `bad`; `noted` are good ones of which a field was
    left out. `at_byte` and `at_line` say how far the check has come, so that a worker that was killed goes on there.
    `taken` says what was accepted: all lines, or the good ones only. The bytes themselves stand in ImportPiece, until
    `emptied_at`; with a discarded file its records go too.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=ImportKind.choices)
    form = models.CharField(max_length=4, choices=[("csv", "csv"), ("xlsx", "xlsx")])
    marketplace = models.CharField(max_length=64, blank=True, default="")
    source = models.CharField(max_length=40)
    store_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=200)
    origin = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.UPLOADING)
    fault = models.CharField(max_length=40, blank=True, default="")
    size_bytes = models.BigIntegerField()
    text_bytes = models.BigIntegerField(default=0)
    encoding = models.CharField(max_length=12, blank=True, default="")
    delimiter = models.CharField(max_length=1, blank=True, default="")
    headed = models.BooleanField(default=True)
    columns = ArrayField(models.TextField(), default=list)
    mapping = ArrayField(models.CharField(max_length=12, blank=True), default=list)
    at_byte = models.BigIntegerField(default=0)
    at_line = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    good = models.BigIntegerField(default=0)
    noted = models.BigIntegerField(default=0)
    bad = models.BigIntegerField(default=0)
    blank_lines = models.BigIntegerField(default=0)
    taken = models.CharField(max_length=4, blank=True, default="")
    by = models.UUIDField(null=True)
    at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    accepted_by = models.UUIDField(null=True)
    accepted_at = models.DateTimeField(null=True)
    linked_at = models.DateTimeField(null=True)
    discarded_by = models.UUIDField(null=True)
    discarded_at = models.DateTimeField(null=True)
    emptied_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "member"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rows=models.F("good") + models.F("bad")), name="member_import_counts"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["accepted", "linked"]) | models.Q(accepted_at__isnull=False),
                name="member_import_accepted_at",
            ),
        ]
        indexes = [
            models.Index(fields=["brand_id", "-at", "-id"], name="member_import_newest"),
            models.Index(
                fields=["at"],
                condition=models.Q(state__in=["received", "mapped"])
                | models.Q(state__in=["accepted", "linked", "discarded", "unreadable"], emptied_at__isnull=True),
                name="member_import_work",
            ),
        ]


class ImportPiece(models.Model):
    """A stretch of a file's bytes, compressed, sealed; `raw` as it came, `text` as UTF-8 lines where it came as something else.

    All but the last of a file have the same length. They go when the file is discarded, and when it is accepted or some
    days after (a setting).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="pieces", db_index=False)
    part = models.CharField(max_length=4, choices=[("raw", "raw"), ("text", "text")])
    number = models.IntegerField()
    size_bytes = models.IntegerField()
    digest = models.BinaryField(max_length=32)
    content = EncryptedTextField()

    class Meta:
        app_label = "member"
        constraints = [models.UniqueConstraint(fields=["file", "part", "number"], name="member_piece_once")]


class RecordState(models.TextChoices):
    """What became of a record: it waits, is a member's by itself or by a person's word, is a new member, waits for a person, is left alone."""

    WAITING = "waiting"
    MATCHED = "matched"
    CREATED = "created"
    QUEUED = "queued"
    LEFT = "left"


class ImportRecord(models.Model):
    """One customer as one line of a file says it, in normal form. It counts only once its file is accepted.

    `fields` is sealed JSON of what the line has of: name, phone, email, birthday, address, city, card, buyer, marketplace.
    The phone is also found by its keyed index, the same as a member's. `row` is the line in the file, as a text editor
    counts it. `member_id` is set once it is known whose record it is.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="records", db_index=False)
    row = models.BigIntegerField()
    fields = EncryptedTextField()
    phone_index = models.BinaryField(max_length=32, null=True)
    state = models.CharField(max_length=8, choices=RecordState.choices, default=RecordState.WAITING)
    member_id = models.UUIDField(null=True)

    class Meta:
        app_label = "member"
        constraints = [models.UniqueConstraint(fields=["file", "row"], name="member_record_once")]
        indexes = [
            models.Index(
                fields=["brand_id", "phone_index"],
                condition=models.Q(phone_index__isnull=False),
                name="member_record_phone",
            ),
            models.Index(
                fields=["member_id"], condition=models.Q(member_id__isnull=False), name="member_record_member"
            ),
        ]


class ImportProblem(models.Model):
    """One line of which something could not be read. `bad`: no record was made of it; else a field was left out.

    `faults` says what: a list of {"column", "code"}. The line itself is sealed, for the download of lines to be mended.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="problems", db_index=False)
    row = models.BigIntegerField()
    bad = models.BooleanField()
    faults = models.JSONField()
    line = EncryptedTextField()

    class Meta:
        app_label = "member"
        constraints = [models.UniqueConstraint(fields=["file", "row"], name="member_problem_once")]
