"""Read the lake: each table as an Ibis expression over exactly the files that count.

A partition is one whole file (rarely several) and the pieces that came since. A piece has everything that some members
have in the partition now, or says that they have nothing there any more. So of each member the newest piece counts;
where none came since, the whole file is read as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from sitong.insight.lake.engines import Engine, Words, open_engine
from sitong.insight.lake.schema import GONE, MADE, PART, TABLES, WHOLE, Table

if TYPE_CHECKING:
    import ibis

PLAIN = "SELECT {columns} FROM {files}"

UNDER = f"""
SELECT {{columns}} FROM {{files}} AS f
WHERE NOT EXISTS (SELECT 1 FROM {{pieces}} AS p WHERE p.{PART} = f.{PART} AND p.ordinal = f.ordinal)
"""  # noqa: S608 names of this word
"""Of a whole file, the members about whom no piece says anything."""

UPON = f"""
SELECT {{columns}} FROM {{pieces}} AS p
JOIN (SELECT {PART}, ordinal, max({MADE}) AS newest FROM {{pieces}} GROUP BY {PART}, ordinal) AS n
ON n.{PART} = p.{PART} AND n.ordinal = p.ordinal AND n.newest = p.{MADE}
WHERE NOT p.{GONE}
"""  # noqa: S608 names of this word
"""Of the pieces, what the newest of each member has."""


@dataclass(frozen=True, slots=True)
class LakeFileSeen:
    """One file that counts: of which table and partition, and whether it is the partition's whole file or a piece on top."""

    table: str
    part: str
    path: str
    whole: bool = True


@dataclass
class Lake:
    """A brand's lake, or one in a folder. `connection` is the Ibis backend; `table(name)` an expression of it.

    Files that are replaced meanwhile stay for an hour, so what was opened can be read to its end. Close it when done, or use it with `with`.
    """

    files: Sequence[LakeFileSeen]
    engine: Engine
    _views: dict[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: str | Path, *, engine: str = "") -> Lake:
        """Open a lake in a folder without a database: `<folder>/<table>/…/*.parquet`, each a whole file with the table's columns."""
        root = Path(folder)
        found = [
            LakeFileSeen(table, WHOLE, str(path))
            for table in TABLES
            for path in sorted((root / table).glob("**/*.parquet"))
        ]
        return cls(found, open_engine(engine or settings.ENGINE, spill=str(root / "spill")))

    @property
    def connection(self) -> Any:
        """The Ibis backend: `connection.raw_sql`, `connection.create_table` and so on."""
        return self.engine.connection

    def table(self, name: str) -> ibis.Table:
        """Give one table as an Ibis expression; an empty one where the lake has no file of it."""
        return self.connection.table(self.view(name))

    def view(self, name: str) -> str:
        """Give the name under which the engine's SQL knows a table."""
        if name not in self._views:
            files = [one for one in self.files if one.table == name]
            self._views[name] = self.engine.make_view(name, query_of(TABLES[name], files, self.engine))
        return self._views[name]

    def close(self) -> None:
        """Let go of the engine's connection (Spark's session stays)."""
        self.engine.close()

    def __enter__(self) -> Lake:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def query_of(table: Table, files: Iterable[LakeFileSeen], words: Words) -> str:
    """Give the SQL that reads a table from its files, in words that every engine understands."""
    by_part: dict[str, list[LakeFileSeen]] = {}
    for one in files:
        by_part.setdefault(one.part, []).append(one)
    plain: list[str] = []
    under: list[str] = []
    upon: list[str] = []
    for found in by_part.values():
        changed = any(not one.whole for one in found)
        upon += [one.path for one in found if not one.whole]
        (under if changed else plain).extend(one.path for one in found if one.whole)
    reads = []
    if plain:
        reads.append(PLAIN.format(columns=_columns(table, words), files=words.name_files(plain)))
    if upon:
        pieces = words.name_files(upon)
        if under:
            whole = words.name_files(under)
            reads.append(UNDER.format(columns=_columns(table, words, "f."), files=whole, pieces=pieces))
        reads.append(UPON.format(columns=_columns(table, words, "p."), pieces=pieces))
    if not reads:
        empty = [f"CAST(NULL AS {words.types[one.kind]}) AS {words.quoted(one.name)}" for one in table.columns]
        return f"SELECT {', '.join(empty)} WHERE 1 = 0"
    return " UNION ALL ".join(reads)


def _columns(table: Table, words: Words, of: str = "") -> str:
    return ", ".join(of + words.quoted(name) for name in table.names)
