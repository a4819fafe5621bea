"""The verbs of imported files."""

from sitong.member.imports.actions.check import check_some, lay_out, map_columns
from sitong.member.imports.actions.decide import (
    accept_import,
    continue_imports,
    discard_import,
    forget_bad_lines,
    forget_old,
)
from sitong.member.imports.actions.opening import open_file
from sitong.member.imports.actions.refused import (
    ImportElsewhere,
    ImportHasBad,
    ImportIncomplete,
    ImportMappingWrong,
    ImportNothing,
    ImportPieceWrong,
    ImportSame,
    ImportTooLarge,
    ImportUnsaid,
)
from sitong.member.imports.actions.settle import (
    erase_records,
    finish_import,
    move_records,
    move_records_back,
    move_records_back_many,
    move_records_many,
    settle_records,
)
from sitong.member.imports.actions.upload import ImportWanted, begin_import, end_upload, take_piece

__all__ = [
    "ImportElsewhere",
    "ImportHasBad",
    "ImportIncomplete",
    "ImportMappingWrong",
    "ImportNothing",
    "ImportPieceWrong",
    "ImportSame",
    "ImportTooLarge",
    "ImportUnsaid",
    "ImportWanted",
    "accept_import",
    "begin_import",
    "check_some",
    "continue_imports",
    "discard_import",
    "end_upload",
    "erase_records",
    "finish_import",
    "forget_bad_lines",
    "forget_old",
    "lay_out",
    "map_columns",
    "move_records",
    "move_records_back",
    "move_records_back_many",
    "move_records_many",
    "open_file",
    "settle_records",
    "take_piece",
]
