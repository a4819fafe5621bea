"""Codes change here: made, put on goods, packed, moved, put in use, made void, scanned."""

from sitong.goods.codes.actions.batches import BatchWanted, make_batches
from sitong.goods.codes.actions.files import CodeFileWanted, note_sent, open_file
from sitong.goods.codes.actions.move import Moved, MoveWanted, move_codes
from sitong.goods.codes.actions.pack import CodesPacked, PackWanted, pack_codes, take_out_codes
from sitong.goods.codes.actions.produce import ProductionWanted, bind_production
from sitong.goods.codes.actions.scan import CodeScan, scan_codes
from sitong.goods.codes.actions.standing import RangeSet, RangeWanted, activate_codes, void_codes
from sitong.goods.codes.moving import CodeRange, Place
from sitong.goods.codes.reading import Scanned

__all__ = [
    "BatchWanted", "CodeFileWanted", "CodeRange", "CodeScan", "CodesPacked", "MoveWanted", "Moved", "PackWanted", "Place",
    "ProductionWanted", "RangeSet", "RangeWanted", "Scanned", "activate_codes", "bind_production", "make_batches", "move_codes",
    "note_sent", "open_file", "pack_codes", "scan_codes", "take_out_codes", "void_codes",
]  # fmt: skip
