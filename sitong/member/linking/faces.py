"""The table on which the model works: each row a face of somebody (a member, or a record of a file), its fields made comparable."""

from __future__ import annotations

import re

import duckdb
import pyarrow as pa

from sitong.member.linking.sounds import sounds_of

TITLE = re.compile(r"(?:先生|女士|小姐|太太|老师)$", re.MULTILINE)
BREAKS = re.compile(r"[\n\r]")
FIELDS = ("name", "phone", "email", "birthday", "city", "address", "card", "store")

PREPARED = r"""
CREATE OR REPLACE TABLE {table} AS
SELECT
    unique_id,
    nullif(plain, '') AS name,
    nullif(sound, '') AS sound,
    list_reduce(list_sort(string_split(nullif(sound, ''), '')), lambda a, b: a || b) AS sound_sorted,
    nullif(left(sound, 1), '') AS surname,
    coalesce(titled OR length(plain) = 1, false) AS titled,
    nullif(right(phone, 11), '') AS phone,
    nullif(lower(email), '') AS email,
    CASE WHEN birthday LIKE '____-__-__' AND left(birthday, 4) <> '0000' THEN birthday END AS birthday,
    CASE WHEN birthday LIKE '____-__-__' THEN right(birthday, 5) END AS birthday_day,
    nullif(city, '') AS city,
    nullif(address, '') AS address,
    nullif(coalesce(city, '') || split_part(address, '号', 1), coalesce(city, '')) AS place,
    nullif(upper(card), '') AS card,
    nullif(store, '') AS store
FROM faces_as_said
"""


def prepare(connection: duckdb.DuckDBPyConnection, said: pa.Table, *, table: str) -> None:
    """Make the table of faces out of fields as they were said: unique_id (whole number) and FIELDS, as text or nothing.

    Names lose their title and get a sound; nothing is written to disk by this.
    """
    names = "\n".join(BREAKS.sub(" ", name or "") for name in said["name"].to_pylist())
    plain = TITLE.sub("", names).split("\n")[: said.num_rows]
    titled = [bool(title) for title in map(TITLE.search, names.split("\n"))][: said.num_rows]
    more = said.select(["unique_id", *FIELDS]).append_column("plain", pa.array(plain, pa.string()))
    more = more.append_column("titled", pa.array(titled, pa.bool_()))
    more = more.append_column("sound", pa.array(sounds_of(plain), pa.string()))
    connection.register("faces_as_said", more)
    try:
        connection.execute(PREPARED.format(table=table))
    finally:
        connection.unregister("faces_as_said")
