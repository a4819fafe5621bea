"""A box's way: headquarters makes codes, binds, packs and ships; the dealer and the clerk receive by one scan; its history shows it."""

import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from sitong.goods.codes.actions import BatchWanted, make_batches
from sitong.goods.codes.models import CodeBatch
from sitong.shared.access.scope import every_brand
from sitong.shared.ids import new_id
from tests.browser.test_figures import signed_in
from tests.make.codes import code_texts
from tests.make.org import NOW, done

pytestmark = pytest.mark.browser


@pytest.fixture
def boxes(town, django_db_blocker):
    """Boxes into which the items of the page will go."""
    with django_db_blocker.unblock(), every_brand():
        made = done(make_batches([BatchWanted(new_id(), town[0].brand.id, 40, "box", name="咖啡箱")], by=None, now=NOW))
    connection.close()
    return made


def written(batch: CodeBatch, serial: int) -> str:
    return code_texts(batch, serial)[0]


def items_made_by(boss, boxes: CodeBatch) -> None:
    """Make a batch of items, bind them to a product and pack them, all on its page."""
    page = boss.go("/brand/codes/")
    boss.look("list")
    page.locator("a[href='/brand/codes/new/']").first.click()
    page.locator("#id_quantity").fill("480")
    page.locator("#id_product").fill("coffee-beans")
    page.locator("#id_inner").check()
    boss.look("form")
    page.locator("form[method=post] button.btn-primary").click()
    page.wait_for_url(re.compile(r"/brand/codes/[0-9a-f-]{36}/$"))
    boss.look("made")
    production = page.locator("form[action$='/produce/']")
    production.locator("[name=lot]").fill("L2603")
    production.locator("[name=line]").fill("A")
    production.locator("[name=produced_on]").fill("2026-03-01")
    production.locator("button").click()
    page.locator("form[action$='/pack/'] [name=parent]").select_option(str(boxes.id))
    page.locator("form[action$='/pack/'] [name=per_parent]").fill("12")
    page.locator("form[action$='/pack/'] button").click()
    expect(page.locator("tbody")).to_contain_text("L2603")
    boss.look("packed")
    with page.expect_download() as waiting:
        page.locator("form[action$='/file/'] button").click()
    assert waiting.value.path().read_text().startswith("serial,outer code,inner code,outer link,inner link\n")
    expect(page.locator("#code-files .codes-progress-done").first).to_be_visible()
    boss.look("fetched")


def moved(walker, kind: str, text: str, *, at: str, to: str = "", outcome: str = "done") -> None:
    """Scan one code on the page of goods in and out. Only the store keeps its stock here."""
    page = walker.go(f"{at}?kind={kind}")
    if at != "/store/goods/":
        page.locator("input[name=book]").uncheck()
    if to:
        page.locator("select[name=to]").select_option(to)
    page.locator("#texts").fill(text)
    page.locator("#move-form button[type=submit]").click()
    expect(page.locator("#move-result")).to_have_attribute("data-outcome", outcome)
    walker.wrong = [one for one in walker.wrong if outcome == "done" or "409" not in one]  # a refusal, said on the page
    walker.look(f"{kind}-{outcome}")


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_a_box_goes_from_headquarters_to_the_dealer_to_the_store(walkers, town, boxes, language):
    place = town[0]
    boss = signed_in(walkers, town, f"codes-hq-{language}", "headquarters", phone=False, language=language)
    items_made_by(boss, boxes)
    box = written(boxes, 1)
    moved(boss, "ship", box, at="/brand/goods/", to=f"dealer:{place.dealer.id}")

    seller = signed_in(walkers, town, f"codes-dealer-{language}", "dealer-east", phone=False, language=language)
    moved(seller, "receive", box, at="/dealer/goods/")
    moved(seller, "ship", box, at="/dealer/goods/", to=f"store:{place.franchise.id}")

    clerk = signed_in(walkers, town, f"codes-clerk-{language}", "keeper-lake", phone=True, language=language)
    moved(clerk, "receive", box, at="/store/goods/")
    moved(clerk, "receive", box, at="/store/goods/", outcome="refused")
    clerk.go("/store/goods/?kind=ship")
    clerk.look("ship")

    page = boss.go(f"/brand/codes/?code={box}")
    expect(page.locator("#code-place")).to_contain_text(
        place.franchise.name_en if language == "en-US" else place.franchise.name
    )
    boss.look("history")
    boss.go("/brand/codes/epcis/capture/")
    boss.look("capture")
