"""The lake's schema as a page: docs/lake-schema.md."""

from __future__ import annotations

from sitong.insight.lake.schema import GONE, MADE, PART, TABLES, VERSION

CUTS = {
    "month": "by the month of `on`",
    "block": "by a million members",
    "whole": "not cut, replaced whole",
}


def schema_page() -> str:
    """Write every table with its columns, from the catalog that the lake itself goes by."""
    said = [
        "# The lake's schema\n",
        f"Version {VERSION}. Made by `make docs` from `sitong/insight/lake/schema.py`; what it is for stands in [lake.md](lake.md).\n",
        "Types in Parquet: text is a string, integer 64 bits, date a date, instant microseconds in UTC without a zone, boolean a boolean. "
        "Nothing is null but where it says so: unknown is '' or 0. Ids are 32 hexadecimal digits. Money is in minor units.\n",
        f"Each file has three columns more: `{PART}` (its partition), `{MADE}` (the version of the piece) and `{GONE}` (true: this member has "
        "nothing in the partition any more).",
    ]
    for table in TABLES.values():
        said.append(
            f"\n## `{table.name}`\n\n{table.meaning} Cut {CUTS[table.cut]}.\n\n| column | type | is |\n|---|---|---|"
        )
        said += [
            f"| `{one.name}` | {one.kind}{' or null' if one.may_lack else ''} | {one.meaning} |"
            for one in table.columns
        ]
    return "\n".join(said) + "\n"
