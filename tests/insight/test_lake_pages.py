"""The lake's page and API: what is in it, how fresh, made anew by a button; each brand sees its own."""

from __future__ import annotations

from django.conf import settings
from django.test import Client

from sitong.insight.lake import files, handlers
from sitong.insight.lake.actions import rebuild_lake
from sitong.insight.lake.models import LakeFile, LakeState
from sitong.org.brands.models import Brand
from sitong.shared.access.scope import brands_shown
from sitong.shared.events.reader import drain
from sitong.shared.ledger.books import check_books
from tests.make.access import a_staff, open_session
from tests.make.lake import written_lake
from tests.make.org import NOW
from tests.make.scene import a_paid_order, a_selling_store


def a_browser(selling, role: str | None = None) -> Client:
    """Headquarters of the brand, signed in."""
    client = Client()
    open_session(client, a_staff("brand", Brand.objects.get(id=selling.store.brand_id), role))
    return client


def test_the_page_says_what_is_in_the_lake_and_makes_it_anew(committed_db):
    selling = a_selling_store(prices=(700,))
    brand_id = selling.store.brand_id
    browser = a_browser(selling)
    page = browser.get("/brand/lake/").content.decode()
    assert "还没有数据湖" in page
    a_paid_order(selling, (0, 1))
    assert browser.post("/brand/lake/rebuild/").status_code == 302
    assert "正在重建" in browser.get("/brand/lake/progress/").content.decode()
    handlers.write_lakes(NOW)
    page = browser.get("/brand/lake/").content.decode()
    assert "正在重建" not in page
    assert LakeState.objects.get(brand_id=brand_id).rebuilt_at == NOW
    seen = browser.get("/api/v1/lake").json()
    rows = {one["name"]: one["rows"] for one in seen["tables"]}
    assert (rows["orders"], rows["lines"], rows["members"], seen["waiting"]) == (1, 1, 1, 0)


def test_a_full_disk_stands_on_the_page_until_there_is_space(committed_db, monkeypatch):
    selling = a_selling_store(prices=(700,))
    brand_id = selling.store.brand_id
    browser = a_browser(selling)
    written_lake(brand_id)
    a_paid_order(selling, (0, 1))

    def no_space(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(files, "_keep", no_space)
        drain(*handlers.SUBSCRIBERS)
        handlers.write_lakes(NOW)
    assert "磁盘已满" in browser.get("/brand/lake/").content.decode()
    handlers.write_lakes(NOW)
    assert "磁盘已满" not in browser.get("/brand/lake/").content.decode()
    assert check_books() == []


def test_the_books_say_when_the_lake_disagrees(committed_db):
    selling = a_selling_store(prices=(700,))
    brand_id = selling.store.brand_id
    a_paid_order(selling, (0, 1))
    written_lake(brand_id)
    assert check_books() == []
    LakeFile.objects.filter(table="orders").update(retired_at=NOW)
    (wrong,) = check_books()
    assert "lake orders: has [0, 0, 0, 0, 0], the database says [1," in wrong
    rebuild_lake(brand_id, now=NOW)
    assert check_books() == []


def test_another_brand_sees_nothing_of_the_manifest(committed_db):
    ours, theirs = a_selling_store(), a_selling_store()
    for one in (ours, theirs):
        a_paid_order(one, (0, 1))
        written_lake(one.store.brand_id)
    with brands_shown([ours.store.brand_id]):
        assert set(LakeFile.objects.values_list("brand_id", flat=True)) == {ours.store.brand_id}
        assert set(LakeState.objects.values_list("brand_id", flat=True)) == {ours.store.brand_id}
    browser = a_browser(ours)
    rows = {one["name"]: one["rows"] for one in browser.get("/api/v1/lake").json()["tables"]}
    assert rows["orders"] == 1
    assert (settings.LAKE_FOLDER / theirs.store.brand_id.hex).exists()


def test_who_may_not_tend_the_platform_does_not_see_it(committed_db):
    selling = a_selling_store()
    browser = a_browser(selling, "marketing")
    assert browser.get("/brand/lake/").status_code == 403
    assert browser.get("/api/v1/lake").status_code == 403
