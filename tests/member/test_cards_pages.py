"""Cards on phones and desks: buying online, the family, and what is shown where nothing is."""

from __future__ import annotations

import pytest

from sitong.member.cards.models import Card, CardKind, CardPerson
from sitong.scene.card_sales.models import CardSale
from sitong.shared.clock import now
from sitong.shared.ids import new_id
from tests.make.access import a_consumer, a_staff, open_session
from tests.make.cards import a_bought_card, a_kind
from tests.make.org import a_brand, a_store

pytestmark = pytest.mark.usefixtures("db")


def test_a_member_opens_a_purchase_shares_a_card_and_sees_it(client):
    brand = a_brand()
    store = a_store(brand)
    account, member = a_consumer(brand)
    open_session(client, account, member)
    shop = f"/s/{brand.code}/{store.code}/"
    assert "本店暂无在售的卡" in client.get(f"{shop}cards/").content.decode()
    assert "还没有卡" in client.get(f"{shop}me/cards/").content.decode()
    kind = a_kind(brand, family_max=1, gift_visits=2, now=now())
    assert "10 次" in client.get(f"{shop}cards/").content.decode()
    bought = client.post(f"{shop}cards/buy/", {"id": str(new_id()), "kind": str(kind.id)})
    assert bought["Location"] == f"{shop}cards/sales/{CardSale.objects.get().id}/"
    card = a_bought_card(store, kind, member=member, now=now())
    here = f"{shop}me/cards/{card.id}/"
    assert "还剩 12 次" in client.get(f"{shop}me/cards/").content.decode()
    client.post(f"{here}people/", {"id": str(new_id()), "name": "小红"})
    assert "小红" in client.get(here).content.decode()
    assert client.post(f"{here}people/", {"id": str(new_id()), "name": "小蓝"}).status_code == 409
    client.post(f"{here}people/{CardPerson.objects.get().id}/remove/")
    assert "小红" not in client.get(here).content.decode()
    assert client.post(f"{here}give-back/", {"id": str(new_id())}).status_code == 409  # paid in cash: at the counter
    assert Card.objects.get().returned_at is None


def test_headquarters_offers_closes_and_reopens(client):
    brand = a_brand()
    open_session(client, a_staff("brand", brand))
    assert "还没有在售的卡" in client.get("/brand/cards/").content.decode()
    said = {
        "id": str(new_id()),
        "name": "月卡",
        "what": "咖啡一杯",
        "form": "period",
        "months": "3",
        "price": "199",
        "visits": "10",
        "per_day": "1",
    }
    assert client.post("/brand/cards/offer/", {**said, "price": "9999"}).status_code == 409
    assert client.post("/brand/cards/offer/", said).status_code == 302
    kind = CardKind.objects.get()
    assert (kind.form, kind.months, kind.visits, kind.per_day, kind.price_minor) == ("period", 3, 0, 1, 199_00)
    client.post(f"/brand/cards/{kind.id}/close/")
    assert "已停售的卡" in client.get("/brand/cards/").content.decode()
    client.post(f"/brand/cards/{kind.id}/reopen/")
    assert CardKind.objects.get().closed_at is None
    open_session(client, a_staff("brand", brand, "marketing"))
    assert client.post("/brand/cards/offer/", said).status_code == 403


def test_a_clerk_sells_for_cash(client):
    brand = a_brand()
    store = a_store(brand)
    kind = a_kind(brand, now=now())
    _, member = a_consumer(brand, phone="+8613800138000")
    open_session(client, a_staff("store", store))
    assert client.get("/store/cards/sell/?phone=1").status_code == 409
    assert client.get("/store/cards/sell/?phone=13800138000").status_code == 302
    assert "洗车十次卡" in client.get("/store/cards/sell/").content.decode()
    begun = client.post("/store/cards/sell/begin/", {"id": str(new_id()), "kind": str(kind.id)})
    page = client.post(f"{begun['Location']}cash/", {"id": str(new_id()), "given": "200"}).content.decode()
    assert "找零" in page and Card.objects.get().member_id == member.id
    assert client.get("/store/cards/?code=V123").status_code == 409
