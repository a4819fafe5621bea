"""Choosing on a desk page what a campaign gives: `marketing/giving/choose.html` draws it, `read_rewards` reads it back.

    {% include "marketing/giving/choose.html" with name="prize" choices=reward_choices reward=prize %}

draws one reward; several under one name are read in their order. The page's context holds `reward_choices(brand_id)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sitong.marketing.giving.actions import RewardImpossible
from sitong.marketing.giving.queries import OPEN
from sitong.marketing.giving.rules import NAMED, Reward, reward_sound
from sitong.shared.money import MINOR_DIGITS


class Posted(Protocol):
    """What a form sent: Django's QueryDict."""

    def getlist(self, key: str) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """Rewards of one kind, as options: the value that is sent, and what people read."""

    label: str
    options: tuple[tuple[str, str], ...]


def reward_choices(brand_id: UUID, *, kinds: tuple[str, ...] = ("points", "coupon", "gift", "cash", "chance")) -> list[ChoiceGroup]:  # fmt: skip
    """Give what a brand's campaign may give now, in the active language; kinds of which there is nothing are left out."""
    english = (get_language() or "").startswith("en")
    labels = {"coupon": _("Coupons"), "gift": _("Gifts"), "chance": _("Plays of a draw")}
    plain = {"points": _("Points"), "cash": _("Cash")}
    simple = tuple((kind, plain[kind]) for kind in kinds if kind in plain)
    groups = [ChoiceGroup(_("Points and cash"), simple)] if simple else []
    for kind in kinds:
        if kind in labels and (found := OPEN[kind](brand_id)):
            options = tuple((f"{kind}:{key}", names[1 if english else 0]) for key, names in found.items())
            groups.append(ChoiceGroup(labels[kind], options))
    return groups


def read_rewards(posted: Posted, name: str, *, currency: str = "CNY") -> list[Reward]:
    """Read the rewards that were chosen under a name; those left empty are left out. Raises marketing.reward_impossible.

    Cash is typed in the currency's main unit; everything else counts. An empty amount is 1.
    """
    rewards = []
    amounts = posted.getlist(f"{name}_amount")
    for at, what in enumerate(posted.getlist(f"{name}_what")):
        if not what:
            continue
        kind, _colon, ref = what.partition(":")
        try:
            typed = Decimal((amounts[at] if at < len(amounts) else "").strip() or "1")
            count = typed.scaleb(MINOR_DIGITS[currency]) if kind == "cash" else typed
            reward = Reward(kind, int(count), UUID(ref) if kind in NAMED else None)
        except (InvalidOperation, ValueError, OverflowError):
            raise RewardImpossible(kind=kind, amount=0) from None
        if count != int(count) or not reward_sound(reward):
            raise RewardImpossible(kind=kind, amount=int(count))
        rewards.append(reward)
    return rewards


def reward_shown(reward: Reward | None, *, currency: str = "CNY") -> Mapping[str, str]:
    """Give a reward as `choose.html` takes it: the option's value and what stands in the amount's field."""
    if reward is None:
        return {"what": "", "amount": "1"}
    amount = Decimal(reward.amount).scaleb(-MINOR_DIGITS[currency]) if reward.kind == "cash" else reward.amount
    return {"what": f"{reward.kind}:{reward.ref_id}" if reward.ref_id else reward.kind, "amount": str(amount)}
