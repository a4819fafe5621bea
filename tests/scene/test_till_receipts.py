"""Receipts: what stands on them, and the very bytes that a printer of 58 or 80 mm gets, decoded again."""

import re

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from sitong.scene.cart.rules import amount_minor
from sitong.scene.models import Sale
from sitong.scene.till.actions.prints import note_printed
from sitong.scene.till.actions.sell import sell
from sitong.scene.till.printing import COLUMNS, across, columns_of, drawer_bytes, folded, receipt_bytes, report_bytes
from sitong.scene.till.queries import sale_of, shift_reports
from sitong.scene.till.receipts import moves_shown, receipt_of, report_rows
from sitong.scene.till.rules import grams_of_label, quick_amounts
from tests.make.org import NOW, a_brand
from tests.make.points import a_points_plan, some_points
from tests.make.scene import a_selling_store
from tests.make.till import a_sale, a_sale_wanted, a_working_register, cash

COMMAND = re.compile(
    rb"\x1b@|\x1c&|\x1b!.|\x1bE.|\x1ba.|\x1b\{.|\x1db.|\x1b-.|\x1bM.|\x1dB.|\x1d!.|\x1bd.|\x1dV.|\x1bp.{3}|\x1d\(k(?P<size>..)", re.DOTALL
)  # fmt: skip


def printed(made: bytes) -> tuple[list[str], list[bytes]]:
    """Read bytes as a printer does: the lines of text, and the commands between them."""
    text, commands, at = b"", [], 0
    while at < len(made):
        if (command := COMMAND.match(made, at)) is None:
            text += made[at : at + 1]
            at += 1
            continue
        end = command.end()
        if command["size"]:
            end += int.from_bytes(command["size"], "little")
        commands.append(made[at:end])
        at = end
    return text.decode("gb18030").splitlines(), commands


@pytest.fixture
def sold(db):
    """Two pieces and one, paid with 50 yuan in cash by a member."""
    selling = a_selling_store(prices=(1290, 250), name="人民广场店", address="南京西路 100 号", phone="021-5555 0100")
    register = a_working_register(selling.store, paper_mm=58)
    (one,) = sell(
        [a_sale_wanted(selling, register, [(0, 2), (1, 1)], [cash(2830, 5000)], member=selling.member)], now=NOW
    )
    return sale_of(one.id)


@pytest.mark.parametrize("width_mm", [58, 80])
def test_the_bytes_say_in_chinese_what_was_sold_paid_and_given_back(sold, width_mm):
    with override("zh-hans"):
        lines, commands = printed(receipt_bytes(receipt_of(sold), width_mm=width_mm))
    text = "\n".join(lines)
    width = COLUMNS[width_mm]
    assert max(columns_of(line) for line in lines) == width
    for said in (
        "人民广场店",
        "南京西路 100 号",
        "021-5555 0100",
        "小票 000001",
        "2026年3月3日 10:00",
        "纯牛奶",
        "谢谢惠顾",
    ):
        assert said in text
    rows = {line.split("  ")[0].strip(): line.rsplit(" ", 1)[1] for line in lines if " " in line.strip()}
    assert (rows["现金"], rows["实收"], rows["找零"]) == ("¥28.30", "¥50.00", "¥21.70")
    assert any(line.startswith("  2 × ¥12.90") and line.endswith("¥25.80") for line in lines)
    assert "合计 ¥28.30" in lines
    assert commands[0] == b"\x1b@" and b"\x1c&" in commands
    assert any(str(sold.id).encode() in command for command in commands)  # the QR code by which a return finds the sale
    assert commands[-1] == b"\x1dV\x00"
    assert not any(command.startswith(b"\x1bp") for command in commands)


def test_the_drawer_is_kicked_when_asked_and_by_its_own_bytes(sold):
    _lines, commands = printed(receipt_bytes(receipt_of(sold), width_mm=58, kick=True))
    assert [command for command in commands if command.startswith(b"\x1bp")] == [drawer_bytes()]
    assert drawer_bytes()[:3] == b"\x1bp\x00"


def test_what_is_printed_again_says_that_it_is_a_copy(sold):
    with override("zh-hans"):
        assert "重印" not in "\n".join(printed(receipt_bytes(receipt_of(sold), width_mm=80))[0])
        note_printed(sold.id)
        again = receipt_of(Sale.objects.select_related("register").get(id=sold.id))
        assert "*** 重印 1 ***" in printed(receipt_bytes(again, width_mm=80))[0]


def test_a_receipt_in_english_has_english_names(sold):
    with override("en"):
        lines, _commands = printed(receipt_bytes(receipt_of(sold), width_mm=80))
    assert "Whole milk" in lines
    assert "Total ¥28.30" in lines


@pytest.mark.usefixtures("db")
def test_points_coupons_and_savings_stand_on_the_receipt():
    brand = a_brand()
    selling = a_selling_store(prices=(1290,), brand=brand)
    a_points_plan(brand)
    some_points(selling.member, 500)
    register = a_working_register(selling.store)
    (one,) = sell([a_sale_wanted(selling, register, [(0, 1)], [cash(990)], member=selling.member, points=300)], now=NOW)
    with override("zh-hans"):
        receipt = receipt_of(sale_of(one.id))
        lines, _commands = printed(receipt_bytes(receipt, width_mm=80))
    assert (receipt.goods_minor, receipt.discounts, receipt.total_minor) == (1290, (("300 积分", 300),), 990)
    assert (receipt.points_spent, receipt.points_ready) == (300, 200)
    assert any(line.startswith("300 积分") and line.endswith("-¥3.00") for line in lines)
    assert "本单已省 ¥3.00" in [line.strip() for line in lines]


@pytest.mark.usefixtures("db")
def test_a_shift_s_report_is_printed_too():
    selling = a_selling_store()
    register = a_working_register(selling.store)
    sale = a_sale(selling, register, (0, 1), total_minor=1290)
    (report,) = shift_reports([sale_of(sale.id).shift])
    place = {"zone": "Asia/Shanghai", "currency": "CNY"}
    with override("zh-hans"):
        made = report_bytes("X 报表", "门店", report_rows(report, **place), moves_shown(report, **place), width_mm=58)
    lines, _commands = printed(made)
    assert any(line.startswith("应有现金") and line.endswith("¥272.90") for line in lines)


@given(st.text(alphabet="牛奶 milk苹果abc12，。", max_size=90), st.sampled_from([16, 32, 48]))
def test_folded_lines_fit_and_lose_nothing_but_spaces(text, width):
    lines = folded(text, width)
    assert all(columns_of(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(st.text(alphabet="牛奶milk ", min_size=1, max_size=90), st.integers(0, 10**9))
def test_an_amount_stands_at_the_right_edge_however_long_the_name(text, minor):
    amount = f"¥{minor / 100:,.2f}"
    lines = across(text, amount, 32)
    assert lines[-1].endswith(amount)
    assert columns_of(lines[-1]) == 32
    assert all(columns_of(line) <= 32 for line in lines)


@given(st.integers(1, 99_999), st.integers(1, 50_000))
def test_a_label_never_costs_more_than_it_says_and_at_most_one_gram_less(price, kilogram):
    grams = grams_of_label(price, kilogram)
    assert grams == 0 or amount_minor(kilogram, grams, weighed=True) <= price
    assert amount_minor(kilogram, grams + 1, weighed=True) > price


def test_quick_amounts_are_what_people_hand_over():
    assert quick_amounts(8640) == [8640, 9000, 10000]
    assert quick_amounts(12310) == [12310, 12500, 13000, 14000, 15000]
    assert quick_amounts(10000) == [10000]
    assert quick_amounts(0) == []
