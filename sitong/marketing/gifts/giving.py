"""How giving gifts is decided, in order of arrival: pure, over facts that were read under the gifts' locks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sitong.marketing.gifts.rules import GiftTerms
from sitong.shared.errors import NotFound, Refused, RepeatDiffers


class GiftGone(Refused):
    """All that there are of the gift have been given."""

    code = "marketing.gift_gone"


class GiftOver(Refused):
    """The gift is given no more, or would have expired already."""

    code = "marketing.gift_over"


@dataclass(frozen=True, slots=True)
class GiftWanted:
    """Gifts for a member: one under each of the `ids`, all of them or none. `source` names what gives them."""

    ids: tuple[UUID, ...]
    brand_id: UUID
    member_id: UUID
    gift_id: UUID
    source: str = ""
    store_id: UUID | None = None
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class HeldGift:
    """A gift that a member has got; the same again for a repeat."""

    id: UUID
    gift_id: UUID
    member_id: UUID
    code: str
    given_at: datetime
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class GiftFacts:
    """What a batch is decided from. `out`: how many of a gift are out (given and not void); `day_ends`: by `valid_days`."""

    terms: Mapping[UUID, GiftTerms]
    out: Mapping[UUID, int]
    earlier: Mapping[UUID, HeldGift]
    day_ends: Mapping[UUID, datetime]
    now: datetime


@dataclass(frozen=True, slots=True)
class FreshGifts:
    """Gifts to be written."""

    wanted: GiftWanted
    held: tuple[HeldGift, ...]


GiftDecision = FreshGifts | tuple[HeldGift, ...] | Refused


def decide_gifts(
    wanted: Sequence[GiftWanted], codes: Sequence[tuple[str, ...]], facts: GiftFacts
) -> list[GiftDecision]:
    """Decide each in order of arrival: give it, answer the repeat, or say why not. A refused one takes nothing."""
    out, earlier = dict(facts.out), dict(facts.earlier)
    decisions: list[GiftDecision] = []
    for one, made in zip(wanted, codes, strict=True):
        before = tuple(earlier[key] for key in one.ids if key in earlier)
        if before:
            same = len(before) == len(one.ids) and all(
                (held.gift_id, held.member_id) == (one.gift_id, one.member_id) for held in before
            )
            decisions.append(before if same else RepeatDiffers(id=one.ids[0]))
            continue
        terms = facts.terms.get(one.gift_id)
        if terms is None or terms.brand_id != one.brand_id or not terms.published:
            decisions.append(NotFound(what="gift"))
            continue
        if terms.ended or (terms.valid_until is not None and facts.now >= terms.valid_until):
            decisions.append(GiftOver(gift=terms.name))
            continue
        if terms.quota_total is not None and out[terms.id] + len(one.ids) > terms.quota_total:
            decisions.append(GiftGone(gift=terms.name))
            continue
        starts = max(facts.now, terms.valid_from) if terms.valid_from else facts.now
        until = min(end for end in (terms.valid_until, facts.day_ends.get(terms.id)) if end is not None)
        held = tuple(
            HeldGift(key, terms.id, one.member_id, code, facts.now, starts, until)
            for key, code in zip(one.ids, made, strict=True)
        )
        out[terms.id] = out[terms.id] + len(held)
        earlier.update((gift.id, gift) for gift in held)
        decisions.append(FreshGifts(one, held))
    return decisions
