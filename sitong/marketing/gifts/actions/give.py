"""Give gifts into members' hands. One statement a table, whatever the number."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from sitong.marketing.gifts.events import GiftGiven
from sitong.marketing.gifts.giving import FreshGifts, GiftFacts, GiftWanted, HeldGift, decide_gifts
from sitong.marketing.gifts.queries.terms import gift_terms
from sitong.marketing.gifts.rules import CODE_BYTES, make_gift_code
from sitong.org.brands.queries import brand_facts
from sitong.shared.clock import business_date, day_bounds
from sitong.shared.errors import Refused
from sitong.shared.events.actions import announce
from sitong.shared.statements import days, integers, pipelined, run, texts, uuids, write

ATTEMPTS = 3

LOCK_COUNTS = """
SELECT c.gift_id, c.given - c.voided FROM unnest(%s::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT * FROM marketing_giftcount WHERE gift_id = w.id FOR NO KEY UPDATE) AS c
"""
EARLIER = """
SELECT id, gift_id, member_id, code, given_at, valid_from, valid_until FROM marketing_giftclaim WHERE id = ANY(%s::uuid[])
"""
WRITE_CLAIMS = """
INSERT INTO marketing_giftclaim (id, brand_id, gift_id, member_id, code, state, source, store_id, given_by, turn, given_at, valid_from,
                                 valid_until, void_reason)
SELECT c.id, c.brand_id, c.gift_id, c.member_id, c.code, 'ready', c.source, c.store_id, c.given_by, 1, %s::timestamptz, c.valid_from,
       c.valid_until, ''
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::timestamptz[],
            %s::timestamptz[]) AS c(id, brand_id, gift_id, member_id, code, source, store_id, given_by, valid_from, valid_until)
"""
COUNT_GIVEN = """
UPDATE marketing_giftcount AS c SET given = c.given + n.given
FROM unnest(%s::uuid[], %s::int[]) AS n(gift_id, given) WHERE c.gift_id = n.gift_id
"""


def lock_gift_counts(gift_ids: Collection[UUID]) -> dict[UUID, int]:
    """Lock the counts of gifts in the order of their ids, and give how many of each are out."""
    return dict(run(LOCK_COUNTS, [uuids(sorted(set(gift_ids)))])) if gift_ids else {}


def give_gifts(wanted: Sequence[GiftWanted], *, now: datetime) -> list[tuple[HeldGift, ...] | Refused]:
    """Give gifts to members in order of arrival, each wanted whole or not at all, never more than a gift's quota.

    The same ids with the same content get the first answer, with other content `RepeatDiffers`. Refused: marketing.gift_gone,
    marketing.gift_over, shared.not_found. The number of statements does not depend on the number of gifts.
    """
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _give(wanted, now=now)
        except IntegrityError:  # another process has just given under the same id: with its row seen, decide again
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def _give(wanted: Sequence[GiftWanted], *, now: datetime) -> list[tuple[HeldGift, ...] | Refused]:
    out = lock_gift_counts({one.gift_id for one in wanted})
    terms = gift_terms(out)
    zones = {key: one.zone for key, one in brand_facts({one.brand_id for one in terms.values()}).items()}
    ends = {
        one.id: day_bounds(
            business_date(now, zones[one.brand_id]) + timedelta(days=one.valid_days - 1), zones[one.brand_id]
        )[1]
        for one in terms.values()
        if one.valid_days
    }
    earlier = {row[0]: HeldGift(*row) for row in run(EARLIER, [uuids({key for one in wanted for key in one.ids})])}
    codes = [tuple(make_gift_code(os.urandom(CODE_BYTES)) for _ in one.ids) for one in wanted]
    decisions = decide_gifts(wanted, codes, GiftFacts(terms, out, earlier, ends, now))
    if fresh := [one for one in decisions if isinstance(one, FreshGifts)]:
        _write(fresh, now=now)
    return [one.held if isinstance(one, FreshGifts) else one for one in decisions]


def _write(fresh: Sequence[FreshGifts], *, now: datetime) -> None:
    rows = sorted(((one.wanted, held) for one in fresh for held in one.held), key=lambda row: row[1].id.int)
    given: dict[UUID, int] = {}
    for _, held in rows:
        given[held.gift_id] = given.get(held.gift_id, 0) + 1
    gifts = sorted(given)
    with pipelined():
        write(WRITE_CLAIMS, [
            now,
            uuids([held.id for _, held in rows]),
            uuids([one.brand_id for one, _ in rows]),
            uuids([held.gift_id for _, held in rows]),
            uuids([held.member_id for _, held in rows]),
            texts([held.code for _, held in rows]),
            texts([one.source for one, _ in rows]),
            uuids([one.store_id for one, _ in rows]),
            uuids([one.by for one, _ in rows]),
            days([held.valid_from for _, held in rows]),
            days([held.valid_until for _, held in rows]),
        ])  # fmt: skip
        write(COUNT_GIVEN, [uuids(gifts), integers([given[one] for one in gifts])])
        announce([
            GiftGiven(one.brand_id, held.id, held.gift_id, held.member_id, one.source, one.store_id) for one, held in rows
        ], at=now)  # fmt: skip
