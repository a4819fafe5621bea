"""Laws of trees: packing is arithmetic, taking out loses nothing, and a range that is put elsewhere is there and only there."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sitong.goods.codes.moving import Packed, Place, Spans, Standing
from sitong.goods.codes.ranges import REACHES, reach_of

AT = datetime(2026, 3, 3, tzinfo=UTC)
ID = UUID(int=1)
HOME = Standing("here", Place("brand", ID))


@st.composite
def packings(draw) -> Packed:
    first, count, each = draw(st.integers(1, 50)), draw(st.integers(1, 60)), draw(st.integers(1, 12))
    start = draw(st.integers(0, each - 1))
    return Packed(ID, ID, ID, first, first + count - 1, ID, draw(st.integers(1, 9)), each, start, ID, None, AT)


def parents(packed: Packed) -> dict[int, int]:
    return {serial: packed.parent_of(serial) for serial in range(packed.first, packed.last + 1)}


@given(packings())
def test_the_children_of_the_parents_are_the_codes_and_of_each_parent_those_that_lie_in_it(packed):
    assert packed.children_of((packed.parent_first, packed.parent_last)) == (packed.first, packed.last)
    for serial, parent in parents(packed).items():
        held = packed.children_of((parent, parent))
        assert held[0] <= serial <= held[1]
        assert held[1] - held[0] < packed.per_parent
    assert packed.children_of((packed.parent_last + 1, packed.parent_last + 5)) is None


@given(packings(), st.integers(0, 60), st.integers(0, 20))
def test_what_is_left_when_codes_are_taken_out_lies_where_it_lay(packed, ahead, more):
    taken = (packed.first + ahead, packed.first + ahead + more)
    left = {serial: parent for part in packed.without(taken) for serial, parent in parents(part).items()}
    assert left == {serial: parent for serial, parent in parents(packed).items() if not taken[0] <= serial <= taken[1]}


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 12), st.integers(0, 4)), max_size=8))
def test_codes_are_where_they_were_put_last_and_nowhere_else(moves):
    spans, naive = Spans(HOME), dict.fromkeys(range(1, 43), HOME)
    for first, more, place in moves:
        standing = Standing("here", Place("store", UUID(int=place)), since=AT)
        spans.put((first, first + more), standing)
        naive |= dict.fromkeys(range(first, first + more + 1), standing)
    found = {serial: standing for (start, end), standing in spans.at((1, 42)) for serial in range(start, end + 1)}
    assert found == naive
    rows = sorted(held for held, _ in spans.rows)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(rows))


@given(st.integers(1, 10**10), st.integers(0, 10**10))
def test_a_range_reaches_as_far_as_the_least_power_of_eight_that_spans_it(first, more):
    reach = reach_of((first, first + more))
    assert more < REACHES[reach]
    assert reach == 0 or more + 1 > REACHES[reach - 1]
