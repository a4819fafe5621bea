"""Batches of codes, their texts, and scans of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sitong.goods.codes.actions import (
    BatchWanted,
    CodeRange,
    CodeScan,
    MoveWanted,
    PackWanted,
    Place,
    ProductionWanted,
    RangeWanted,
    activate_codes,
    bind_production,
    make_batches,
    move_codes,
    pack_codes,
)
from sitong.goods.codes.making import codes_at
from sitong.goods.codes.models import CodeBatch
from sitong.shared.ids import new_id
from tests.make.goods import a_product
from tests.make.org import NOW, done


def a_batch(
    brand_id: UUID, quantity: int = 100, *, active: bool = True, now: datetime = NOW, **fields: Any
) -> CodeBatch:
    """A batch of codes that are in use."""
    batch = done(make_batches([BatchWanted(new_id(), brand_id, quantity, **fields)], by=None, now=now))
    if active:
        done(activate_codes([RangeWanted(new_id(), brand_id, batch.id, 1, quantity)], by=None, now=now))
    return batch


def code_texts(batch: CodeBatch, *serials: int, side: str = "outer") -> list[str]:
    """The texts of codes of a batch by their serials."""
    numbers = [batch.first_number + serial - 1 for serial in serials]
    return codes_at(batch.brand_id, batch.generation, side=side, numbers=numbers)


def a_code_scan(batch: CodeBatch, serial: int = 1, *, side: str = "outer", **fields: Any) -> CodeScan:
    """A scan of one code."""
    (text,) = code_texts(batch, serial, side=side)
    return CodeScan(new_id(), batch.brand_id, text, **fields)


@dataclass(frozen=True)
class Tree:
    """Items in boxes on pallets, produced as lot L1."""

    items: CodeBatch
    boxes: CodeBatch
    pallets: CodeBatch
    sku_id: UUID


def a_tree(
    brand: Any, *, items: int = 96, per_box: int = 12, per_pallet: int = 4, now: datetime = NOW, **fields: Any
) -> Tree:
    """Items of one product that were produced, packed into boxes and onto pallets, at the brand."""
    sku_id = a_product(brand.id).skus.get().id
    boxes, pallets = -(-items // per_box), -(-items // per_box // per_pallet)
    tree = Tree(
        a_batch(brand.id, items, active=False, now=now, **fields),
        a_batch(brand.id, boxes, level="box", active=False, now=now),
        a_batch(brand.id, pallets, level="pallet", active=False, now=now),
        sku_id,
    )
    made = ProductionWanted(
        new_id(), brand.id, tree.items.id, 1, items, sku_id, date(2026, 3, 1), "L1", "A", date(2027, 3, 1)
    )
    done(bind_production([made], by=None, now=now))
    for child, parent, each in ((tree.items, tree.boxes, per_box), (tree.boxes, tree.pallets, per_pallet)):
        wanted = PackWanted(new_id(), brand.id, parent.id, 1, (CodeRange(child.id, 1, child.quantity),), each)
        done(pack_codes([wanted], by=None, now=now))
    return tree


def a_shipment(brand: Any, to: Place, *, now: datetime = NOW, **fields: Any) -> Tree:
    """A tree of which all pallets were shipped to a place and received there."""
    tree = a_tree(brand, now=now, **fields)
    whole = (CodeRange(tree.pallets.id, 1, tree.pallets.quantity),)
    done(move_codes([MoveWanted(new_id(), brand.id, "ship", Place("brand", brand.id), (), whole, to)], now=now))
    done(move_codes([MoveWanted(new_id(), brand.id, "receive", to, (), whole)], now=now))
    return tree
