"""The story of a visit card, through HTTP: headquarters offers it, a member buys it and shares it, a counter uses it, it goes back."""

from __future__ import annotations

import orjson
import pytest

from sitong.member.cards.models import Card
from sitong.shared.clock import now
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.access import a_consumer, a_staff, as_viewer, open_session, viewer_of_account
from tests.make.org import a_brand, a_store

pytestmark = pytest.mark.usefixtures("db")


def test_a_visit_card_is_offered_bought_shared_used_and_given_back(client):
    brand = a_brand()
    store = a_store(brand)
    owner, clerk = a_staff("brand", brand), a_staff("store", store)
    account, member = a_consumer(brand, phone="+8613800138000")
    heads = {name: as_viewer(viewer) for name, viewer in (
        ("owner", viewer_of_account(owner)), ("clerk", viewer_of_account(clerk)), ("member", viewer_of_account(account, member)),
    )}  # fmt: skip

    def ask(who: str, method: str, address: str, body=None):
        answer = getattr(client, method)(
            f"/api/v1/{address}",
            orjson.dumps(body) if body is not None else None,
            "application/json",
            headers=heads[who],
        )
        return answer.json() if answer.content else {"status": answer.status_code}

    kind = ask("owner", "post", "card-kinds", {
        "id": new_id(), "name": "洗车五次卡", "name_en": "Five washes", "what": "洗车一次", "form": "visits", "price_minor": 100_01, "visits": 4,
        "gift_visits": 1, "family_max": 1,
    })  # fmt: skip
    unlawful = {
        **{name: kind[name] for name in ("name", "what", "form", "visits")},
        "id": new_id(),
        "price_minor": 100,
        "bearer_years": 1,
    }
    assert ask("owner", "post", "card-kinds", unlawful)["code"] == "member.card_kind_wrong"
    assert [one["name"] for one in client.get("/api/v1/card-kinds", headers=heads["member"]).json()] == ["洗车五次卡"]
    sale = ask(
        "clerk",
        "post",
        "card-sales",
        {"id": new_id(), "kind_id": kind["id"], "store_id": store.id, "shows": "13800138000"},
    )
    paid = ask("clerk", "post", f"card-sales/{sale['id']}/cash", {"id": new_id(), "given_minor": 150_00})
    assert paid["change_minor"] == 49_99
    (mine,) = client.get("/api/v1/my-cards", headers=heads["member"]).json()
    assert (mine["left"], mine["refund_minor"], mine["valid_until"]) == (5, 100_01, None)
    person = ask("member", "post", f"my-cards/{mine['id']}/people", {"id": new_id(), "name": "小明"})
    use = {"id": new_id(), "store_id": store.id, "code": mine["code"].lower(), "person_id": person["id"]}
    used = ask("clerk", "post", "card-uses", use)
    assert (used["visit"], used["left"], ask("clerk", "post", "card-uses", use)) == (1, 4, used)
    assert ask("member", "post", "card-uses", use)["code"] == "shared.not_allowed"
    open_session(client, clerk)
    page = client.get(f"/store/cards/?code={mine['code']}", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "还剩 4 次" in page and "小明" in page
    redirected = client.post("/store/redeem/", {"code": mine["code"], "nonce": str(new_id())})
    assert redirected["Location"] == f"/store/cards/?code={mine['code']}"
    pressed = {"id": str(new_id()), "code": mine["code"], "person": ""}
    for _ in range(2):
        assert (
            "还剩 3 次"
            in client.post("/store/cards/use/", pressed, headers={"Accept-Language": "zh-CN"}).content.decode()
        )
    assert (
        ask("member", "post", f"my-cards/{mine['id']}/give-back", {"id": new_id()})["code"]
        == "scene.card_back_at_counter"
    )
    open_session(client, clerk)
    back = client.post(
        "/store/cards/give-back/", {"id": str(new_id()), "code": mine["code"]}, headers={"Accept-Language": "en"}
    )
    assert "Hand out ¥50.00 in cash." in back.content.decode()
    card = Card.objects.get()
    assert (card.used, card.back.earned_minor, card.back.refund_minor) == (2, 50_01, 50_00)
    assert card.returned_at <= now() and check_books() == []
    open_session(client, owner)
    assert "¥50.01" in client.get("/brand/cards/", headers={"Accept-Language": "en"}).content.decode()
