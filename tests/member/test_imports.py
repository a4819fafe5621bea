"""Files of customers: whatever their encoding and whatever is broken, every line is read or reported, and nothing counts before it is accepted."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, timedelta

import openpyxl
import pytest
from django.utils import translation

from sitong.member.identity.actions import erase_member
from sitong.member.imports.actions import (
    ImportElsewhere,
    ImportHasBad,
    ImportIncomplete,
    ImportMappingWrong,
    ImportNothing,
    ImportPieceWrong,
    ImportSame,
    ImportTooLarge,
    ImportUnsaid,
    ImportWanted,
    accept_import,
    begin_import,
    check_some,
    continue_imports,
    discard_import,
    end_upload,
    finish_import,
    forget_bad_lines,
    map_columns,
    settle_records,
    take_piece,
)
from sitong.member.imports.models import ImportFile, ImportPiece, ImportProblem, ImportRecord
from sitong.member.imports.queries import records_of
from sitong.member.imports.reports import bad_lines, report_lines
from sitong.shared.access.fields import keyed_index
from sitong.shared.errors import RepeatDiffers
from sitong.shared.events.models import Event
from sitong.shared.ids import new_id
from tests.make.imports import a_checked, an_accepted, an_opened, an_upload, customers
from tests.make.member import a_member, joined_as_one
from tests.make.org import NOW, a_brand

pytestmark = pytest.mark.usefixtures("db")

TABLE = "姓名,手机号码,出生日期,收货地址\n王小明,138 0013 8000,1990/5/31,上海市人民路1号\n李雷,13900139000,,北京市\n"


def test_a_file_of_20_000_lines_with_everything_broken_is_read_or_reported_to_the_line():
    brand = a_brand()
    raw, counts = customers(20_000, broken=0.3)
    file = a_checked(brand, raw)
    assert (file.state, file.good, file.bad, file.noted, file.blank_lines) == (
        "checked", counts["good"], counts["bad"], counts["noted"], counts["blank"],
    )  # fmt: skip
    assert file.rows + file.blank_lines == 20_000
    assert (file.at_byte, file.at_line) == (len(raw), 20_001)
    assert ImportRecord.objects.filter(file=file).count() == counts["good"]
    assert ImportProblem.objects.filter(file=file, bad=True).count() == counts["bad"]
    assert ImportProblem.objects.filter(file=file, bad=False).count() == counts["noted"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_any_encoding_is_found_out(encoding):
    file = an_accepted(a_brand(), TABLE.encode(encoding), take="all")
    first, second = records_of(file.id)
    assert (first.name, first.phone, first.birthday, first.address) == (
        "王小明", "+8613800138000", date(1990, 5, 31), "上海市人民路1号",
    )  # fmt: skip
    assert (second.row, second.name, second.birthday) == (3, "李雷", None)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_any_delimiter_and_any_end_of_lines(delimiter, ends):
    text = TABLE.replace(",", delimiter).replace("\n", ends)
    file = a_checked(a_brand(), text.encode())
    assert (file.delimiter, file.good, file.bad) == (delimiter, 2, 0)


def test_columns_are_known_by_what_stands_in_them_when_there_is_no_head():
    file = an_opened(a_brand(), b"13800138000,a@b.cn,1990-05-31\n13900139000,c@d.cn,1980-01-02\n")
    assert (file.headed, file.mapping, file.columns) == (False, ["phone", "email", "birthday"], ["", "", ""])


def test_a_title_above_the_head_is_passed_over_and_other_columns_are_left_alone():
    text = "2025年会员导出,,,\n店铺名称,Customer Name,Mobile,订单金额\n一店,Zhang San,13800138000,10\n一店,Li Si,13900139000,20\n"
    file = an_opened(a_brand(), text.encode())
    assert (file.columns, file.mapping) == (
        ["店铺名称", "Customer Name", "Mobile", "订单金额"],
        ["", "name", "phone", ""],
    )


def test_one_row_may_go_over_lines_and_an_open_quote_swallows_nothing():
    text = (
        'name,phone,address\n甲,13800138000,"one\ntwo"\n乙,13800138001,"open\n丙,13800138002,"x"\n丁,13800138003,a"b\n'
    )
    file = an_accepted(a_brand(), text.encode())
    assert [(one.row, one.name, one.address) for one in records_of(file.id)] == [
        (2, "甲", "one two"),
        (5, "丙", "x"),
        (6, "丁", 'a"b'),
    ]
    (problem,) = ImportProblem.objects.filter(file=file)
    assert (problem.row, problem.bad, problem.faults, problem.line) == (
        4,
        True,
        [{"column": 0, "code": "quotes"}],
        '乙,13800138001,"open',
    )


def test_what_tables_do_to_numbers_is_said_and_a_masked_phone_is_no_phone():
    text = '姓名,手机,买家ID\n甲,1.38E+10,\n乙,138****8000,tb88\n丙,\'13800138000,\n丁,="13800138001",\n戊,12,\n己,,\n'
    file = a_checked(a_brand(), text.encode(), kind="marketplace", marketplace="taobao")
    accept_import(file.id, take="good", by=None, now=NOW)
    assert [(one.name, one.phone, one.buyer, one.marketplace) for one in records_of(file.id)] == [
        ("乙", "", "tb88", "taobao"), ("丙", "+8613800138000", "", ""), ("丁", "+8613800138001", "", ""),
    ]  # fmt: skip
    faults = {
        one.row: (one.bad, [fault["code"] for fault in one.faults]) for one in ImportProblem.objects.filter(file=file)
    }
    assert faults == {
        2: (True, ["phone_rounded"]), 3: (False, ["phone_masked"]), 6: (True, ["phone_malformed"]), 7: (True, ["nobody"]),
    }  # fmt: skip


def test_a_sheet_is_read_as_its_rows():
    book = openpyxl.Workbook()
    book.active.append(["会员姓名", "联系电话", "生日", "会员卡号"])
    book.active.append(["王小明", 13800138000, date(1990, 5, 31), "0012345"])
    book.active.append(["两行\n地址", 13900139000.0, "1980-01-02", 99887766])
    out = io.BytesIO()
    book.save(out)
    file = an_accepted(a_brand(), out.getvalue(), name="会员.xlsx", take="all")
    assert file.form == "xlsx"
    assert [(one.row, one.name, one.phone, one.birthday, one.card) for one in records_of(file.id)] == [
        (2, "王小明", "+8613800138000", date(1990, 5, 31), "0012345"),
        (3, "两行 地址", "+8613900139000", date(1980, 1, 2), "99887766"),
    ]


def test_a_sheet_that_grows_out_of_proportion_is_not_opened(monkeypatch):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
    file = an_opened(a_brand(), bomb.getvalue(), name="bomb.xlsx")
    assert (file.state, file.fault) == ("unreadable", "xlsx_too_large")
    assert (an_opened(a_brand(), b"PK\x03\x04rest").fault, an_opened(a_brand(), b"\xd0\xcf\x11\xe0old").fault) == (
        "xlsx_broken",
        "xlsx_old",
    )
    assert (an_opened(a_brand(), b"\n \n").fault) == "empty"
    continue_imports(now=NOW)
    assert not ImportPiece.objects.filter(file_id=file.id).exists()


def test_the_report_says_line_column_and_what_to_do_and_runs_no_formula():
    text = "name,phone,email\n=1+1,12,@x\n\"=cmd|'/c calc'!A0\",13800138000,no\n-2,13800138001,a@b.cn,+x\n"
    file = a_checked(a_brand(), text.encode())
    with translation.override("zh-hans"):
        said = "".join(report_lines(file, ["Line", "Column", "Says", "What", "Do", "Taken"]))
    rows = list(csv.reader(io.StringIO(said.lstrip("\ufeff"))))
    assert [(row[0], row[1], row[2], row[5]) for row in rows[1:]] == [
        ("2", "phone", "12", "0"), ("2", "email", "'@x", "0"), ("3", "email", "no", "1"), ("4", "整行", "", "0"),
    ]  # fmt: skip
    again = "".join(bad_lines(file))
    assert list(csv.reader(io.StringIO(again.lstrip("\ufeff")))) == [
        ["name", "phone", "email"], ["'=1+1", "12", "'@x"], ["-2", "13800138001", "a@b.cn", "'+x"],
    ]  # fmt: skip


def test_the_bad_lines_mended_are_a_file_again():
    brand = a_brand()
    file = a_checked(brand, "姓名,手机\n王小明,12\n".encode())
    mended = "".join(bad_lines(file)).replace(",12", ",13800138000").encode()
    again = an_accepted(brand, mended, take="all")
    assert [(one.name, one.phone) for one in records_of(again.id)] == [("王小明", "+8613800138000")]


def test_nothing_is_half_imported():
    brand = a_brand()
    file = a_checked(brand, b"name,phone\nA,13800138000\nB,12\n")
    assert list(records_of(file.id)) == []
    with pytest.raises(ImportHasBad) as refused:
        accept_import(file.id, take="all", by=None, now=NOW)
    assert refused.value.facts == {"bad": 1}
    assert (ImportFile.objects.get(id=file.id).state, list(records_of(file.id))) == ("checked", [])
    taken = accept_import(file.id, take="good", by=None, now=NOW)
    assert accept_import(file.id, take="good", by=None, now=NOW).accepted_at == taken.accepted_at
    with pytest.raises(RepeatDiffers):
        accept_import(file.id, take="all", by=None, now=NOW)
    with pytest.raises(ImportElsewhere):
        discard_import(file.id, by=None, now=NOW)
    (event,) = Event.objects.filter(name="member.import_accepted")
    assert (event.facts["import_id"], event.facts["records"]) == (str(file.id), 1)
    continue_imports(now=NOW)
    assert not ImportPiece.objects.filter(file_id=file.id).exists()
    assert [one.row for one in ImportProblem.objects.filter(file=file)] == [3]
    nothing = a_checked(brand, b"name,phone\nB,13\n")
    with pytest.raises(ImportNothing):
        accept_import(nothing.id, take="good", by=None, now=NOW)


def test_what_is_thrown_away_is_gone_and_what_nobody_decides_is_thrown_away():
    brand = a_brand()
    file = a_checked(brand, TABLE.encode())
    discard_import(file.id, by=None, now=NOW)
    continue_imports(now=NOW)
    assert not any(kind.objects.filter(file_id=file.id).exists() for kind in (ImportPiece, ImportRecord, ImportProblem))
    waiting = a_checked(brand, TABLE.encode())
    taken = an_accepted(brand, b"name,phone\nA,13800138000\nB,12\n")
    assert (forget_bad_lines(now=NOW + timedelta(days=29)), forget_bad_lines(now=NOW + timedelta(days=31))) == (0, 1)
    assert (list(ImportProblem.objects.filter(file=taken)), ImportFile.objects.get(id=taken.id).bad) == ([], 1)
    continue_imports(now=NOW + timedelta(days=31))
    assert ImportFile.objects.get(id=waiting.id).state == "discarded"


def test_a_worker_that_is_killed_loses_nothing_and_does_nothing_twice():
    raw, counts = customers(12_000, broken=0.1)
    file = an_opened(a_brand(), raw)
    map_columns(file.id, file.mapping, by=None, now=NOW)
    for _ in range(20):
        held = ImportFile.objects.get(id=file.id)
        if held.state != "mapped":
            break
        check_some(held, blocks=1, now=NOW)  # each time a worker that begins anew from what stands
        stale = ImportFile.objects.get(id=file.id)
        stale.at_byte, stale.at_line = held.at_byte - 1, 0
        assert check_some(stale, blocks=1, now=NOW) is False  # one that lags behind writes nothing
    file = ImportFile.objects.get(id=file.id)
    assert (file.state, file.good, file.bad) == ("checked", counts["good"], counts["bad"])


def test_columns_named_anew_are_checked_anew():
    brand = a_brand()
    file = a_checked(brand, "甲,乙\n13800138000,13900139000\n".encode(), mapping=["phone", ""])
    map_columns(file.id, ["", "phone"], by=None, now=NOW)
    while ImportFile.objects.get(id=file.id).state == "mapped":
        continue_imports(now=NOW)
    accept_import(file.id, take="all", by=None, now=NOW)
    assert [one.phone for one in records_of(file.id)] == ["+8613900139000"]
    with pytest.raises(ImportElsewhere):
        map_columns(file.id, ["phone", ""], by=None, now=NOW)


def test_a_mapping_that_makes_no_sense_is_refused():
    file = an_opened(a_brand(), TABLE.encode())
    for mapping in (["phone"], ["phone", "phone", "", ""], ["name", "", "", ""], ["phone", "", "", "horse"]):
        with pytest.raises(ImportMappingWrong):
            map_columns(file.id, mapping, by=None, now=NOW)
    assert ImportFile.objects.get(id=file.id).state == "uploaded"


def test_an_upload_may_break_off_and_go_on():
    brand, content = a_brand(), b"name,phone\n" + b"A,13800138000\n" * 100_000
    wanted = ImportWanted(new_id(), brand.id, "a.csv", "crm", len(content), "service", "old system")
    file = begin_import(wanted, by=None, now=NOW)
    assert begin_import(wanted, by=None, now=NOW).id == file.id
    assert take_piece(file.id, 1, content=content[1_000_000:]) == len(content) - 1_000_000
    with pytest.raises(ImportIncomplete):
        end_upload(file.id, by=None, now=NOW)
    with pytest.raises(ImportPieceWrong):
        take_piece(file.id, 0, content=b"short")
    take_piece(file.id, 0, content=content[:1_000_000])
    assert take_piece(file.id, 0, content=content[:1_000_000]) == len(content)
    with pytest.raises(RepeatDiffers):
        take_piece(file.id, 0, content=b"x" * 1_000_000)
    assert end_upload(file.id, by=None, now=NOW).state == "received"
    with pytest.raises(ImportSame):
        an_upload(brand, content)
    assert b"13800138000" not in str(ImportPiece.objects.values_list("content", flat=True)[0]).encode()


def test_purpose_and_origin_must_be_said():
    brand = a_brand()
    for said in ({"purpose": " "}, {"origin": ""}, {"kind": "stolen"}, {"kind": "marketplace"}):
        with pytest.raises(ImportUnsaid):
            an_upload(brand, TABLE.encode(), **said)
    with pytest.raises(ImportTooLarge):
        begin_import(ImportWanted(new_id(), brand.id, "a.csv", "crm", 10**12, "p", "o"), by=None, now=NOW)
    assert not ImportFile.objects.exists()


def test_records_become_a_member_s_move_with_it_and_are_erased_with_it():
    brand = a_brand()
    file = an_accepted(brand, TABLE.encode(), take="all")
    first, second = records_of(file.id)
    one, other = a_member(brand, phone="+8613800138000"), a_member(brand)
    assert ImportRecord.objects.filter(phone_index=keyed_index(one.phone)).values_list("id", flat=True)[0] == first.id
    assert settle_records([first.id, second.id], [other.id, None], states=["matched", "left"], now=NOW) == 2
    assert settle_records([first.id], [other.id], states=["matched"], now=NOW) == 0
    finish_import(file.id, now=NOW)
    assert finish_import(file.id, now=NOW).linked_at == NOW
    joined_as_one(one, other, survivor=one)
    (mine,) = records_of(file.id, states=["matched"])
    assert (mine.member_id, mine.name) == (one.id, "王小明")
    erase_member(one.id, by=None, reason="", now=NOW)
    (gone,) = records_of(file.id, states=["matched"])
    assert (gone.name, gone.phone, ImportRecord.objects.get(id=first.id).phone_index) == ("", "", None)
