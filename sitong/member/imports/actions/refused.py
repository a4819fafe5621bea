"""What imports refuse."""

from __future__ import annotations

from sitong.shared.errors import Refused


class ImportUnsaid(Refused):
    """A name, a kind, the purpose and the origin of the data are needed."""

    code = "member.import_unsaid"


class ImportTooLarge(Refused):
    """The file is larger than the setting allows, or empty."""

    code = "member.import_too_large"


class ImportPieceWrong(Refused):
    """A piece has another length than it must have."""

    code = "member.import_piece_wrong"


class ImportIncomplete(Refused):
    """Pieces of the file are missing."""

    code = "member.import_incomplete"


class ImportSame(Refused):
    """The same file is there already."""

    code = "member.import_same"


class ImportElsewhere(Refused):
    """The file has come further, or was discarded, meanwhile."""

    code = "member.import_elsewhere"


class ImportMappingWrong(Refused):
    """The mapping does not fit the columns, or has a field twice, or has nothing by which somebody can be known."""

    code = "member.import_mapping_wrong"


class ImportHasBad(Refused):
    """All lines were to be taken, and some are bad."""

    code = "member.import_has_bad"


class ImportNothing(Refused):
    """There is no good line."""

    code = "member.import_nothing"
