"""All that is kept of a member, as one file: JSON for programs, a page to read for people (PIPL art. 45)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from sitong.member.identity.actions import note_exported
from sitong.member.identity.giving import GIVERS, Rows
from sitong.member.identity.queries import ids_of, member_facts, member_now
from sitong.org.brands.queries import brand_facts
from sitong.shared.errors import NotFound

STYLE = mark_safe(
    "<style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin-bottom:2rem}th,td{border:1px solid #ccc;padding:.3rem .5rem;"
    "text-align:left;vertical-align:top;word-break:break-word}th{background:#f3f4f6}</style>"
)
"""The file is read away from the platform, without any other file beside it."""

FIRST = ("member", "keys", "consents")


@dataclass(frozen=True, slots=True)
class Export:
    """The file and what it is called."""

    name: str
    content: bytes


def data_of(member_id: UUID) -> dict[str, Rows]:
    """Give all rows of a member by subject, as each topic gives them. Refused: shared.not_found."""
    now = member_now([member_id])
    if not now:
        raise NotFound(what="member")
    ids = [now[member_id], *(one for one in ids_of([member_id]) if one != now[member_id])]
    subjects = sorted(GIVERS, key=lambda subject: (FIRST.index(subject) if subject in FIRST else len(FIRST), subject))
    return {subject: GIVERS[subject](ids) for subject in subjects}


def export_member(member_id: UUID, *, by: UUID | None, now: datetime) -> Export:
    """Pack all that is kept of a member into a zip with `data.json` and `data.html`, and leave in the change log who asked.

    Refused: shared.not_found.
    """
    with transaction.atomic():
        data = data_of(member_id)
        facts = member_facts(member_now([member_id]).values())
        member = next(iter(facts.values()))
        note_exported(member.id, by=by, now=now)
    brand = brand_facts([member.brand_id])[member.brand_id]
    said = {"brand": brand.name, "number": member.number, "at": now, "data": data}
    page = render_to_string("member/identity/export.html", {
        "style": STYLE, "brand": brand, "number": member.number, "at": now, "tables": [_table(subject, rows) for subject, rows in data.items()],
    })  # fmt: skip
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr(
            "data.json", orjson.dumps(said, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
        )
        pack.writestr("data.html", page)
    return Export(f"{brand.code}-{member.number}.zip", packed.getvalue())


def _table(subject: str, rows: Rows) -> Mapping[str, Any]:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return {"subject": subject, "columns": columns, "rows": [[row.get(key, "") for key in columns] for row in rows]}
