"""Batches of codes of brand one, and a box on its way to its first dealer."""

from __future__ import annotations

from typing import Any

from sitong.goods.codes.actions import CodeFileWanted, CodeRange, MoveWanted, Place, move_codes, open_file
from sitong.shared import clock
from sitong.shared.ids import new_id
from tests.make.codes import a_tree
from tests.make.org import done


def code_samples(brand: Any, dealer: Any) -> dict[str, Any]:
    """A tree of codes of which one box was shipped, and a file of them that somebody fetched."""
    now = clock.now()
    tree = a_tree(brand, now=now)
    box = (CodeRange(tree.boxes.id, 1, 1),)
    done(
        move_codes(
            [MoveWanted(new_id(), brand.id, "ship", Place("brand", brand.id), (), box, Place("dealer", dealer.id))],
            now=now,
        )
    )
    wanted = CodeFileWanted(new_id(), brand.id, tree.items.id, 1, 10, "csv")
    return {
        "batch_id": str(tree.items.id), "parent_batch_id": str(tree.boxes.id),
        "file_id": str(open_file(wanted, by=None, now=now).id),
    }  # fmt: skip
