"""Ten thousand members joined wrongly and undone in one go, with points, visits and notes; the books agree. COUNT= changes how many.

The reference is the same joins one by one, of which two hundred are timed.
"""

from __future__ import annotations

import os
import time

from bench import Figure

PIECE = 1_000
ONE_BY_ONE = 200


def run() -> list[Figure]:
    """Join, check, undo, check."""
    from bench import server
    from sitong.shared.access.scope import show_every_brand

    with server.database():
        show_every_brand()
        return _measured(int(os.environ.get("COUNT", "10000")))


def _measured(count: int) -> list[Figure]:
    from sitong.member.identity.actions import join_many, join_two, undo_many
    from sitong.member.points.queries import points_now
    from sitong.shared.ledger.books import check_books
    from tests.make.org import NOW

    pairs = _members(count + ONE_BY_ONE)
    many, few = pairs[:count], pairs[count:]
    before = points_now([absorbed for _, absorbed in many[:100]])
    began = time.perf_counter()
    done = []
    for first in range(0, count, PIECE):
        done += join_many(_wanted(many[first : first + PIECE]), by=None, now=NOW)
    joined = time.perf_counter()
    ids = [one.id for one in done]
    for first in range(0, count, PIECE):
        undo_many(ids[first : first + PIECE], reason="bench", by=None, now=NOW)
    undone = time.perf_counter()
    if points_now([absorbed for _, absorbed in many[:100]]) != before or (found := check_books()):
        raise AssertionError(f"the books do not agree: {found[:3]}")
    singly = time.perf_counter()
    for one in _wanted(few):
        join_two(one, by=None, now=NOW)
    single_s = (time.perf_counter() - singly) / ONE_BY_ONE * count
    figures = []
    for name, seconds in ((f"join {count} members", joined - began), (f"undo {count} joins", undone - joined)):
        also = {"against": "joined one by one", "a_second": round(count / seconds)}
        figures.append(
            Figure(
                name, round(seconds, 1), "s (less is better)", round(single_s, 1), round(seconds / single_s, 2), also
            )
        )
    return figures


def _members(count: int):
    """Pairs of members; of each the second has points, a visit and a note."""
    from sitong.member.identity.actions import MemberWanted, join_members
    from sitong.member.points.actions import PointsGift, give_points
    from sitong.member.profile.actions import NoteWanted, VisitSeen, note_members, note_visits
    from sitong.shared.ids import new_id
    from tests.make.org import NOW, a_brand, a_store
    from tests.make.points import a_points_plan

    brand = a_brand()
    store = a_store(brand)
    a_points_plan(brand)
    pairs = [(new_id(), new_id()) for _ in range(count)]
    for first in range(0, count, PIECE):
        piece = pairs[first : first + PIECE]
        join_members([
            MemberWanted(key, brand.id, f"+86139{2 * first + 2 * place + half:08}", "客户") for place, two in enumerate(piece) for half, key in enumerate(two)
        ], now=NOW)  # fmt: skip
        give_points([PointsGift(new_id(), brand.id, key, 10) for two in piece for key in two], now=NOW)
        note_members([NoteWanted(new_id(), brand.id, absorbed, "记") for _, absorbed in piece], by=None, now=NOW)
        note_visits(
            [VisitSeen(new_id(), brand.id, absorbed, store.id, "bought", NOW) for _, absorbed in piece], now=NOW
        )
    return [(survivor, absorbed) for survivor, absorbed in pairs]


def _wanted(pairs):
    from sitong.member.identity.actions import JoinWanted
    from sitong.member.identity.queries import member_facts
    from sitong.shared.ids import new_id

    brands = {key: one.brand_id for key, one in member_facts([key for two in pairs for key in two]).items()}
    return [
        JoinWanted(new_id(), brands[survivor], survivor, absorbed, "linked", survivor_id=survivor)
        for survivor, absorbed in pairs
    ]
