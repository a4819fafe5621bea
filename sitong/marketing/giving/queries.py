"""What campaigns may give, how it is called, what they have given, and which plays members have left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from sitong.marketing.coupons.queries.workshop import campaign_coupons, names_of_coupons
from sitong.marketing.gifts.queries.library import gifts_open, names_of_gifts
from sitong.marketing.giving.actions import RewardImpossible
from sitong.marketing.giving.draws import draws_named, draws_open
from sitong.marketing.giving.models import Chances, RewardGiven
from sitong.marketing.giving.rules import Reward, reward_sound
from sitong.member.points.actions.giving import NoPointsPlan
from sitong.member.points.queries import plans_of
from sitong.shared.errors import Refused
from sitong.shared.i18n.formats import money_text, number_text

Names = dict[UUID, tuple[str, str]]
LATER_MAX = 200


class RewardClosed(Refused):
    """The coupon, gift or draw is not there, not published, or not given by campaigns."""

    code = "marketing.reward_closed"


def rewards_fault(brand_id: UUID, rewards: Collection[Reward]) -> Refused | None:
    """Say what is wrong with rewards that a campaign of this brand is to give, None when it can give them all.

    Gives marketing.reward_impossible, marketing.reward_closed or member.no_points_plan. At most a statement for each kind.
    """
    unsound = next((one for one in rewards if not reward_sound(one)), None)
    if unsound is not None:
        return RewardImpossible(kind=unsound.kind, amount=unsound.amount)
    kinds = {one.kind for one in rewards}
    open_ones = {kind: set(find(brand_id)) for kind, find in OPEN.items() if kind in kinds}
    for one in rewards:
        if one.kind in open_ones and one.ref_id not in open_ones[one.kind]:
            return RewardClosed(kind=one.kind)
    if "points" in kinds and not plans_of([brand_id]):
        return NoPointsPlan()
    return None


def rewards_named(rewards: Collection[Reward], *, currency: str = "CNY") -> dict[Reward, tuple[str, str]]:
    """Name rewards for people, in Chinese and in English: "50 points", "2 × coupon “Five off”". At most a statement a kind."""
    names: Names = {}
    for kind, find in NAMES.items():
        if ids := {one.ref_id for one in rewards if one.kind == kind and one.ref_id}:
            names |= find(ids)
    named: dict[Reward, tuple[str, str]] = {}
    for one in rewards:
        called = names.get(one.ref_id, ("", "")) if one.ref_id else ("", "")
        with override("zh-hans"):
            chinese = _said(one, called[0], currency)
        with override("en"):
            english = _said(one, called[1] or called[0], currency)
        named[one] = (chinese, english)
    return named


def chances_left(member_ids: Collection[UUID], draw_id: UUID) -> dict[UUID, int]:
    """Give how many plays of a draw each of these members has left, without a lock; 0 for those without any. One statement."""
    rows = (
        Chances.objects.filter(member_id__in=member_ids, draw_id=draw_id, given__gt=F("used"))
        .values_list("member_id")
        .annotate(left=Sum(F("given") - F("used")))
    )
    return dict.fromkeys(member_ids, 0) | dict(rows)


def given_by(brand_id: UUID, source: str) -> dict[str, tuple[int, int]]:
    """Give what a campaign has given: by kind, how many rewards and the sum of their amounts."""
    rows = RewardGiven.objects.filter(brand_id=brand_id, source=source).values_list("kind", "amount")
    found: dict[str, tuple[int, int]] = {}
    for kind, amount in rows.iterator(chunk_size=10_000):
        count, total = found.get(kind, (0, 0))
        found[kind] = (count + 1, total + amount)
    return found


def rewards_kept(member_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Give everything that is kept of what campaigns gave to members, the oldest first, as plain values."""
    columns = ("kind", "amount", "source", "at", "store_id")
    return list(RewardGiven.objects.filter(member_id__in=member_ids).order_by("at", "id").values(*columns))


def rewards_since(member_id: UUID, since: datetime, *, besides: Collection[UUID]) -> list[tuple[UUID, str, datetime]]:
    """Give the plays and money that campaigns gave a member after an instant: id, what, when. All else moves by itself."""
    rows = (
        RewardGiven.objects.filter(member_id=member_id, at__gt=since, kind__in=("chance", "cash"))
        .exclude(id__in=besides)
        .order_by("at", "id")
    )
    found = list(rows[:LATER_MAX])
    named = rewards_named([_reward(one) for one in found])
    return [(one.id, named[_reward(one)][0], one.at) for one in found]


def _reward(row: RewardGiven) -> Reward:
    return Reward(row.kind, row.amount, row.ref_id)


def _said(one: Reward, name: str, currency: str) -> str:
    if one.kind == "points":
        return ngettext("%(n)s point", "%(n)s points", one.amount) % {"n": number_text(one.amount)}
    if one.kind == "cash":
        return _("%(amount)s in cash") % {"amount": money_text(one.amount, currency)}
    if one.kind == "chance":
        text = ngettext("%(n)s play of “%(name)s”", "%(n)s plays of “%(name)s”", one.amount)
        return text % {"n": one.amount, "name": name}
    forms = {"coupon": _("coupon “%(name)s”"), "gift": _("gift “%(name)s”")}
    text = forms[one.kind] % {"name": name}
    return text if one.amount == 1 else _("%(n)s × %(what)s") % {"n": one.amount, "what": text}


OPEN = {"coupon": campaign_coupons, "gift": gifts_open, "chance": draws_open}
"""By kind: what a brand's campaigns may give now, by id, with its names."""

NAMES = {"coupon": names_of_coupons, "gift": names_of_gifts, "chance": draws_named}
