"""How draws are said to people, in the language that is active."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from sitong.marketing.draws.rules import DrawRules, Prize
from sitong.marketing.giving.queries import rewards_named
from sitong.marketing.giving.rules import Reward
from sitong.shared.i18n.formats import number_text

STATES: dict[str, Any] = {
    "draft": gettext_lazy("draft"),
    "coming": gettext_lazy("coming"),
    "running": gettext_lazy("running"),
    "over": gettext_lazy("over"),
    "stopped": gettext_lazy("stopped early"),
}
TEMPLATES: dict[str, Any] = {
    "wheel": gettext_lazy("Lucky wheel"),
    "scratch": gettext_lazy("Scratch card"),
    "egg": gettext_lazy("Golden egg"),
    "box": gettext_lazy("Mystery box"),
}
ICONS = {"wheel": "refresh", "scratch": "ticket", "egg": "egg", "box": "box"}
WIN_STATES: dict[str, Any] = {
    "due": gettext_lazy("on its way to you"),
    "given": gettext_lazy("yours"),
    "open": gettext_lazy("to be claimed"),
    "claimed": gettext_lazy("will be sent"),
    "sent": gettext_lazy("sent"),
    "handed": gettext_lazy("handed over"),
    "expired": gettext_lazy("not claimed in time"),
}
HOWS: dict[str, Any] = {
    "chance": gettext_lazy("by chance"),
    "guaranteed": gettext_lazy("guaranteed"),
    "consolation": gettext_lazy("consolation"),
    "blank": gettext_lazy("no prize"),
}
WAYS: dict[str, Any] = {
    "free": gettext_lazy("free"),
    "chance": gettext_lazy("given play"),
    "points": gettext_lazy("for points"),
}
FIELDS: dict[str, Any] = {
    "name": gettext_lazy("Name"),
    "template": gettext_lazy("Template"),
    "organizer": gettext_lazy("Organizer"),
    "conditions": gettext_lazy("Conditions"),
    "starts_at": gettext_lazy("Begins"),
    "ends_at": gettext_lazy("Ends"),
    "prizes": gettext_lazy("The prizes"),
    "blank_weight": gettext_lazy("Tickets without a prize"),
    "free_daily": gettext_lazy("Free plays a day"),
    "takes_chances": gettext_lazy("Plays that campaigns give"),
    "points_price": gettext_lazy("Points for a play"),
    "plays_total": gettext_lazy("Plays a member, in all"),
    "plays_daily": gettext_lazy("Plays a member, a day"),
    "wins_total": gettext_lazy("Wins a member, in all"),
    "wins_daily": gettext_lazy("Wins a member, a day"),
    "guarantee_after": gettext_lazy("A prize after so many plays"),
    "budget_minor": gettext_lazy("Budget"),
    "claim_days": gettext_lazy("Days to claim goods"),
    "store_ids": gettext_lazy("Stores"),
    "commitment": gettext_lazy("Commitment"),
    "zone": gettext_lazy("Time zone"),
    "name_en": gettext_lazy("Name in English"),
    "conditions_en": gettext_lazy("Conditions in English"),
}


def in_language(text: str, text_en: str) -> str:
    """Give the text in the active language."""
    return text_en if text_en and (get_language() or "").startswith("en") else text


def prize_name(prize: Prize) -> str:
    """Name a prize in the active language."""
    return in_language(prize.name, prize.name_en)


def gives(prizes: Sequence[Prize], *, currency: str, draw_id: Any = None) -> dict[Any, str]:
    """Say what each prize gives, by its id; goods say how they are claimed. At most a statement for each kind of reward."""
    own = {one.id: one.reward for one in prizes if one.reward and one.reward.ref_id and one.reward.ref_id == draw_id}
    rewards: dict[Reward, tuple[str, str]] = rewards_named(
        {one.reward for one in prizes if one.reward is not None and one.id not in own}, currency=currency
    )
    at = 1 if (get_language() or "").startswith("en") else 0
    said = {}
    for one in prizes:
        if one.reward is None:
            said[one.id] = claim_ways(one)
        elif one.id in own:
            text = ngettext("%(n)s more play", "%(n)s more plays", one.reward.amount)
            said[one.id] = text % {"n": number_text(one.reward.amount)}
        else:
            said[one.id] = rewards[one.reward][at]
    return said


def claim_ways(prize: Prize) -> str:
    """Say how goods are claimed."""
    if set(prize.ways) == {"address", "store"}:
        return _("fetched in a store or sent to you")
    return _("sent to you") if prize.ways == ("address",) else _("fetched in a store")


def ways_to_play(rules: DrawRules) -> list[str]:
    """Say how one may play, a sentence for each way and each limit."""
    said = []
    if rules.free_daily:
        said.append(
            ngettext("%(n)s free play a day.", "%(n)s free plays a day.", rules.free_daily)
            % {"n": number_text(rules.free_daily)}
        )
    if rules.takes_chances:
        said.append(_("Plays that other campaigns give you can be used here."))
    if rules.points_price:
        said.append(
            ngettext("A play costs %(n)s point.", "A play costs %(n)s points.", rules.points_price)
            % {"n": number_text(rules.points_price)}
        )
    limits = (
        (rules.plays_daily, _("At most %(n)s plays a day.")), (rules.plays_total, _("At most %(n)s plays in all.")),
        (rules.wins_daily, _("At most %(n)s prizes a day.")), (rules.wins_total, _("At most %(n)s prizes in all.")),
    )  # fmt: skip
    said += [text % {"n": number_text(limit)} for limit, text in limits if limit is not None]
    if rules.guarantee_after and (sure := rules.guaranteed):
        text = _("After %(n)s plays in a row without a prize the next one wins: %(prize)s.")
        said.append(text % {"n": number_text(rules.guarantee_after - 1), "prize": prize_name(sure)})
    if rules.consolation:
        said.append(_("Whoever wins nothing gets: %(prize)s.") % {"prize": prize_name(rules.consolation)})
    return said
