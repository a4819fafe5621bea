"""The engines that read the lake: DuckDB in this process, or Spark on a cluster. The same SQL and Ibis expressions run on both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

import ibis
from django.conf import settings

from sitong.insight.lake.schema import DUCKDB_TYPES, SPARK_TYPES
from sitong.shared.errors import Refused

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DUCKDB, SPARK = "duckdb", "spark"


class SparkMissing(Refused):
    """ENGINE=spark was asked for, but the optional package `sitong[spark]` is not installed."""

    code = "insight.spark_missing"


class Words(Protocol):
    """How an engine's SQL says things. `types` are its names for the kinds of columns."""

    types: dict[str, str]

    def name_files(self, paths: Sequence[str]) -> str:
        """Make these Parquet files readable in SQL and give what stands behind FROM."""
        ...

    def quoted(self, name: str) -> str:
        """Quote the name of a column."""
        ...


class Engine(Words, Protocol):
    """What a lake needs of an engine. `connection` is its Ibis backend."""

    connection: Any

    def make_view(self, name: str, query: str) -> str:
        """Give a query a name, and give that name as the engine knows it."""
        ...

    def close(self) -> None:
        """Let go of what was opened."""
        ...


class DuckDBWords:
    """How DuckDB says things."""

    types = DUCKDB_TYPES

    def name_files(self, paths: Sequence[str]) -> str:
        listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
        return f"read_parquet([{listed}], hive_partitioning = false)"

    def quoted(self, name: str) -> str:
        return f'"{name}"'


class DuckDB(DuckDBWords):
    """DuckDB in this process, with a limit of memory and threads and a folder for what does not fit."""

    def __init__(self, spill: str) -> None:
        self.connection = ibis.duckdb.connect(
            ":memory:",
            memory_limit=settings.LAKE_MEMORY,
            **({"threads": settings.LAKE_THREADS} if settings.LAKE_THREADS else {}),
            temp_directory=spill,
            preserve_insertion_order=False,
        )

    def make_view(self, name: str, query: str) -> str:
        self.connection.raw_sql(f"CREATE OR REPLACE VIEW {name} AS {query}")
        return name

    def close(self) -> None:
        self.connection.disconnect()


class Spark:
    """Spark: the session that runs already in this process, else one of SITONG_SPARK_MASTER. Views of each lake have names of their own."""

    types = SPARK_TYPES

    def __init__(self) -> None:
        self.session = spark_session()
        self.connection = ibis.pyspark.connect(self.session)
        self._prefix = f"lake_{uuid4().hex[:12]}"
        self._views: list[str] = []

    def name_files(self, paths: Sequence[str]) -> str:
        view = f"{self._prefix}_{len(self._views)}"
        self.session.read.parquet(*paths).createOrReplaceTempView(view)
        self._views.append(view)
        return view

    def make_view(self, name: str, query: str) -> str:
        view = f"{self._prefix}_{name}"
        self.session.sql(query).createOrReplaceTempView(view)
        self._views.append(view)
        return view

    def quoted(self, name: str) -> str:
        return f"`{name}`"

    def close(self) -> None:
        for view in self._views:
            self.session.catalog.dropTempView(view)
        self._views.clear()


def spark_session() -> SparkSession:
    """Give this process's Spark session. Refused: insight.spark_missing."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise SparkMissing() from None
    making: Any = SparkSession.builder
    return (  # type: ignore[no-any-return]
        making.master(settings.SPARK_MASTER)
        .appName("sitong")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.sql.adaptive.coalescePartitions.enabled", "true")
        .getOrCreate()
    )


def open_engine(name: str, *, spill: str) -> Engine:
    """Open an engine: "duckdb" or "spark". Refused: insight.spark_missing."""
    return Spark() if name == SPARK else DuckDB(spill)
