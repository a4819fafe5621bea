"""What is sold: departments, products, SKUs, barcodes; which store has taken which product and put it on its shelf."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from sitong.shared.ids import new_id


class ProductRole(models.TextChoices):
    """What a product is for: 引流, 常规, 福利, 裂变, 爆款."""

    TRAFFIC = "traffic"
    REGULAR = "regular"
    BENEFIT = "benefit"
    FISSION = "fission"
    HIT = "hit"


class Category(models.Model):
    """A department (no parent) or a category in it; the tree has these two levels and no more.

    `sort_key` puts Chinese names in the order of their pinyin. Within a parent, `rank` (higher first) goes before it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    code = models.CharField(max_length=80)
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    picture = models.CharField(max_length=60, blank=True)
    rank = models.IntegerField(default=0)
    sort_key = models.CharField(max_length=400, blank=True, default="")

    class Meta:
        app_label = "goods"
        constraints = [models.UniqueConstraint(fields=["brand_id", "code"], name="category_code_once")]


class Product(models.Model):
    """A product as people speak of it; its SKUs are what is priced, stocked and sold.

    `picture` is an address or the name of a drawing; when empty, the drawing of its category stands in.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="products")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    maker = models.CharField(max_length=100, blank=True)
    description = models.TextField(blank=True)
    description_en = models.TextField(blank=True)
    picture = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=10, choices=ProductRole.choices, default=ProductRole.REGULAR)
    rank = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "goods"
        constraints = [models.UniqueConstraint(fields=["brand_id", "code"], name="product_code_once")]
        indexes = [models.Index(fields=["brand_id", "-rank", "-id"], name="product_rank")]


class ProductGrams(models.Model):
    """By which words a product is found: hashes of its words, their beginnings and their misspellings (`words.py`).

    Never in here: a brand_id, on purpose. PostgreSQL keeps operators on arrays away from the GIN index of a table behind
    row-level security, since they might leak rows; these hashes tell nothing, and the join to Product is the wall.
    """

    product = models.OneToOneField(Product, models.CASCADE, primary_key=True)
    grams = ArrayField(models.IntegerField())

    class Meta:
        app_label = "goods"
        indexes = [GinIndex(fields=["grams"], name="product_grams")]


class Sku(models.Model):
    """One sellable variant. Stock and quantities count base units: pieces, or grams when `weighed`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    product = models.ForeignKey(Product, models.PROTECT, related_name="skus")
    code = models.CharField(max_length=60)
    variant = models.CharField(max_length=100, blank=True)
    variant_en = models.CharField(max_length=100, blank=True)
    weighed = models.BooleanField(default=False)
    package = models.CharField(max_length=60, blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "goods"
        constraints = [models.UniqueConstraint(fields=["brand_id", "code"], name="sku_code_once")]


class Barcode(models.Model):
    """A GTIN of one SKU and how many base units one scan stands for.

    Kept with 14 digits (a GTIN-8, 12 or 13 with zeros before it), check digit verified. An in-store number of weighed
    goods (prefix 20 to 29) stands with a price of zero.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    sku = models.ForeignKey(Sku, models.CASCADE, related_name="barcodes")
    gtin = models.CharField(max_length=14)
    units = models.PositiveIntegerField(default=1)

    class Meta:
        app_label = "goods"
        constraints = [models.UniqueConstraint(fields=["brand_id", "gtin"], name="gtin_once")]


class Offer(models.Model):
    """The brand has pushed a product to a place (dealer or store); stores at or below it may adopt it (O3)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand_id = models.UUIDField()
    product = models.ForeignKey(Product, models.CASCADE, related_name="offers")
    place_kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in ("brand", "dealer", "store")])
    place_id = models.UUIDField()
    by = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "goods"
        constraints = [models.UniqueConstraint(fields=["product", "place_id"], name="offer_once")]
        indexes = [models.Index(fields=["brand_id", "place_id"])]


class Listing(models.Model):
    """A store has adopted a product; it is sold there while `shelved_at` is set.

    `rank`, `category_id` and `department_id` are the product's, copied so that a shelf is read in order from one index.
    """

    pk = models.CompositePrimaryKey("store_id", "product_id")
    brand_id = models.UUIDField()
    store_id = models.UUIDField()
    product = models.ForeignKey(Product, models.CASCADE, related_name="listings")
    category_id = models.UUIDField(null=True)
    department_id = models.UUIDField(null=True)
    rank = models.IntegerField(default=0)
    adopted_at = models.DateTimeField()
    shelved_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "goods"
        indexes = [
            models.Index(fields=["store_id", "-rank", "-product"], condition=models.Q(shelved_at__isnull=False),
                         name="listing_shelf"),
            models.Index(fields=["store_id", "category_id", "-rank", "-product"],
                         condition=models.Q(shelved_at__isnull=False), name="listing_category"),
            models.Index(fields=["store_id", "department_id", "-rank", "-product"],
                         condition=models.Q(shelved_at__isnull=False), name="listing_department"),
        ]  # fmt: skip
