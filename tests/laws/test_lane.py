"""The Lane's law: whatever comes together, each caller gets what it would have got alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitong.shared.batch.lane import Lane
from sitong.shared.errors import NotFound, Refused

POISON, UNKNOWN = 13, 7


def act(items: Sequence[int]) -> list[int | Refused]:
    """Double each; refuse 7; break on 13."""
    if POISON in items:
        raise ZeroDivisionError
    return [NotFound(number=item) if item == UNKNOWN else item * 2 for item in items]


def alone(item: int) -> object:
    try:
        return act([item])[0]
    except ZeroDivisionError:
        return ZeroDivisionError


@pytest.mark.usefixtures("committed_db")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=st.lists(st.integers(0, 20), max_size=60), batch_max=st.integers(1, 20))
def test_together_is_as_alone_with_refusals_and_poison_anywhere(items, batch_max):
    lane: Lane[int, int] = Lane("law", act, batch_max=batch_max)

    async def all_together() -> list[object]:
        return await asyncio.gather(*(lane.submit(item) for item in items), return_exceptions=True)

    got = [type(one) if isinstance(one, ZeroDivisionError) else one for one in asyncio.run(all_together())]
    assert lane.stop()
    assert got == [alone(item) for item in items]
