"""Any order of moves: a batch of many gives what the same give one by one, and the tree holds together."""

import random
from datetime import timedelta

import pytest
from django.db import transaction

from sitong.goods.codes.actions import CodeRange, Moved, MoveWanted, Place, move_codes
from sitong.goods.codes.models import CodePacking
from sitong.goods.codes.queries import contents_of, standings_now
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.codes import a_tree
from tests.make.org import NOW, a_brand, a_dealer, a_store

MOVES = 40


def some_moves(dice: random.Random, brand, tree, places) -> list[MoveWanted]:
    """Moves of pallets, boxes, items and ranges of them, most of which can be, some of which cannot."""
    found = []
    for _ in range(MOVES):
        batch = dice.choice([tree.pallets, tree.boxes, tree.boxes, tree.items])
        first = dice.randint(1, batch.quantity)
        last = min(batch.quantity, first + dice.choice([0, 0, 0, 1, 3]))
        kind = dice.choice(["ship", "ship", "receive", "receive", "sell", "return"])
        at, to = dice.sample(places, 2)
        units = (CodeRange(batch.id, first, last),)
        found.append(MoveWanted(new_id(), brand.id, kind, at, (), units, to if kind == "ship" else None))
    return found


def told(outcome) -> tuple:
    return (
        (outcome.ranges, outcome.kind) if isinstance(outcome, Moved) else (type(outcome), outcome.facts.get("serial"))
    )


@pytest.mark.parametrize("seed", range(6))
def test_many_moves_at_once_give_what_they_give_one_by_one(db, seed):
    dice, brand = random.Random(seed), a_brand()
    tree = a_tree(brand, items=36, per_box=6, per_pallet=3)
    places = [Place("brand", brand.id), Place("dealer", a_dealer(brand).id), Place("store", a_store(brand).id)]
    moves, items = some_moves(dice, brand, tree, places), [(tree.items.id, serial) for serial in range(1, 37)]
    later = NOW + timedelta(hours=1)

    def result():
        where = {key: (one.state, one.place) for key, one in standings_now(items).items()}
        packed = CodePacking.objects.filter(unpacked_at=None).order_by("batch_id", "first")
        return where, list(packed.values_list("batch_id", "first", "last", "parent_first", "start"))

    with transaction.atomic():
        one_by_one = [told(move_codes([one], now=later)[0]) for one in moves]
        singly = result()
        transaction.set_rollback(True)
    at_once = [told(one) for one in move_codes(moves, now=later)]
    assert at_once == one_by_one
    assert result() == singly
    assert sum(isinstance(one[0], tuple) for one in at_once) >= 3  # some of them went
    inside = contents_of([CodeRange(tree.pallets.id, 1, tree.pallets.quantity)])
    loose = 36 - sum(line.units for line in inside.lines)
    assert loose >= 0 and check_books() == []
