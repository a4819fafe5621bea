"""What people fill in about a dealer."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sitong.org.dealers import rules

RINGS_MAX = 40


class Degrees(forms.DecimalField):
    """Degrees with at most six decimals; gives millionths."""

    def clean(self, value: Any) -> int | None:
        degrees: Decimal | None = super().clean(value)
        return None if degrees is None else int(degrees * 1_000_000)


class DealerForm(forms.Form):
    """Name and territory: cells as text, and a circle of cells that may be added to them."""

    name = forms.CharField(label=_("Name (Chinese)"), max_length=100)
    name_en = forms.CharField(label=_("Name (English)"), max_length=100, required=False)
    latitude_e6 = Degrees(
        label=_("Add the area around: latitude"),
        min_value=-90,
        max_value=90,
        max_digits=8,
        decimal_places=6,
        required=False,
    )
    longitude_e6 = Degrees(
        label=_("Longitude"), min_value=-180, max_value=180, max_digits=9, decimal_places=6, required=False
    )
    rings = forms.IntegerField(
        label=_("Rings of cells (about 2.2 km each)"), min_value=0, max_value=RINGS_MAX, required=False
    )
    territory = forms.CharField(
        label=_("Territory: H3 cells of resolution 7"),
        required=False,
        strip=True,
        widget=forms.Textarea,
        max_length=rules.CELLS_MAX * 17,
    )

    def clean(self) -> dict[str, Any]:
        said = dict(super().clean() or {})
        cells = set(filter(None, re.split(r"[\s,;，；]+", said.get("territory") or "")))
        at = said.get("latitude_e6"), said.get("longitude_e6")
        if (at[0] is None) != (at[1] is None):
            raise forms.ValidationError(_("Give latitude and longitude, or neither."))
        if at[0] is not None and at[1] is not None:
            cells |= set(rules.cells_around(at[0], at[1], rings=said.get("rings") or 0))
        return {**said, "territory": sorted(cells)}

    def changes(self) -> dict[str, Any]:
        """Give the fields of the dealer that this form says."""
        return {key: self.cleaned_data[key] for key in ("name", "name_en", "territory")}


class NewDealerForm(DealerForm):
    """What the brand says to appoint a dealer. Its legal entity is chosen, or named and registered with it."""

    code = forms.SlugField(label=_("Code"), max_length=40)
    parent = forms.ChoiceField(label=_("Below dealer"), required=False)
    entity = forms.ChoiceField(label=_("Legal entity"), required=False)
    entity_name = forms.CharField(
        label=_("… or a new legal entity, by its registered name"), max_length=200, required=False
    )

    field_order = ("code", "name", "name_en", "parent", "entity", "entity_name")

    def __init__(
        self, *args: Any, dealers: list[tuple[str, str]], entities: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = [("", "—"), *dealers]  # type: ignore[attr-defined]
        self.fields["entity"].choices = [("", "—"), *entities]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if bool(said.get("entity")) == bool(said.get("entity_name")):
            raise forms.ValidationError(_("Choose a legal entity or name a new one."))
        return said
