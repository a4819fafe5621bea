"""What people fill in about a gift, and how it becomes the fields of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from sitong.marketing.coupons.forms import MOMENT, Amount
from sitong.marketing.gifts.models import Gift

STORE_KINDS = [
    ("direct", _("direct")), ("franchise", _("franchise")), ("special", _("special")), ("authorized", _("authorized")),
]  # fmt: skip


class GiftForm(forms.Form):
    """One gift of the library. Times are read in the zone that is active while it is cleaned."""

    name = forms.CharField(label=_("Name (Chinese)"), max_length=100)
    name_en = forms.CharField(label=_("Name (English)"), max_length=100, required=False)
    about = forms.CharField(label=_("What it is (Chinese)"), max_length=300, required=False)
    about_en = forms.CharField(label=_("What it is (English)"), max_length=300, required=False)
    picture = forms.CharField(label=_("Picture: an address"), max_length=200, required=False)
    sku = forms.CharField(
        label=_("SKU code"), max_length=60, required=False,
        help_text=_("Where it is named, each gift is taken from the store's stock."),
    )  # fmt: skip
    value = Amount(label=_("What the store is paid back for one"))
    handling = forms.DecimalField(
        label=_("What each dealer gets on top, in percent"),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
    )
    store_kinds = forms.ChoiceField(
        label=_("Who hands it over"), required=False, choices=[("", _("All stores")), *STORE_KINDS]
    )
    valid_days = forms.IntegerField(
        label=_("Days for which it can be fetched"), required=False, min_value=1, max_value=3650
    )
    valid_until = forms.DateTimeField(label=_("Or until"), required=False, **MOMENT)
    quota_total = forms.IntegerField(
        label=_("How many there are"), required=False, min_value=1, max_value=2_000_000_000
    )
    clerk_confirms = forms.BooleanField(label=_("A clerk always confirms"), required=False)
    signed_only = forms.BooleanField(label=_("Only by the code that changes each minute"), required=False)

    def fields_of_gift(self, sku_id: UUID | None) -> dict[str, Any]:
        """Give the fields of the gift that this form says."""
        said = self.cleaned_data
        names = ("name", "name_en", "about", "about_en", "picture", "valid_days", "valid_until", "quota_total")
        return {name: said[name] for name in names} | {
            "sku_id": sku_id, "value_minor": said["value"], "handling_bp": int((said["handling"] or 0) * 100),
            "store_kinds": frozenset({said["store_kinds"]} - {""}), "clerk_confirms": said["clerk_confirms"],
            "signed_only": said["signed_only"],
        }  # fmt: skip


def initial_of(gift: Gift, sku_code: str) -> dict[str, Any]:
    """Give what the form shows of a gift."""
    names = (
        "name",
        "name_en",
        "about",
        "about_en",
        "picture",
        "valid_days",
        "valid_until",
        "quota_total",
        "clerk_confirms",
        "signed_only",
    )
    kinds = gift.honored.get("store_kinds", [])
    return {name: getattr(gift, name) for name in names} | {
        "sku": sku_code, "value": f"{gift.value_minor / 100:.2f}", "handling": f"{gift.handling_bp / 100:g}",
        "store_kinds": kinds[0] if len(kinds) == 1 else "",
    }  # fmt: skip
