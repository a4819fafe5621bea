"""What people fill in about a product, a price, a barcode."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _

from sitong.goods.catalog.models import ProductRole
from sitong.goods.pricing.models import PriceList
from sitong.shared.money import MINOR_DIGITS

ROLES = [
    (ProductRole.REGULAR.value, _("Regular")),
    (ProductRole.TRAFFIC.value, _("Traffic")),
    (ProductRole.BENEFIT.value, _("Member benefit")),
    (ProductRole.FISSION.value, _("Fission")),
    (ProductRole.HIT.value, _("Hit")),
]
LISTS = [(PriceList.REGULAR.value, _("Regular price")), (PriceList.PROMOTION.value, _("Promotion"))]
CHANNELS = [
    ("", _("All channels")), ("mini_shop", _("Mini shop")), ("pos", _("Till")), ("livestream", _("Livestream")),
    ("marketplace", _("Marketplace")), ("group", _("Group")), ("guide", _("Guide")),
]  # fmt: skip
STORE_KINDS = [
    ("", _("All kinds of store")), ("direct", _("Direct")), ("franchise", _("Franchise")), ("special", _("Special")), ("authorized", _("Authorized")),
]  # fmt: skip


class Amount(forms.DecimalField):
    """Money in its main unit; gives minor units."""

    def __init__(self, currency: str = "CNY", **options: Any) -> None:
        self.digits = MINOR_DIGITS[currency]
        super().__init__(min_value=0, decimal_places=self.digits, **options)
        self.validators.append(MaxValueValidator(100_000_000))

    def clean(self, value: Any) -> int | None:
        amount: Decimal | None = super().clean(value)
        return None if amount is None else int(amount.scaleb(self.digits))


class ProductForm(forms.Form):
    """A product's own facts."""

    name = forms.CharField(label=_("Name (Chinese)"), max_length=200)
    name_en = forms.CharField(label=_("Name (English)"), max_length=200, required=False)
    category_id = forms.ChoiceField(label=_("Category"), required=False)
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, help_text=_("What the product is for."))
    maker = forms.CharField(label=_("Maker"), max_length=100, required=False)
    rank = forms.IntegerField(
        label=_("Rank"),
        initial=0,
        min_value=-1_000_000_000,
        max_value=1_000_000_000,
        help_text=_("Higher stands further up on every shelf."),
    )
    picture = forms.CharField(
        label=_("Picture"),
        max_length=200,
        required=False,
        help_text=_("An address, or the name of a drawing; empty: the category's drawing."),
    )
    description = forms.CharField(
        label=_("Description (Chinese)"), max_length=20_000, required=False, widget=forms.Textarea
    )
    description_en = forms.CharField(
        label=_("Description (English)"), max_length=20_000, required=False, widget=forms.Textarea
    )

    def __init__(self, *args: Any, categories: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["category_id"].choices = [("", "—"), *categories]  # type: ignore[attr-defined]


class NewProductForm(ProductForm):
    """A new product with its first SKU, and perhaps its barcode and price."""

    code = forms.CharField(label=_("Code"), max_length=60)
    weighed = forms.BooleanField(label=_("Sold by weight"), required=False)
    barcode = forms.CharField(label=_("Barcode"), max_length=20, required=False)
    price = Amount(label=_("Regular price"), required=False)
    field_order = [
        "code",
        "name",
        "name_en",
        "category_id",
        "barcode",
        "price",
        "weighed",
        "role",
        "maker",
        "rank",
        "picture",
    ]


class SkuForm(forms.Form):
    """A further variant."""

    code = forms.CharField(label=_("Code"), max_length=60)
    variant = forms.CharField(label=_("Variant (Chinese)"), max_length=100, required=False)
    variant_en = forms.CharField(label=_("Variant (English)"), max_length=100, required=False)
    barcode = forms.CharField(label=_("Barcode"), max_length=20, required=False)
    weighed = forms.BooleanField(label=_("Sold by weight"), required=False)


class BarcodeForm(forms.Form):
    """A barcode for a SKU."""

    gtin = forms.CharField(label=_("Barcode"), max_length=20)
    units = forms.IntegerField(label=_("Units a scan"), initial=1, min_value=1, max_value=1_000_000)


class PriceForm(forms.Form):
    """A price to set: the times are read in the brand's zone, empty means now and without end."""

    amount = Amount(label=_("Price"))
    price_list = forms.ChoiceField(label=_("List"), choices=LISTS)
    channel = forms.ChoiceField(label=_("Channel"), choices=CHANNELS, required=False)
    store_kind = forms.ChoiceField(label=_("Kind of store"), choices=STORE_KINDS, required=False)
    tier = forms.SlugField(label=_("Members' tier (its code)"), max_length=20, required=False)
    quantity_from = forms.IntegerField(label=_("From how many"), initial=1, min_value=1, max_value=1_000_000)
    starts_at = forms.DateTimeField(
        label=_("Starts"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M"],
    )
    ends_at = forms.DateTimeField(
        label=_("Ends"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M"],
    )
