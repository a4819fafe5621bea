"""Draws on screens: the workshop at headquarters, playing on a phone, prizes at the counter and by parcel."""

from __future__ import annotations

import pytest
from django.test import Client

from sitong.marketing.draws.actions import publish_seeds
from sitong.marketing.draws.rules import rules_read
from sitong.marketing.models import Draw, DrawPlay, DrawSeed, DrawVersion, DrawWin
from sitong.shared.access.models import Audit
from sitong.shared.access.scope import show_every_brand
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.access import a_consumer, a_staff
from tests.make.draws import DAY, a_draw, a_play, cash, goods
from tests.make.member import a_member
from tests.make.org import a_brand, a_store
from tests.marketing.test_coupon_pages import Asker

pytestmark = pytest.mark.usefixtures("db")


def filled(**said):
    """The form of a wheel with a perfume each day and a red packet that is guaranteed."""
    return {
        "id": str(new_id()), "template": "wheel", "name": "幸运大转盘", "name_en": "Lucky wheel", "organizer": "四通优选", "conditions": "会员可参加",
        "starts_at": "2027-03-01T10:00", "ends_at": "2027-03-04T10:00", "blank_weight": "97", "free_daily": "2", "guarantee_after": "5",
        "claim_days": "7", "stores": "all",
        "0-name": "香水", "0-name_en": "Perfume", "0-what": "goods", "0-value": "399", "0-weight": "1", "0-stock": "daily", "0-stock_n": "2",
        "0-stock_hour": "09:00", "0-ways": ["store", "address"],
        "1-name": "红包", "1-what": "cash", "1-amount": "1.5", "1-weight": "2", "1-stock": "none", "1-role": "guaranteed", **said,
    }  # fmt: skip


@pytest.fixture
def desk():
    brand = a_brand()
    return brand, Asker(a_staff("brand", brand))


@pytest.fixture
def town():
    brand = a_brand()
    store = a_store(brand)
    account, member = a_consumer(brand)
    return brand, store, member, Asker(account, member)


def test_headquarters_makes_a_draw_and_sending_the_form_again_makes_no_second_one(desk):
    _brand, asker = desk
    form = filled()
    answers = [asker.post("/brand/draws/new/", form) for _ in range(2)]
    draw = Draw.objects.get()
    assert answers[0]["Location"] == f"/brand/draws/{draw.id}/"
    rules = rules_read(draw.rules)
    perfume, packet = rules.prizes
    assert (perfume.value_minor, perfume.weight, perfume.ways) == (39_900, 1, ("address", "store"))
    assert [(one.at.isoformat(), one.quantity) for one in perfume.releases] == [
        ("2027-03-01T02:00:00+00:00", 2), ("2027-03-02T01:00:00+00:00", 2), ("2027-03-03T01:00:00+00:00", 2), ("2027-03-04T01:00:00+00:00", 2),
    ]  # fmt: skip
    assert (packet.reward.kind, packet.value_minor, packet.guaranteed, packet.releases) == ("cash", 150, True, ())
    assert (rules.tickets, rules.free_daily, rules.guarantee_after, rules.claim_days) == (100, 2, 5, 7)
    page = asker.get(f"/brand/draws/{draw.id}/").content.decode()
    assert "香水" in page and DrawSeed.objects.get().seed not in page


def test_the_preview_shows_the_odds_as_they_will_be_published_in_both_languages(desk):
    _brand, asker = desk
    page = asker.post("/brand/draws/preview/", filled()).content.decode()
    assert "1%" in page and "2%" in page and "97%" in page
    assert "Perfume" in page and "香水" in page
    assert "每天免费 2 次" in page and "2 free plays a day" in page


def test_one_more_play_is_a_prize_and_a_copy_gives_plays_of_itself(desk):
    _brand, asker = desk
    form = filled(takes_chances="on")
    form |= {"2-name": "再来一次", "2-what": f"chance:{form['id']}", "2-weight": "50", "2-stock": "none"}
    assert "1 more play" in asker.post("/brand/draws/preview/", form).content.decode()
    asker.post("/brand/draws/new/", form)
    first = Draw.objects.get()
    copy = form_of(asker.get(f"/brand/draws/new/?like={first.id}").content.decode())
    asker.post("/brand/draws/new/", copy)
    second = Draw.objects.exclude(id=first.id).get()
    assert rules_read(second.rules).prizes[2].reward.ref_id == second.id


def test_what_the_law_forbids_is_said_before_anything_is_kept(desk):
    _brand, asker = desk
    form = filled(**{"0-value": "50000.01"})
    assert "第十一条" in asker.post("/brand/draws/preview/", form).content.decode()
    answer = asker.post("/brand/draws/new/", form)
    assert answer.status_code == 409 and "50,000" in answer.content.decode()
    assert asker.post("/brand/draws/new/", filled(organizer="")).status_code == 409
    assert asker.post("/brand/draws/new/", filled(**{"0-weight": "abc"})).status_code == 409
    assert Draw.objects.count() == 0


def test_a_draw_is_published_changed_for_the_better_and_stopped_with_who_and_when(desk):
    _brand, asker = desk
    now = clock_now()
    form = filled(starts_at=f"{now - DAY:%Y-%m-%dT%H:%M}", ends_at=f"{now + 3 * DAY:%Y-%m-%dT%H:%M}")
    asker.post("/brand/draws/new/", form)
    draw = Draw.objects.get()
    asker.post(f"/brand/draws/{draw.id}/publish/")
    edit = asker.get(f"/brand/draws/{draw.id}/edit/").content.decode()
    assert str(rules_read(draw.rules).prizes[0].id) in edit
    ids = {"0-id": str(rules_read(draw.rules).prizes[0].id), "1-id": str(rules_read(draw.rules).prizes[1].id)}
    worse = asker.post(f"/brand/draws/{draw.id}/edit/", {**form, **ids, "free_daily": "1"})
    assert worse.status_code == 409 and "每天免费次数" in worse.content.decode()
    better = asker.post(f"/brand/draws/{draw.id}/edit/", {**form, **ids, "free_daily": "3"})
    assert better.status_code == 302
    assert DrawVersion.objects.count() == 2 and DrawVersion.objects.get(version=2).by is not None
    assert "每天免费次数" in asker.get(f"/brand/draws/{draw.id}/").content.decode()
    asker.post(f"/brand/draws/{draw.id}/stop/", {"reason": "奖品缺货"})
    assert "奖品缺货" in asker.get(f"/brand/draws/{draw.id}/").content.decode()


def test_editing_a_draw_without_touching_it_changes_nothing(desk):
    brand, asker = desk
    now = clock_now()
    draw = a_draw(brand, goods(now=now), cash(100, weight=2), now=now)
    page = asker.get(f"/brand/draws/{draw.id}/edit/")
    form = {name: value for name, value in form_of(page.content.decode()).items() if value != [""]}
    answer = asker.post(f"/brand/draws/{draw.id}/edit/", form)
    assert answer.status_code == 302
    assert Draw.objects.get().rules == draw.rules


def form_of(page: str) -> dict[str, list[str]]:
    """Read a page's form as a browser would send it."""
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: dict[str, list[str]] = {}
            self.select = self.area = ""
            self.first: str | None = None

        def handle_starttag(self, tag, attrs):
            said = dict(attrs)
            name, kind = said.get("name", ""), said.get("type", "")
            if tag == "input" and name and (kind not in ("checkbox", "radio") or "checked" in said):
                self.found.setdefault(name, []).append(said.get("value") or ("on" if kind == "checkbox" else ""))
            elif tag == "select":
                self.select, self.first = name or "", None
            elif tag == "option" and self.select:
                if self.first is None:
                    self.first = said.get("value", "")
                    self.found.setdefault(self.select, [self.first])
                if "selected" in said:
                    self.found[self.select] = [said.get("value", "")]
            elif tag == "textarea":
                self.area = name or ""
                self.found.setdefault(self.area, [""])

        def handle_endtag(self, tag):
            if tag == "select":
                self.select = ""
            elif tag == "textarea":
                self.area = ""

        def handle_data(self, data):
            if self.area:
                self.found[self.area] = [data]

    reader = Reader()
    reader.feed(page)
    return reader.found


@pytest.mark.parametrize("template", ["wheel", "scratch", "egg", "box"])
def test_a_consumer_plays_and_sees_the_prize(town, template):
    brand, store, _member, asker = town
    now = clock_now()
    draw = a_draw(brand, goods(now=now, stock=9), now=now, template=template, number="lucky", free_daily=1)
    home = f"/s/{brand.code}/{store.code}/"
    assert f"{home}draws/lucky/" in asker.get(home).content.decode()
    page = asker.get(f"{home}draws/lucky/").content.decode()
    assert "100%" in page and draw.commitment not in page
    play = {"id": str(new_id()), "way": "free"}
    played = asker.post(f"{home}draws/lucky/play/", play, headers={"Accept": "application/json"}).json()
    assert (played["number"], played["won"], played["sector"]) == (1, True, 0)
    again = asker.post(f"{home}draws/lucky/play/", play, headers={"Accept": "application/json"}).json()
    assert again == played
    other = asker.post(
        f"{home}draws/lucky/play/", {**play, "id": str(new_id())}, headers={"Accept": "application/json"}
    )
    assert (other.status_code, other.json()["code"]) == (409, "marketing.no_free_play")
    assert DrawPlay.objects.count() == 1
    assert "香水" in asker.get(f"{home}me/prizes/").content.decode()
    assert DrawWin.objects.get().code[:5] in asker.get(played["link"]).content.decode()
    assert check_books() == []


def test_without_a_script_the_answer_is_a_page(town):
    brand, store, _member, asker = town
    now = clock_now()
    a_draw(brand, goods(now=now), now=now, number="lucky")
    home = f"/s/{brand.code}/{store.code}/"
    answer = asker.post(f"{home}draws/lucky/play/", {"id": str(new_id()), "way": "free"})
    assert answer.status_code == 302
    assert "恭喜中奖：香水" in asker.get(answer["Location"].split("#")[0]).content.decode()


def test_a_stranger_reads_the_rules_and_signs_in_to_play(town):
    brand, store, _member, _asker = town
    now = clock_now()
    a_draw(brand, goods(now=now), now=now, number="lucky")
    client, home = Client(), f"/s/{brand.code}/{store.code}/"
    page = client.get(f"{home}draws/lucky/")
    show_every_brand()
    assert page.status_code == 200 and "/sign-in/phone/" in page.content.decode()
    answer = client.post(f"{home}draws/lucky/play/", {"id": str(new_id())})
    show_every_brand()
    assert answer.status_code == 302 and DrawPlay.objects.count() == 0


def test_a_winner_gives_an_address_and_headquarters_sends_the_prize(town):
    brand, store, member, asker = town
    now = clock_now()
    draw = a_draw(brand, goods(now=now), now=now)
    play = a_play(draw, member, now=now)
    mine = f"/s/{brand.code}/{store.code}/me/prizes/{play.id}/"
    assert asker.post(f"{mine}address/", {"name": "王", "phone": "", "address": "成都"}).status_code == 409
    asker.post(f"{mine}address/", {"name": "王小明", "phone": "13800138000", "address": "成都市锦江区"})
    boss = Asker(a_staff("brand", brand))
    page = boss.get(f"/brand/draws/{draw.id}/parcels/").content.decode()
    assert "成都市锦江区" in page
    assert Audit.objects.filter(subject="marketing.prize_address", verb="revealed").count() == 1
    boss.post(f"/brand/draws/{draw.id}/parcels/{play.id}/", {"parcel": "顺丰 SF1"})
    assert "顺丰 SF1" in asker.get(mine).content.decode()
    assert "成都市锦江区" not in boss.get(f"/brand/draws/{draw.id}/winners/").content.decode()


def test_a_clerk_hands_a_prize_over_by_its_code_once(town):
    brand, store, member, asker = town
    now = clock_now()
    draw = a_draw(brand, goods(now=now), now=now)
    play = a_play(draw, member, now=now)
    code, clerk = DrawWin.objects.get().code, Asker(a_staff("store", store, "clerk"))
    scan = {"code": code.lower(), "nonce": str(new_id())}
    led = clerk.post("/store/redeem/", scan)["Location"]
    assert led == f"/store/prizes/?code={code}" and f'value="{code}"' in clerk.get(led).content.decode()
    assert 'data-outcome="done"' in clerk.post("/store/prizes/", scan).content.decode()
    assert 'data-outcome="done"' in clerk.post("/store/prizes/", scan).content.decode()
    other = clerk.post("/store/prizes/", {**scan, "nonce": str(new_id())})
    assert other.status_code == 409 and "marketing.prize_handed_already" in other.content.decode()
    assert store.name in asker.get(f"/s/{brand.code}/{store.code}/me/prizes/{play.id}/").content.decode()


def test_everybody_reads_the_record_and_has_the_file_after_the_end(town):
    brand, store, member, _asker = town
    now = clock_now() - 7 * DAY
    draw = a_draw(brand, goods(now=now), now=now, number="lucky")
    a_play(draw, member, now=now)
    client, home = Client(), f"/s/{brand.code}/{store.code}/draws/lucky/record"
    page = client.get(f"{home}/").content.decode()
    show_every_brand()
    assert draw.commitment in page and DrawSeed.objects.get().seed not in page
    assert client.get(f"{home}.json").status_code == 302
    show_every_brand()
    publish_seeds(now=clock_now())
    assert DrawSeed.objects.get().seed in client.get(f"{home}/").content.decode()
    show_every_brand()
    assert client.get(f"{home}.json").content.startswith(b"{")
    show_every_brand()


def test_clerks_and_dealers_have_no_workshop_and_consumers_see_only_their_own_prizes(town):
    brand, store, _member, asker = town
    now = clock_now()
    draw = a_draw(brand, goods(now=now), now=now)
    play = a_play(draw, a_member(brand), now=now)
    assert asker.get(f"/s/{brand.code}/{store.code}/me/prizes/{play.id}/").status_code == 404
    assert Asker(a_staff("store", store)).get("/brand/draws/").status_code == 403
    marketer = Asker(a_staff("brand", brand, "finance"))
    assert marketer.get(f"/brand/draws/{draw.id}/").status_code == 200
    assert marketer.get(f"/brand/draws/{draw.id}/parcels/").status_code == 403
