"""The model that links, on a generated population whose truth is known."""

from __future__ import annotations

import pyarrow as pa
import pytest

from sitong.member.linking.comparing import VERSION
from sitong.member.linking.faces import FIELDS, prepare
from sitong.member.linking.measuring import by_band, by_error, quality, truth
from sitong.member.linking.model import compare, group, opened, starting, trained
from sitong.member.linking.population import ERRORS, generated
from sitong.member.linking.sounds import sounds_of

RECORDS = 20_000
JOINED = "probability >= 0.99 AND NOT unsure AND NOT apart"


@pytest.fixture(scope="module")
def linked():
    connection = opened(memory="1GB")
    people = generated(RECORDS, seed=11)
    prepare(connection, people, table="faces")
    model = trained(connection, "faces")
    compare(connection, model, faces="faces", into="pairs")
    group(connection, faces="faces", pairs="pairs", joined=JOINED, apart="apart", into="grouped")
    truth(connection, people)
    return connection, people, model


def faces(*rows: dict[str, str]) -> pa.Table:
    columns = {field: pa.array([row.get(field) for row in rows], pa.string()) for field in FIELDS}
    return pa.table({"unique_id": pa.array(range(1, len(rows) + 1), pa.int64()), **columns})


def pair_of(first: dict[str, str], second: dict[str, str], *, reverse: bool = False) -> dict:
    connection = opened(memory="1GB")
    prepare(connection, generated(2_000, seed=3), table="others")
    prepare(connection, faces(*([second, first] if reverse else [first, second])), table="said")
    connection.execute("UPDATE said SET unique_id = unique_id + 1000000")
    compare(connection, starting(), faces="others", new="said", into="pairs")
    rows = connection.execute("SELECT * FROM pairs WHERE left_id > 1000000")
    names = [column[0] for column in rows.description]
    found = rows.fetchall()
    return dict(zip(names, found[0], strict=True)) if found else {}


def test_without_any_label_it_finds_nearly_all_and_errs_hardly_ever(linked):
    found = quality(linked[0], groups="grouped")
    assert found.precision >= 0.995
    assert found.recall >= 0.95


def test_families_with_one_phone_are_not_merged(linked):
    (joined, family) = by_band(linked[0], pairs="pairs", bands={"joined": JOINED, "apart": "apart"})
    assert joined.families <= joined.pairs * 0.003
    assert family.right < 0.05
    assert family.families > 100


def test_quality_is_told_by_kind_of_error(linked):
    kinds = {one.kind: one for one in by_error(linked[0], pairs="pairs", joined=JOINED, asked="probability >= 0.5")}
    assert set(kinds) == {"none", *ERRORS, "two fields", "family", "all"}
    assert kinds["none"].joined > 0.98
    assert kinds["phone_changed"].joined > 0.85
    assert abs(kinds["all"].joined + kinds["all"].asked + kinds["all"].missed - 1) < 1e-9


def test_the_model_is_data_that_says_by_which_recipe_it_was_learned(linked):
    model = linked[2]
    assert model["sitong_version"] == VERSION == starting()["sitong_version"]
    levels = [
        level for one in model["comparisons"] for level in one["comparison_levels"] if not level.get("is_null_level")
    ]
    assert all(level["m_probability"] >= 0.0005 and level["u_probability"] > 0 for level in levels)


def test_new_ones_are_compared_with_all_and_with_each_other_but_the_old_ones_are_not_again(linked):
    connection, _, model = linked
    connection.execute("CREATE OR REPLACE TABLE old AS FROM faces WHERE unique_id < 19000")
    connection.execute("CREATE OR REPLACE TABLE new AS FROM faces WHERE unique_id >= 19000")
    compare(connection, model, faces="old", new="new", into="some_pairs")
    assert connection.execute("SELECT count(*) FROM some_pairs WHERE right_id < 19000").fetchall() == [(0,)]
    whole = connection.execute("SELECT count(*) FROM pairs WHERE right_id >= 19000 AND probability > 0.5").fetchall()[
        0
    ][0]
    some = connection.execute("SELECT count(*) FROM some_pairs WHERE probability > 0.5").fetchall()[0][0]
    assert some == whole > 50


@pytest.mark.parametrize("reverse", [False, True])
def test_a_homophone_and_a_moved_customer_are_joined(reverse):
    first = {
        "name": "邱梓涵",
        "phone": "+8613800001234",
        "birthday": "1988-03-04",
        "city": "苏州",
        "address": "人民路12号",
    }
    second = {
        "name": "邱子函",
        "phone": "+8613800001234",
        "birthday": "1988-03-04",
        "city": "上海",
        "address": "中山路9号",
    }
    pair = pair_of(first, second, reverse=reverse)
    assert (pair["name"], pair["phone"], pair["birthday"]) == ("sound", "same", "same")
    assert pair["probability"] > 0.999
    assert not pair["apart"]


def test_siblings_with_one_phone_and_one_address_are_apart():
    first = {
        "name": "邱梓涵",
        "phone": "+8613800001234",
        "birthday": "1988-03-04",
        "city": "苏州",
        "address": "人民路12号3室",
    }
    second = {
        "name": "邱梓轩",
        "phone": "+8613800001234",
        "birthday": "1991-11-20",
        "city": "苏州",
        "address": "人民路12号3室",
    }
    pair = pair_of(first, second)
    assert pair == {} or pair["apart"]


def test_another_given_name_without_birthday_is_never_joined_by_itself():
    first = {"name": "邱梓涵", "phone": "+8613800001234", "email": "a@qq.com"}
    second = {"name": "邱丽", "phone": "+8613800001234", "email": "a@qq.com"}
    assert pair_of(first, second)["unsure"]


def test_twins_are_never_joined_by_themselves():
    home = {"phone": "+8613800001234", "birthday": "1988-03-04", "city": "苏州", "address": "人民路12号3室"}
    assert pair_of({"name": "邱丽", **home}, {"name": "邱伟", **home})["unsure"]


def test_a_surname_with_a_title_is_a_weak_sign():
    pair = pair_of({"name": "邱女士", "phone": "+8613800001234"}, {"name": "邱丽", "phone": "+8613800001234"})
    assert pair["name"] == "title"


def test_homophones_have_one_sound_and_so_have_what_ears_mix_up():
    assert len(set(sounds_of(["王小明", "王晓鸣", "汪筱铭"]))) == 1
    assert len(set(sounds_of(["张胜", "章绅", "臧森"]))) == 1
    assert sounds_of(["Anna"]) == ["Anna"]


def test_the_same_seed_gives_the_same_people():
    assert generated(500, seed=4).equals(generated(500, seed=4))
    assert not generated(500, seed=4).equals(generated(500, seed=5))
