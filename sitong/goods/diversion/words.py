"""What the watch says to people: kinds, states, reasons, and the statistic in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from sitong.goods.diversion.rules import THRESHOLDS_M, Honest, log_evidence
from sitong.shared.i18n.formats import number_text

KINDS: Mapping[str, Any] = {
    "dealer": gettext_lazy("Scans of a dealer's goods"),
    "store": gettext_lazy("Scans of a store's goods"),
    "boxes": gettext_lazy("Whole boxes elsewhere"),
    "code": gettext_lazy("Copies of a code"),
}

STATES: Mapping[str, Any] = {
    "new": pgettext_lazy("alert", "New"),
    "looked_at": pgettext_lazy("alert", "Looked at"),
    "confirmed": pgettext_lazy("alert", "Confirmed"),
    "dismissed": pgettext_lazy("alert", "Dismissed"),
    "reopened": pgettext_lazy("alert", "Opened again"),
}
COLORS = {
    "new": "bg-red-lt",
    "reopened": "bg-red-lt",
    "looked_at": "bg-yellow-lt",
    "confirmed": "bg-purple-lt",
    "dismissed": "bg-secondary-lt",
}

VERBS: Mapping[str, Any] = {
    "looked_at": gettext_lazy("Began to look into it"),
    "confirmed": gettext_lazy("Confirmed"),
    "dismissed": gettext_lazy("Dismissed"),
    "reopened": gettext_lazy("Opened again"),
}
ODDS_MOST = 1e9


def odds_text(log_evidence_: float) -> str:
    """Say how rarely honest scans look like this: a round number with two leading digits, a billion at most."""
    odds = min(ODDS_MOST, math.exp(min(log_evidence_, 60.0)))
    digits = max(0, len(f"{odds:.0f}") - 2)
    return number_text(int(odds // 10**digits * 10**digits))


def telling_threshold(facts: Mapping[str, Any]) -> int:
    """Give the number of the threshold that speaks loudest in an alert's facts."""
    honest = Honest(tuple(facts["honest"]), tuple(facts["differ"]))
    return int(np.argmax(log_evidence(np.array([facts["scans"]] * len(THRESHOLDS_M)), facts["far"], *honest.beta())))


def sentences_of(kind: str, facts: Mapping[str, Any], name: str) -> list[str]:
    """Say in plain words what an alert rests on; `name` is the dealer's or the store's."""
    if kind == "code":
        return [_reason(*reason) for reason in facts["reasons"]]
    if kind == "boxes":
        return _of_boxes(facts, name)
    at = telling_threshold(facts)
    share, honest = facts["far"][at] / max(1, facts["scans"]), facts["honest"][at]
    return [
        _("Consumers scanned {scans} codes of goods that were shipped to {name}.").format(scans=number_text(facts["scans"]), name=name),
        _("{far} of them ({share} %) were scanned at least {km} km outside of the territory.").format(
            far=number_text(facts["far"][at]), share=number_text(100 * share, 1), km=THRESHOLDS_M[at] // 1000),
        _("With honest dealers of this brand it is {honest} % as a rule, because people travel, live beyond the border, and phones err.").format(
            honest=number_text(100 * honest, 1)),
        _("They lie in {boxes} different boxes, so no single customer explains them.").format(boxes=number_text(facts["boxes"])),
        _odds(facts["log_evidence"]),
    ]  # fmt: skip


def _of_boxes(facts: Mapping[str, Any], name: str) -> list[str]:
    return [
        _("{boxes} boxes that were shipped to {name} were sold elsewhere as a whole.").format(boxes=number_text(facts["boxes"]), name=name),
        _("{far} of the {scans} codes that were scanned of them lie at least 5 km outside of the territory.").format(
            far=number_text(facts["far"][0]), scans=number_text(facts["scans"])),
        _("Of {seen} boxes of this dealer something was scanned. Honest boxes travel whole, too, as gifts: about {gifts} in a thousand.").format(
            seen=number_text(facts["seen"]), gifts=number_text(1000 * facts["gift_share"], 1)),
    ]  # fmt: skip


def _odds(evidence: float) -> str:
    return _(
        "Of {odds} honest dealers or stores, no more than one ever looks like this, however often one looks."
    ).format(odds=odds_text(evidence))


def _reason(name: str, times: int, weight_db: int) -> str:
    said = {
        "never_produced": _("The code is genuine by its letters, but was never put on goods."),
        "never_activated": _("The code was never put in use."),
        "voided": _("The code was made void."),
        "impossible_travel": ngettext(
            "Scanned at two places {times} time faster than an airliner flies from one to the other.",
            "Scanned at two places {times} times faster than an airliner flies from one to the other.", times,
        ).format(times=times),
        "too_many": _("Scanned by {times} different people.").format(times=number_text(times)),
    }  # fmt: skip
    return _("{reason} Weight: {weight}.").format(reason=said[name], weight=weight_db)
