"""The verbs of linking."""

from sitong.member.linking.actions.deciding import DecisionWanted, PairSettled, VerdictUnknown, decide_pair, take_back
from sitong.member.linking.actions.erasing import erase_linked
from sitong.member.linking.actions.runs import (
    BandsMalformed,
    NotAccepted,
    RunOpen,
    begin_run,
    fail_run,
    finish_run,
    keep_model,
    link_import,
    note_matched,
    set_bands,
)
from sitong.member.linking.actions.settling import RunNotDone, settle_piece, undo_run

__all__ = [
    "BandsMalformed",
    "DecisionWanted",
    "NotAccepted",
    "PairSettled",
    "RunNotDone",
    "RunOpen",
    "VerdictUnknown",
    "begin_run",
    "decide_pair",
    "erase_linked",
    "fail_run",
    "finish_run",
    "keep_model",
    "link_import",
    "note_matched",
    "set_bands",
    "settle_piece",
    "take_back",
    "undo_run",
]
