"""Steps and rewards of check-in in words, for desks and phones alike."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from sitong.marketing.checkin.rules import Step
from sitong.marketing.giving.queries import rewards_named
from sitong.marketing.giving.rules import Reward
from sitong.shared.i18n.formats import number_text


def named_rewards(rewards: Collection[Reward], currency: str) -> dict[Reward, str]:
    """Name rewards in the active language."""
    english = (get_language() or "").startswith("en")
    return {one: pair[1 if english else 0] for one, pair in rewards_named(rewards, currency=currency).items()}


def when_said(step: Step) -> str:
    """Say when a step is reached."""
    if step.on == "day":
        return _("Each check-in")
    if step.on == "streak":
        text = ngettext("%(n)s day in a row", "%(n)s days in a row", step.count)
    else:
        text = ngettext("%(n)s day in all", "%(n)s days in all", step.count)
    return text % {"n": number_text(step.count)}
