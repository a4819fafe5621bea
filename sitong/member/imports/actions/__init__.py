"""The verbs of imported files."""

from sitong.member.imports.actions.settle import finish_import, settle_records

__all__ = ["finish_import", "settle_records"]
