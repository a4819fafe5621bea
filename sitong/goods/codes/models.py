"""Batches of codes, what was said of ranges of them, where they went, and the few codes to which something happened."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sitong.shared.ids import new_id


class CodeSpace(models.Model):
    """How many numbers of a brand's space are taken. The row under whose lock batches are made, ranges are bound and goods move."""

    brand_id = models.UUIDField(primary_key=True)
    taken = models.BigIntegerField(default=0)

    class Meta:
        app_label = "goods"


class CodeLevel(models.TextChoices):
    ITEM = "item"
    BOX = "box"
    PALLET = "pallet"


class CodeBatch(models.Model):
    """A batch of codes: one row, however many they are. Never in here: a code; each can be made again from its number.

    Its codes have the brand's numbers `first_number` to `first_number + quantity - 1`, which people count as the batch's
    serials 1 to `quantity`. `inner`: each item has a second code under its cap. `units`: base units of the SKU that one code
    stands for where nothing is packed in it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    number = models.CharField(max_length=20)
    name = models.CharField(max_length=100, blank=True, default="")
    level = models.CharField(max_length=6, choices=CodeLevel.choices)
    inner = models.BooleanField(default=False)
    product_id = models.UUIDField(null=True)
    sku_id = models.UUIDField(null=True)
    gtin = models.CharField(max_length=14, blank=True, default="")
    units = models.BigIntegerField(default=1)
    generation = models.IntegerField(help_text="Which of the platform's keys its codes were made with.")
    first_number = models.BigIntegerField()
    quantity = models.BigIntegerField()
    made_at = models.DateTimeField()
    made_by = models.UUIDField(null=True)

    class Meta:
        app_label = "goods"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "number"], name="code_batch_number_once"),
            models.UniqueConstraint(fields=["brand_id", "first_number"], name="code_batch_first_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, first_number__gte=0, units__gt=0), name="code_batch_has_codes"
            ),
        ]


class CodeFile(models.Model):
    """A printing file that somebody fetched: which codes, in which form, and up to which serial it has been sent.

    Never in here: its password. An interrupted file goes on behind `sent_to`.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    batch_id = models.UUIDField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    form = models.CharField(max_length=4)
    link = models.CharField(max_length=5, blank=True, default="")
    inner = models.BooleanField(default=False)
    encrypted = models.BooleanField(default=False)
    sent_to = models.BigIntegerField()
    by = models.UUIDField(null=True)
    started_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, help_text="When the last piece went out.")

    class Meta:
        app_label = "goods"
        indexes = [models.Index(fields=["batch_id", "-started_at"], name="code_file_batch")]


class CodeProduction(models.Model):
    """Codes `first` to `last` of a batch were put on goods: which product, lot, line and date. Ranges of a batch never overlap."""

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    batch_id = models.UUIDField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    product_id = models.UUIDField()
    sku_id = models.UUIDField()
    lot = models.CharField(max_length=40, blank=True, default="")
    line = models.CharField(max_length=40, blank=True, default="")
    produced_on = models.DateField()
    expires_on = models.DateField(null=True)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "goods"
        constraints = [
            models.UniqueConstraint(fields=["batch_id", "first"], name="code_production_once"),
            models.CheckConstraint(condition=Q(first__gt=0, last__gte=F("first")), name="code_production_range"),
        ]


class CodeActivation(models.Model):
    """Codes `first` to `last` of a batch are in use since `at`: the goods that carry them may be sold. Never overlapping."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    batch_id = models.UUIDField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    request_id = models.UUIDField(help_text="The request that asked for it; made by the client.")
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "goods"
        constraints = [
            models.UniqueConstraint(fields=["batch_id", "first"], name="code_activation_once"),
            models.CheckConstraint(condition=Q(first__gt=0, last__gte=F("first")), name="code_activation_range"),
        ]


class CodeVoid(models.Model):
    """Codes `first` to `last` of a batch hold no more, for good: lost, stolen, damaged. Never overlapping."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    batch_id = models.UUIDField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    reason = models.CharField(max_length=80)
    request_id = models.UUIDField(help_text="The request that asked for it; made by the client.")
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "goods"
        constraints = [
            models.UniqueConstraint(fields=["batch_id", "first"], name="code_void_once"),
            models.CheckConstraint(condition=Q(first__gt=0, last__gte=F("first")), name="code_void_range"),
        ]


class CodePacking(models.Model):
    """Codes `first` to `last` of a batch lie in codes of another, `per_parent` in each, from `packed_at` to `unpacked_at`.

    Code s lies in parent `parent_first + (start + s - first) // per_parent`. One row binds ten thousand items to their boxes;
    `start` is what is left of a group whose beginning was taken out. Ranges that are packed now never overlap.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    batch_id = models.UUIDField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    parent_batch_id = models.UUIDField()
    parent_first = models.BigIntegerField()
    parent_last = models.BigIntegerField()
    per_parent = models.IntegerField()
    parent_reach = models.SmallIntegerField(
        default=0, help_text="The least power of eight that spans the parents: ranges are found by it."
    )
    reach = models.SmallIntegerField(default=0, help_text="The same of the codes themselves.")
    start = models.IntegerField(default=0)
    request_id = models.UUIDField(help_text="The request that asked for it; made by the client.")
    by = models.UUIDField(null=True)
    packed_at = models.DateTimeField()
    unpacked_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "goods"
        constraints = [
            models.CheckConstraint(
                condition=Q(first__gt=0, last__gte=F("first"), per_parent__gt=0), name="code_packing_range"
            ),
        ]
        indexes = [
            models.Index(fields=["batch_id", "first"], condition=Q(unpacked_at=None), name="code_packing_child"),
            models.Index(fields=["batch_id", "reach", "first"], name="code_packing_ever"),
            models.Index(fields=["parent_batch_id", "parent_reach", "parent_first"], name="code_packing_parent"),
            models.Index(fields=["request_id"], name="code_packing_request"),
        ]


class MoveKind(models.TextChoices):
    SHIP = "ship"
    RECEIVE = "receive"
    SELL = "sell"
    RETURN = "return"


class CodeMove(models.Model):
    """Codes `first` to `last` of a batch, with all that is packed in them, went from one place to another. Never changed.

    `id` was made by the client for one scan; a scan of several ranges makes several rows of the same `request_id`. Where an
    item is says the latest move of itself or of what it was packed in at that time.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    request_id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=MoveKind.choices)
    batch_id = models.UUIDField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    from_kind = models.CharField(
        max_length=6, blank=True, default="", help_text="brand, dealer, store, or '': unknown."
    )
    from_id = models.UUIDField(null=True)
    to_kind = models.CharField(
        max_length=6, blank=True, default="", help_text="brand, dealer, store, or '': a consumer."
    )
    to_id = models.UUIDField(null=True)
    document_id = models.UUIDField(null=True, help_text="The stock document that booked it, if any.")
    reach = models.SmallIntegerField(
        default=0, help_text="The least power of eight that spans the range: ranges are found by it."
    )
    note = models.CharField(max_length=80, blank=True, default="")
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "goods"
        constraints = [
            models.UniqueConstraint(fields=["request_id", "batch_id", "first"], name="code_move_once"),
            models.CheckConstraint(condition=Q(first__gt=0, last__gte=F("first")), name="code_move_range"),
        ]
        indexes = [
            models.Index(fields=["batch_id", "reach", "first"], name="code_move_codes"),
            models.Index(fields=["brand_id", "-at"], name="code_move_brand"),
            models.Index(fields=["to_id", "-at"], name="code_move_to"),
            models.Index(fields=["from_id", "-at"], name="code_move_from"),
        ]


class PlaceState(models.TextChoices):
    HERE = "here"
    WAY = "way"
    SOLD = "sold"


class CodePlace(models.Model):
    """Where codes `first` to `last` of a batch are now, as their last move says; what has never moved is at the brand.

    Ranges never overlap. What is packed in something is where that is, whatever stands here of itself. `place_id` is where
    it is, where it goes to, or where it was sold; `document_id` the stock document of a shipment on its way.
    """

    pk = models.CompositePrimaryKey("batch_id", "first")
    brand_id = models.UUIDField()
    batch_id = models.UUIDField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    state = models.CharField(max_length=4, choices=PlaceState.choices)
    place_kind = models.CharField(max_length=6)
    place_id = models.UUIDField()
    from_kind = models.CharField(max_length=6, blank=True, default="")
    from_id = models.UUIDField(null=True)
    document_id = models.UUIDField(null=True)
    since = models.DateTimeField()

    class Meta:
        app_label = "goods"
        constraints = [models.CheckConstraint(condition=Q(first__gt=0, last__gte=F("first")), name="code_place_range")]


class CodeState(models.Model):
    """One code that a consumer or staff has scanned: how often, and when consumers did first and last.

    Codes that nobody ever scanned have no row. Never in here: where it was scanned, and by whom.
    """

    pk = models.CompositePrimaryKey("batch_id", "serial", "side")
    brand_id = models.UUIDField()
    batch_id = models.UUIDField()
    serial = models.BigIntegerField()
    side = models.CharField(max_length=5)
    scans = models.IntegerField(default=0, help_text="By consumers.")
    staff_scans = models.IntegerField(default=0)
    first_scan_at = models.DateTimeField(null=True)
    last_scan_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "goods"


class ScanRole(models.TextChoices):
    CONSUMER = "consumer"
    CLERK = "clerk"
    DEALER = "dealer"


class Scan(models.Model):
    """A genuine code was scanned. `id` was made by the client. Rows are added; a member's name leaves them when it is erased.

    `before` is how many consumers' scans the code had then. `cell` is an H3 cell of resolution 7 or coarser, some five square
    kilometers. Never in here: a position.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    batch_id = models.UUIDField()
    serial = models.BigIntegerField()
    side = models.CharField(max_length=5)
    role = models.CharField(max_length=8, choices=ScanRole.choices)
    member_id = models.UUIDField(null=True)
    account_id = models.UUIDField(null=True)
    store_id = models.UUIDField(null=True)
    dealer_id = models.UUIDField(null=True)
    cell = models.BigIntegerField(null=True)
    device = models.BinaryField(
        max_length=32, null=True, help_text="A hash; tells devices apart and says nothing of them."
    )
    before = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        app_label = "goods"
        indexes = [
            models.Index(fields=["batch_id", "serial", "at"], name="scan_code"),
            models.Index(fields=["brand_id", "at"], name="scan_brand"),
            models.Index(fields=["member_id", "at"], condition=Q(member_id__isnull=False), name="scan_member"),
        ]
