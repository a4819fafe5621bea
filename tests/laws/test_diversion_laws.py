"""Laws of the evidence: what never raises it, what never lowers it, and that order says nothing."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import h3
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sitong.goods.diversion.copies import CodeLife, Sight, reasons_of
from sitong.goods.diversion.rules import Honest, HonestModel, assumed, chance_of, discoveries, log_evidence, weigh

shares = st.floats(0.001, 0.5)
counts = st.integers(0, 5_000).flatmap(lambda scans: st.tuples(st.just(scans), st.integers(0, scans)))
CLOSE = 1e-7


@given(counts, shares, st.floats(0.1, 2.0))
def test_one_more_honest_scan_never_raises_the_evidence_and_one_more_far_scan_never_lowers_it(counted, mean, differ):
    scans, far = counted
    a, b = Honest((mean,), (differ * mean,)).beta()
    before = float(log_evidence(scans, far, a, b)[0])
    assert float(log_evidence(scans + 1, far, a, b)[0]) <= before + CLOSE
    assert float(log_evidence(scans + 1, far + 1, a, b)[0]) >= before - CLOSE


@given(st.lists(counts, min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_the_dealers_says_nothing(rows, chance: random.Random):
    honest = assumed(HonestModel())
    order = list(range(len(rows)))
    chance.shuffle(order)
    scans = np.array([scans for scans, _ in rows])
    far = np.array([[far, far // 2, far // 4, far // 8] for _, far in rows])
    found = discoveries(chance_of(weigh(scans, far, honest)))
    assert discoveries(chance_of(weigh(scans[order], far[order], honest))).tolist() == found[order].tolist()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.floats(0.001, 0.5))
def test_a_smaller_chance_never_undoes_a_discovery(chances, level):
    found = discoveries(chances, level)
    for at in np.flatnonzero(found):
        smaller = [one / 2 if place == at else one for place, one in enumerate(chances)]
        assert discoveries(smaller, level)[found].all()


CELLS = [h3.latlng_to_cell(30 + step, 104 + 2 * step, 7) for step in range(5)] + [""]
sights = st.lists(
    st.builds(
        Sight,
        st.integers(0, 10_000).map(lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)),
        st.sampled_from(CELLS),
        st.sampled_from(["", "a", "b", "c"]),
    ),
    max_size=12,
)


@given(sights, st.randoms(use_true_random=False), st.booleans(), st.booleans())
def test_the_order_in_which_scans_come_in_says_nothing(seen, chance: random.Random, activated, voided):
    life = CodeLife(activated=activated, voided=voided)
    mixed = list(seen)
    chance.shuffle(mixed)
    assert reasons_of(life, mixed) == reasons_of(life, seen)
