"""A wheel from its making to its proof, through HTTP: headquarters, members, the clerk, and everybody who checks it afterwards."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from click.testing import CliRunner

from sitong.console.cli.draw import command
from sitong.marketing.draws.actions import publish_seeds
from sitong.marketing.draws.handlers import GIVING
from sitong.member.points.queries import points_now
from sitong.shared.clock import now as clock_now
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.access import a_viewer, as_viewer
from tests.make.member import a_member
from tests.make.org import a_brand, a_store
from tests.make.points import a_points_plan

MEMBERS, PERFUMES = 12, 3


@pytest.mark.usefixtures("committed_db")
def test_a_wheel_of_a_week(client, tmp_path):
    now = clock_now()
    brand = a_brand()
    a_points_plan(brand, now=now)
    store, members = a_store(brand), [a_member(brand) for _ in range(MEMBERS)]
    boss, clerk = a_viewer("brand", brand, "marketing"), a_viewer("store", store, "clerk")
    players = [a_viewer("consumer", one) for one in members]

    def ask(method: str, path: str, viewer, said=None):
        named = {} if said is None else {"data": orjson.dumps(said), "content_type": "application/json"}
        answer = getattr(client, method)(f"/api/v1{path}", headers=as_viewer(viewer), **named)
        return answer.status_code, orjson.loads(answer.content) if answer.content else None

    perfume = {"id": str(new_id()), "name": "香水", "weight": 600, "value_minor": 39_900, "ways": ["store"],
               "releases": [{"at": now.isoformat(), "quantity": PERFUMES}]}  # fmt: skip
    points = {
        "id": str(new_id()),
        "name": "10 积分",
        "weight": 300,
        "reward": {"kind": "points", "amount": 10},
        "guaranteed": True,
    }
    rules = {
        "name": "周年大转盘", "template": "wheel", "organizer": "四通", "conditions": "会员", "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=7)).isoformat(), "prizes": [perfume, points], "blank_weight": 100, "free_daily": 3,
        "guarantee_after": 3,
    }  # fmt: skip
    assert ask("post", "/draws", boss, {"id": str(new_id()), "rules": {**rules, "conditions": ""}})[0] == 409
    draw = ask("post", "/draws", boss, {"id": str(new_id()), "rules": rules})[1]
    promised = ask("post", f"/draws/{draw['id']}/publish", boss)[1]["commitment"]

    won: dict[str, list[int]] = {perfume["id"]: [], points["id"]: []}
    for _turn in range(3):
        for number, player in enumerate(players):
            play = {"id": str(new_id()), "draw_id": draw["id"], "store_id": str(store.id)}
            status, played = ask("post", "/draw-plays", player, play)
            assert status == 201
            assert ask("post", "/draw-plays", player, play)[1] == played, "the answer got lost, and is asked for again"
            if played["prize_id"]:
                won[played["prize_id"]].append(number)
    assert len(won[perfume["id"]]) == PERFUMES
    assert {*won[perfume["id"]], *won[points["id"]]} == set(range(MEMBERS)), "of three plays one wins at the latest"
    assert (
        ask("post", "/draw-plays", players[0], {"id": str(new_id()), "draw_id": draw["id"]})[1]["code"]
        == "marketing.no_free_play"
    )

    drain(GIVING)
    ready = points_now([one.id for one in members])
    assert [ready[one.id].ready for one in members] == [10 * won[points["id"]].count(at) for at in range(MEMBERS)]
    for number in won[perfume["id"]]:
        code = next(
            one["code"]
            for one in ask("get", "/my-prizes", players[number])[1]
            if one["code"] and one["state"] == "open"
        )
        scan = {"id": str(new_id()), "store_id": str(store.id), "code": code}
        assert ask("post", "/prize-hand-overs", clerk, scan)[0] == 200
        assert (
            ask("post", "/prize-hand-overs", clerk, {**scan, "id": str(new_id())})[1]["code"]
            == "marketing.prize_handed_already"
        )

    results = ask("get", f"/draws/{draw['id']}/results", boss)[1]
    assert (results["played"], results["members"], results["prizes"][0]["left"]) == (3 * MEMBERS, MEMBERS, 0)
    assert ask("get", f"/draws/{draw['id']}/record", players[0])[1]["code"] == "marketing.draw_not_over"
    publish_seeds(now=now + timedelta(days=7))
    file = tmp_path / "draw.json"
    file.write_bytes(client.get(f"/api/v1/draws/{draw['id']}/record", headers=as_viewer(players[0])).content)
    assert CliRunner().invoke(command, ["verify", str(file), "--commitment", promised]).exit_code == 0
    assert check_books() == []
