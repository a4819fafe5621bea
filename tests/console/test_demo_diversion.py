"""The demo's watch: alerts that are there, whom they name, and that loading again changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sitong.console.demo import diversion, places
from sitong.console.demo.files import made_id
from sitong.goods.diversion.models import CodeAlert, DiversionCount
from sitong.org.brands.actions import EntityWanted, found_brand, register_entities
from sitong.org.dealers.actions import appoint_dealers
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.goods import a_product


@pytest.fixture
def brand(committed_db):
    now = datetime(2026, 3, 31, 2, tzinfo=UTC)
    brand = found_brand(
        code="watched", name="四通优选", name_en="Sitong Select", zone="Asia/Shanghai", by=None, now=now, currency="CNY"
    )
    codes = ["brand", *[f"D{sector}{part}" for sector in range(1, 5) for part in ("", "A", "B")]]
    entities = {code: made_id("entity", code) for code in codes}
    register_entities(
        [EntityWanted(key, brand.id, f"成都{code}商贸有限公司") for code, key in entities.items()], by=None, now=now
    )
    appoint_dealers(places.dealers(brand.id, entities, 457), by=None, now=now)
    return brand


def test_the_demo_has_a_dealer_who_diverts_and_a_copied_code_and_nobody_else(brand):
    now = datetime(2026, 3, 31, 2, tzinfo=UTC)
    sku_id = a_product(brand.id).skus.get().id
    members = [new_id() for _ in range(200)]
    diversion.watch_goods(brand.id, sku_id, members, zone="Asia/Shanghai", now=now)
    alerts = CodeAlert.objects.filter(brand_id=brand.id)
    assert {one.kind for one in alerts} == {"dealer", "boxes", "code"}
    assert {one.dealer_id for one in alerts if one.kind != "code"} == {made_id("dealer", "D4B")}
    counted = sum(DiversionCount.objects.filter(brand_id=brand.id).values_list("scans", flat=True))
    assert counted > 1_400
    diversion.watch_goods(brand.id, sku_id, members, zone="Asia/Shanghai", now=now)
    diversion.watch_goods(brand.id, sku_id, members, zone="Asia/Shanghai", now=datetime(2026, 4, 9, tzinfo=UTC))
    assert alerts.count() == 3
    assert check_books() == []
