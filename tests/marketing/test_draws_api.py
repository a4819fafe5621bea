"""Draws over HTTP, as a program sees them: headquarters, clerk, consumer; and the hot lane."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import orjson
import pytest

from sitong.console.cli.draw import command
from sitong.marketing.draws import hot
from sitong.marketing.draws.actions import publish_seeds
from sitong.marketing.draws.models import Draw, DrawPlay, DrawSeed
from sitong.shared.batch.hot import HotCall
from sitong.shared.clock import now as clock_now
from sitong.shared.ids import new_id
from tests.make.access import a_viewer, as_viewer
from tests.make.draws import a_draw, a_play, cash, goods
from tests.make.member import a_member
from tests.make.org import a_brand, a_store

JSON = "application/json"


class Town:
    """A brand with a store, its people and a member."""

    def __init__(self, client) -> None:
        self.client, self.now = client, clock_now()
        self.brand = a_brand()
        self.store, self.member = a_store(self.brand), a_member(self.brand)
        self.marketer, self.clerk = a_viewer("brand", self.brand, "marketing"), a_viewer("store", self.store, "clerk")
        self.consumer = a_viewer("consumer", self.member)

    def ask(self, method: str, path: str, viewer, said=None):
        named = {} if said is None else {"data": orjson.dumps(said), "content_type": JSON}
        answer = getattr(self.client, method)(f"/api/v1{path}", headers=as_viewer(viewer), **named)
        return answer.status_code, orjson.loads(answer.content) if answer.content else None

    def wheel(self, **fields):
        prize = {"id": str(new_id()), "name": "香水", "weight": 1, "value_minor": 9_900, "ways": ["store"],
                 "releases": [{"at": self.now.isoformat(), "quantity": 1}]}  # fmt: skip
        return {
            "name": "幸运转盘", "template": "wheel", "organizer": "四通", "conditions": "会员", "starts_at": self.now.isoformat(),
            "ends_at": (self.now + timedelta(days=7)).isoformat(), "prizes": [prize], "blank_weight": 0, "free_daily": 2, **fields,
        }  # fmt: skip


@pytest.fixture
def town(db, client) -> Town:
    return Town(client)


def test_headquarters_defines_publishes_changes_and_stops_a_draw(town):
    wanted = {"id": str(new_id()), "number": "lucky", "rules": town.wheel()}
    status, made = town.ask("post", "/draws", town.marketer, wanted)
    assert (status, made["state"], made["number"], made["seed"], made["version"]) == (201, "draft", "lucky", "", 0)
    assert town.ask("post", "/draws", town.marketer, wanted)[1]["commitment"] == made["commitment"]
    assert town.ask("post", f"/draws/{made['id']}/publish", town.marketer)[1]["state"] == "running"
    status, refused = town.ask("put", f"/draws/{made['id']}/rules", town.marketer, {**wanted["rules"], "free_daily": 1})
    assert (status, refused["code"]) == (409, "marketing.draw_frozen")
    status, better = town.ask("put", f"/draws/{made['id']}/rules", town.marketer, {**wanted["rules"], "free_daily": 3})
    assert (status, better["version"]) == (200, 2)
    versions = town.ask("get", f"/draws/{made['id']}/versions", town.marketer)[1]
    assert [(one["before"], one["by"]) for one in versions[1:]] == [({"free_daily": 2}, str(town.marketer.account_id))]
    assert town.ask("post", f"/draws/{made['id']}/stop", town.marketer, {"reason": "缺货"})[1]["state"] == "stopped"
    assert DrawSeed.objects.get().seed not in orjson.dumps(town.ask("get", "/draws", town.marketer)[1]).decode()


def test_a_prize_over_fifty_thousand_yuan_is_refused_with_its_source(town):
    rules = town.wheel()
    rules["prizes"][0]["value_minor"] = 5_000_001
    status, refused = town.ask("post", "/draws", town.marketer, {"id": str(new_id()), "rules": rules})
    assert (status, refused["code"], refused["facts"]["cap"]) == (409, "marketing.prize_over_cap", "50,000")
    assert "第十一条" in refused["message"] or "art. 11" in refused["message"]
    assert not Draw.objects.exists()


def test_a_consumer_sees_the_odds_plays_and_finds_the_play_and_the_prize(town):
    draw = a_draw(town.brand, goods(now=town.now), cash(100, weight=2), blank_weight=1, free_daily=1, now=town.now)
    (shown,) = town.ask("get", "/open-draws", town.consumer)[1]
    assert [(one["odds"], one["percent"]) for one in shown["prizes"]] == [([1, 4], "25%"), ([1, 2], "50%")]
    assert (shown["commitment"], shown["standing"]["way"], shown["standing"]["free_left"]) == (
        draw.commitment,
        "free",
        1,
    )
    play = {"id": str(new_id()), "draw_id": str(draw.id)}
    status, played = town.ask("post", "/draw-plays", town.consumer, play)
    assert (status, played["number"]) == (201, 1)
    assert town.ask("post", "/draw-plays", town.consumer, play) == (201, played)
    status, refused = town.ask("post", "/draw-plays", town.consumer, {**play, "id": str(new_id())})
    assert (status, refused["code"]) == (409, "marketing.no_free_play")
    assert town.ask("get", f"/my-draw-plays?draw_id={draw.id}", town.consumer)[1] == [played]
    prizes = town.ask("get", "/my-prizes", town.consumer)[1]
    assert [one["prize_id"] for one in prizes] == ([played["prize_id"]] if played["prize_id"] else [])


def test_a_clerk_looks_at_a_prize_and_hands_it_over_once(town):
    draw = a_draw(town.brand, goods(now=town.now), now=town.now)
    a_play(draw, town.member, now=town.now)
    (mine,) = town.ask("get", "/my-prizes", town.consumer)[1]
    typed = mine["code"].lower()[:5] + "-" + mine["code"][5:]
    assert town.ask("get", f"/stores/{town.store.id}/prize-codes/{typed}", town.clerk)[1]["state"] == "open"
    scan = {"id": str(new_id()), "store_id": str(town.store.id), "code": typed}
    status, handed = town.ask("post", "/prize-hand-overs", town.clerk, scan)
    assert (status, handed["prize"]) == (200, "香水")
    assert town.ask("post", "/prize-hand-overs", town.clerk, scan) == (200, handed)
    status, refused = town.ask("post", "/prize-hand-overs", town.clerk, {**scan, "id": str(new_id())})
    assert (status, refused["code"]) == (409, "marketing.prize_handed_already")
    (winner,) = town.ask("get", f"/draws/{draw.id}/winners", town.marketer)[1]
    assert (winner["state"], winner["code"], winner["prize"]) == ("handed", "", "香水")


def test_a_winner_has_a_prize_sent_and_headquarters_sends_it(town):
    draw = a_draw(town.brand, goods(now=town.now), now=town.now)
    play = a_play(draw, town.member, now=town.now)
    said = {"name": "王小明", "phone": "13800138000", "address": "成都"}
    assert town.ask("post", f"/my-prizes/{play.id}/address", town.consumer, said)[1]["state"] == "claimed"
    assert town.ask("post", f"/prizes/{play.id}/send", town.marketer, {"parcel": "SF1"})[1]["parcel"] == "SF1"
    results = town.ask("get", f"/draws/{draw.id}/results", town.marketer)[1]
    assert (results["played"], results["won"], results["cost_minor"], results["prizes"][0]["states"]) == (
        1,
        1,
        5_000,
        {"sent": 1},
    )


def test_the_record_is_for_everybody_of_the_brand_once_the_draw_is_over(town, tmp_path):
    draw = a_draw(town.brand, goods(now=town.now), now=town.now)
    a_play(draw, town.member, now=town.now)
    assert town.ask("get", f"/draws/{draw.id}/record", town.consumer)[1]["code"] == "marketing.draw_not_over"
    publish_seeds(now=town.now + timedelta(days=7))
    answer = town.client.get(f"/api/v1/draws/{draw.id}/record", headers=as_viewer(town.consumer))
    file = tmp_path / "draw.json"
    file.write_bytes(answer.content)
    assert str(town.member.id).replace("-", "") not in answer.content.decode()
    from click.testing import CliRunner

    true = CliRunner().invoke(command, ["verify", str(file), "--commitment", draw.commitment])
    assert (true.exit_code, "TRUE" in true.output or "属实" in true.output) == (0, True), true.output
    changed = bytearray(answer.content)
    changed[len(changed) // 2] ^= 1
    file.write_bytes(bytes(changed))
    assert CliRunner().invoke(command, ["verify", str(file)]).exit_code == 1


@pytest.mark.usefixtures("committed_db")
def test_plays_that_arrive_together_are_committed_together(client):
    town = Town(client)
    draw = a_draw(town.brand, goods(now=town.now, stock=3), now=town.now)

    def call(_number: int) -> HotCall:
        body = orjson.dumps({"id": new_id(), "draw_id": draw.id})
        return HotCall(body, a_viewer("consumer", a_member(town.brand)), {}, "", "en", town.now)

    async def rush():
        return await asyncio.gather(*(hot.HOT[0].answer(one) for one in calls))

    calls = [call(number) for number in range(20)]
    try:
        answers = asyncio.run(rush())
    finally:
        hot.PLAYING.stop()
        hot.PLAYING.reopen()
    plays = [orjson.loads(body) for _, _, body in answers]
    assert sorted(one["number"] for one in plays) == list(range(1, 21))
    assert sum(1 for one in plays if one["prize_id"]) == 3
    assert DrawPlay.objects.count() == 20
