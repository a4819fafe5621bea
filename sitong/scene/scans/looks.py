"""How scans read: what was won, where it is to be found, and the plan's rules."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from sitong.marketing.giving.queries import rewards_named
from sitong.marketing.giving.rules import Reward
from sitong.marketing.scans.looks import prizes_said
from sitong.marketing.scans.rules import PlanTerms
from sitong.org.brands.queries import BrandFacts
from sitong.org.stores.queries import StoreFacts
from sitong.shared.i18n.formats import moment_text, number_text

PLACES = {
    "points": "me/points/",
    "coupon": "me/coupons/",
    "gift": "me/gifts/",
    "cash": "me/payouts/",
    "chance": "draws/",
}


def reward_words(reward: Reward, currency: str) -> str:
    """Name a reward in the active language."""
    return rewards_named([reward], currency=currency)[reward][1 if (get_language() or "").startswith("en") else 0]


def reward_place(reward: Reward | None, brand: BrandFacts, store: StoreFacts | None) -> str:
    """Give the page on which a member finds what it has won: in the shop where it scanned, else the list of shops."""
    if reward is None or store is None:
        return f"/s/{brand.code}/" if store is None else f"/s/{brand.code}/{store.code}/"
    return f"/s/{brand.code}/{store.code}/{PLACES[reward.kind]}"


def rules_said(plan: PlanTerms, brand: BrandFacts) -> list[dict[str, Any]]:
    """Give each prize with its chance, as published: from the very figures that are drawn by."""
    return prizes_said(plan.prizes, currency=brand.currency)


def limits_said(plan: PlanTerms, zone: str) -> list[str]:
    """Give a plan's time and limits in sentences."""
    found = [
        _("From {start} to {end}.").format(start=moment_text(plan.starts_at, zone), end=moment_text(plan.ends_at, zone))
    ]
    if plan.per_member:
        found.append(
            ngettext("%(n)s code for each member.", "%(n)s codes for each member.", plan.per_member)
            % {"n": number_text(plan.per_member)}
        )
    if plan.per_member_daily:
        found.append(
            ngettext("%(n)s code a day for each member.", "%(n)s codes a day for each member.", plan.per_member_daily)
            % {"n": number_text(plan.per_member_daily)}
        )
    return found
