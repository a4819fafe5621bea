"""Index of the word's tables; each stands in its topic."""

from sitong.insight.boards.models import BoardResult
from sitong.insight.lake.models import LakeFile, LakeMark, LakeState
from sitong.insight.metrics.models import CustomerSeen, CustomerTotal, DepartmentTotal, SalesTotal
from sitong.insight.value.models import ValueRun

__all__ = [
    "BoardResult",
    "CustomerSeen",
    "CustomerTotal",
    "DepartmentTotal",
    "LakeFile",
    "LakeMark",
    "LakeState",
    "SalesTotal",
    "ValueRun",
]
