"""Codes change here: made, put in use, made void, scanned."""

from sitong.goods.codes.actions.batches import BatchWanted, make_batches
from sitong.goods.codes.actions.scan import CodeScan, scan_codes
from sitong.goods.codes.actions.standing import RangeSet, RangeWanted, activate_codes, void_codes
from sitong.goods.codes.reading import Scanned

__all__ = [
    "BatchWanted",
    "CodeScan",
    "RangeSet",
    "RangeWanted",
    "Scanned",
    "activate_codes",
    "make_batches",
    "scan_codes",
    "void_codes",
]
