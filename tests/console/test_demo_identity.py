"""The demo's old customer file: most lines find their member, some wait for a person, a few are new; loaded again it stays."""

import pytest

from sitong.console.demo import identity, people
from sitong.console.demo.files import made_id
from sitong.member.identity.actions import MemberWanted, join_members
from sitong.member.linking.actions import DecisionWanted, decide_pair
from sitong.member.linking.queries import next_pair, open_pairs, runs_of
from sitong.shared.ids import new_id
from tests.make.org import NOW, a_brand

pytestmark = pytest.mark.usefixtures("db")


def test_the_old_file_leaves_real_decisions_in_the_queue_and_is_the_same_when_loaded_again():
    brand, households = a_brand(), list(range(1, 601))
    join_members(
        [
            MemberWanted(made_id("member", one), brand.id, people.phone(one), people.name(one), "store")
            for one in households
        ],
        now=NOW,
    )
    identity.import_old_customers(brand.id, households, now=NOW)
    (run,) = runs_of(brand.id)
    assert run.state == "done"
    assert run.done == run.certain + run.joined + run.again + run.queued + run.created
    assert run.joined > 600
    assert 50 < open_pairs(brand.id) < 500
    assert 40 < run.created < 400
    decide_pair(DecisionWanted(new_id(), next_pair(brand.id).id, "same"), by=new_id(), now=NOW)
    waiting = open_pairs(brand.id)
    identity.import_old_customers(brand.id, households, now=NOW)
    assert open_pairs(brand.id) == waiting
    assert len(runs_of(brand.id)) == 1
