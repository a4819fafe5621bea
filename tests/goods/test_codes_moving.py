"""Codes on goods: production, packing, and trees that are shipped, received, sold and taken back with one scan."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.goods.codes.actions import (
    CodeRange,
    MoveWanted,
    PackWanted,
    Place,
    ProductionWanted,
    RangeWanted,
    bind_production,
    move_codes,
    pack_codes,
    take_out_codes,
    void_codes,
)
from sitong.goods.codes.actions.booking import ContentsUnknown
from sitong.goods.codes.actions.pack import CodesPacked, NotPacked, PackCount, PackLevels
from sitong.goods.codes.actions.produce import CodesBound, ProductionDates
from sitong.goods.codes.models import CodeMove, CodePacking, CodePlace, CodeProduction
from sitong.goods.codes.moving import (
    CodeElsewhere,
    CodeIsVoid,
    CodeNotSent,
    CodeNotSold,
    CodePacked,
    CodeReceived,
    CodeSold,
    MoveNowhere,
)
from sitong.goods.codes.queries import CodeUnknown, contents_of, read_codes, standings_now
from sitong.goods.inventory.actions import LocationWanted, NotThere, open_locations
from sitong.goods.inventory.queries import levels_now, lots_at
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.ids import new_id
from tests.make.codes import a_batch, a_shipment, a_tree, code_texts
from tests.make.goods import a_product
from tests.make.org import NOW, a_brand, a_dealer, a_store, done

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def brand(db):
    return a_brand()


@pytest.fixture
def dealer(brand):
    return Place("dealer", a_dealer(brand).id)


@pytest.fixture
def store(brand, dealer):
    return Place("store", a_store(brand).id)


def place(brand) -> Place:
    return Place("brand", brand.id)


def move(kind, at, batch, *serials, to=None, now=NOW, **more):
    texts = tuple(code_texts(batch, *serials))
    (outcome,) = move_codes([MoveWanted(new_id(), batch.brand_id, kind, at, texts, to=to, **more)], now=now)
    return outcome


def where(batch, *serials):
    """Where codes are: (state, kind of place)."""
    found = standings_now([(batch.id, serial) for serial in serials])
    return [(one.state, one.place.kind) if (one := found.get((batch.id, serial))) else None for serial in serials]


def test_production_binds_ranges_to_product_lot_line_and_date(brand):
    batch, product = a_batch(brand.id, 1000, active=False), a_product(brand.id)
    sku_id = product.skus.get().id
    wanted = ProductionWanted(
        new_id(), brand.id, batch.id, 1, 600, sku_id, date(2026, 3, 1), "L1", "A", date(2027, 3, 1)
    )
    made = done(bind_production([wanted], by=None, now=NOW))
    assert (made.product_id, made.lot, made.line) == (product.id, "L1", "A")
    assert bind_production([wanted], by=None, now=LATER) == [made]
    read, idle = read_codes(code_texts(batch, 600, 601), brand_id=brand.id)
    assert (read.product_id, read.sku_id, read.lot, read.produced_on, read.activated_at) == (
        product.id,
        sku_id,
        "L1",
        date(2026, 3, 1),
        NOW,
    )
    assert (idle.sku_id, idle.activated_at) == (None, None)
    refused = bind_production(
        [
            replace(wanted, lot="L2"),
            replace(wanted, id=new_id(), first=600, last=700),
            replace(wanted, id=new_id(), first=601, last=700, expires_on=date(2026, 1, 1)),
            replace(wanted, id=new_id(), first=601, last=700, sku_id=new_id()),
        ],
        by=None,
        now=LATER,
    )
    assert refused == [
        RepeatDiffers(id=wanted.id),
        CodesBound(first=1, last=600),
        ProductionDates(),
        NotFound(what="sku"),
    ]
    assert CodeProduction.objects.count() == 1


def test_ten_thousand_items_are_packed_into_boxes_and_pallets_by_two_rows(brand):
    tree = a_tree(brand, items=10_000, per_box=24, per_pallet=40)
    assert (CodePacking.objects.count(), tree.boxes.quantity, tree.pallets.quantity) == (2, 417, 11)
    whole = contents_of([CodeRange(tree.pallets.id, 2, 2)])
    assert whole.inside == (CodeRange(tree.boxes.id, 41, 80), CodeRange(tree.items.id, 961, 1920))
    assert [(line.sku_id, line.lot, line.units) for line in whole.lines] == [(tree.sku_id, "L1", 960)]
    last = contents_of([CodeRange(tree.boxes.id, 417, 417)])
    assert [line.units for line in last.lines] == [16]
    assert contents_of([CodeRange(tree.items.id, 5, 5)]).lines[0].units == 1


def test_what_cannot_be_packed_is_refused_and_a_repeat_is_answered(brand, dealer):
    tree = a_tree(brand, items=48, per_box=24, per_pallet=2)
    spare, boxes = a_batch(brand.id, 10), a_batch(brand.id, 10, level="box")
    wanted = PackWanted(new_id(), brand.id, boxes.id, 1, (CodeRange(spare.id, 1, 3), CodeRange(spare.id, 7, 7)))

    def pack(children, parent=boxes.id, first=1, each=0):
        return pack_codes([PackWanted(new_id(), brand.id, parent, first, children, each)], by=None, now=NOW)[0]

    assert pack_codes([wanted, wanted], by=None, now=NOW) == [CodesPacked(wanted.id, 4, 1)] * 2
    assert pack_codes([wanted], by=None, now=LATER) == [CodesPacked(wanted.id, 4, 1)]
    assert pack_codes([replace(wanted, children=(CodeRange(spare.id, 1, 3),))], by=None, now=LATER) == [
        RepeatDiffers(id=wanted.id)
    ]
    assert pack((CodeRange(spare.id, 3, 5),), first=2) == CodePacked(serial=3)
    assert pack((CodeRange(boxes.id, 3, 5),)) == PackLevels()
    assert pack((CodeRange(spare.id, 4, 5), CodeRange(spare.id, 9, 9)), each=2) == PackCount(most=100_000)
    assert pack((CodeRange(new_id(), 4, 5),)) == NotFound(what="code batch")
    move("ship", place(brand), spare, 5, to=dealer)
    assert pack((CodeRange(spare.id, 4, 5),), first=3) == CodeElsewhere(serial=4)
    void_codes([RangeWanted(new_id(), brand.id, spare.id, 8, 8, "破损")], by=None, now=NOW)
    assert pack((CodeRange(spare.id, 8, 9),), first=3) == CodeIsVoid(serial=8)
    assert CodePacking.objects.filter(parent_batch_id=boxes.id).count() == 2
    assert tree.boxes.quantity == 2


def test_one_scan_of_a_pallet_moves_everything_on_it(brand, dealer, store):
    tree = a_tree(brand, items=96, per_box=12, per_pallet=4)
    assert where(tree.items, 1, 48, 49) == [None, None, None]
    done([move("ship", place(brand), tree.pallets, 1, to=dealer)])
    assert where(tree.items, 1, 48, 49) == [("way", "dealer"), ("way", "dealer"), None]
    assert where(tree.boxes, 1, 4, 5) == [("way", "dealer"), ("way", "dealer"), None]
    done([move("receive", dealer, tree.pallets, 1)])
    assert where(tree.items, 1, 48) == [("here", "dealer")] * 2
    assert CodeMove.objects.count() == 2
    assert CodePlace.objects.count() == 1


def test_a_box_leaves_its_pallet_and_an_item_its_box_when_they_are_scanned_alone(brand, dealer, store):
    tree = a_tree(brand, items=96, per_box=12, per_pallet=4)
    move("ship", place(brand), tree.pallets, 1, to=dealer)
    move("receive", dealer, tree.pallets, 1)
    done([move("ship", dealer, tree.boxes, 2, to=store)])
    assert where(tree.items, 12, 13, 24, 25) == [
        ("here", "dealer"),
        ("way", "store"),
        ("way", "store"),
        ("here", "dealer"),
    ]
    done([move("receive", store, tree.boxes, 2)])
    done([move("sell", store, tree.items, 14)])
    assert where(tree.items, 13, 14, 15) == [("here", "store"), ("sold", "store"), ("here", "store")]
    assert contents_of([CodeRange(tree.boxes.id, 2, 2)]).lines[0].units == 11
    assert contents_of([CodeRange(tree.pallets.id, 1, 1)]).lines[0].units == 36
    assert move("sell", store, tree.items, 14) == CodeSold(serial=14, at=NOW.isoformat())
    done([move("return", store, tree.items, 14)])
    assert where(tree.items, 14) == [("here", "store")]
    assert move("return", store, tree.items, 14) == CodeNotSold(serial=14)
    packed = CodePacking.objects.filter(unpacked_at=None, batch_id=tree.items.id).order_by("first")
    assert [(row.first, row.last, row.parent_first, row.start) for row in packed] == [(1, 13, 1, 0), (15, 96, 2, 2)]


def test_what_lies_in_something_of_the_same_scan_goes_along(brand, dealer):
    tree = a_tree(brand, items=96, per_box=12, per_pallet=4)
    texts = (*code_texts(tree.pallets, 1), *code_texts(tree.boxes, 1, 5), *code_texts(tree.items, 3))
    (moved,) = move_codes([MoveWanted(new_id(), brand.id, "ship", place(brand), texts, to=dealer)], now=NOW)
    assert set(moved.ranges) == {CodeRange(tree.pallets.id, 1, 1), CodeRange(tree.boxes.id, 5, 5)}
    assert CodePacking.objects.filter(unpacked_at=None, batch_id=tree.items.id).count() == 1


def test_ranges_move_as_ranges(brand, dealer):
    boxes = a_batch(brand.id, 1000, level="box")
    ship = MoveWanted(new_id(), brand.id, "ship", place(brand), (), (CodeRange(boxes.id, 101, 300),), dealer)
    (moved,) = move_codes([ship], now=NOW)
    assert (moved.codes, CodePlace.objects.count()) == (200, 1)
    done([move("receive", dealer, boxes, 150)])
    assert where(boxes, 100, 101, 149, 150, 151, 300, 301) == [
        None, ("way", "dealer"), ("way", "dealer"), ("here", "dealer"), ("way", "dealer"), ("way", "dealer"), None,
    ]  # fmt: skip
    back = replace(ship, id=new_id(), at=dealer, to=place(brand))
    done(move_codes([back], now=LATER))
    assert where(boxes, 101, 150) == [("way", "brand")] * 2
    assert CodePlace.objects.count() == 1


def test_goods_that_are_elsewhere_void_or_unknown_do_not_move(brand, dealer, store):
    boxes, items = a_batch(brand.id, 10, level="box"), a_batch(brand.id, 10)
    pack_codes([PackWanted(new_id(), brand.id, boxes.id, 1, (CodeRange(items.id, 1, 4),))], by=None, now=NOW)
    assert move("ship", dealer, boxes, 1, to=store) == CodeElsewhere(serial=1)
    assert (
        move("ship", place(brand), boxes, 1, to=place(brand)) == move("ship", place(brand), boxes, 1) == MoveNowhere()
    )
    assert move("receive", dealer, boxes, 1) == CodeNotSent(serial=1)
    assert move("return", dealer, boxes, 1) == CodeNotSold(serial=1)
    void_codes([RangeWanted(new_id(), brand.id, boxes.id, 2, 3, "丢失")], by=None, now=NOW)
    assert move("ship", place(brand), boxes, 1, 2, to=dealer) == CodeIsVoid(serial=2)
    (packed,) = move_codes(
        [MoveWanted(new_id(), brand.id, "sell", place(brand), (), (CodeRange(items.id, 3, 6),))], now=NOW
    )
    assert packed == CodePacked(serial=3)
    foreign = MoveWanted(new_id(), a_brand().id, "sell", place(brand), (), (CodeRange(items.id, 3, 6),))
    forged = MoveWanted(new_id(), brand.id, "sell", place(brand), ("0" * 17,))
    assert move_codes([foreign, forged], now=NOW) == [NotFound(what="code batch"), CodeUnknown()]
    assert not CodeMove.objects.exists() and not CodePlace.objects.exists()


def test_received_twice_is_refused_and_the_same_request_again_is_answered(brand, dealer):
    boxes = a_batch(brand.id, 10, level="box")
    move("ship", place(brand), boxes, 1, to=dealer)
    one = MoveWanted(new_id(), brand.id, "receive", dealer, tuple(code_texts(boxes, 1)))
    outcomes = move_codes([one, one, replace(one, id=new_id())], now=NOW)
    assert outcomes[0] == outcomes[1]
    assert outcomes[2] == CodeReceived(serial=1, at=NOW.isoformat())
    assert move_codes([one], now=LATER) == [outcomes[0]]
    other = replace(one, texts=tuple(code_texts(boxes, 2)))
    assert move_codes([other], now=LATER) == [RepeatDiffers(id=one.id)]
    assert CodeMove.objects.count() == 2


def test_codes_are_taken_out_of_their_boxes_and_stay_where_those_are(brand, dealer):
    tree = a_tree(brand, items=48, per_box=12, per_pallet=4)
    move("ship", place(brand), tree.pallets, 1, to=dealer)
    move("receive", dealer, tree.pallets, 1)
    assert take_out_codes([CodeRange(tree.items.id, 11, 14)], brand_id=brand.id, by=None, now=LATER) == 4
    assert where(tree.items, 10, 11, 14, 15) == [("here", "dealer")] * 4
    move("ship", dealer, tree.boxes, 1, to=place(brand))
    assert where(tree.items, 10, 11) == [("way", "brand"), ("here", "dealer")]
    with pytest.raises(NotPacked):
        take_out_codes([CodeRange(tree.items.id, 11, 14)], brand_id=brand.id, by=None, now=LATER)


def test_stock_moves_along_with_a_box_and_comes_in_its_lots(brand, dealer, store):
    tree = a_tree(brand, items=48, per_box=12, per_pallet=4)
    warehouse = new_id()
    open_locations([
        LocationWanted(warehouse, brand.id, "dealer_warehouse", dealer.id, "仓库"),
        LocationWanted(store.id, brand.id, "store", store.id, "门店"),
    ])  # fmt: skip
    move("ship", place(brand), tree.pallets, 1, to=dealer)
    received = move("receive", dealer, tree.pallets, 1, book=True)
    assert received.document_id == received.id
    (lot,) = lots_at(warehouse, [tree.sku_id])
    assert (lot.code, lot.expires_on, lot.quantity) == ("L1", date(2027, 3, 1), 48)
    move("ship", dealer, tree.boxes, 2, to=store, book=True)
    assert levels_now([(warehouse, tree.sku_id)])[warehouse, tree.sku_id].on_hand == 36
    move("receive", store, tree.boxes, 2, book=True)
    (lot,) = lots_at(store.id, [tree.sku_id])
    assert (lot.code, lot.quantity) == ("L1", 12)


def test_what_inventory_refuses_does_not_move_and_what_does_not_depend_on_it_does(brand, dealer, store):
    tree, unknown = a_tree(brand, items=48, per_box=12, per_pallet=4), a_batch(brand.id, 3, level="box")
    open_locations([
        LocationWanted(new_id(), brand.id, "dealer_warehouse", dealer.id, "仓库"),
        LocationWanted(store.id, brand.id, "store", store.id, "门店"),
    ])  # fmt: skip
    move("ship", place(brand), tree.pallets, 1, to=dealer)
    move("ship", place(brand), unknown, 1, to=dealer)
    empty = MoveWanted(new_id(), brand.id, "ship", dealer, tuple(code_texts(tree.boxes, 1)), to=store, book=True)
    plain = MoveWanted(new_id(), brand.id, "ship", dealer, tuple(code_texts(tree.boxes, 2)), to=store)
    after = MoveWanted(new_id(), brand.id, "receive", store, tuple(code_texts(tree.boxes, 1)))
    outcomes = move_codes([empty, plain, after], now=NOW)
    assert isinstance(outcomes[0], NotThere)
    assert outcomes[1].codes == 1
    assert outcomes[2] == CodeNotSent(serial=1)
    assert where(tree.boxes, 1, 2) == [("way", "dealer"), ("way", "store")]
    assert move("receive", dealer, unknown, 1, book=True) == ContentsUnknown(unknown=1)


def test_moves_take_as_many_statements_for_twenty_as_for_two(brand, dealer):
    counts = []
    for size in (2, 20):
        tree = a_tree(brand, items=size * 12, per_box=12, per_pallet=100)
        wanted = [
            MoveWanted(new_id(), brand.id, "ship", place(brand), (text,), to=dealer)
            for text in code_texts(tree.boxes, *range(1, size + 1))
        ]
        with CaptureQueriesContext(connection) as statements:
            assert len({one.id for one in move_codes(wanted, now=NOW)}) == size
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 24


def test_a_shipment_of_the_demo_shape_reads_back(brand, dealer):
    tree = a_shipment(brand, dealer)
    assert where(tree.items, 1) == [("here", "dealer")]
