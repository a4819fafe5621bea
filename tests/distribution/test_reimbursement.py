"""A gift that a store handed over is claimed once at each level, up the chain of that day, and settled line by line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sitong.distribution.reimbursement.actions import (
    DisputeWanted,
    LineAnswer,
    SettleWanted,
    accept_lines,
    check_statements,
    claim_back,
    dispute_lines,
    draw_statements,
    reject_lines,
    settle_statements,
    stand_by_lines,
    take_claims_back,
    withdraw_lines,
)
from sitong.distribution.reimbursement.actions.disputes import (
    AlreadyChecked,
    DisputeReasonMissing,
    LineTakenBack,
    NotAnswered,
    NotDisputed,
)
from sitong.distribution.reimbursement.actions.settle import (
    AlreadySettled,
    NotChecked,
    SettlementUnnamed,
    StillDisputed,
)
from sitong.distribution.reimbursement.handlers import CLAIMS
from sitong.distribution.reimbursement.models import ClaimLine, Dispute, Settlement, Statement
from sitong.distribution.reimbursement.rules import month_after, month_before
from sitong.marketing.gifts.actions import RedeemGift, TakeBackWanted, redeem_gifts, take_back_redemptions
from sitong.marketing.gifts.signing import signed_code
from sitong.org.dealers.actions import move_dealer
from sitong.shared.errors import NotFound, RepeatDiffers
from sitong.shared.events.reader import drain
from sitong.shared.ids import new_id
from sitong.shared.ledger.books import check_books
from sitong.shared.ledger.models import Transfer
from tests.make.gifts import a_held_gift
from tests.make.org import NOW, a_store, done
from tests.make.reimbursement import a_chain, due_to, owed_by, stated

APRIL = datetime(2026, 4, 1, 0, 5, tzinfo=UTC)
MAY = datetime(2026, 5, 2, 0, 5, tzinfo=UTC)


@pytest.fixture
def chain(db):
    return a_chain()


def undone(redemption, *, now=NOW) -> None:
    take_back_redemptions([TakeBackWanted(redemption, "退回")], by=None, now=now)
    take_claims_back([redemption], now=now)


def test_each_level_claims_of_the_one_above(chain):
    made = chain.handed_over()
    assert claim_back([made], now=NOW) == 3
    rows = list(ClaimLine.objects.order_by("level").values_list("claimant_id", "debtor_id", "amount_minor"))
    assert rows == [
        (chain.store.id, chain.lower.id, 1_000), (chain.lower.id, chain.upper.id, 1_050), (chain.upper.id, chain.brand.id, 1_100),
    ]  # fmt: skip
    assert [due_to(one) for one in (chain.store, chain.lower, chain.upper)] == [1_000, 1_050, 1_100]
    assert [owed_by(one) for one in (chain.lower, chain.upper, chain.brand)] == [1_000, 1_050, 1_100]
    assert claim_back([made, made], now=NOW) == 0 and Transfer.objects.count() == 3
    assert check_books() == []


def test_a_direct_store_claims_of_the_brand_itself(chain):
    direct = a_store(chain.brand)
    made = chain.handed_over(store=direct)
    assert claim_back([made], now=NOW) == 1
    assert (due_to(direct), owed_by(chain.brand)) == (1_000, 1_000)
    assert check_books() == []


def test_claims_follow_the_chain_of_the_day_of_the_redemption(chain):
    before = chain.handed_over()
    move_dealer(chain.lower.id, parent_id=None, by=None, now=NOW)
    after = chain.handed_over()
    assert claim_back([before, after], now=NOW) == 5
    assert [
        row.debtor_id
        for row in ClaimLine.objects.filter(claimant_id=chain.lower.id).order_by("posted_at", "redemption_id")
    ]
    assert chain.line(before, 1).debtor_id == chain.upper.id and chain.line(after, 1).debtor_id == chain.brand.id
    assert check_books() == []


def test_a_scan_that_comes_late_goes_up_the_chain_of_the_moment_of_the_scan(chain):
    held = [a_held_gift(chain.gift, chain.member, now=NOW) for _ in range(3)]
    moved, told = NOW + timedelta(minutes=5), NOW + timedelta(minutes=30)
    move_dealer(chain.lower.id, parent_id=None, by=None, now=moved)
    scans = (NOW + timedelta(minutes=1), moved, None)  # before the move, at its very moment, and with network after it
    wanted = [
        RedeemGift(new_id(), chain.brand.id, chain.store.id, signed_code(one.code, at=at or told), scanned_at=at)
        for one, at in zip(held, scans, strict=True)
    ]
    early, exact, late = [done(redeem_gifts([one], now=told)).id for one in wanted]
    assert claim_back([early, exact, late], now=told) == 3 + 2 + 2
    assert chain.line(early, 1).debtor_id == chain.upper.id
    assert chain.line(exact, 1).debtor_id == chain.line(late, 1).debtor_id == chain.brand.id
    assert check_books() == []


def test_a_void_flows_back_level_by_level(chain):
    kept, gone = chain.claimed(2)
    undone(gone)
    assert [due_to(one) for one in (chain.store, chain.lower, chain.upper)] == [1_000, 1_050, 1_100]
    assert take_claims_back([gone, kept], now=NOW) == 0
    assert ClaimLine.objects.filter(of_id__isnull=False).count() == 3
    early = chain.handed_over()
    take_back_redemptions([TakeBackWanted(early, "误扫")], by=None, now=NOW)
    assert claim_back([early], now=NOW) == 0 == take_claims_back([early], now=NOW)
    assert check_books() == []


def test_a_statement_stands_once_the_month_is_over_by_the_brand_s_clock(chain):
    chain.claimed(2)
    assert draw_statements(now=datetime(2026, 3, 31, 15, 59, tzinfo=UTC)) == 0
    assert draw_statements(now=datetime(2026, 3, 31, 16, 0, tzinfo=UTC)) == 3
    assert draw_statements(now=APRIL) == 0
    row = Statement.objects.get(claimant_id=chain.store.id)
    assert (row.number, row.month_on, row.lines, row.total_minor, row.agreed_minor) == (
        f"202603-{chain.store.code}", date(2026, 3, 1), 2, 2_000, 2_000,
    )  # fmt: skip
    (late,) = chain.claimed()
    chain.claimed(now=APRIL)
    assert draw_statements(now=APRIL) == 0
    assert draw_statements(now=MAY) == 3
    assert Statement.objects.filter(claimant_id=chain.store.id).latest("month_on").lines == 2
    assert chain.line(late).statement_id is not None and check_books() == []
    assert (month_before(date(2026, 1, 1)), month_after(date(2025, 12, 1))) == (date(2025, 12, 1), date(2026, 1, 1))


def test_a_line_is_disputed_answered_and_rejected_and_the_rest_is_settled(chain):
    first, second = chain.claimed(2)
    statement, line = stated(chain, now=APRIL), chain.line(first).id
    assert dispute_lines([DisputeWanted(line, " ")], by=None, now=APRIL) == [DisputeReasonMissing()]
    assert dispute_lines([DisputeWanted(new_id(), "x")], by=None, now=APRIL) == [NotFound(what="line")]
    (dispute,) = dispute_lines([DisputeWanted(line, "没有签收")], by=None, now=APRIL)
    assert dispute_lines([DisputeWanted(line, "另一个")], by=None, now=APRIL) == [dispute]
    assert check_statements([statement.id], by=None, now=APRIL) == [StillDisputed(lines=1)]
    assert reject_lines([LineAnswer(line)], by=None, now=APRIL) == [NotAnswered()]
    assert stand_by_lines([LineAnswer(line)], by=None, now=APRIL) == [DisputeReasonMissing()]
    stand_by_lines([LineAnswer(line, "有照片")], by=None, now=APRIL)
    assert reject_lines([LineAnswer(chain.line(second).id)], by=None, now=APRIL) == [NotDisputed()]
    reject_lines([LineAnswer(line)], by=None, now=APRIL)
    assert Dispute.objects.get().accepted is False and reject_lines([LineAnswer(line)], by=None, now=APRIL) == [
        NotDisputed()
    ]
    settle = SettleWanted(new_id(), statement.id, "money", "TR-1")
    assert settle_statements([settle], by=None, now=APRIL) == [NotChecked(number=statement.number)]
    (checked,) = check_statements([statement.id], by=None, now=APRIL)
    assert (checked.agreed_minor, checked.checked_at) == (1_000, APRIL)
    assert dispute_lines([DisputeWanted(chain.line(second).id, "晚了")], by=None, now=APRIL) == [
        AlreadyChecked(number=statement.number)
    ]
    assert settle_statements([SettleWanted(new_id(), statement.id, "money", " ")], by=None, now=APRIL) == [
        SettlementUnnamed()
    ]
    (paid,) = settle_statements([settle], by=None, now=APRIL)
    assert settle_statements([settle], by=None, now=MAY) == [paid] and paid.amount_minor == 1_000
    assert settle_statements([SettleWanted(settle.id, statement.id, "goods", "TR-1")], by=None, now=MAY) == [
        RepeatDiffers(id=settle.id)
    ]
    assert settle_statements([SettleWanted(new_id(), statement.id, "money", "TR-2")], by=None, now=MAY) == [
        AlreadySettled(number=statement.number)
    ]
    assert (due_to(chain.store), owed_by(chain.lower), due_to(chain.lower)) == (0, 0, 2_100)
    assert check_books() == []


def test_a_claimant_gives_in_and_a_doubt_may_be_given_up(chain):
    first, second = chain.claimed(2)
    statement = stated(chain, 2, now=APRIL)
    lines = [chain.line(one, 2).id for one in (first, second)]
    dispute_lines([DisputeWanted(one, "重复") for one in lines], by=None, now=APRIL)
    withdraw_lines([LineAnswer(lines[0], "确实")], by=None, now=APRIL)
    accept_lines([LineAnswer(lines[1])], by=None, now=APRIL)
    assert check_statements([statement.id, new_id()], by=None, now=APRIL)[1] == NotFound(what="statement")
    settle_statements([SettleWanted(new_id(), statement.id, "goods", "SH-7")], by=None, now=APRIL)
    assert (due_to(chain.upper), owed_by(chain.brand)) == (0, 0) and Settlement.objects.get().amount_minor == 1_100
    assert (due_to(chain.lower), due_to(chain.store)) == (2_100, 2_000)
    assert check_books() == []


def test_what_was_paid_and_then_undone_is_owed_back_in_the_next_statement(chain):
    (made,) = chain.claimed()
    first = stated(chain, now=APRIL)
    check_statements([first.id], by=None, now=APRIL)
    settle_statements([SettleWanted(new_id(), first.id, "money", "1")], by=None, now=APRIL)
    undone(made, now=APRIL)
    assert due_to(chain.store) == -1_000
    line = ClaimLine.objects.get(of_id=chain.line(made).id)
    second = stated(chain, now=MAY)
    assert (second.total_minor, second.lines) == (-1_000, 1)
    assert dispute_lines([DisputeWanted(line.id, "x")], by=None, now=MAY) == [LineTakenBack()]
    check_statements([second.id], by=None, now=MAY)
    settle_statements([SettleWanted(new_id(), second.id, "money", "2")], by=None, now=MAY)
    assert (due_to(chain.store), owed_by(chain.lower)) == (0, 0)
    assert check_books() == []


def test_a_rejected_line_is_not_taken_back_once_more_and_one_taken_back_is_not_rejected(chain):
    rejected, gone = chain.claimed(2)
    stated(chain, now=APRIL)
    lines = [chain.line(rejected).id, chain.line(gone).id]
    dispute_lines([DisputeWanted(one, "?") for one in lines], by=None, now=APRIL)
    withdraw_lines([LineAnswer(lines[0])], by=None, now=APRIL)
    undone(rejected, now=APRIL), undone(gone, now=APRIL)
    stand_by_lines([LineAnswer(lines[1], "已退")], by=None, now=APRIL)
    assert reject_lines([LineAnswer(lines[1])], by=None, now=APRIL) == [LineTakenBack()]
    assert withdraw_lines([LineAnswer(lines[1])], by=None, now=APRIL) == [LineTakenBack()]
    assert (due_to(chain.store), due_to(chain.lower)) == (0, 0)
    assert check_books() == []


def test_the_number_of_statements_does_not_depend_on_that_of_claims(chain):
    def counted(times: int) -> int:
        made = [chain.handed_over() for _ in range(times)]
        with CaptureQueriesContext(connection) as captured:
            assert claim_back(made, now=NOW) == 3 * times
        return len(captured)

    counted(1)
    assert counted(2) == counted(20) <= 20


@pytest.mark.usefixtures("committed_db")
def test_claims_follow_by_themselves_each_once():
    chain = a_chain()
    made = [chain.handed_over() for _ in range(3)]
    assert check_books() == []  # the books know that it is yet to be claimed
    drain(CLAIMS)
    drain(CLAIMS)
    assert ClaimLine.objects.count() == 9
    take_back_redemptions([TakeBackWanted(made[0], "退回")], by=None, now=NOW + timedelta(hours=1))
    assert check_books() == []
    drain(CLAIMS)
    assert due_to(chain.store) == 2_000 and check_books() == []


def test_an_account_that_is_off_is_told(chain):
    chain.claimed()
    ClaimLine.objects.filter(level=0).update(amount_minor=999)
    said = [one for one in check_books() if one.startswith("distribution")]
    assert len(said) == 2 and all(one.endswith("make 999") for one in said)
