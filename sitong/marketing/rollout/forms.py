"""The form in which headquarters makes a campaign template."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from sitong.marketing.rollout.actions import TemplateWanted
from sitong.marketing.rollout.models import CampaignTemplate
from sitong.marketing.rollout.rules import PartRef

FREEDOM_LABELS = (
    ("notice", _("their own words to visitors")),
    ("dates", _("days inside of the campaign's")),
    ("parts", _("leaving parts out")),
)


class TemplateForm(forms.Form):
    """Names, days, what the store does, the parts and what stores may change."""

    name = forms.CharField(max_length=100, label=_("Name of the campaign"))
    name_en = forms.CharField(max_length=100, required=False, label=_("Name in English"))
    starts_on = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends_on = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    script = forms.CharField(
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        label=_("What the store does and says"),
    )
    script_en = forms.CharField(
        max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3}), label=_("The same in English")
    )
    freedoms = forms.MultipleChoiceField(choices=FREEDOM_LABELS, required=False, label=_("What stores may change"))
    parts = forms.CharField(required=False)

    def __init__(self, *args: Any, chosen: list[str], **named: Any) -> None:
        super().__init__(*args, **named)
        self.chosen = chosen

    def clean(self) -> dict[str, Any]:
        """Read the ticked parts, as kind:id."""
        kept = super().clean() or {}
        try:
            kept["parts"] = tuple(PartRef(kind, UUID(key)) for kind, key in (one.split(":", 1) for one in self.chosen))
        except ValueError:
            kept["parts"] = ()
        if not kept["parts"]:
            self.add_error(None, _("Choose at least one part: a coupon, a promotion, a draw …"))
        return kept

    def wanted(self, template_id: UUID, brand_id: UUID) -> TemplateWanted:
        """Give the template that the form describes."""
        said = self.cleaned_data
        return TemplateWanted(
            template_id, brand_id, said["name"], said["starts_on"], said["ends_on"], said["parts"], said["name_en"], said["script"],
            said["script_en"], tuple(said["freedoms"]),
        )  # fmt: skip


def initial_of(one: CampaignTemplate) -> dict[str, Any]:
    """Give what the form shows of a template."""
    names = ("name", "name_en", "starts_on", "ends_on", "script", "script_en", "freedoms")
    return {key: getattr(one, key) for key in names}
