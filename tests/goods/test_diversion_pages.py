"""The watch on the desks and by program: what is seen, what is masked, and what an evidence pack proves."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import timedelta

import pytest
from django.test import Client

from sitong.goods.diversion.actions import judge_brand
from sitong.goods.diversion.maps import drawing_of, svg_of
from sitong.goods.diversion.models import CodeAlert, CodeAlertStep
from sitong.shared import clock
from sitong.shared.ids import new_id
from tests.make.access import a_staff, a_viewer, as_viewer, open_session
from tests.make.diversion import CHENGDU, HANGZHOU, a_dealer_at, a_market, cell_at, counted, territory_around
from tests.make.org import a_brand


@pytest.fixture
def brand(db):
    return a_brand()


@pytest.fixture
def market(brand, now):
    market = a_market(brand, items=192, now=now)
    counted(market[3][1], range(2, 193, 8), CHENGDU, now=now)
    a_dealer_at(brand, CHENGDU, name="成都经销")
    judge_brand(brand.id, zone="Asia/Shanghai", now=now)
    return market


@pytest.fixture
def now():
    return clock.now() - timedelta(minutes=5)


@pytest.fixture
def alert(market):
    return CodeAlert.objects.get(kind="dealer")


def browser(system, place, role=None):
    client = Client()
    open_session(client, a_staff(system, place, role))
    return client


def shown(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def test_without_alerts_the_page_says_so(brand):
    assert "没有需要处理的预警" in shown(browser("brand", brand), "/brand/diversion/")


def test_headquarters_sees_alerts_with_a_map_and_how_all_dealers_stand(brand, alert):
    page = shown(browser("brand", brand), "/brand/diversion/")
    assert alert.number in page
    assert "经销商4" in page
    assert "<svg xmlns" in page
    assert page.count("<circle") == 1
    assert alert.number not in shown(browser("brand", brand), "/brand/diversion/?state=dismissed")


def test_one_alert_says_in_plain_words_why(brand, alert):
    page = shown(browser("brand", brand), f"/brand/diversion/{alert.id}/")
    assert "消费者扫了发给经销商4的货品上的 72 个码。" in page
    assert "其中 24 个（33.3 %）是在区域外至少" in page
    assert "24 个在成都经销的区域" in page
    assert "收货" in page
    assert "我来调查" in page


def test_in_english_too(brand, alert):
    client = browser("brand", brand)
    client.cookies["django_language"] = "en"
    page = client.get(f"/brand/diversion/{alert.id}/").content.decode()
    assert "Consumers scanned 72 codes" in page
    assert "I look into it" in page


def test_a_dealer_sees_its_own_alert_with_coarse_places_and_decides_nothing(brand, market, alert):
    client = browser("dealer", market[3][0])
    page = shown(client, f"/dealer/diversion/{alert.id}/")
    assert "我来调查" not in page
    assert "成都经销" not in page
    assert alert.number in shown(client, "/dealer/diversion/")
    other = browser("dealer", market[2][0])
    assert alert.number not in shown(other, "/dealer/diversion/")
    shown(other, f"/dealer/diversion/{alert.id}/", 404)
    shown(other, f"/dealer/diversion/{alert.id}/evidence.zip", 404)


def test_deciding_is_taken_down_with_its_reason_and_twice_is_said_so(brand, alert):
    client = browser("brand", brand)
    address = f"/brand/diversion/{alert.id}/step/"
    client.post(address, {"id": new_id(), "verb": "looked_at"})
    client.post(address, {"id": new_id(), "verb": "confirmed", "reason": "买家处查实"})
    page = shown(client, f"/brand/diversion/{alert.id}/")
    assert "买家处查实" in page
    assert "重新打开" in page
    client.post(address, {"id": new_id(), "verb": "dismissed", "reason": "x"})
    assert "该预警已有结论" in shown(client, f"/brand/diversion/{alert.id}/")
    assert CodeAlertStep.objects.count() == 2
    assert client.post(address, {"id": "none", "verb": "blessed"}).status_code == 404


def test_who_may_only_see_cannot_decide(brand, alert):
    client = browser("brand", brand, "finance")
    assert "我来调查" not in shown(client, f"/brand/diversion/{alert.id}/")
    assert client.post(f"/brand/diversion/{alert.id}/step/", {"verb": "looked_at"}).status_code == 403
    assert browser("brand", brand, "it").get("/brand/diversion/").status_code == 403


def unpacked(answer) -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def test_an_evidence_pack_can_be_checked_again_and_holds_no_code(brand, alert):
    files = unpacked(browser("brand", brand).get(f"/brand/diversion/{alert.id}/evidence.zip"))
    assert set(files) == {
        "README.txt",
        "alert.json",
        "scans.csv",
        "moves.csv",
        "map.svg",
        "report.pdf",
        "manifest.sha256",
    }
    for line in files["manifest.sha256"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(files[name]).hexdigest() == digest
    scans = files["scans.csv"].decode("utf-8-sig").splitlines()
    assert len(scans) == 1 + 24
    assert f"{cell_at(CHENGDU):x}" in scans[1]
    assert files["report.pdf"].startswith(b"%PDF")


def test_the_hash_of_a_scan_depends_on_all_before_it(brand, alert):
    from sitong.goods.diversion.evidence import chained
    from sitong.goods.diversion.queries.evidence import evidence_of

    scans = evidence_of(alert, masked=False, english=False).scans
    marks = [mark for _, mark in chained(scans)]
    assert next(mark for _, mark in chained(scans[1:])) != marks[1]
    assert len(set(marks)) == 24


def test_a_dealers_pack_is_masked(brand, market, alert):
    files = unpacked(browser("dealer", market[3][0]).get(f"/dealer/diversion/{alert.id}/evidence.zip"))
    assert f"{cell_at(CHENGDU):x}" not in files["scans.csv"].decode()
    assert f"{cell_at(CHENGDU, 5):x}" in files["scans.csv"].decode()
    assert "已脱敏" in files["README.txt"].decode()


def test_a_report_is_a_pdf(brand, alert):
    answer = browser("brand", brand).get(f"/brand/diversion/{alert.id}/evidence.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_a_program_lists_sees_and_decides(client, brand, market, alert):
    me = as_viewer(a_viewer("brand", brand))
    (listed,) = [
        one for one in client.get("/api/v1/diversion/alerts?state=new", headers=me).json() if one["kind"] == "dealer"
    ]
    assert (listed["number"], listed["facts"]["far"]) == (alert.number, [24, 24, 24, 24])
    said = client.get(f"/api/v1/diversion/alerts/{alert.id}", headers={**me, "Accept-Language": "en"}).json()
    assert said["sentences"][0] == "Consumers scanned 72 codes of goods that were shipped to 经销商4."
    step = {"id": str(new_id()), "verb": "dismissed", "reason": "A fair"}
    address = f"/api/v1/diversion/alerts/{alert.id}/steps"
    first = client.post(address, step, content_type="application/json", headers=me)
    assert (first.status_code, first.json()["verb"]) == (200, "dismissed")
    assert client.post(address, step, content_type="application/json", headers=me).json() == first.json()
    again = client.post(address, {**step, "id": str(new_id())}, content_type="application/json", headers=me)
    assert (again.status_code, again.json()["code"]) == (409, "goods.alert_decided")
    dealers = client.get("/api/v1/diversion/dealers", headers=me).json()
    assert (dealers[0]["name"], dealers[0]["scans"], dealers[0]["far_bp"]) == ("经销商4", 72, 3333)
    pack = client.get(f"/api/v1/diversion/alerts/{alert.id}/evidence.zip", headers=me)
    assert pack["Content-Type"] == "application/zip"
    theirs = as_viewer(a_viewer("dealer", market[3][0]))
    assert client.get(f"/api/v1/diversion/alerts/{alert.id}", headers=theirs).status_code == 200
    assert client.post(address, step, content_type="application/json", headers=theirs).status_code == 403


def test_a_map_has_a_scale_and_escapes_names():
    drawing = drawing_of([("<杭州>", territory_around(HANGZHOU))], [], [(f"{cell_at(CHENGDU):x}", 3)])
    assert drawing is not None
    assert (drawing.width, drawing.scale_km, len(drawing.spots)) == (800.0, 200, 1)
    picture = svg_of(drawing, label='"map"')
    assert "&lt;杭州&gt;" in picture
    assert "200 km" in picture
    assert "<杭州>" not in picture
    assert drawing_of([], [], []) is None


def test_the_page_takes_as_many_statements_for_many_scans_as_for_few(
    brand, market, alert, now, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, taken = browser("brand", brand), []
    for _ in range(2):
        with CaptureQueriesContext(connection) as statements:
            shown(client, f"/brand/diversion/{alert.id}/")
        taken.append(len(statements))
        counted(market[3][1], range(4, 193, 8), CHENGDU, now=now)
    assert taken[0] == taken[1]
