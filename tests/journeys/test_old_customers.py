"""An old file of customers over HTTP: taken, linked by itself, decided where a person is needed, and undone as a whole."""

from __future__ import annotations

import json

from django.test import Client

from sitong.member.linking.handlers import work
from sitong.shared import clock
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.access import a_viewer, as_viewer
from tests.make.linking import a_file
from tests.make.member import a_key, a_member
from tests.make.org import a_brand


class Caller:
    """Somebody's program, with a token of its own."""

    def __init__(self, viewer) -> None:
        self.client, self.viewer = Client(), viewer

    def ask(self, method: str, path: str, body: object = None, *, status: int = 200):
        headers = {"Accept-Language": "en", **as_viewer(self.viewer)}
        content = b"" if body is None else json.dumps(body, default=str).encode()
        answer = self.client.generic(method, f"/api/v1{path}", content, "application/json", headers=headers)
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content else None


def test_an_old_file_finds_its_members_and_is_undone_as_a_whole(committed_db):
    now = clock.now()
    brand = a_brand(now=now)
    owner = Caller(a_viewer("brand", brand))
    known, holder = (
        a_member(brand, phone="13800001234", name="邱梓涵", now=now),
        a_member(brand, phone="", name="", now=now),
    )
    a_key(holder, "card", "8800001", now=now)
    file = a_file(
        brand, ["邱女士,13800001234,,,,,", "雷博瑞,,,,,,8800001", "龚若曦,13912345678,,1990-01-02,,,"], now=now
    )

    drain("member.link_imports")
    work(now)
    (run,) = owner.ask("GET", "/link-runs")
    assert (run["state"], run["import_id"]) == ("done", str(file.id))
    assert (run["certain"], run["queued"], run["created"]) == (1, 1, 1)
    preview = owner.ask("GET", f"/link-runs/{run['id']}/preview?join_from_bp=9999&ask_from_bp=9999")
    assert sum(preview.values()) == 3

    page = owner.ask("GET", "/link-pairs")
    (pair,) = page["items"]
    assert (page["open"], pair["member_id"]) == (1, str(known.id))
    assert {(one["field"], one["level"]) for one in pair["reasons"]} == {("name", "title"), ("phone", "same")}
    shown = owner.ask("GET", f"/link-pairs/{pair['id']}")
    assert shown["left"]["said"]["name"] == ["邱女士"]
    decision = {"id": new_id(), "pair_id": pair["id"], "verdict": "same"}
    said = owner.ask("POST", "/link-decisions", decision, status=201)
    assert owner.ask("POST", "/link-decisions", decision, status=201) == said
    refusal = owner.ask("POST", "/link-decisions", {**decision, "id": new_id()}, status=409)
    assert refusal["code"] == "member.pair_settled"
    assert owner.ask("POST", f"/link-decisions/{said['id']}/take-back")["taken_back_at"]
    assert owner.ask("GET", "/link-pairs")["open"] == 1

    undone = owner.ask("POST", f"/link-runs/{run['id']}/undo")
    assert (undone["state"], undone["undone"]) == ("undone", 1)
    assert owner.ask("GET", "/link-pairs")["open"] == 0
    again = {"id": new_id(), "import_id": file.id}
    assert owner.ask("POST", "/link-runs", again, status=201)["state"] == "waiting"
    work(now)
    assert owner.ask("GET", f"/link-runs/{again['id']}")["state"] == "done"
    bands = {"join_from_bp": 9_950, "ask_from_bp": 6_000}
    assert owner.ask("PUT", "/link-bands", bands) == owner.ask("GET", "/link-bands") == bands
    assert (
        owner.ask("PUT", "/link-bands", {**bands, "ask_from_bp": 9_999}, status=409)["code"] == "member.bands_malformed"
    )
    assert check_books() == []
