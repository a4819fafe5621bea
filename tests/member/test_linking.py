"""Records of a file find their members: by keys, by likelihood, by a person's word; and everything can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sitong.member.identity.queries import member_now
from sitong.member.imports.models import ImportFile, ImportRecord
from sitong.member.linking.actions import DecisionWanted, decide_pair, link_import, set_bands, take_back, undo_run
from sitong.member.linking.models import LinkDecision, LinkedRecord, LinkModel, LinkPair, LinkRun
from sitong.member.linking.queries import bands_of, next_pair, open_pairs, pair_shown, run_preview
from sitong.member.linking.rules import Bands
from sitong.member.linking.working import work_on
from sitong.member.models import Birthday, Member, MemberJoin, MemberKey
from sitong.member.tiers.actions.birthdays import say_birthday
from sitong.shared.errors import Refused
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from tests.make.linking import a_file, a_run, decided, linked
from tests.make.member import a_key, a_member, joined_as_one
from tests.make.org import NOW, a_brand

pytestmark = pytest.mark.usefixtures("db")

LATER = NOW + timedelta(hours=1)


def refused(action, *args, **named) -> str:
    with pytest.raises(Refused) as no:
        action(*args, **named)
    return no.value.code


def named(name: str) -> Member:
    """The member of this name: names are sealed, so the table cannot be asked."""
    (found,) = [one for one in Member.objects.all() if one.name == name]
    return found


def states(file: ImportFile) -> list[tuple[str, object]]:
    return list(ImportRecord.objects.filter(file=file).order_by("row").values_list("state", "member_id"))


def qiu(brand, **more):
    """A member of a rare name, whose birthday is known."""
    member = a_member(brand, phone="13800001234", name="邱梓涵", **more)
    say_birthday(member.id, month=3, day=4, now=NOW)
    return member


def counts(run: LinkRun) -> dict[str, int]:
    names = ("certain", "joined", "again", "queued", "created", "joins", "done")
    return {name: getattr(run, name) for name in names if getattr(run, name)}


def test_a_card_proves_at_once_a_likely_one_is_joined_and_who_resembles_nobody_is_a_new_member():
    brand = a_brand()
    member, holder = qiu(brand), a_member(brand, name="", phone="")
    a_key(holder, "card", "8800001")
    file = a_file(
        brand,
        [
            "邱子函,13800001234,qiu@qq.com,1988-03-04,苏州,人民路12号,",
            "陌生人,,,,,,8800001",
            "龚若曦,13912345678,,1990-01-02,上海,中山路1号,8800002",
        ],
    )
    run = linked(file)
    assert counts(run) == {"certain": 1, "joined": 1, "created": 1, "done": 3}
    new = named("龚若曦")
    assert states(file) == [("matched", member.id), ("matched", holder.id), ("created", new.id)]
    assert (new.phone, new.source) == ("+8613912345678", "import")
    assert MemberKey.objects.get(member=new).how == "imported"
    assert Birthday.objects.get(member_id=new.id).day == 2
    assert Member.objects.get(id=holder.id).name == "陌生人"
    assert Member.objects.get(id=member.id).name == "邱梓涵"
    assert ImportFile.objects.get(id=file.id).state == "linked"
    pair = LinkPair.objects.get(state="joined", member_id=member.id)
    assert pair.reasons["name"][0] == "sound"
    assert pair.reasons["phone"][0] == "same"
    assert check_books() == []


def test_a_family_with_one_phone_stays_a_family():
    brand = a_brand()
    mother = qiu(brand)
    file = a_file(
        brand, ["邱明轩,13800001234,,2012-09-10,苏州,人民路12号,", "邱梓涵,13800001234,,1988-03-04,苏州,人民路12号,"]
    )
    run = linked(file)
    assert counts(run) == {"joined": 1, "created": 1, "done": 2}
    child = named("邱明轩")
    assert states(file) == [("created", child.id), ("matched", mother.id)]
    assert child.phone == ""
    assert Member.objects.get(id=mother.id).phone == "+8613800001234"


def test_what_is_neither_clear_nor_far_off_waits_for_a_person_side_by_side():
    brand = a_brand()
    member = qiu(brand)
    file = a_file(brand, ["邱女士,13800001234,,,,,"])
    run = linked(file)
    assert counts(run) == {"queued": 1, "done": 1}
    assert states(file) == [("queued", None)]
    shown = pair_shown(next_pair(brand.id), clear=True)
    assert shown.left.said == {"name": ("邱女士",), "phone": ("+8613800001234",)}
    assert shown.right.said["birthday"] == ("03-04",)
    hidden = pair_shown(next_pair(brand.id), clear=False)
    assert hidden.left.said["phone"] != shown.left.said["phone"]
    decided(next_pair(brand.id), "same", now=LATER)
    assert states(file) == [("matched", member.id)]
    assert open_pairs(brand.id) == 0


def test_different_makes_a_new_member_and_the_pair_is_never_asked_again_not_even_in_another_file():
    brand = a_brand()
    member = qiu(brand)
    linked(a_file(brand, ["邱女士,13800001234,,,,,"]))
    decided(next_pair(brand.id), "different")
    other = ImportRecord.objects.get().member_id
    assert other not in {None, member.id}
    second = a_file(
        brand, ["邱女士,13800001234,,,,,", "龚若曦,,,1990-01-02,上海,中山路1号,"], name="again.csv", now=LATER
    )
    run = linked(second, now=LATER)
    assert open_pairs(brand.id) == 0
    assert states(second)[0] == ("matched", other)
    assert counts(run) == {"again": 1, "created": 1, "done": 2}


def test_later_puts_a_pair_to_the_end_of_the_queue():
    brand = a_brand()
    qiu(brand)
    a_member(brand, phone="13800005678", name="龚若曦")
    linked(a_file(brand, ["邱女士,13800001234,,,,,", "龚女士,13800005678,,,,,"]))
    first = next_pair(brand.id)
    decided(first, "later", now=LATER)
    assert next_pair(brand.id).id != first.id
    assert open_pairs(brand.id) == 2


def test_a_word_is_taken_back_and_everything_is_as_it_was():
    brand, by = a_brand(), new_id()
    member = a_member(brand, phone="13800001234", name="邱梓涵")
    file = a_file(brand, ["邱女士,13800001234,,1988-03-04,,,8800009"])
    linked(file)
    said = decided(next_pair(brand.id), "same", by=by)
    assert MemberKey.objects.filter(member=member, kind="card").count() == 1
    assert Birthday.objects.filter(member_id=member.id).count() == 1
    back = take_back(said.id, by=by, now=LATER)
    assert take_back(said.id, by=by, now=LATER + timedelta(1)) == back
    assert states(file) == [("queued", None)]
    assert not MemberKey.objects.exists()
    assert not Birthday.objects.exists()
    assert open_pairs(brand.id) == 1
    decided(next_pair(brand.id), "different", by=by, now=LATER)
    assert states(file)[0][0] == "created"


def test_who_was_called_different_by_mistake_is_joined_when_the_word_is_taken_back():
    brand, by = a_brand(), new_id()
    member = qiu(brand)
    linked(a_file(brand, ["邱女士,13800001234,,,,,"]))
    said = decided(next_pair(brand.id), "different", by=by)
    made = ImportRecord.objects.get().member_id
    take_back(said.id, by=by, now=LATER)
    decided(next_pair(brand.id), "same", by=by, now=LATER)
    assert member_now([made]) == {made: member.id}
    assert ImportRecord.objects.get().member_id == member.id


def test_a_decision_sent_again_gets_the_first_answer_and_nobody_decides_twice():
    brand, by = a_brand(), new_id()
    qiu(brand)
    linked(a_file(brand, ["邱女士,13800001234,,,,,"]))
    pair = next_pair(brand.id)
    wanted = DecisionWanted(new_id(), pair.id, "same")
    assert decide_pair(wanted, by=by, now=NOW) == decide_pair(wanted, by=by, now=LATER)
    assert (
        refused(decide_pair, DecisionWanted(wanted.id, pair.id, "different"), by=by, now=NOW) == "shared.repeat_differs"
    )
    assert refused(decide_pair, DecisionWanted(new_id(), pair.id, "different"), by=by, now=NOW) == "member.pair_settled"
    assert (
        refused(decide_pair, DecisionWanted(new_id(), pair.id, "perhaps"), by=by, now=NOW) == "member.verdict_unknown"
    )
    assert refused(decide_pair, DecisionWanted(new_id(), new_id(), "same"), by=by, now=NOW) == "shared.not_found"
    assert LinkDecision.objects.count() == 1


def test_a_record_that_shows_two_members_to_be_one_joins_them_and_undoing_the_run_parts_them():
    brand = a_brand()
    member = qiu(brand)
    other = a_member(brand, phone="", name="邱梓涵")
    say_birthday(other.id, month=3, day=4, now=NOW)
    a_key(other, "card", "8800003")
    file = a_file(brand, ["邱梓涵,13800001234,qiu@qq.com,1988-03-04,苏州,人民路12号,8800003"])
    run = linked(file)
    assert run.joins == 1
    assert member_now([other.id]) == {other.id: member.id}
    undone = undo_run(run.id, by=None, now=LATER)
    assert (undone.state, undone.undone) == ("undone", 1)
    assert member_now([other.id]) == {other.id: other.id}
    assert MemberKey.objects.get().member_id == other.id
    assert states(file) == [("waiting", None)]
    assert check_books() == []


def test_an_undone_run_leaves_no_trace_and_what_it_joined_is_asked_the_next_time():
    brand = a_brand()
    member = a_member(brand, phone="13800001234", name="")
    say_birthday(member.id, month=3, day=4, now=NOW)
    known = a_member(brand, phone="13800005678", name="龚若曦")
    file = a_file(brand, ["龚若曦,13800005678,,1990-01-02,上海,中山路1号,8800004", "邱女士,13800001234,,,,,"])
    run = linked(file)
    assert counts(run)["joined"] == 1
    assert MemberKey.objects.get().member_id == known.id
    assert refused(undo_run, new_id(), by=None, now=LATER) == "shared.not_found"
    assert undo_run(run.id, by=None, now=LATER) == undo_run(run.id, by=None, now=LATER)
    assert not MemberKey.objects.exists()
    assert not Birthday.objects.filter(member_id=known.id).exists()
    assert not LinkedRecord.objects.exclude(how="created").exists()
    again = linked(file, now=LATER)
    assert counts(again).get("joined", 0) == 0
    assert next_pair(brand.id) is not None
    assert known.id in set(LinkPair.objects.filter(state="open").values_list("member_id", flat=True))


def test_running_again_changes_nothing_and_importing_the_same_lines_finds_the_same_members():
    brand = a_brand()
    qiu(brand)
    lines = [
        "邱子函,13800001234,qiu@qq.com,1988-03-04,苏州,人民路12号,",
        "龚若曦,13912345678,,1990-01-02,上海,中山路1号,",
    ]
    first = a_file(brand, lines)
    linked(first)
    before = states(first), Member.objects.count()
    second = linked(first, now=LATER)
    assert (states(first), Member.objects.count()) == before
    assert counts(second) == {}
    copy = a_file(brand, [*lines, "邵语桐,13800009999,,,,,"], name="copy.csv", now=LATER)
    run = linked(copy, now=LATER)
    assert [row[1] for row in states(copy)[:2]] == [row[1] for row in before[0]]
    assert counts(run) == {"again": 2, "created": 1, "done": 3}


def test_what_only_an_earlier_file_knew_tells_a_later_file_s_record():
    brand = a_brand()
    qiu(brand)
    linked(a_file(brand, ["邱梓涵,13800001234,qiu@qq.com,1988-03-04,苏州,人民路12号,"]))
    later = a_file(brand, ["邱梓涵,13811112222,qiu@qq.com,,苏州,人民路12号,"], name="later.csv", now=LATER)
    linked(later, now=LATER)
    assert states(later)[0][0] == "matched"


def test_one_customer_twice_in_a_file_becomes_one_member():
    brand = a_brand()
    file = a_file(
        brand,
        [
            "邱梓涵,13800001234,qiu@qq.com,1988-03-04,苏州,人民路12号,",
            "邱子函,13800001234,qiu@qq.com,1988-03-04,上海,,",
        ],
    )
    linked(file)
    assert Member.objects.count() == 1
    assert {row[1] for row in states(file)} == {Member.objects.get().id}


def test_bands_are_the_brand_s_and_a_preview_says_what_others_would_mean():
    brand = a_brand()
    qiu(brand)
    assert bands_of(brand.id) == Bands(9_900, 5_000)
    assert refused(set_bands, brand.id, bands=Bands(4_000, 5_000), by=None, now=NOW) == "member.bands_malformed"
    run = linked(
        a_file(brand, ["邱子函,13800001234,,1988-03-04,苏州,人民路12号,", "龚若曦,,,1990-01-02,上海,中山路1号,"])
    )
    now, strict = run_preview(run, Bands(9_900, 5_000)), run_preview(run, Bands(9_999, 9_999))
    assert (now.joined, now.asked, now.alone) == (1, 0, 1)
    assert strict.joined + strict.asked + strict.alone == 2
    set_bands(brand.id, bands=Bands(9_999, 100), by=None, now=NOW)
    assert a_run(ImportFile.objects.get()).join_from_bp == 9_999


def test_only_an_accepted_file_is_linked_and_not_twice_at_once():
    brand = a_brand()
    file = a_file(brand, ["邱梓涵,13800001234,,,,,"])
    run = a_run(file)
    assert link_import(file.id, run_id=run.id, by=None, now=LATER) == run
    assert refused(link_import, file.id, run_id=new_id(), by=None, now=NOW) == "member.link_running"
    assert refused(link_import, new_id(), run_id=new_id(), by=None, now=NOW) == "shared.not_found"
    assert refused(undo_run, run.id, by=None, now=NOW) == "member.link_not_done"
    assert work_on(run.id, now=NOW)
    assert not work_on(run.id, now=LATER)
    model = LinkModel.objects.get()
    assert (model.version, model.trained_on) == (1, 1_000_000)
    assert model.quality == {"records": 1, "joined": 0, "asked": 0, "alone": 1}


def test_joined_members_of_records_are_members_of_the_one_who_stays():
    brand = a_brand()
    member = qiu(brand)
    linked(a_file(brand, ["邱女士,13800001234,,,,,"]))
    pair = next_pair(brand.id)
    keeper = a_member(brand, phone="13900000000", name="邱梓涵", now=NOW - timedelta(days=9))
    joined_as_one(member, keeper, survivor=keeper)
    decided(pair, "same", now=LATER)
    assert ImportRecord.objects.get().member_id == keeper.id
    assert MemberJoin.objects.count() == 1
