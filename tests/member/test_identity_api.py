"""Members by program: what staff may do with them, and a consumer with itself."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.test import Client

from sitong.member.identity.queries import member_by_code, member_by_key
from sitong.member.models import ConsentGiven, Member, MemberNote
from sitong.shared import clock
from sitong.shared.ids import new_id
from tests.make.access import a_consumer, a_viewer, as_viewer, viewer_of_account
from tests.make.member import a_member, a_note, a_tag, a_wording
from tests.make.org import a_brand, a_dealer, a_store

pytestmark = pytest.mark.usefixtures("db")
API = "/api/v1"


class Asker:
    """A program with one viewer's token."""

    def __init__(self, viewer) -> None:
        self.headers, self.client = as_viewer(viewer), Client()

    def __call__(self, method: str, path: str, **data):
        said = {"data": data, "content_type": "application/json"} if method != "get" else {"data": data}
        return getattr(self.client, method)(f"{API}{path}", headers=self.headers, **said)


def test_staff_join_two_see_what_came_later_and_undo(now):
    brand = a_brand()
    first, second = a_member(brand), a_member(brand, now=now + timedelta(days=1))
    before = a_note(second)
    ask, join_id = Asker(a_viewer("brand", brand)), str(new_id())
    form = {"id": join_id, "first_id": str(first.id), "second_id": str(second.id), "note": "同一人"}
    done = ask("post", "/joins", **form).json()
    assert (done["survivor_id"], done["absorbed_id"]) == (str(first.id), str(second.id))
    assert ask("post", "/joins", **form).json() == done
    later = a_note(first, now=clock.now() + timedelta(hours=1))
    assert [one["id"] for one in ask("get", f"/joins/{join_id}/later").json()] == [str(later.id)]
    assert ask("get", f"/members/{first.id}/joins").json()[0]["moved"] == {"member.notes": 1}
    assert ask("get", f"/members/{second.id}").status_code == 404
    take = [{"subject": "member.notes", "id": str(later.id)}]
    undone = ask("post", f"/joins/{join_id}/undo", reason="弄错了", take=take).json()
    assert undone["undone_at"]
    assert ask("post", f"/joins/{join_id}/undo", reason="again").json()["undone_at"] == undone["undone_at"]
    assert set(MemberNote.objects.values_list("id", "member_id")) == {(before.id, second.id), (later.id, second.id)}


def test_staff_correct_a_member_and_add_and_take_keys(now):
    brand = a_brand()
    member = a_member(brand, phone="13800138000", name="王小明")
    ask = Asker(a_viewer("brand", brand))
    assert (
        ask("patch", f"/members/{member.id}", name="王大明", phone="13700137000").json()["phone"] == "+86 137****7000"
    )
    form = {"id": str(new_id()), "kind": "card", "value": "8800-1234"}
    done = ask("post", f"/members/{member.id}/keys", **form).json()
    assert done == {"key_id": form["id"], "member_id": str(member.id), "join_id": None}
    assert [one["shown"] for one in ask("get", f"/members/{member.id}/keys").json()] == ["****34"]
    assert ask("delete", f"/members/{member.id}/keys/{form['id']}").status_code == 204
    assert member_by_key(brand.id, "card", "88001234") is None
    assert ask("get", "/members", q="13700137000").json()["items"][0]["id"] == str(member.id)


def test_a_clerk_of_a_franchise_store_sees_nothing_of_another_s_member(now):
    brand = a_brand()
    home, other = a_store(dealer=a_dealer(brand)), a_store(dealer=a_dealer(brand))
    member, tag = a_member(brand, home_store_id=home.id), a_tag(brand)
    ask = Asker(a_viewer("store", other))
    assert ask("get", "/members", q=member.phone).json() == {"items": [], "next": None}
    for path in ("", "/keys", "/joins", "/profile", "/consents"):
        assert ask("get", f"/members/{member.id}{path}").status_code == 404, path
    assert ask("post", f"/tags/{tag.id}/members", member_ids=[str(member.id)]).status_code == 404
    assert ask("post", f"/members/{member.id}/notes", id=str(new_id()), text="x").status_code == 404
    assert ask("get", f"/members/{member.id}/export").status_code == 403
    assert ask("post", "/joins", id=str(new_id()), first_id=str(member.id), second_id=str(new_id())).status_code == 403
    assert Asker(a_viewer("store", home))("get", f"/members/{member.id}").status_code == 200


def test_tags_notes_consents_and_sources_are_kept_by_program(now):
    brand = a_brand()
    store = a_store(brand)
    member = a_member(brand, home_store_id=store.id)
    ask, clerk = Asker(a_viewer("brand", brand)), Asker(a_viewer("store", store))
    tag = ask("post", "/tags", id=str(new_id()), name="常客", color="green").json()
    assert clerk("post", "/tags", id=str(new_id()), name="我的").status_code == 403
    assert clerk("post", f"/tags/{tag['id']}/members", member_ids=[str(member.id)]).json() == {"count": 1}
    assert ask("get", f"/tags/{tag['id']}/members").json()["items"] == [str(member.id)]
    note = clerk("post", f"/members/{member.id}/notes", id=str(new_id()), text="喜欢低糖").json()
    profile = ask("get", f"/members/{member.id}/profile").json()
    assert ([one["name"] for one in profile["tags"]], profile["notes"][0]["text"]) == (["常客"], "喜欢低糖")
    assert ask("delete", f"/members/{member.id}/notes/{note['id']}").status_code == 204
    wording = ask("post", "/consent-wordings", id=str(new_id()), purpose="marketing", text="可以吗").json()
    form = {"id": str(new_id()), "wording_id": wording["id"], "yes": True}
    assert clerk("post", f"/members/{member.id}/consents", **form).json()["how"] == "staff"
    assert ask("get", f"/members/{member.id}/consents").json()[0]["yes"] is True
    source = ask("post", "/sources", id=str(new_id()), code="poster", name="海报", kind="ad").json()
    assert [one["code"] for one in ask("get", "/sources").json()] == ["poster"]
    assert ask("post", f"/sources/{source['id']}/retire").json()["retired_at"]
    assert ask("get", "/sources/growth", first="2026-03-01", last="2026-03-31").json() == []


def test_a_consumer_shows_its_code_says_yes_takes_its_data_and_is_forgotten(now):
    brand = a_brand()
    account, member = a_consumer(brand, phone="13800138000")
    ask = Asker(viewer_of_account(account, member))
    code = ask("get", "/me/code").json()
    assert member_by_code(brand.id, code["code"]).id == member.id
    wording = a_wording(brand, "marketing")
    assert [one["id"] for one in ask("get", "/me/consent-wordings").json()] == [str(wording.id)]
    ask("post", "/me/consents", id=str(new_id()), wording_id=str(wording.id), yes=True)
    assert ask("get", "/me/consents").json()[0]["how"] == "self"
    packed = ask("get", "/me/export")
    assert "13800138000" in zipfile.ZipFile(io.BytesIO(packed.content)).read("data.json").decode()
    assert ask("post", "/me/erase", number="WRONG").json()["code"] == "member.number_differs"
    assert ask("post", "/me/erase", number=member.number).status_code == 200
    assert Member.objects.get(id=member.id).phone == ""
    assert ConsentGiven.objects.get().shown_phone == "+86 138****8000"


def test_a_store_lets_somebody_join_in_its_own_name_only(now):
    brand = a_brand()
    store, other = a_store(brand), a_store(brand)
    ask, form = Asker(a_viewer("store", store, "clerk")), {"id": str(new_id()), "phone": "13800138000", "name": "李雷"}
    assert ask("post", "/members", **form, store_id=str(other.id)).status_code == 404
    seen = ask("post", "/members", **form, store_id=str(store.id)).json()
    assert (seen["name"], seen["source"], seen["home_store_id"]) == ("李*", "staff", str(store.id))
    assert Member.objects.count() == 1
