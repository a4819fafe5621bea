"""What people fill in about a store."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sitong.org.dealers.forms import Degrees
from sitong.org.stores.models import Store, StoreKind
from sitong.org.stores.rules import FENCE_M, WEEKDAYS, hours_read, hours_written

KINDS = [
    (StoreKind.DIRECT.value, _("Direct")),
    (StoreKind.FRANCHISE.value, _("Franchise")),
    (StoreKind.SPECIAL.value, _("Special")),
    (StoreKind.AUTHORIZED.value, _("Authorized")),
]
DAYS = {
    "1": _("Monday"),
    "2": _("Tuesday"),
    "3": _("Wednesday"),
    "4": _("Thursday"),
    "5": _("Friday"),
    "6": _("Saturday"),
    "7": _("Sunday"),
}


class DayHours(forms.CharField):
    """A day's hours as text; gives the list of periods."""

    def to_python(self, value: Any) -> list[list[str]]:  # type: ignore[override]  # what the text means
        periods = hours_read(super().to_python(value) or "")
        if periods is None:
            raise forms.ValidationError(
                _("Write hours as 09:00-21:30, several with a comma between; empty means closed.")
            )
        return periods


class StoreOwnForm(forms.Form):
    """What a store may change of itself."""

    phone = forms.CharField(label=_("Telephone"), max_length=30, required=False)
    fence_m = forms.IntegerField(label=_("Fence around the store (meters)"), min_value=FENCE_M[0], max_value=FENCE_M[1])
    pickup = forms.BooleanField(label=_("Pickup in the store"), required=False)
    delivery = forms.BooleanField(label=_("Delivery in the city"), required=False)
    appointments = forms.BooleanField(label=_("Appointments"), required=False)
    online_takes_stock = forms.BooleanField(label=_("Online orders may take this store's stock"), required=False)
    color = forms.RegexField(
        r"^#[0-9a-fA-F]{6}$",
        label=_("Color of the mini shop"),
        required=False,
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    notice = forms.CharField(label=_("Notice in the mini shop (Chinese)"), max_length=200, required=False)
    notice_en = forms.CharField(label=_("Notice in the mini shop (English)"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day in WEEKDAYS:
            self.fields[f"hours_{day}"] = DayHours(label=DAYS[day], max_length=100, required=False)

    def changes(self) -> dict[str, Any]:
        """Give the fields of the store that this form says."""
        said = dict(self.cleaned_data)
        hours = {day: said.pop(f"hours_{day}") for day in WEEKDAYS}
        theme = {key: said.pop(key) for key in ("color", "notice", "notice_en")}
        theme["color"] = theme["color"].lower()
        return {
            **said,
            "hours": {day: periods for day, periods in hours.items() if periods},
            "theme": {key: value for key, value in theme.items() if value},
        }

    @staticmethod
    def initial_of(store: Store) -> dict[str, Any]:
        """Give the form's content for a store as it stands."""
        degrees = {key: None if at is None else Decimal(at) / 1_000_000
                   for key, at in (("latitude_e6", store.latitude_e6), ("longitude_e6", store.longitude_e6))}  # fmt: skip
        hours = {f"hours_{day}": hours_written(store.hours.get(day, [])) for day in WEEKDAYS}
        named = (
            "name",
            "name_en",
            "address",
            "city",
            "zone",
            "phone",
            "fence_m",
            "pickup",
            "delivery",
            "appointments",
            "online_takes_stock",
        )
        theme = {
            "color": "#0b7a5f",
            **{key: store.theme[key] for key in ("color", "notice", "notice_en") if key in store.theme},
        }
        return {**{key: getattr(store, key) for key in named}, **degrees, **hours, **theme}


class StoreForm(StoreOwnForm):
    """What the brand and the dealer may change besides."""

    name = forms.CharField(label=_("Name (Chinese)"), max_length=100)
    name_en = forms.CharField(label=_("Name (English)"), max_length=100, required=False)
    city = forms.CharField(label=_("City"), max_length=40, required=False)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    latitude_e6 = Degrees(
        label=_("Latitude (WGS-84)"), min_value=-90, max_value=90, max_digits=8, decimal_places=6, required=False
    )
    longitude_e6 = Degrees(
        label=_("Longitude (WGS-84)"), min_value=-180, max_value=180, max_digits=9, decimal_places=6, required=False
    )
    zone = forms.CharField(label=_("Time zone"), max_length=40, initial="Asia/Shanghai")

    field_order = ("name", "name_en", "city", "address", "latitude_e6", "longitude_e6", "zone", "phone", "fence_m")


class NewStoreForm(forms.Form):
    """What the brand says to open a store; the rest is said on the store's own page."""

    code = forms.SlugField(label=_("Code (in the address of the mini shop)"), max_length=40)
    name = forms.CharField(label=_("Name (Chinese)"), max_length=100)
    name_en = forms.CharField(label=_("Name (English)"), max_length=100, required=False)
    kind = forms.ChoiceField(label=_("Store kind"), choices=KINDS)
    dealer = forms.TypedChoiceField(label=_("Dealer"), required=False)
    entity = forms.TypedChoiceField(label=_("Legal entity"))
    city = forms.CharField(label=_("City"), max_length=40, required=False)

    def __init__(
        self, *args: Any, dealers: list[tuple[str, str]], entities: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dealer"].choices = [("", "—"), *dealers]  # type: ignore[attr-defined]
        self.fields["entity"].choices = entities  # type: ignore[attr-defined]
