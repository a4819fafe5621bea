"""An old customer file of the demo brand, linked: most find their member, some wait for a person, a few are new."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sitong.console.demo.files import made_id, made_number
from sitong.console.demo.people import GIVEN, SURNAMES, name, phone
from sitong.member.imports.actions import (
    ImportWanted,
    accept_import,
    begin_import,
    continue_imports,
    end_upload,
    map_columns,
    take_piece,
)
from sitong.member.imports.pieces import PIECE_BYTES
from sitong.member.imports.queries import file_now
from sitong.member.linking.actions import link_import
from sitong.member.linking.population import signs
from sitong.member.linking.working import work_on

LINES = 1_200
STRANGERS = 60
HEAD = ("姓名", "手机", "邮箱", "生日", "城市", "地址", "会员卡号")


def import_old_customers(brand_id: UUID, households: Sequence[int], *, now: datetime) -> None:
    """Import the file, take it and link it. The same at every load: what is there stays."""
    file_id = made_id("import", "old customers")
    if file_now(file_id) is None:
        content = old_file(households)
        wanted = ImportWanted(
            file_id,
            brand_id,
            "老系统会员.csv",
            "crm",
            len(content),
            purpose="会员服务",
            origin="旧会员系统 2019–2024 年导出",
        )
        begin_import(wanted, by=None, now=now)
        for number, at in enumerate(range(0, len(content), PIECE_BYTES)):
            take_piece(file_id, number, content=content[at : at + PIECE_BYTES])
        end_upload(file_id, by=None, now=now)
    if _advanced(file_id, now) == "checked":
        accept_import(file_id, take="good", by=None, now=now)
    run = link_import(file_id, run_id=made_id("link", "old customers"), by=None, now=now)
    work_on(run.id, now=now)


def _advanced(file_id: UUID, now: datetime) -> str:
    """Let the file be opened, mapped as guessed, and checked; give how far it has come."""
    while (file := file_now(file_id)) and file.state in {"received", "uploaded", "mapped"}:
        if file.state == "uploaded":
            map_columns(file_id, list(file.mapping), by=None, now=now)
        continue_imports(now=now)
    return file.state if file else ""


def old_file(households: Sequence[int]) -> bytes:
    """Write the file: members with the errors that old files have, relatives with a member's phone, and strangers."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEAD)
    for rank in range(LINES):
        household = households[made_number("old line", rank, len(households))]
        writer.writerow(_stranger(rank) if rank < STRANGERS else _line(rank, household))
    return text.getvalue().encode()


def _stranger(rank: int) -> tuple[str, ...]:
    called = SURNAMES[made_number("stranger", rank, len(SURNAMES))] + GIVEN[made_number("stranger's", rank, len(GIVEN))]
    return (
        called,
        f"188{made_number('stranger phone', rank, 10**8):08d}",
        "",
        _birthday(f"stranger {rank}"),
        "",
        "",
        f"77{rank:06d}",
    )


def _line(rank: int, household: int) -> tuple[str, ...]:
    called, number, kind = name(household), phone(household)[3:], made_number("old kind", rank, 20)
    born, card = _birthday(household), f"66{rank:06d}"
    if kind < 10:
        return called, number, "", born, "", "", card
    if kind < 13:
        return _sounding(called), number, "", born, "", "", ""
    if kind < 15:
        return called[0] + ("女士" if household % 2 else "先生"), number, "", "", "", "", ""
    if kind < 17:
        return (
            called[0] + GIVEN[made_number("relative", rank, len(GIVEN))],
            number,
            "",
            _birthday(f"relative {rank}"),
            "",
            "",
            "",
        )
    if kind < 19:
        return called[0] + GIVEN[made_number("relative", rank, len(GIVEN))], number, "", "", "", "", ""
    return called, "", "", born, "", "", ""


def _sounding(called: str) -> str:
    """Write the last sign of a name as another one of the same sound."""
    letters = signs()
    text = letters.text.to_pylist()
    return called[:-1] + text[letters.twin[text.index(called[-1])]] if called[-1] in text else called


def _birthday(number: int | str) -> str:
    month, day = 1 + made_number("month", number, 12), 1 + made_number("day", number, 28)
    return f"{1955 + made_number('birth year', number, 45)}-{month:02}-{day:02}"
