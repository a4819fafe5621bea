"""What people fill in about a member of staff."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

ROLE_NAMES = {
    ("brand", "owner"): _("Headquarters: owner"),
    ("brand", "operations"): _("Headquarters: operations"),
    ("brand", "marketing"): _("Headquarters: marketing"),
    ("brand", "finance"): _("Headquarters: finance"),
    ("brand", "it"): _("Headquarters: IT"),
    ("dealer", "manager"): _("Dealer: manager"),
    ("dealer", "staff"): _("Dealer: staff"),
    ("store", "manager"): _("Store: manager"),
    ("store", "clerk"): _("Store: clerk"),
}


def role_name(system: str, role: str) -> Any:
    """Give the name of a role in the active language."""
    return ROLE_NAMES.get((system, role), role)


class HireForm(forms.Form):
    """A new account: its name, its first password, one role at one place."""

    username = forms.CharField(label=_("User name"), min_length=3, max_length=150)
    name = forms.CharField(label=_("Name"), max_length=100)
    phone = forms.CharField(label=_("Mobile phone"), max_length=30, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    password = forms.CharField(label=_("First password"), max_length=200, strip=False, widget=forms.PasswordInput)
    role = forms.ChoiceField(label=_("Role"))
    place = forms.ChoiceField(label=_("Place"))

    def __init__(self, *args: Any, roles: list[tuple[str, str]], places: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(f"{system} {role}", role_name(system, role)) for system, role in roles]  # type: ignore[attr-defined]
        self.fields["place"].choices = places  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = dict(super().clean() or {})
        if said.get("role") and said.get("place") and said["role"].split()[0] != said["place"].split()[0]:
            raise forms.ValidationError(_("This role does not belong to that kind of place."))
        return said


class PasswordForm(forms.Form):
    """A new password for somebody."""

    password = forms.CharField(label=_("New password"), max_length=200, strip=False, widget=forms.PasswordInput)
