"""What the database knows of the lake: which files count, what has yet to be written, and how it goes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sitong.shared.ids import new_id


class LakeFile(models.Model):
    """One Parquet file of the lake: it counts because this row is there. A file without a row is nothing, and is swept away.

    `whole`: all of the partition as it was then; else a piece, in which stands all that some members have there. The newest
    `version` wins. `path` is relative to the lake's folder. Rows are added; one that is replaced gets `retired_at`, and goes
    with its file once nobody reads it any more.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    table = models.CharField(max_length=20)
    part = models.CharField(max_length=10)
    path = models.CharField(max_length=200, unique=True)
    rows = models.BigIntegerField()
    bytes = models.BigIntegerField()
    ordinal_min = models.BigIntegerField(null=True)
    ordinal_max = models.BigIntegerField(null=True)
    on_min = models.DateField(null=True)
    on_max = models.DateField(null=True)
    schema_version = models.PositiveSmallIntegerField()
    version = models.BigIntegerField()
    whole = models.BooleanField()
    made_by = models.CharField(max_length=12, help_text="Which piece of work made it: write, rebuild, compact.")
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "insight"
        indexes = [
            models.Index(fields=["brand_id", "table", "part"], condition=Q(retired_at=None), name="lake_file_counts"),
            models.Index(fields=["retired_at"], condition=Q(retired_at__isnull=False), name="lake_file_retired"),
        ]


class LakeMark(models.Model):
    """Something of a member changed and is not in the lake yet. Written in the transaction that moves the subscriber's cursor.

    `what` is the table, or "everything"; `part` the partition where it is known, else ''. It is deleted in the transaction
    in which the file that has it begins to count. Marks are only added: a second one for the same may come while the first is
    being written.
    """

    id = models.BigAutoField(primary_key=True)
    brand_id = models.UUIDField()
    member_id = models.UUIDField()
    what = models.CharField(max_length=20)
    part = models.CharField(max_length=10, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        app_label = "insight"
        indexes = [models.Index(fields=["brand_id", "id"], name="lake_mark_next")]


class LakeState(models.Model):
    """How a brand's lake is: its last version, when what was done to it, and what is wrong.

    `rebuild_…`: somebody asked to make it anew, and how far that is. `trouble` is the code of the refusal with which the
    last work ended ('' when it went well); what could not be written is still marked, so it goes on by itself.
    """

    brand_id = models.UUIDField(primary_key=True)
    version = models.BigIntegerField(default=0)
    written_at = models.DateTimeField(null=True)
    rebuilt_at = models.DateTimeField(null=True)
    compacted_at = models.DateTimeField(null=True)
    rebuild_asked_at = models.DateTimeField(null=True)
    rebuild_asked_by = models.UUIDField(null=True)
    rebuild_table = models.CharField(max_length=20, blank=True, default="")
    rebuild_done = models.BigIntegerField(default=0, help_text="Tables that are made.")
    rebuild_rows = models.BigIntegerField(default=0)
    trouble = models.CharField(max_length=60, blank=True, default="")
    trouble_facts = models.JSONField(default=dict)
    trouble_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "insight"
