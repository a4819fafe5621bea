"""Codes' histories as EPCIS 2.0: written by the published structure, read back, and taken in by another platform's tables."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import orjson
import pytest
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from sitong.goods.codes.actions import CodeRange, MoveWanted, Place, RangeWanted, move_codes, take_out_codes, void_codes
from sitong.goods.codes.actions.capture import Captured, capture_events
from sitong.goods.codes.epcis import STEPS, CodeEvent, Names, document_of, events_of
from sitong.goods.codes.models import (
    CodeActivation,
    CodeBatch,
    CodeMove,
    CodePacking,
    CodePlace,
    CodeProduction,
    CodeVoid,
)
from sitong.goods.codes.moving import CodeReceived
from sitong.goods.codes.queries import CodeUnknown, contents_of, standings_now
from sitong.goods.codes.queries.epcis import HistoryTooLong, events_of_batch, events_of_code, names_for
from sitong.shared.errors import NotFound
from sitong.shared.ids import new_id
from tests.make.access import a_viewer, as_viewer
from tests.make.codes import a_batch, a_tree, code_texts
from tests.make.org import NOW, a_brand, a_dealer, a_store, done

NAMES = Names("https://c.example.cn", "sitong", "Asia/Shanghai")
PLACES = st.builds(Place, st.sampled_from(["brand", "dealer", "store"]), st.uuids())
CODES = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=17, max_size=17)
WORDS = st.text("abcxyz0123456789-", min_size=1, max_size=12)


@st.composite
def code_events(draw) -> CodeEvent:
    kind = draw(st.sampled_from(sorted(STEPS)))
    gtin = draw(st.sampled_from(["", "06901234567892"]))
    codes = tuple(NAMES.code(code, gtin) for code in draw(st.lists(CODES, min_size=1, max_size=3)))
    parent = NAMES.code(draw(CODES), "") if kind in {"pack", "unpack"} else ""
    more = (
        {"lot": draw(WORDS), "sku": draw(WORDS)}
        if kind == "commission"
        else {"reason": draw(WORDS)}
        if kind == "decommission"
        else {}
    )
    start, goal = (draw(PLACES), draw(PLACES)) if kind in {"ship", "receive"} else (None, None)
    place = goal if kind == "receive" else start if kind == "ship" else draw(PLACES)
    at = NOW + timedelta(seconds=draw(st.integers(0, 10**6)))
    return CodeEvent(draw(st.uuids()), kind, at, codes, parent, place, start, goal, tuple(sorted(more.items())))


@given(st.lists(code_events(), max_size=6, unique_by=lambda event: event.at))
def test_what_is_written_is_read_back(events):
    document = document_of(events, NAMES, now=NOW)
    assert events_of(orjson.loads(orjson.dumps(document))) == sorted(events, key=lambda event: event.at)


def one_event(**said):
    at = {"eventTime": "2026-03-03T02:00:00Z", "eventTimeZoneOffset": "+08:00"}
    return {"epcisBody": {"eventList": [{**at, **said}]}}


@pytest.mark.parametrize("spoiled", [
    {"type": "EPCISQueryDocument"}, {"schemaVersion": "1.2"}, {"epcisBody": {}}, {"@context": None, "creationDate": "yesterday"},
    one_event(type="ObjectEvent", action="OBSERVE"), one_event(type="ObjectEvent", action="SEEN", epcList=[]),
    one_event(type="TransformationEvent"), one_event(type="ObjectEvent", action="OBSERVE", bizStep="dancing", epcList=[]),
    one_event(type="ObjectEvent", action="OBSERVE", bizStep="shipping", epcList=[], eventTimeZoneOffset="8"),
    one_event(type="ObjectEvent", action="OBSERVE", bizStep="shipping", epcList=[], ilmd={}),
    one_event(type="ObjectEvent", action="OBSERVE", bizStep="shipping", epcList=[], disposition="happy"),
    one_event(type="AggregationEvent", action="ADD", bizStep="packing", parentID="https://id.gs1.org/00/1", childEPCs=[]),
])  # fmt: skip
def test_what_the_standard_does_not_know_is_not_read(spoiled):
    with pytest.raises(ValueError, match=r".+"):
        events_of({**document_of([], NAMES, now=NOW), **spoiled})


@pytest.fixture
def brand(db):
    return a_brand()


def lived(brand):
    """A tree whose pallet went to a dealer, one box on to a store, one item to a consumer and back; a part of it is void."""
    dealer = Place("dealer", a_dealer(brand).id)
    store = Place("store", a_store(brand).id)
    tree, clock = a_tree(brand, items=24, per_box=6, per_pallet=2), iter(range(1, 99))

    def move(kind, at, batch, serial, to=None):
        texts = tuple(code_texts(batch, serial))
        done(
            move_codes([MoveWanted(new_id(), brand.id, kind, at, texts, to=to)], now=NOW + timedelta(hours=next(clock)))
        )

    move("ship", Place("brand", brand.id), tree.pallets, 1, dealer)
    move("receive", dealer, tree.pallets, 1)
    move("ship", dealer, tree.boxes, 2, store)
    move("receive", store, tree.boxes, 2)
    move("sell", store, tree.items, 8)
    move("return", store, tree.items, 8)
    take_out_codes(
        [CodeRange(tree.items.id, 13, 14)], brand_id=brand.id, by=None, now=NOW + timedelta(hours=next(clock))
    )
    void_codes(
        [RangeWanted(new_id(), brand.id, tree.items.id, 20, 21, "破损")],
        by=None,
        now=NOW + timedelta(hours=next(clock)),
    )
    return tree


def of(events):
    """What events say, whatever their ids, and whichever of one moment comes first."""
    return sorted(
        (replace(event, id=UUID(int=0)) for event in events),
        key=lambda event: (event.at, event.kind, event.parent, event.codes),
    )


def test_the_history_of_one_code_tells_its_whole_way(brand):
    tree = lived(brand)
    events = events_of_code(CodeBatch.objects.get(id=tree.items.id), 8)
    assert [event.kind for event in events if event.kind not in {"pack", "unpack"}] == [
        "commission", "ship", "receive", "ship", "receive", "sell", "return",
    ]  # fmt: skip
    moved = [event.codes for event in events if event.kind in {"ship", "sell"}]
    names = names_for(brand.id)
    assert moved == [
        (names.code(*code_texts(tree.pallets, 1), ""),), (names.code(*code_texts(tree.boxes, 2), ""),), (names.code(*code_texts(tree.items, 8), ""),),
    ]  # fmt: skip


def test_a_whole_tree_is_exported_and_taken_in_again(brand):
    tree = lived(brand)
    batches = [CodeBatch.objects.get(id=one.id) for one in (tree.items, tree.boxes, tree.pallets)]
    exported = [event for batch in batches for event in events_of_batch(batch)]
    there = standings_now([(tree.items.id, serial) for serial in range(1, 25)])
    inside = contents_of([CodeRange(tree.pallets.id, 1, 2)])
    document = orjson.loads(orjson.dumps(document_of(exported, names_for(brand.id), now=NOW)))
    with transaction.atomic():
        for table in (CodeMove, CodePacking, CodePlace, CodeProduction, CodeVoid, CodeActivation):
            table.objects.all().delete()
        assert not standings_now([(tree.items.id, 1)])
        read = events_of(document)
        outcomes = capture_events(read, brand_id=brand.id, by=None, now=NOW + timedelta(days=9))
        refused = [
            (event.kind, one) for event, one in zip(read, outcomes, strict=True) if not isinstance(one, Captured)
        ]
        assert {kind for kind, _ in refused} <= {"unpack"}  # a box that moves alone has left its pallet already
        again = standings_now([(tree.items.id, serial) for serial in range(1, 25)])
        assert {key: (one.state, one.place, one.since) for key, one in again.items()} == {
            key: (one.state, one.place, one.since) for key, one in there.items()
        }
        assert contents_of([CodeRange(tree.pallets.id, 1, 2)]).lines == inside.lines
        afterwards = [event for batch in batches for event in events_of_batch(batch)]
        assert [one for one in of(afterwards) if one.kind not in {"pack", "unpack"}] == [
            one for one in of(exported) if one.kind not in {"pack", "unpack"}
        ]
        assert (
            capture_events(
                [one for one in read if one.kind == "ship"], brand_id=brand.id, by=None, now=NOW + timedelta(days=9)
            )[0].codes
            == 1
        )
        transaction.set_rollback(True)


def test_events_that_cannot_be_are_refused_one_by_one(brand):
    tree = lived(brand)
    names, dealer = names_for(brand.id), Place("dealer", new_id())
    (pallet,) = (names.code(code, "") for code in code_texts(tree.pallets, 2))
    foreign = a_batch(a_brand().id, 3)
    events = [
        CodeEvent(new_id(), "ship", NOW, (names.code(*code_texts(foreign, 1), ""),), place=Place("brand", brand.id), goal=dealer),
        CodeEvent(new_id(), "ship", NOW, (pallet,), place=Place("brand", brand.id), start=Place("brand", brand.id), goal=dealer),
        CodeEvent(new_id(), "commission", NOW, (pallet,), more=(("sku", "nonsense"),)),
        CodeEvent(new_id(), "receive", NOW, (names.code(*code_texts(tree.boxes, 2), ""),),
                  goal=CodeMove.objects.filter(kind="receive", to_kind="store").values_list("to_id", flat=True).get() and Place(
                      "store", CodeMove.objects.get(kind="receive", to_kind="store").to_id)),
    ]  # fmt: skip
    outcomes = capture_events(events, brand_id=brand.id, by=None, now=NOW)
    assert outcomes[:3] == [CodeUnknown(), NotFound(what="place"), NotFound(what="sku")]
    assert isinstance(outcomes[3], CodeReceived)


def test_a_history_of_too_many_codes_is_refused(brand):
    batch = a_batch(brand.id, 30_000)
    void_codes([RangeWanted(new_id(), brand.id, batch.id, 1, 30_000, "丢失")], by=None, now=NOW)
    with pytest.raises(HistoryTooLong):
        events_of_batch(batch)


def test_histories_are_exported_and_taken_in_over_http(brand):
    tree, owner = lived(brand), as_viewer(a_viewer("brand", brand))
    answer = Client().get("/api/v1/codes/epcis", {"text": code_texts(tree.items, 8)[0]}, headers=owner)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/ld+json")
    document = answer.json()
    assert (document["type"], document["schemaVersion"]) == ("EPCISDocument", "2.0")
    assert Client().get(f"/api/v1/code-batches/{tree.items.id}/epcis", headers=owner).json()["epcisBody"]["eventList"]

    def capture(said):
        return Client().post(
            "/api/v1/epcis/capture", orjson.dumps(said), content_type="application/json", headers=owner
        )

    outcomes = capture(document).json()
    assert {one["outcome"] for one in outcomes} == {"captured", "refused"}
    assert capture({"type": "nonsense"}).status_code == 422
