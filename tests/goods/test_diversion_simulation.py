"""The simulator, and bounds on how often the watch errs; docs/diversion.md has the larger run."""

from __future__ import annotations

import numpy as np
from click.testing import CliRunner

from sitong.console.cli.diversion import command
from sitong.goods.diversion.copied_world import Copying, measure_copies
from sitong.goods.diversion.reach import Territory
from sitong.goods.diversion.simulation import Found, measure
from sitong.goods.diversion.world import Setting, made_market


def test_the_same_seed_makes_the_same_market():
    one, other, third = (made_market(Setting(dealers=8, diverting=2), seed=seed) for seed in (5, 5, 6))
    assert one.cell.tolist() == other.cell.tolist()
    assert one.bad == other.bad
    assert one.cell.tolist() != third.cell.tolist()


def test_most_honest_scans_lie_in_their_territory_and_diverted_boxes_do_not():
    market = made_market(Setting(dealers=8, boxes=40, diverting=2, diverted=0.5), seed=1)
    away = np.zeros(market.cell.size)
    for dealer, cells in enumerate(market.territories):
        mine = market.dealer == dealer
        away[mine] = Territory(cells).distances_m(market.cell[mine])
    gone = np.isin(market.box, list(market.diverted_boxes))
    assert 0.85 < np.mean(away[~gone] < 5_000) < 0.97
    assert np.mean(away[gone] > 5_000) > 0.97
    assert set(np.unique(market.dealer[gone])) == market.bad


def test_honest_dealers_are_left_alone():
    """The nominal bound: of markets without diversion no more than one in twenty gets an alert by scans; 400 dealers, 13 looks each."""
    found = measure(Setting("nobody diverts", diverting=0), markets=10, seed=100)
    assert found.dealers.honest == 400
    assert found.by_scans.false <= 2
    assert found.dealers.false <= 8


def test_dealers_who_sell_a_fifth_elsewhere_are_found_within_weeks():
    found = measure(Setting("a fifth", diverted=0.2), markets=5, seed=100)
    assert found.dealers.bad == 20
    assert found.dealers.hit >= 18
    assert found.weeks_until_found is not None
    assert found.weeks_until_found <= 6
    assert found.dealers.false <= 4
    assert found.boxes.false <= found.boxes.honest * 0.002


def test_a_third_of_the_dealers_diverting_does_not_hide_them():
    found = measure(Setting("a third", diverting=13, diverted=0.3), markets=3, seed=100)
    assert found.dealers.hit >= 0.85 * found.dealers.bad
    assert found.dealers.false <= 2


def test_copies_are_found_and_honest_codes_are_not():
    assert measure_copies(Copying("honest"), codes=1_000, seed=3) == Found(1_000, 0, 0, 0)
    copied = measure_copies(Copying("copies", copies=50), codes=200, seed=3)
    assert copied.hit >= 0.9 * copied.bad


def test_the_command_prints_a_table_that_can_be_repeated():
    runs = [
        CliRunner().invoke(command, ["simulate", "--markets", "1", "--codes", "20", "--seed", "3"]) for _ in range(2)
    ]
    assert runs[0].exit_code == 0, runs[0].output
    assert runs[0].output == runs[1].output
    assert "| nobody diverts |" in runs[0].output
