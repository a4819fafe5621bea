"""Forms of points on the desk."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from sitong.member.points.actions.giving import POINTS_MAX, REASON_MAX
from sitong.member.points.actions.plans import DAYS_MAX, MONTHS_MAX, RATE_MAX, STEP_MAX, WORTH_MAX

FIELDS = (
    "earn_points_per_100",
    "minor_per_point",
    "spend_step",
    "spend_share",
    "pending_days",
    "expiry_months",
    "notice_days",
)


class PlanForm(forms.Form):
    """The plan's terms. `version` is the one that was read, `id` the request's own."""

    earn_points_per_100 = forms.IntegerField(
        label=_("Points earned on 1 yuan (100 fen) paid"), min_value=0, max_value=RATE_MAX
    )
    minor_per_point = forms.IntegerField(label=_("What a point pays, in fen"), min_value=1, max_value=WORTH_MAX)
    spend_step = forms.IntegerField(label=_("Spent in multiples of"), min_value=1, max_value=STEP_MAX)
    spend_share = forms.DecimalField(
        label=_("May pay at most so many percent of a total"), min_value=0, max_value=100, decimal_places=2
    )
    pending_days = forms.IntegerField(
        label=_("Days until they are ready"),
        min_value=0,
        max_value=DAYS_MAX,
        help_text=_("As long as goods may be returned."),
    )
    expiry_months = forms.IntegerField(
        label=_("Months until they expire"),
        min_value=0,
        max_value=MONTHS_MAX,
        help_text=_("At the end of the month. 0: they never expire."),
    )
    notice_days = forms.IntegerField(label=_("Days of notice before they expire"), min_value=1, max_value=DAYS_MAX)
    version = forms.IntegerField(widget=forms.HiddenInput)
    id = forms.UUIDField(widget=forms.HiddenInput)


class GiveForm(forms.Form):
    """Points given by hand."""

    member = forms.CharField(label=_("Member number or phone"), max_length=30)
    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=POINTS_MAX)
    reason = forms.CharField(
        label=_("Reason"), max_length=REASON_MAX, help_text=_("The member reads it in its history.")
    )
    id = forms.UUIDField(widget=forms.HiddenInput)
