"""What changes the lake: marks, files, and the manifest that says which files count."""

from sitong.insight.lake.actions.compacting import compact_lake
from sitong.insight.lake.actions.marking import EVERYTHING, Mark, mark_changed
from sitong.insight.lake.actions.rebuilding import ask_rebuild, rebuild_lake, renew_names
from sitong.insight.lake.actions.sweeping import sweep_lake
from sitong.insight.lake.actions.writing import write_lake

__all__ = [
    "EVERYTHING", "Mark", "ask_rebuild", "compact_lake", "mark_changed", "rebuild_lake", "renew_names", "sweep_lake", "write_lake",
]  # fmt: skip
