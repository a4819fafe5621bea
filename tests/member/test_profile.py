"""Tags by hand, notes, visits, and by which sources members came."""

from datetime import timedelta

import pytest
from django.db import connection

from sitong.member.identity.actions import UndoWanted, undo_join
from sitong.member.models import MemberNote, MemberTag, Visit
from sitong.member.profile.actions import (
    NoteWanted,
    TagWanted,
    VisitSeen,
    make_tags,
    note_members,
    note_visits,
    remove_note,
    retire_tag,
    tag_members,
    untag_members,
)
from sitong.member.profile.queries import last_visits, notes_of, tags_of, tags_of_brand, visits_of
from sitong.member.sources.actions import SourceWanted, name_sources, retire_source
from sitong.member.sources.queries import sources_of_brand
from sitong.shared.access.models import Audit
from sitong.shared.errors import NotFound
from sitong.shared.ids import new_id
from tests.make.member import a_member, a_note, a_tag, a_visit, joined_as_one
from tests.make.org import a_brand, a_store

pytestmark = pytest.mark.usefixtures("db")


def test_a_tag_is_put_once_and_who_put_it_is_kept(now):
    brand, by = a_brand(), new_id()
    tag, members = a_tag(brand), [a_member(brand), a_member(brand)]
    ids = [one.id for one in members]
    assert tag_members(ids, tag.id, by=by, now=now) == 2
    assert tag_members(ids, tag.id, by=new_id(), now=now) == 0
    assert [(one.name, one.by, one.at) for one in tags_of(ids[:1])] == [("常客", by, now)]
    assert untag_members(ids[:1], tag.id, by=by, now=now) == 1
    assert untag_members(ids[:1], tag.id, by=by, now=now) == 0
    assert tags_of(ids[:1]) == []
    assert Audit.objects.filter(verb="untagged", subject_id=ids[0]).count() == 1


def test_a_tag_s_name_is_a_brand_s_once_and_free_again_when_it_retires(now):
    brand = a_brand()
    tag, member = a_tag(brand), a_member(brand)
    wanted = [
        TagWanted(new_id(), brand.id, "常客"),
        TagWanted(tag.id, brand.id, "常客"),
        TagWanted(tag.id, brand.id, "别的"),
        TagWanted(new_id(), brand.id, " "),
        TagWanted(new_id(), brand.id, "好", "polka dot"),
    ]
    taken, same, other, empty, color = make_tags(wanted, by=None, now=now)
    assert same == tag
    assert [one.code for one in (taken, other, empty, color)] == [
        "member.tag_name_taken",
        "shared.repeat_differs",
        "member.tag_malformed",
        "member.tag_malformed",
    ]
    tag_members([member.id], tag.id, by=None, now=now)
    retire_tag(tag.id, by=None, now=now)
    with pytest.raises(NotFound):
        tag_members([a_member(brand).id], tag.id, by=None, now=now)
    assert [one.name for one in tags_of([member.id])] == ["常客"], "who has it keeps it"
    assert a_tag(brand).id != tag.id
    assert len(tags_of_brand(brand.id, also_retired=False)) == 1


def test_a_note_is_sealed_and_taking_it_away_leaves_who_did(now):
    member, by = a_member(), new_id()
    note = a_note(member, "对花生过敏")
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM member_membernote WHERE id = %s", [note.id])
        assert "花生" not in cursor.fetchone()[0]
    again, other, empty = note_members([
        NoteWanted(note.id, member.brand_id, member.id, "对花生过敏"),
        NoteWanted(note.id, member.brand_id, member.id, "别的"),
        NoteWanted(new_id(), member.brand_id, member.id, "  "),
    ], by=by, now=now)  # fmt: skip
    assert again == note
    assert (other.code, empty.code) == ("shared.repeat_differs", "member.note_empty")
    assert [one.text for one in notes_of(member.id)] == ["对花生过敏"]
    remove_note(note.id, by=by, now=now)
    remove_note(note.id, by=by, now=now)
    assert MemberNote.objects.count() == 0
    assert Audit.objects.filter(verb="note_removed", by=by).count() == 1


def test_one_document_is_one_visit(now):
    brand = a_brand()
    member, store = a_member(brand), a_store(brand)
    seen = VisitSeen(new_id(), brand.id, member.id, store.id, "bought", now)
    later = VisitSeen(seen.document_id, brand.id, member.id, store.id, "fetched", now + timedelta(hours=1))
    unknown = VisitSeen(new_id(), brand.id, new_id(), store.id, "bought", now)
    assert note_visits([seen, later, unknown], now=now) == 1
    assert note_visits([later], now=now + timedelta(hours=1)) == 0
    assert [(one.kind, one.at) for one in visits_of(member.id)] == [("bought", now)]
    assert last_visits([member.id]) == {member.id: now}
    assert visits_of(member.id, store_ids=[new_id()]) == []


def test_tags_notes_and_visits_move_with_a_join_and_go_back(now):
    brand = a_brand()
    store, both, one_tag = a_store(brand), a_tag(brand, "都有"), a_tag(brand, "只有她")
    first, second = a_member(brand), a_member(brand, now=now + timedelta(days=1))
    tag_members([first.id, second.id], both.id, by=None, now=now)
    tag_members([second.id], one_tag.id, by=None, now=now)
    a_note(second)
    a_visit(second, store)
    kinds = (MemberTag, MemberNote, Visit)
    before = [dict(kind.objects.values_list("id", "member_id")) for kind in kinds]
    join = joined_as_one(first, second)
    assert sorted(one.name for one in tags_of([first.id])) == ["只有她", "都有"]
    assert (len(notes_of(first.id)), len(visits_of(first.id))) == (1, 1)
    undo_join(UndoWanted(join.id), by=None, now=now)
    assert [dict(kind.objects.values_list("id", "member_id")) for kind in kinds] == before


def test_a_source_s_code_is_a_brand_s_once(now):
    brand = a_brand()
    wanted = SourceWanted(new_id(), brand.id, "spring-poster", "春季海报", "store_scan")
    named, same, taken, built_in, wrong = name_sources([
        wanted,
        wanted,
        SourceWanted(new_id(), brand.id, "Spring-Poster", "另一张", "ad"),
        SourceWanted(new_id(), brand.id, "mini-shop", "小店", "mini_shop"),
        SourceWanted(new_id(), brand.id, "a b", "错", "ad"),
    ], by=None, now=now)  # fmt: skip
    assert named is same
    assert [one.code for one in (taken, built_in, wrong)] == ["member.source_taken"] * 2 + ["member.source_malformed"]
    assert sources_of_brand(brand.id)["spring-poster"].name == "春季海报"
    assert retire_source(named.id, by=None, now=now).retired_at == now
