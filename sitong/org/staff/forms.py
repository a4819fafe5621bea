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


class InviteForm(forms.Form):
    """Whom a link is for: one role at one place."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=100, required=False)
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


class AcceptForm(forms.Form):
    """What somebody who was invited chooses."""

    name = forms.CharField(label=_("Name"), max_length=100)
    username = forms.CharField(label=_("User name"), min_length=3, max_length=150)
    phone = forms.CharField(label=_("Mobile phone"), max_length=30, required=False)
    password = forms.CharField(label=_("Password"), max_length=200, strip=False, widget=forms.PasswordInput)


class RolesForm(forms.Form):
    """The roles that an account has, each with a tick to keep it, and one more."""

    role = forms.ChoiceField(label=_("One more role"), required=False)
    place = forms.ChoiceField(label=_("Place"), required=False)

    def __init__(
        self, *args: Any, held: set[tuple[str, str, str]], roles: list[tuple[str, str]], places: list[tuple[str, Any]],
        system: str, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.held, self.wanted = sorted(held), list[tuple[str, str, str]]()
        names = {key: str(name) for key, name in places}
        added = {key: self.fields.pop(key) for key in ("role", "place")}
        for at, (kind, place_id, role) in enumerate(self.held):
            label = f"{role_name(system, role)} · {names.get(f'{kind} {place_id}', '')}"
            self.fields[f"keep_{at}"] = forms.BooleanField(label=label, required=False, initial=True)
        self.fields.update(added)
        self.fields["role"].choices = [("", "—")] + [  # type: ignore[attr-defined]
            (role, role_name(own, role)) for own, role in roles if own == system
        ]
        self.fields["place"].choices = [("", "—")] + [(key, name) for key, name in places if key.split()[0] == system]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = dict(super().clean() or {})
        self.wanted = [one for at, one in enumerate(self.held) if said.get(f"keep_{at}")]
        if bool(said.get("role")) != bool(said.get("place")):
            raise forms.ValidationError(_("Choose both the role and its place."))
        if said.get("role"):
            kind, place_id = said["place"].split()
            self.wanted.append((kind, place_id, said["role"]))
        if not self.wanted:
            raise forms.ValidationError(_("Somebody without a role cannot do anything: let the account leave instead."))
        return said


class LeaveForm(forms.Form):
    """Who takes over, and why somebody leaves."""

    successor = forms.ChoiceField(label=_("Who takes over"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def __init__(self, *args: Any, colleagues: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["successor"].choices = [("", _("Nobody yet")), *colleagues]  # type: ignore[attr-defined]


class WechatAppForm(forms.Form):
    """A mini program or official account with its secret."""

    kind = forms.ChoiceField(
        label=_("Kind of app"), choices=[("mini", _("Mini program")), ("account", _("Official account"))]
    )
    name = forms.CharField(label=_("Name"), max_length=60, required=False)
    app_id = forms.CharField(label=_("AppID"), max_length=32)
    secret = forms.CharField(label=_("AppSecret"), max_length=64, strip=True, widget=forms.PasswordInput)
