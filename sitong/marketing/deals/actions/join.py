"""Join groups: thousands want the last place at once. One statement a table, whatever the number of joins."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from sitong.marketing.deals.events import DealPlaceTaken
from sitong.marketing.deals.kept import deal_terms
from sitong.marketing.deals.rules import FreshJoin, GroupNow, Joined, JoinFacts, JoinWanted, decide_joins
from sitong.org.stores.queries import store_facts
from sitong.shared.errors import Refused
from sitong.shared.events.actions import announce
from sitong.shared.statements import days, integers, pipelined, run, texts, uuids, write

ATTEMPTS = 3

LOCK_COUNTS = """
SELECT c.deal_id, c.opened, c.version FROM unnest(%s::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT * FROM marketing_dealcount WHERE deal_id = w.id FOR NO KEY UPDATE) AS c
"""

WITH_PLACES = """
SELECT g.id FROM unnest(%s::uuid[], %s::bigint[]) AS w(deal_id, wanted)
CROSS JOIN LATERAL (
  SELECT o.id FROM marketing_dealgroup AS o
  WHERE o.deal_id = w.deal_id AND o.state = 'open' AND o.taken < o.people AND o.ends_at > %s::timestamptz
  ORDER BY o.taken DESC, o.opened_at LIMIT w.wanted + 1
) AS g
"""

LOCK_GROUPS = """
SELECT g.id, g.deal_id, g.state, g.people, g.taken, g.opened_at, g.ends_at, g.paid FROM unnest(%s::uuid[]) AS w(id)
CROSS JOIN LATERAL (SELECT * FROM marketing_dealgroup WHERE id = w.id FOR NO KEY UPDATE) AS g
"""

EARLIER = """
SELECT id, group_id, deal_id, member_id, state, price_minor, joined_at, pay_by FROM marketing_dealplace WHERE id = ANY(%s::uuid[])
"""

INSIDE = """
SELECT p.deal_id, p.member_id, p.group_id FROM unnest(%s::uuid[], %s::uuid[]) AS w(deal_id, member_id)
JOIN marketing_dealplace AS p ON p.deal_id = w.deal_id AND p.member_id = w.member_id AND p.state IN ('held', 'paid', 'given')
"""

OPEN_GROUPS = """
INSERT INTO marketing_dealgroup (id, brand_id, deal_id, state, people, taken, paid, opened_by, store_id, opened_at, ends_at)
SELECT g.id, g.brand_id, g.deal_id, 'open', g.people, g.taken, 0, g.opened_by, g.store_id, %s::timestamptz, g.ends_at
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::int[], %s::uuid[], %s::uuid[], %s::timestamptz[])
  AS g(id, brand_id, deal_id, people, taken, opened_by, store_id, ends_at)
"""

FILL_GROUPS = """
UPDATE marketing_dealgroup AS g SET taken = n.taken FROM unnest(%s::uuid[], %s::int[]) AS n(id, taken) WHERE g.id = n.id
"""

COUNT_OPENED = """
UPDATE marketing_dealcount AS c SET opened = c.opened + n.opened FROM unnest(%s::uuid[], %s::int[]) AS n(deal_id, opened)
WHERE c.deal_id = n.deal_id
"""

WRITE_PLACES = """
INSERT INTO marketing_dealplace (id, brand_id, deal_id, group_id, member_id, store_id, state, price_minor, source, joined_at, pay_by)
SELECT p.id, p.brand_id, p.deal_id, p.group_id, p.member_id, p.store_id, 'held', p.price_minor, p.source, %s::timestamptz, p.pay_by
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::timestamptz[])
  AS p(id, brand_id, deal_id, group_id, member_id, store_id, price_minor, source, pay_by)
"""


def join_groups(wanted: Sequence[JoinWanted], *, now: datetime) -> list[Joined | Refused]:
    """Give places in groups in order of arrival, never more in a group than it has; each is to be paid within 15 minutes.

    The same id with the same content gets the first answer, with other content `RepeatDiffers`. Refused:
    marketing.deal_not_yet, deal_over, deal_not_here, deal_groups_gone, deal_group_full, deal_group_closed, deal_joined,
    deal_enough; shared.not_found. Locks the deals' counts, then the groups. The number of statements does not depend on
    the number of joins.
    """
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return _join(wanted, now=now)
        except IntegrityError:  # another process has just taken the same id for another deal: decide again
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def lock_deal_counts(deal_ids: Collection[UUID]) -> list[tuple[UUID, int, int]]:
    """Lock the counts of deals in the order of their ids; gives deal, groups opened, version."""
    return run(LOCK_COUNTS, [uuids(sorted(set(deal_ids)))])


def lock_deal_groups(group_ids: Collection[UUID]) -> dict[UUID, GroupNow]:
    """Lock groups in the order of their ids; their places are guarded by it. Unknown ones are left out."""
    return {row[0]: GroupNow(*row) for row in run(LOCK_GROUPS, [uuids(sorted(set(group_ids)))])}


def _join(wanted: Sequence[JoinWanted], *, now: datetime) -> list[Joined | Refused]:
    counts = lock_deal_counts({one.deal_id for one in wanted})
    terms = deal_terms({row[0]: row[2] for row in counts})
    groups = lock_deal_groups(_groups_that_matter(wanted, now))
    earlier = {row[0]: Joined(*row) for row in run(EARLIER, [uuids({one.id for one in wanted})])}
    pairs = sorted({(one.deal_id, one.member_id) for one in wanted})
    inside: dict[tuple[UUID, UUID], list[UUID]] = {}
    for deal_id, member_id, group_id in run(
        INSIDE, [uuids([one for one, _ in pairs]), uuids([one for _, one in pairs])]
    ):
        inside.setdefault((deal_id, member_id), []).append(group_id)
    named = {one.store_id for one in wanted if one.store_id is not None}
    stores = {key: one.brand_id for key, one in store_facts(named).items() if one.closed_at is None} if named else {}
    facts = JoinFacts(terms, {row[0]: row[1] for row in counts}, groups, earlier, inside, now, stores)
    decisions = decide_joins(wanted, facts)
    if fresh := [one for one in decisions if isinstance(one, FreshJoin)]:
        _write(fresh, now=now)
    return [one.joined if isinstance(one, FreshJoin) else one for one in decisions]


def _groups_that_matter(wanted: Sequence[JoinWanted], now: datetime) -> set[UUID]:
    """Give the named groups, and of each deal where any will do, as many that have a place as could be needed."""
    named = {one.group_id for one in wanted if one.way == "join" and one.group_id is not None}
    anywhere: dict[UUID, int] = {}
    for one in wanted:
        if one.way == "any":
            anywhere[one.deal_id] = anywhere.get(one.deal_id, 0) + 1
    if anywhere:
        deals = sorted(anywhere)
        rows = run(WITH_PLACES, [uuids(deals), integers([anywhere[one] for one in deals]), now])
        named |= {row[0] for row in rows}
    return named


def _write(decided: Sequence[FreshJoin], *, now: datetime) -> None:
    fresh = sorted(decided, key=lambda one: one.wanted.id.int)
    by_id: dict[UUID, Any] = {one.wanted.id: one.wanted for one in fresh}
    last: dict[UUID, GroupNow] = {}
    for one in decided:  # in order of arrival: the last one stands as the group does now
        last[one.group.id] = one.group
    new = sorted({one.group.id for one in decided if one.opens})
    old = sorted(set(last) - set(new))
    opened: dict[UUID, int] = {}
    for key in new:
        opened[last[key].deal_id] = opened.get(last[key].deal_id, 0) + 1
    with pipelined():
        if new:
            write(OPEN_GROUPS, [
                now, uuids(new),
                uuids([by_id[key].brand_id for key in new]),
                uuids([last[key].deal_id for key in new]),
                integers([last[key].people for key in new]),
                integers([last[key].taken for key in new]),
                uuids([by_id[key].member_id for key in new]),
                uuids([by_id[key].store_id for key in new]),
                days([last[key].ends_at for key in new]),
            ])  # fmt: skip
            write(COUNT_OPENED, [uuids(sorted(opened)), integers([opened[key] for key in sorted(opened)])])
        if old:
            write(FILL_GROUPS, [uuids(old), integers([last[key].taken for key in old])])
        write(WRITE_PLACES, [
            now,
            uuids([one.wanted.id for one in fresh]),
            uuids([one.wanted.brand_id for one in fresh]),
            uuids([one.wanted.deal_id for one in fresh]),
            uuids([one.group.id for one in fresh]),
            uuids([one.wanted.member_id for one in fresh]),
            uuids([one.wanted.store_id for one in fresh]),
            integers([one.joined.price_minor for one in fresh]),
            texts([one.wanted.source[:40] for one in fresh]),
            days([one.joined.pay_by for one in fresh]),
        ])  # fmt: skip
        announce([
            DealPlaceTaken(one.wanted.brand_id, one.wanted.id, one.group.id, one.wanted.deal_id, one.wanted.member_id, one.wanted.store_id)
            for one in fresh
        ], at=now)  # fmt: skip
