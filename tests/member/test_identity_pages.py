"""The pages about members: headquarters', the dealer's, the store's phone, and the consumer's own."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.test import Client

from sitong.member.identity.queries import member_by_phone, member_code, member_now
from sitong.member.models import Member, MemberJoin, MemberNote, Visit
from sitong.member.profile.queries import tags_of
from sitong.shared import clock
from sitong.shared.ids import new_id
from tests.make.access import a_consumer, a_staff, open_session
from tests.make.member import a_key, a_member, a_note, a_tag, a_visit, a_wording, joined_as_one, said
from tests.make.org import a_brand, a_dealer, a_store
from tests.make.scene import Selling, a_handed_over_order, a_selling_store

pytestmark = pytest.mark.usefixtures("db")


def desk(system, place, role=None) -> Client:
    """A browser in which somebody of the staff has signed in."""
    client = Client(headers={"accept-language": "en"})
    open_session(client, a_staff(system, place, role))
    return client


def consumer(brand, **fields):
    client = Client(headers={"accept-language": "en"})
    account, member = a_consumer(brand, **fields)
    open_session(client, account, member)
    return client, member


def test_headquarters_finds_a_member_and_sees_the_whole_story(now):
    selling = a_selling_store()
    brand, store, member = selling.store, selling.store, selling.member
    brand_row = type("Row", (), {"id": store.brand_id})
    a_handed_over_order(selling)
    a_note(member, "喜欢低糖"), a_visit(member, store, at=now + timedelta(days=1)), a_key(member, "card", "88001234")
    wording = a_wording(brand_row, "marketing")
    said(member, wording, True)
    client = desk("brand", _brand(store))
    page = client.get("/brand/members/", {"q": member.phone}).content.decode()
    assert member.number in page
    page = client.get(f"/brand/members/{member.id}/").content.decode()
    for text in ("喜欢低糖", "Bought", "Joined", "Consented", "****34", "12.90"):
        assert text in page, text
    assert member.phone[3:] not in page
    shown = client.post(f"/brand/members/{member.id}/reveal/").content.decode()
    assert member.phone in shown
    assert client.get(f"/brand/members/{new_id()}/").status_code == 404
    assert brand is store


def _brand(store):
    from sitong.org.models import Brand

    return Brand.objects.get(id=store.brand_id)


def test_the_list_pages_on_without_leaving_anybody_out_or_showing_one_twice(now):
    brand = a_brand()
    members = [a_member(brand, now=now + timedelta(minutes=number // 3)) for number in range(65)]
    client, seen, address = desk("brand", brand), [], "/brand/members/"
    while address:
        page = client.get(address)
        seen += [one.id for one, *_ in page.context["rows"]]
        last = page.context["more"]
        address = (
            f"/brand/members/?before={last.joined_at.isoformat().replace('+', '%2B')}&last={last.id}" if last else ""
        )
    assert len(seen) == len(set(seen)) == 65
    assert seen == [one.id for one in sorted(members, key=lambda one: (one.joined_at, one.id), reverse=True)]


def test_a_list_of_twenty_takes_as_many_statements_as_one_of_two(now, django_assert_num_queries):
    brand = a_brand()
    store, tag = a_store(brand), a_tag(brand)
    client = desk("brand", brand)

    def count() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as seen:
            client.get("/brand/members/")
        return len(seen)

    for _ in range(2):
        a_visit(a_member(brand, home_store_id=store.id), store)
    client.get("/brand/members/")
    few = count()
    for _ in range(18):
        a_visit(a_member(brand, home_store_id=store.id), store)
    assert count() == few
    assert tag is not None


def test_members_are_filtered_by_tag_source_and_store(now):
    brand = a_brand()
    store, tag = a_store(brand), a_tag(brand)
    member, other = a_member(brand, home_store_id=store.id, source="poster"), a_member(brand)
    client = desk("brand", brand)
    client.post(f"/brand/members/{member.id}/tag/", {"tag": tag.id})
    for asked in ({"tag": tag.id}, {"source": "poster"}, {"store": store.id}):
        page = client.get("/brand/members/", asked).content.decode()
        assert member.number in page and other.number not in page
    client.post(f"/brand/members/{member.id}/tag/", {"tag": tag.id, "off": "1"})
    assert tags_of([member.id]) == []


def test_two_members_are_joined_on_a_page_and_made_two_again_with_a_choice(now):
    brand = a_brand()
    first, second = a_member(brand), a_member(brand, now=now + timedelta(days=1))
    a_note(second, "之前")
    client = desk("brand", brand)
    address = f"/brand/members/{first.id}/join/"
    page = client.get(address, {"q": second.phone})
    assert second.number in page.content.decode()
    join_id = new_id()
    form = {"id": join_id, "other": second.id, "survivor": first.id, "note": "电话里说的"}
    assert client.post(address, form).url == client.post(address, form).url == f"/brand/members/{first.id}/"
    assert MemberJoin.objects.get().id == join_id
    assert client.get(f"/brand/members/{second.id}/").url == f"/brand/members/{first.id}/"
    later = a_note(first, "之后", now=clock.now() + timedelta(hours=1))
    undo = f"/brand/members/joins/{join_id}/undo/"
    assert "之后" in client.get(undo).content.decode()
    client.post(undo, {"reason": "弄错了", "take": [f"member.notes|{later.id}"]})
    assert MemberJoin.objects.get().undone_reason == "弄错了"
    assert set(MemberNote.objects.values_list("member_id", flat=True)) == {second.id}
    assert "undone already" in client.get(undo).content.decode()


def test_erasing_asks_for_the_number_once_more(now):
    brand = a_brand()
    member = a_member(brand)
    client, address = desk("brand", brand), f"/brand/members/{member.id}/erase/"
    assert client.post(address, {"number": "WRONG", "reason": "x"}).status_code == 409
    assert Member.objects.get(id=member.id).phone
    assert client.post(address, {"number": member.number.lower(), "reason": "本人要求"}).url == "/brand/members/"
    assert Member.objects.get(id=member.id).erased_at
    assert "was erased" in client.get(f"/brand/members/{member.id}/").content.decode()


def test_the_export_is_a_file_for_those_who_may_see_in_clear(now):
    brand = a_brand()
    member = a_member(brand, name="王小明")
    packed = desk("brand", brand).get(f"/brand/members/{member.id}/export/")
    assert "王小明" in zipfile.ZipFile(io.BytesIO(packed.content)).read("data.html").decode()
    assert desk("brand", brand, "operations").get(f"/brand/members/{member.id}/export/").status_code == 403


def test_a_franchise_s_clerk_does_not_see_another_store_s_member_but_serves_who_shows_the_code(now):
    brand = a_brand()
    home, other = a_store(dealer=a_dealer(brand)), a_store(dealer=a_dealer(brand))
    member = a_member(brand, home_store_id=home.id, phone="13800138000", name="王小明")
    stranger = desk("store", other)
    for address in (f"/store/members/{member.id}/", f"/store/members/{member.id}/tag/"):
        assert stranger.get(address).status_code in (404, 405)
    assert member.number not in stranger.get("/store/members/", {"q": "13800138000"}).content.decode()
    code = member_code(member.id, clock.now())
    page = stranger.get("/store/members/", {"q": code}).content.decode()
    assert member.number in page and "王*" in page and f"/store/members/{member.id}/" not in page
    stranger.get("/store/members/", {"q": code})
    assert [(one.store_id, one.kind) for one in Visit.objects.all()] == [(other.id, "scanned")]
    assert desk("store", home).get(f"/store/members/{member.id}/").status_code == 200


def test_a_clerk_lets_somebody_join(now):
    brand = a_brand()
    store = a_store(brand)
    client = desk("store", store, "clerk")
    form = {"id": new_id(), "phone": "13800138000", "name": "李雷"}
    assert client.post("/store/members/", form).status_code == client.post("/store/members/", form).status_code == 302
    member = Member.objects.get()
    assert (member.home_store_id, member.source) == (store.id, "staff")
    assert client.post("/store/members/", {"id": new_id(), "phone": "12"}).status_code == 409


def test_tags_wordings_and_sources_are_set_up_on_pages(now):
    brand = a_brand()
    client = desk("brand", brand)
    tag = {"id": new_id(), "name": "常客", "color": "green"}
    assert client.post("/brand/members/tags/", tag).status_code == 302
    assert client.post("/brand/members/tags/", {**tag, "id": new_id()}).status_code == 409
    wording = {"id": new_id(), "purpose": "marketing", "text": "可以给我发优惠消息", "text_en": "You may write to me."}
    assert client.post("/brand/members/wordings/", wording).status_code == 302
    assert "可以给我发优惠消息" in client.get("/brand/members/wordings/").content.decode()
    assert client.post("/brand/members/wordings/", {"id": new_id(), "purpose": "share", "text": "x"}).status_code == 409
    source = {"id": new_id(), "code": "poster", "name": "海报", "kind": "store_scan"}
    assert client.post("/brand/sources/", source).status_code == 302
    assert "海报" in client.get("/brand/sources/").content.decode()
    assert client.post(f"/brand/sources/{source['id']}/retire/").status_code == 302
    assert client.get("/brand/sources/growth.csv").content.decode().startswith("\ufeff")


def test_the_consumer_s_own_page_leads_to_card_consents_and_data(now):
    brand = a_brand()
    store = a_store(brand)
    client, member = consumer(brand, phone="13800138000")
    home = f"/s/{brand.code}/{store.code}/me/"
    assert member.number in client.get(home).content.decode()
    card = client.get(f"{home}card/").context["code"]
    assert member_by_phone(brand.id, "13800138000").id == member.id
    from sitong.member.identity.queries import member_by_code

    assert member_by_code(brand.id, card).id == member.id
    wording = a_wording(brand, "marketing", "可以给我发优惠消息")
    assert "You may" not in client.get(f"{home}consents/").content.decode()
    form = {"id": new_id(), "wording": wording.id, "say": "yes"}
    assert client.post(f"{home}consents/", form).status_code == client.post(f"{home}consents/", form).status_code == 302
    assert "You agreed" in client.get(f"{home}consents/").content.decode()
    client.post(f"{home}data/name/", {"name": "小明"})
    assert Member.objects.get(id=member.id).name == "小明"
    packed = client.post(f"{home}data/export/")
    assert "小明" in zipfile.ZipFile(io.BytesIO(packed.content)).read("data.json").decode()


def test_a_consumer_changes_the_phone_by_a_code_and_can_be_forgotten(now, settings):
    settings.DEMO = True
    brand = a_brand()
    store = a_store(brand)
    client, member = consumer(brand, phone="13800138000")
    data = f"/s/{brand.code}/{store.code}/me/data/"
    sent = client.post(f"{data}phone/", {"phone": "13700137000"})
    assert client.post(f"{data}phone/", {"phone": "13700137000", "code": "000000"}).status_code == 409
    client.post(f"{data}phone/", {"phone": "13700137000", "code": sent.context["demo_code"]})
    assert member_by_phone(brand.id, "13700137000").id == member.id
    assert client.post(f"{data}erase/", {"number": "no"}).status_code == 409
    assert client.post(f"{data}erase/", {"number": member.number}).url == f"/s/{brand.code}/{store.code}/"
    assert Member.objects.get(id=member.id).phone == ""
    assert client.get(data).status_code == 302, "signed out"


def test_a_session_of_the_absorbed_account_sees_the_one_who_stayed_and_nothing_more_after_the_undoing(now):
    from sitong.member.identity.actions import UndoWanted, undo_join

    brand = a_brand()
    store = a_store(brand)
    _, first = consumer(brand)
    client, second = consumer(brand, now=now + timedelta(days=1))
    home = f"/s/{brand.code}/{store.code}/me/"
    join = joined_as_one(first, second)
    page = client.get(home).content.decode()
    assert first.number in page and second.number not in page
    undo_join(UndoWanted(join.id), by=None, now=now)
    page = client.get(home).content.decode()
    assert second.number in page and first.number not in page
    assert member_now([second.id]) == {second.id: second.id}
    assert Selling is not None
