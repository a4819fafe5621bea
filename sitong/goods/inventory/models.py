"""One stock for all channels: a ledger of moves with a locked level row, lots with expiry, holds."""

from __future__ import annotations

from django.db import models

from sitong.shared.ids import new_id


class LocationKind(models.TextChoices):
    BRAND_WAREHOUSE = "brand_warehouse"
    DEALER_WAREHOUSE = "dealer_warehouse"
    STORE = "store"
    TRANSIT = "transit"


class Location(models.Model):
    """A place where stock lies. A store's location has the store's id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=LocationKind.choices)
    place_id = models.UUIDField(help_text="The brand, dealer or store it belongs to.")
    entity_id = models.UUIDField(null=True)
    name = models.CharField(max_length=100)

    class Meta:
        app_label = "goods"
        indexes = [models.Index(fields=["brand_id", "place_id"])]


class Level(models.Model):
    """How much of one SKU lies at one location and how much of it is held. The row that is locked before stock moves.

    `sellable` to a channel is on_hand − held − safety. Never below zero; the moves add up to `on_hand`.
    """

    pk = models.CompositePrimaryKey("location_id", "sku_id")
    brand_id = models.UUIDField()
    location = models.ForeignKey(Location, models.PROTECT, db_index=False)
    sku = models.ForeignKey("goods.Sku", models.PROTECT)
    on_hand = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    safety = models.BigIntegerField(default=0)

    class Meta:
        app_label = "goods"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(held__gte=0, on_hand__gte=models.F("held")), name="level_never_oversold"
            ),
        ]


class Lot(models.Model):
    """What lies at a location of one SKU with one expiry date ('' lot and no date: undated). Lots add up to `on_hand`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    location = models.ForeignKey(Location, models.PROTECT, db_index=False)
    sku = models.ForeignKey("goods.Sku", models.PROTECT, db_index=False)
    code = models.CharField(max_length=40, blank=True, default="")
    expires_on = models.DateField(null=True)
    quantity = models.BigIntegerField(default=0)

    class Meta:
        app_label = "goods"
        constraints = [
            models.UniqueConstraint(
                fields=["location", "sku", "code", "expires_on"], nulls_distinct=False, name="lot_once"
            ),
            models.CheckConstraint(condition=models.Q(quantity__gte=0), name="lot_not_negative"),
        ]


class MoveReason(models.TextChoices):
    RECEIPT = "receipt"
    SALE = "sale"
    RETURN = "return"
    COUNT = "count"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    WRITE_OFF = "write_off"


class Move(models.Model):
    """Stock came or went: the ledger. Rows are added, never changed. `quantity` is signed, in base units."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    location_id = models.UUIDField()
    sku_id = models.UUIDField()
    lot_id = models.UUIDField(null=True)
    quantity = models.BigIntegerField()
    reason = models.CharField(max_length=14, choices=MoveReason.choices)
    document_id = models.UUIDField(help_text="The receipt, order, count or transfer that moved it.")
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "goods"
        constraints = [models.CheckConstraint(condition=~models.Q(quantity=0), name="move_moves")]
        indexes = [models.Index(fields=["location_id", "sku_id", "at"]), models.Index(fields=["document_id"])]


class DocumentKind(models.TextChoices):
    RECEIPT = "receipt"
    COUNT = "count"
    WRITE_OFF = "write_off"
    RETURN = "return"
    SHIPMENT = "shipment"
    ARRIVAL = "arrival"


class StockDocument(models.Model):
    """Why stock moved outside of a sale: one receipt, count, write-off, return, shipment or arrival. Never changed.

    `id` was made by the client; `content_hash` tells a repeat from another document of the same id. `to_location_id` is a
    shipment's goal; `of_id` names the shipment that arrived or the sale that came back. The quantities stand in its moves.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    brand_id = models.UUIDField()
    kind = models.CharField(max_length=10, choices=DocumentKind.choices)
    location_id = models.UUIDField()
    to_location_id = models.UUIDField(null=True)
    of_id = models.UUIDField(null=True)
    content_hash = models.BinaryField(max_length=32)
    note = models.CharField(max_length=200, blank=True, default="")
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "goods"
        indexes = [
            models.Index(fields=["location_id", "-at"], name="stock_document_place"),
            models.Index(
                fields=["to_location_id", "-at"], condition=models.Q(kind="shipment"), name="stock_document_goal"
            ),
            models.Index(fields=["of_id"], condition=models.Q(of_id__isnull=False), name="stock_document_of"),
        ]


class Hold(models.Model):
    """Stock promised to one document until it is taken, released, or has expired. The row goes when the hold ends."""

    pk = models.CompositePrimaryKey("document_id", "sku_id")
    brand_id = models.UUIDField()
    document_id = models.UUIDField()
    location_id = models.UUIDField()
    sku_id = models.UUIDField()
    quantity = models.BigIntegerField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "goods"
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="hold_positive")]
        indexes = [
            models.Index(fields=["location_id", "sku_id"]),
            models.Index(fields=["expires_at"], condition=models.Q(expires_at__isnull=False), name="hold_expiry"),
        ]
