"""Codes: batches, what is read of them, scans, and ranges that are put in use or made void."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.goods.codes.actions import BatchWanted, RangeWanted, activate_codes, make_batches, scan_codes, void_codes
from sitong.goods.codes.actions.batches import BatchGtin, BatchLevel, BatchQuantity
from sitong.goods.codes.actions.scan import CellTooFine, CodeScan
from sitong.goods.codes.actions.standing import RangeOutside, ReasonMissing
from sitong.goods.codes.making import codes_of
from sitong.goods.codes.models import CodeActivation, CodeBatch, CodeState, CodeVoid, Scan
from sitong.goods.codes.queries import CodeUnknown, read_codes
from sitong.shared.access.keys import KeyRing
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from tests.make.codes import a_batch, a_code_scan, code_texts
from tests.make.goods import a_product
from tests.make.org import NOW, a_brand

CELL = 0x872830828FFFFFF  # H3, resolution 7
FINE = 0x89283082803FFFF  # resolution 9
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def brand(db):
    return a_brand()


def test_a_batch_is_one_row_and_its_codes_are_read_back(brand):
    product = a_product(brand.id)
    sku = product.skus.get()
    first, batch = (
        a_batch(brand.id, 7),
        a_batch(brand.id, 1_000_000_000, inner=True, sku_id=sku.id, gtin="6901234567892"),
    )
    assert (batch.first_number, batch.gtin, batch.product_id) == (7, "06901234567892", product.id)
    assert (first.number, batch.number) == ("2603-0001", "2603-0002")
    texts = [*code_texts(batch, 1, 1_000_000_000), *code_texts(batch, 5, side="inner"), *code_texts(first, 7)]
    reads = read_codes(texts, brand_id=brand.id)
    assert [(one.batch_id, one.serial, one.level, one.side, one.sku_id) for one in reads] == [
        (batch.id, 1, "item", "outer", sku.id),
        (batch.id, 1_000_000_000, "item", "outer", sku.id),
        (batch.id, 5, "item", "inner", sku.id),
        (first.id, 7, "item", "outer", None),
    ]
    assert all(one.activated_at == NOW and one.voided_at is None for one in reads)


def test_codes_made_by_the_million_are_those_made_one_by_one(brand):
    batch = a_batch(brand.id, 40_000)
    pieces = list(codes_of(brand.id, batch.generation, side="outer", first=batch.first_number, count=40_000))
    assert sum(map(len, pieces)) == 40_000
    assert [bytes(pieces[0][0]).decode(), bytes(pieces[-1][-1]).decode()] == code_texts(batch, 1, 40_000)


def test_a_code_of_another_brand_a_forged_one_and_one_that_was_never_made_are_unknown(brand):
    other = a_brand()
    batch, foreign = a_batch(brand.id, 10), a_batch(other.id, 10)
    (code,) = code_texts(batch, 3)
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    beyond, hidden = code_texts(batch, 11), code_texts(batch, 3, side="inner")
    reads = read_codes(
        [forged, *code_texts(foreign, 3), *beyond, *hidden, "", "https://elsewhere.cn/"], brand_id=brand.id
    )
    assert reads == [CodeUnknown()] * 6


def test_keys_rotate_and_old_codes_stay_good(brand, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "KEYS", KeyRing.read(tmp_path / "keys"))
    old = a_batch(brand.id, 10)
    monkeypatch.setattr(settings, "KEYS", KeyRing.rotate(tmp_path / "keys"))
    new = a_batch(brand.id, 10)
    assert (old.generation, new.generation) == (1, 2)
    reads = read_codes([*code_texts(old, 4), *code_texts(new, 4)], brand_id=brand.id)
    assert [one.batch_id for one in reads] == [old.id, new.id]
    assert code_texts(old, 1)[0][0] != code_texts(new, 1)[0][0]


def test_a_batch_that_makes_no_sense_is_refused_and_a_repeat_is_answered(brand):
    key = new_id()
    wanted = BatchWanted(key, brand.id, 5)
    outcomes = make_batches(
        [
            wanted,
            wanted,
            BatchWanted(key, brand.id, 6),
            BatchWanted(new_id(), brand.id, 0),
            BatchWanted(new_id(), brand.id, 1, level="truck"),
            BatchWanted(new_id(), brand.id, 1, level="box", inner=True),
            BatchWanted(new_id(), brand.id, 1, gtin="6901234567890"),
            BatchWanted(new_id(), brand.id, 1, sku_id=new_id()),
        ],
        by=None,
        now=NOW,
    )
    assert outcomes[0] is outcomes[1]
    assert outcomes[2:] == [
        RepeatDiffers(id=key), BatchQuantity(most=10_000_000_000), BatchLevel(), BatchLevel(), BatchGtin(gtin="6901234567890"),
        NotFound(what="sku"),
    ]  # fmt: skip
    assert CodeBatch.objects.count() == 1
    assert make_batches([wanted], by=None, now=LATER)[0].made_at == NOW


def test_the_first_scan_is_told_from_later_ones(brand):
    batch = a_batch(brand.id)
    member, clerk = new_id(), new_id()
    scans = [
        a_code_scan(batch, 1, role="clerk", account_id=clerk),
        a_code_scan(batch, 1, member_id=member, cell=CELL, device=b"d" * 32),
        a_code_scan(batch, 1),
        a_code_scan(batch, 2),
    ]
    outcomes = scan_codes(scans, now=NOW)
    assert [(one.before, one.first_scan_at, one.activated, one.void) for one in outcomes] == [
        (0, NOW, True, False), (0, NOW, True, False), (1, NOW, True, False), (0, NOW, True, False),
    ]  # fmt: skip
    (again,) = scan_codes([a_code_scan(batch, 1)], now=LATER)
    assert (again.before, again.first_scan_at, again.at) == (2, NOW, LATER)
    assert CodeState.objects.filter(serial=1).values_list("scans", "staff_scans", "last_scan_at").get() == (3, 1, LATER)
    kept = Scan.objects.get(member_id=member)
    assert (kept.cell, bytes(kept.device), kept.before) == (CELL, b"d" * 32, 0)
    assert Event.objects.filter(name="goods.codes_scanned").count() == 5


def test_a_repeat_of_a_scan_is_answered_and_writes_nothing(brand):
    batch = a_batch(brand.id)
    one = a_code_scan(batch, 1)
    (first,) = scan_codes([one], now=NOW)
    scan_codes([a_code_scan(batch, 1)], now=NOW)
    with CaptureQueriesContext(connection) as statements:
        assert scan_codes([one, one], now=LATER) == [first, first]
    assert not [one for one in statements if "INSERT" in one["sql"] or "UPDATE" in one["sql"]]
    other = CodeScan(one.id, brand.id, *code_texts(batch, 2))
    assert scan_codes([other], now=LATER) == [RepeatDiffers(id=one.id)]
    twin = a_code_scan(batch, 3)
    assert len(set(map(id, scan_codes([twin, twin], now=LATER)))) == 1
    assert CodeState.objects.get(serial=3).scans == 1


def test_a_scan_of_what_is_no_code_or_says_too_much_is_refused_and_leaves_nothing(brand):
    batch = a_batch(brand.id)
    outcomes = scan_codes(
        [CodeScan(new_id(), brand.id, "0" * 17), a_code_scan(batch, cell=FINE), a_code_scan(batch, cell=7)], now=NOW
    )
    assert outcomes == [CodeUnknown(), CellTooFine(), CellTooFine()]
    assert not Scan.objects.exists() and not CodeState.objects.exists()


def test_scans_take_as_many_statements_for_twenty_as_for_two(brand):
    sku_id = a_product(brand.id).skus.get().id
    batch = a_batch(brand.id, sku_id=sku_id)
    counts = []
    for serials in (range(1, 3), range(11, 31)):
        with CaptureQueriesContext(connection) as statements:
            scan_codes([a_code_scan(batch, serial) for serial in serials], now=NOW)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 9


def test_ranges_are_put_in_use_and_made_void(brand):
    batch = a_batch(brand.id, 100, active=False)
    (idle,) = scan_codes([a_code_scan(batch, 50)], now=NOW)
    assert (idle.activated, idle.void) == (False, False)
    first = RangeWanted(new_id(), brand.id, batch.id, 40, 60)
    outcomes = activate_codes([first, RangeWanted(new_id(), brand.id, batch.id, 51, 70)], by=None, now=NOW)
    assert [(one.ranges, one.codes) for one in outcomes] == [(((40, 60),), 21), (((61, 70),), 10)]
    assert activate_codes([first], by=None, now=LATER) == outcomes[:1]
    assert CodeActivation.objects.count() == 2
    lost = RangeWanted(new_id(), brand.id, batch.id, 45, 55, reason="卷料丢失")
    assert void_codes([lost], by=None, now=LATER)[0].codes == 11
    (void,) = scan_codes([a_code_scan(batch, 50)], now=LATER)
    assert (void.activated, void.void, void.code.voided_at) == (True, True, LATER)
    (still,) = scan_codes([a_code_scan(batch, 56)], now=LATER)
    assert (still.activated, still.void) == (True, False)
    assert Event.objects.filter(name="goods.codes_voided").count() == 1


def test_ranges_outside_of_a_batch_and_those_of_others_are_refused(brand):
    batch, other = a_batch(brand.id, 100, active=False), a_brand()

    def void(first: int, last: int, reason: str = "丢失", brand_id: UUID = brand.id):
        return void_codes([RangeWanted(new_id(), brand_id, batch.id, first, last, reason)], by=None, now=NOW)[0]

    assert void(0, 5) == void(90, 101) == void(6, 5) == RangeOutside(quantity=100)
    assert void(1, 5, reason=" ") == ReasonMissing()
    assert void(1, 5, brand_id=other.id) == NotFound(what="code batch")
    assert not CodeVoid.objects.exists()
