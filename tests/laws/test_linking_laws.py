"""Whatever the pairs: each record gets one verdict, and two who are apart never come together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from sitong.member.linking.rules import Bands, Edge, decide, grouped_apart

NODES = [-4, -3, -2, -1, 1, 2, 3, 4, 5, 6]
APART = some.sampled_from([(left, right) for left in NODES for right in NODES if left != right])
COUPLES = some.sampled_from([(left, right) for left in NODES for right in NODES if left < right and right > 0])


@some.composite
def edges(draw):
    couples = draw(some.lists(COUPLES, max_size=14, unique=True))
    return [
        Edge(
            left,
            right,
            draw(some.floats(-6, 30)),
            draw(some.floats(0, 1)),
            draw(some.booleans()),
            draw(some.booleans()),
        )
        for left, right in couples
    ]


@given(edges(), some.lists(APART, max_size=5))
def test_each_record_has_one_verdict_and_who_is_apart_stays_apart(pairs, apart):
    records = [1, 2, 3, 4, 5, 6]
    decided = decide(records, pairs, apart=apart, bands=Bands(9_000, 4_000))
    assert [one.record for one in decided.verdicts] == records
    home = {one.record: one.target or one.record for one in decided.verdicts if one.how != "queued"}
    for left, right in apart:
        for record, other in ((left, right), (right, left)):
            if record in home:
                assert home[record] != other
                assert other not in home or home[record] != home[other]
    for one in decided.verdicts:
        assert one.how in {"certain", "joined", "created", "queued"}
        if one.how == "queued" and not one.target:
            assert one.asked
            assert all(edge.probability >= 0.4 for edge in one.asked)
        if one.target > 0:
            lead = decided.verdicts[one.target - 1]
            assert (lead.how, lead.target) == (one.how, 0)


@given(edges(), some.lists(APART, max_size=5))
def test_groups_never_hold_two_who_are_apart(pairs, apart):
    group = grouped_apart([(one.left, one.right) for one in pairs], apart)
    assert not [two for two in apart if two[0] in group and group[two[0]] == group.get(two[1])]
