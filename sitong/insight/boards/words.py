"""What each number of the boards means, in a sentence: shown as a hint, written out below each board, and in docs/insight.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Meaning:
    """One number: what it is called and what exactly it counts."""

    name: Any
    text: Any


STAGES: dict[str, Meaning] = {
    "acquired": Meaning(
        _("Acquired"),
        _("Members who became known in the period: on the day of joining or of the first purchase, whichever was earlier."),
    ),
    "activated": Meaning(
        _("Activated"),
        _("Of those acquired, who bought, scanned, claimed a coupon or came to a store within 30 days of becoming known, the first day included."),
    ),
    "retained": Meaning(_("Retained"), _("Of those activated, who did so again on a later day, within 90 days of becoming known.")),
    "paying": Meaning(
        _("Paying"), _("Of those retained, whose purchases of the first 90 days come to more than nothing, less what came back.")
    ),
    "referring": Meaning(
        _("Referring"),
        _("Of those paying, who brought somebody: opened a group in which another paid, or passed on a coupon that was taken."),
    ),
}  # fmt: skip
GROWTH: dict[str, Meaning] = {
    **STAGES,
    "spent": Meaning(
        _("What they spent"), _("What members acquired in the period paid in their first 90 days, less what came back.")
    ),
    "months": Meaning(
        _("By month"), _("The month in which members became known. Those of the last 90 days are still on their way.")
    ),
    "campaigns": Meaning(
        _("By campaign"),
        _("Members who claimed a coupon of the campaign within 30 days of becoming known; one may stand in several."),
    ),
}
COHORTS: dict[str, Meaning] = {
    "cohort": Meaning(_("Cohort"), _("Members whose first purchase ever (at these stores) was in this month.")),
    "kept": Meaning(_("Bought in a month"), _("How many of a cohort bought at least once in the month that is so many months later.")),
    "repeat": Meaning(
        _("Repeat rate"), _("Of the members who bought in the period, the share who bought on at least two different days of it.")
    ),
    "gaps": Meaning(
        _("Days between purchases"), _("Days from one day of purchase to the member's next, both within the period. Half of all are no longer than the median.")
    ),
}  # fmt: skip
RFM: dict[str, Meaning] = {
    "recency": Meaning(_("Recency"), _("Days since the last purchase, on the last day asked for. 5: the most recent fifth of who bought within a year.")),
    "frequency": Meaning(_("Frequency"), _("Different days of purchase within a year. 5: the fifth of members with the most.")),
    "money": Meaning(_("Kept revenue"), _("What was paid within a year, less what came back.")),
    "score": Meaning(_("Score"), _("How many fifths of the members are strictly worse; members who are equal have the same score.")),
}  # fmt: skip
GROUPS: dict[str, Meaning] = {
    "best": Meaning(_("Best"), _("Bought lately (4 or 5) and often (4 or 5).")),
    "loyal": Meaning(_("Loyal"), _("Bought lately, and neither often nor seldom.")),
    "new": Meaning(_("Newcomers"), _("Bought lately (4 or 5) and seldom (1).")),
    "fading": Meaning(_("Fading"), _("Bought often (3 to 5) but not lately (1 to 3).")),
    "lost": Meaning(_("Lost"), _("Bought seldom, and not lately.")),
}
VALUE: dict[str, Meaning] = {
    "worth": Meaning(
        _("Expected value"),
        _("What a member is expected to bring in the next 365 days: expected days of purchase times the expected amount of one, less returns as usual."),
    ),
    "alive": Meaning(_("Still a customer"), _("How probable it is that a member has not left for good, from how often and how lately it bought.")),
    "tenth": Meaning(_("Tenth"), _("Members sorted by expected value and cut into ten parts of equal number; 1 is the highest.")),
    "holdout": Meaning(
        _("Proof"),
        _("The model was fitted without the last 90 days, and then had to forecast them. The error is how far its sum of purchase days was off."),
    ),
    "before": Meaning(_("Going on as before"), _("What one would expect if every member bought as often as so far: the forecast that costs nothing.")),
}  # fmt: skip
EXPERIMENTS: dict[str, Meaning] = {
    "uplift": Meaning(
        _("Uplift"),
        _("Share of the treated who reached the goal less that of the control group, with its 95 % interval by Newcombe's method (1998, method 10)."),
    ),
    "spend": Meaning(
        _("More spent"),
        _("What a treated member spent in 30 days after entering, less what one of the control group did, with its 95 % interval.")),
    "cuped": Meaning(
        _("Sharpened"),
        _("The same, less what the 90 days before entering explain (CUPED, Deng and others 2013): no bias, and a narrower interval the more habits differ."),
    ),
    "control": Meaning(_("Control group"), _("Members chosen by chance, who entered and got nothing. Without them nobody can say what a campaign brought.")),
}  # fmt: skip
