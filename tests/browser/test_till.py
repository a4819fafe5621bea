"""The till in Chromium, on a tablet of 1024×768 and a desk of 1366×768: ten things and a member in few keystrokes, and the worst moments."""

import re
import urllib.request
from datetime import UTC, datetime

import pytest
from django.test import Client
from playwright.sync_api import expect

from sitong.goods.catalog.actions.codes import BarcodeAddition, add_barcodes
from sitong.goods.catalog.rules import check_digit, in_store_number
from sitong.member.identity.queries import member_code
from sitong.scene.models import Merchant, Order, Sale
from sitong.shared.access.models import Account
from sitong.shared.access.scope import every_brand
from sitong.shared.ledger.books import check_books
from tests.browser.conftest import Walker
from tests.make.access import a_staff, open_session
from tests.make.marketing import a_claim, a_coupon
from tests.make.member import a_member
from tests.make.org import done
from tests.make.points import a_points_plan, some_points
from tests.make.tiers import a_tier_plan, bought
from tests.make.till import a_register, an_open_shift
from tests.make.wallet import a_topped_up_wallet

pytestmark = pytest.mark.browser

TABLET, DESKTOP = {"width": 1024, "height": 768}, {"width": 1366, "height": 768}
PHONE = "13912340001"
SCANNED = (
    "milk-1l", "milk-skim", "yogurt-plain", "eggs-12", "bread-rye", "coffee-beans", "juice-orange", "beer-ale", "cookies-butter",
    "soap-olive",
)  # fmt: skip


def barcode_of(at: int) -> str:
    digits = f"6900000{at:05}"
    return f"{digits}{check_digit(digits)}"


@pytest.fixture(scope="module")
def counter(town):
    """Barcodes on the goods, a manager; gives who makes members with coupons, points, a tier and money in the wallet."""
    founded, now = town[0], datetime.now(UTC)
    with every_brand():
        for at, code in enumerate(founded.skus):
            done(add_barcodes([BarcodeAddition(founded.skus[code], barcode_of(at))], by=None, now=now))
        done(add_barcodes([BarcodeAddition(founded.skus["apple-fuji"], in_store_number(1))], by=None, now=now))
        a_points_plan(founded.brand, now=now)
        a_tier_plan(founded.brand, now=now)
        coupons = [
            a_coupon(founded.brand, now=now, name="满100减12", name_en="12 off 100", value_minor=1_200, threshold_minor=10_000),
            a_coupon(founded.brand, now=now, name="新客立减5元", name_en="5 off"),
            a_coupon(founded.brand, now=now, name="满500减80", name_en="80 off 500", value_minor=8_000, threshold_minor=50_000),
        ]  # fmt: skip
        a_staff("store", founded.direct, "manager", username="till-manager", name="周店长", now=now)

    def someone(phone: str):
        with every_brand():
            member = a_member(founded.brand, phone=f"+86{phone}", name="陈晓梅", now=now)
            bought(member, 120_000, on=now.date(), now=now)
            some_points(member, 800, now=now)
            a_topped_up_wallet(member, 30_000, 2_000, entity_id=founded.direct.entity_id, now=now)
            for coupon in coupons:
                a_claim(coupon, member, now=now)
        return member

    return someone


def at_the_till(
    browser,
    town,
    name: str,
    *,
    screen=TABLET,
    language: str = "zh-CN",
    username: str = "clerk-people",
    register: bool = True,
):
    """Somebody signed in at a register of one's own with an open shift."""
    client = Client()
    with every_brand():
        open_session(client, Account.objects.get(username=username))
        if register:
            made = a_register(town[0].direct, name=name, now=datetime.now(UTC))
            an_open_shift(made, now=datetime.now(UTC))
    context = browser.new_context(viewport=screen, locale=language, timezone_id="Asia/Shanghai", device_scale_factor=1)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": town[1]}])
    walker = Walker(context, town[1], name)
    page = walker.go(f"/store/till/?store={town[0].direct.id}" + (f"&register={made.id}" if register else ""))
    return walker, page


class Keys:
    """A keyboard whose strokes are counted, and a scanner whose are not."""

    def __init__(self, page) -> None:
        self.page, self.strokes = page, 0

    def scan(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def type(self, text: str) -> None:
        self.strokes += len(text)
        self.page.keyboard.type(text)

    def press(self, key: str) -> None:
        self.strokes += 1
        self.page.keyboard.press(key)


def lines(page):
    return page.locator(".till-line")


def test_ten_things_and_a_member_take_no_more_than_fifteen_keystrokes(browser, town, counter):
    member = counter(PHONE)
    walker, page = at_the_till(browser, town, "till-ten", screen=DESKTOP)
    expect(page.locator("#scan")).to_be_focused()
    walker.look("empty")
    keys = Keys(page)
    for code in SCANNED:
        keys.scan(barcode_of(list(town[0].skus).index(code)))
    expect(lines(page)).to_have_count(10)
    keys.type(PHONE)
    keys.press("Enter")
    expect(page.locator(".till-member-who")).to_contain_text("金卡")
    expect(page.locator(".till-perk").first).to_contain_text("-¥")
    walker.look("member")
    keys.press("Enter")
    page.locator("#entry").wait_for()
    walker.look("payment")
    keys.press("Enter")
    expect(page.locator(".till-done")).to_be_visible()
    expect(page.locator(".till-receipt")).to_be_visible()
    walker.look("sold")
    print(f"\nkeystrokes beyond the scans: {keys.strokes} (member by phone)")
    assert keys.strokes <= 15
    keys.strokes = 0
    for code in SCANNED:
        keys.scan(barcode_of(list(town[0].skus).index(code)))
    keys.scan(member_code(member.id, datetime.now(UTC)))
    expect(page.locator(".till-member-who")).to_contain_text("金卡")
    expect(lines(page)).to_have_count(10)
    keys.press("Enter")
    page.locator("#entry").wait_for()
    keys.press("Enter")
    expect(page.locator(".till-done")).to_be_visible()
    print(f"keystrokes beyond the scans: {keys.strokes} (member by shown code)")
    assert keys.strokes == 2
    with every_brand():
        sale = Sale.objects.filter(member_id=member.id).order_by("-sold_at").first()
        assert (sale.state, sale.number, Order.objects.get(id=sale.id).state) == ("sold", 2, "handed_over")
    assert walker.wrong == []


def test_a_tablet_weighs_searches_takes_coupons_points_wallet_and_cash(browser, town, counter):
    phone = "13912340002"
    member = counter(phone)
    walker, page = at_the_till(browser, town, "till-mixed")
    page.locator("#scan").fill("脐橙")
    expect(page.locator(".till-found button").first).to_contain_text("赣南脐橙")
    walker.look("search")
    page.locator(".till-found button").first.click()
    page.locator("dialog[open] input").fill("850")
    walker.look("weigh")
    page.keyboard.press("Enter")
    expect(lines(page)).to_contain_text("0.850 kg")
    keys = Keys(page)
    page.locator("#scan").focus()
    keys.scan(in_store_number(1, price_minor=1264))
    expect(lines(page).nth(1)).to_contain_text("¥12.64")
    keys.type("3*")
    keys.scan(barcode_of(list(town[0].skus).index("coffee-beans")))
    expect(lines(page).nth(2).locator(".till-quantity")).to_have_text("3")
    keys.scan(phone)
    expect(page.locator(".till-perk").first).to_contain_text("-¥")
    page.locator(".till-perk").first.click()
    walker.look("coupons")
    expect(page.locator(".till-coupon-on")).not_to_have_count(0)
    page.locator("dialog[open] .till-button-brand").click()
    page.locator(".till-perk").nth(1).click()
    page.locator("dialog[open] input").fill("300")
    walker.look("points")
    page.keyboard.press("Enter")
    expect(page.locator(".till-perk").nth(1)).to_contain_text("-¥3.00")
    page.keyboard.press("Delete")
    expect(lines(page)).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(lines(page)).to_have_count(3)
    walker.look("basket")
    page.locator(".till-pay").click()
    page.locator(".till-way-wallet").click()
    page.keyboard.press("Escape")
    expect(page.locator("#scan")).to_be_focused()
    page.locator(".till-pay").click()
    expect(page.locator("#entry")).to_be_focused()
    page.keyboard.type("100")
    page.keyboard.press("Enter")
    expect(page.locator(".till-parts")).to_contain_text("¥100.00")
    walker.look("mixed")
    page.locator(".till-way-wallet").click()
    page.locator(".till-pay-right .till-big").click()
    expect(page.locator(".till-done")).to_be_visible()
    walker.look("sold")
    with every_brand():
        sale = Sale.objects.filter(member_id=member.id, wallet_minor__gt=0).get()
        assert (sale.cash_minor, Order.objects.get(id=sale.id).points_spent) == (10_000, 300)
        assert sale.wallet_minor == sale.total_minor - 10_000
    assert walker.wrong == []


def payment_code(mode: str) -> str:
    """A code as a customer's phone shows it, from the payment provider's own page."""
    with every_brand():
        gateway = Merchant.objects.get().gateway
    with urllib.request.urlopen(f"{gateway}/phone/?mode={mode}", timeout=5) as page:
        return re.search(r"\b1[0-5]\d{16}\b", page.read().decode())[0]


def test_a_customer_s_code_pays_confirms_later_or_is_given_up(browser, town, counter):
    walker, page = at_the_till(browser, town, "till-code", screen=DESKTOP)
    keys = Keys(page)
    expect(page.locator("#scan")).to_be_focused()
    keys.scan(barcode_of(0))
    expect(lines(page)).to_have_count(1)
    keys.scan(payment_code("pay"))
    expect(page.locator(".till-done")).to_be_visible(timeout=15_000)
    expect(page.locator(".till-done")).to_contain_text("微信支付")
    keys.scan(barcode_of(1))
    expect(lines(page)).to_have_count(1)
    asked = payment_code("password")
    keys.scan(asked)
    expect(page.locator(".till-wait")).to_contain_text("手机上确认", timeout=15_000)
    walker.look("waiting")
    with every_brand():
        gateway = Merchant.objects.get().gateway
    urllib.request.urlopen(f"{gateway}/phone/", data=f"code={asked}&answer=agree".encode(), timeout=5)
    expect(page.locator(".till-done")).to_be_visible(timeout=20_000)
    keys.scan(barcode_of(6))
    expect(lines(page)).to_have_count(1)
    keys.scan(payment_code("password"))
    expect(page.locator(".till-wait .till-button").first).to_be_visible(timeout=15_000)
    page.keyboard.press("Escape")
    expect(page.locator(".till-note")).to_contain_text("已放弃", timeout=20_000)
    expect(lines(page)).to_have_count(1)
    walker.look("given-up")
    with every_brand():
        assert sorted(Sale.objects.filter(register__name="till-code").values_list("state", flat=True)) == [
            "given_up",
            "sold",
            "sold",
        ]
    assert walker.wrong == []


def test_an_answer_lost_on_the_way_gives_the_same_sale_once_the_network_is_back(browser, town, counter):
    walker, page = at_the_till(browser, town, "till-lost", screen=DESKTOP)
    keys = Keys(page)
    expect(page.locator("#scan")).to_be_focused()
    keys.scan(barcode_of(0))
    expect(page.locator(".till-pay")).to_be_enabled()
    lost = []

    def lose(route) -> None:
        if len(lost) < 2:  # the platform sells, and the answer never comes
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/till/sales", lose)
    keys.press("Enter")
    page.locator("#entry").wait_for()
    keys.press("Enter")
    expect(page.locator(".till-wait")).to_contain_text("重发")
    walker.look("lost") if not walker.wrong else None
    expect(page.locator(".till-done")).to_be_visible(timeout=20_000)
    assert lost == [201, 201]
    with every_brand():
        assert Sale.objects.filter(register__name="till-lost").count() == 1
        assert [one for one in check_books() if not one.startswith("scene.rewards")] == []  # tiers here were not bought


def test_a_reload_keeps_the_basket_and_a_parked_one_comes_back_at_another_register(browser, town, counter):
    walker, page = at_the_till(browser, town, "till-park-1", screen=DESKTOP)
    keys = Keys(page)
    expect(page.locator("#scan")).to_be_focused()
    keys.scan(barcode_of(6))
    keys.scan(barcode_of(7))
    expect(lines(page)).to_have_count(2)
    expect(page.locator(".till-pay")).to_be_enabled()
    page.reload()
    expect(lines(page)).to_have_count(2)
    keys.press("F8")
    expect(page.locator("[data-parked]")).to_have_text("1")
    other, second = at_the_till(browser, town, "till-park-2", screen=DESKTOP)
    second.locator("[data-do=parked]").click()
    other.look("parked")
    second.locator("dialog[open] .till-coupon").click()
    expect(lines(second)).to_have_count(2)
    expect(second.locator("[data-parked]")).to_have_text("0")
    assert (walker.wrong, other.wrong) == ([], [])


def test_what_the_books_do_not_have_is_counted_at_the_till(browser, town, counter):
    walker, page = at_the_till(browser, town, "till-count", screen=DESKTOP)
    keys = Keys(page)
    expect(page.locator("#scan")).to_be_focused()
    keys.scan(barcode_of(list(town[0].skus).index("candy-milk")))
    expect(page.locator(".till-pay")).to_be_enabled()
    keys.press("Enter")
    page.locator("#entry").wait_for()
    keys.press("Enter")
    page.locator("dialog[open] input").fill("4")
    walker.wrong.clear()  # the refusal is a 409, as it should be
    walker.look("count")
    page.keyboard.press("Enter")
    expect(page.locator(".till-note")).to_contain_text("已清点")
    expect(page.locator(".till-pay")).to_be_enabled()
    page.locator(".till-pay").click()
    page.locator("#entry").wait_for()
    keys.press("Enter")
    expect(page.locator(".till-done")).to_be_visible()


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_a_manager_sets_up_opens_counts_and_closes(browser, town, counter, language):
    name = f"till-shift-{language}"
    walker, page = at_the_till(browser, town, name, language=language, username="till-manager", register=False)
    walker.go("/store/till/?setup=1")
    walker.look("setup")
    page.locator("input[name=name]").fill(name)
    page.locator("button[type=submit].till-big").click()
    page.locator("input[name=count_10000]").fill("2")
    page.locator("input[name=count_100]").fill("30")
    walker.look("open")
    page.locator("button[type=submit].till-big").click()
    expect(page.locator("#scan")).to_be_focused()
    walker.look("till")
    Keys(page).scan(barcode_of(0))
    expect(page.locator(".till-pay")).to_be_enabled()
    page.locator(".till-pay").click()
    page.locator(".till-quick button").nth(1).click()
    expect(page.locator(".till-change")).to_be_visible()
    walker.look("change")
    walker.go("/store/till/sales/")
    walker.look("sales")
    page.locator("tbody .till-button").first.click()
    page.locator(".till-receipt").wait_for()
    walker.look("receipt")
    walker.go("/store/till/shift/")
    page.locator("input[name=amount]").fill("20.50")
    page.locator("input[name=reason]").fill("零钱")
    page.locator("form[action$='/move/'] button").click()
    page.locator("input[name=count_10000]").fill("2")
    page.locator("input[name=count_100]").fill("50")
    walker.look("shift")
    page.locator("form[action$='/close/'] button").click()
    page.locator(".st-confirm-yes").click()
    page.wait_for_url(re.compile(r"/store/till/shifts/"))
    walker.look("report")
    walker.go("/store/day/")
    walker.look("day")
    with every_brand():
        assert [one for one in check_books() if not one.startswith("scene.rewards")] == []  # tiers here were not bought
    assert walker.wrong == []
