"""What people fill in about batches of codes, ranges, production, packing and printing files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sitong.goods.codes.actions.batches import QUANTITY_MAX, UNITS_MAX
from sitong.goods.codes.models import CodeLevel

LEVELS = [(CodeLevel.ITEM.value, _("Items")), (CodeLevel.BOX.value, _("Boxes")), (CodeLevel.PALLET.value, _("Pallets"))]
FORMS = [
    ("csv", _("Table (CSV)")), ("txt", _("Plain lines (TXT)")), ("svg", _("QR codes as SVG")), ("png", _("QR codes as PNG")),
    ("pdf", _("Label sheets (PDF)")),
]  # fmt: skip
LINKS = [("short", _("Short link")), ("gs1", _("GS1 Digital Link")), ("none", _("Only the code"))]


class BatchForm(forms.Form):
    """A new batch."""

    level = forms.ChoiceField(label=_("Codes for"), choices=LEVELS)
    quantity = forms.IntegerField(label=_("How many codes"), min_value=1, max_value=QUANTITY_MAX)
    name = forms.CharField(
        label=_("Name"), max_length=100, required=False, help_text=_("For yourselves: a campaign, a printing order.")
    )
    product = forms.CharField(
        label=_("Product: barcode or SKU code"),
        max_length=60,
        required=False,
        help_text=_("May also be said later, in production."),
    )
    units = forms.IntegerField(
        label=_("Pieces a code stands for"),
        min_value=1,
        max_value=UNITS_MAX,
        initial=1,
        help_text=_("Of a box: how many lie in it, where items have no codes."),
    )
    inner = forms.BooleanField(label=_("A second code under the cap"), required=False)


class RangeForm(forms.Form):
    """A range of serials, and the request's own id, so that sending twice changes nothing."""

    id = forms.UUIDField()
    first = forms.IntegerField(min_value=1, max_value=QUANTITY_MAX)
    last = forms.IntegerField(min_value=1, max_value=QUANTITY_MAX)


class VoidForm(RangeForm):
    """A range that holds no more."""

    reason = forms.CharField(max_length=80)


class ProductionForm(RangeForm):
    """A range that was put on goods."""

    product = forms.CharField(max_length=60)
    lot = forms.CharField(max_length=40, required=False)
    line = forms.CharField(max_length=40, required=False)
    produced_on = forms.DateField()
    expires_on = forms.DateField(required=False)


class PackForm(RangeForm):
    """A range that is packed into codes of another batch."""

    parent = forms.UUIDField()
    parent_first = forms.IntegerField(min_value=1, max_value=QUANTITY_MAX)
    per_parent = forms.IntegerField(min_value=1, max_value=100_000)


class FileForm(RangeForm):
    """A printing file."""

    form = forms.ChoiceField(choices=FORMS)
    link = forms.ChoiceField(choices=LINKS)
    side = forms.ChoiceField(choices=[("outer", ""), ("inner", "")], required=False)
    password = forms.CharField(max_length=100, required=False, strip=False)


class MoveForm(forms.Form):
    """Goods that come or go: codes one below the other, as a scanner types them."""

    id = forms.UUIDField()
    kind = forms.ChoiceField(choices=[(kind, "") for kind in ("receive", "ship", "sell", "return")])
    at = forms.CharField(max_length=60)
    to = forms.CharField(max_length=60, required=False)
    texts = forms.CharField(max_length=100_000)
    book = forms.BooleanField(required=False)

    def clean_texts(self) -> tuple[str, ...]:
        """Give the codes, each once, in order."""
        said: Any = self.cleaned_data["texts"]
        return tuple(dict.fromkeys(line.strip() for line in said.splitlines() if line.strip()))
