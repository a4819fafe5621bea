"""Claims change here: posted and taken back, drawn up in statements, disputed, checked, settled."""

from sitong.distribution.reimbursement.actions.claim import claim_back, take_claims_back
from sitong.distribution.reimbursement.actions.disputes import (
    DisputeWanted,
    LineAnswer,
    accept_lines,
    dispute_lines,
    reject_lines,
    stand_by_lines,
    withdraw_lines,
)
from sitong.distribution.reimbursement.actions.settle import SettleWanted, check_statements, settle_statements
from sitong.distribution.reimbursement.actions.statements import draw_statements

__all__ = [
    "DisputeWanted",
    "LineAnswer",
    "SettleWanted",
    "accept_lines",
    "check_statements",
    "claim_back",
    "dispute_lines",
    "draw_statements",
    "reject_lines",
    "settle_statements",
    "stand_by_lines",
    "take_claims_back",
    "withdraw_lines",
]
