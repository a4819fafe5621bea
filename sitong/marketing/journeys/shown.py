"""Uplift in words and figures for a page."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sitong.marketing.journeys.uplift import Group, Uplift
from sitong.shared.i18n.formats import money_text, number_text
from sitong.shared.intervals import Interval, share_interval


@dataclass(frozen=True, slots=True)
class GroupShown:
    """One group as a page shows it."""

    members: int
    converted: int
    rate: str
    between: str
    mean: str


@dataclass(frozen=True, slots=True)
class UpliftShown:
    """What a journey brings, as a page shows it. `verdict` is the code, `sentence` says it."""

    verdict: str
    sentence: str
    treated: GroupShown
    control: GroupShown
    rate: str
    rate_between: str
    revenue: str
    revenue_between: str
    revenue_certain: bool
    more: str
    needed: str


def uplift_shown(found: Uplift, currency: str, *, control_bp: int = 0) -> UpliftShown:
    """Write an uplift for people: percentage points, money, and what can be said for certain.

    `control_bp`: the share that is drawn for the control group: above 0, an empty one is only not filled yet.
    """
    revenue_sure = (
        found.revenue.is_clear and isfinite(found.revenue.low) and found.verdict not in {"no_control", "too_few"}
    )
    return UpliftShown(
        found.verdict, _sentence(found, control_bp), _group(found.treated, currency), _group(found.control, currency), _points(found.rate.value),
        _between(_points(found.rate.low), _points(found.rate.high)), _money(found.revenue.value, currency), _money_between(found.revenue, currency),
        revenue_sure, _more(found), _needed(found),
    )  # fmt: skip


def _sentence(found: Uplift, control_bp: int) -> str:
    if found.verdict == "no_control" and not control_bp:
        return _("Without a control group nobody can tell what the journey brings.")
    if found.verdict in {"too_few", "no_control"}:
        return _("Not yet certain: there are too few members in one of the groups.")
    if found.verdict == "unsure":
        return _("Not yet certain: the difference may be chance.")
    if found.verdict == "up":
        return _("The journey works: more members do it than without.")
    return _("The journey does harm: fewer members do it than without.")


def _more(found: Uplift) -> str:
    if found.verdict != "up":
        return ""
    number = round(found.more_converted)
    text = ngettext(
        "About %(n)s member did it because of the journey.",
        "About %(n)s members did it because of the journey.",
        number,
    )
    return text % {"n": number_text(number)}


def _needed(found: Uplift) -> str:
    if found.needed_to_treat and found.verdict == "up":
        return _("One more for every %(n)s members led along.") % {"n": number_text(found.needed_to_treat)}
    if found.members_needed is not None:
        here = found.treated.members + found.control.members
        if found.members_needed > here:
            return _("A difference like this one would need about %(n)s members; there are %(here)s.") % {
                "n": number_text(found.members_needed), "here": number_text(here),
            }  # fmt: skip
    return ""


def _group(group: Group, currency: str) -> GroupShown:
    interval = share_interval(group.converted, group.members)
    rate = f"{group.rate:.1%}"
    return GroupShown(
        group.members, group.converted, rate, _between(f"{interval.low:.1%}", f"{interval.high:.1%}"), money_text(round(group.mean_minor), currency)
    )  # fmt: skip


def _points(value: float) -> str:
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value) * 100:.1f}"


def _money(value: float, currency: str) -> str:
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + money_text(abs(round(value)), currency)


def _money_between(interval: Interval, currency: str) -> str:
    if not isfinite(interval.low):
        return ""
    return _between(_money(interval.low, currency), _money(interval.high, currency))


def _between(low: str, high: str) -> str:
    return _("%(low)s to %(high)s") % {"low": low, "high": high}
