"""Files of customers, made through their actions."""

from __future__ import annotations

import random
from datetime import datetime

from sitong.member.imports.actions import (
    ImportWanted,
    accept_import,
    begin_import,
    continue_imports,
    end_upload,
    map_columns,
    take_piece,
)
from sitong.member.imports.models import ImportFile
from sitong.member.imports.pieces import PIECE_BYTES
from sitong.shared.ids import new_id
from tests.make.org import NOW

HEAD = "姓名,手机,邮箱,生日,地址,会员卡号"


def an_upload(
    brand, content: bytes, *, name: str = "老会员.csv", kind: str = "crm", by=None, now: datetime = NOW, **said
) -> ImportFile:
    """A file whose bytes are there, not opened yet."""
    said = {"purpose": "会员服务", "origin": "旧系统导出", **said}
    wanted = ImportWanted(new_id(), brand.id, name, kind, len(content), **said)
    begin_import(wanted, by=by, now=now)
    for number, at in enumerate(range(0, len(content), PIECE_BYTES)):
        take_piece(wanted.id, number, content=content[at : at + PIECE_BYTES])
    return end_upload(wanted.id, by=by, now=now)


def an_opened(brand, content: bytes, *, now: datetime = NOW, **said) -> ImportFile:
    """A file that the worker has opened: columns are guessed."""
    file = an_upload(brand, content, now=now, **said)
    continue_imports(now=now)
    return ImportFile.objects.get(id=file.id)


def a_checked(brand, content: bytes, *, mapping=None, now: datetime = NOW, **said) -> ImportFile:
    """A file of which every line was read."""
    file = an_opened(brand, content, now=now, **said)
    assert file.state == "uploaded", (file.state, file.fault)
    map_columns(file.id, mapping or file.mapping, by=None, now=now)
    while ImportFile.objects.get(id=file.id).state == "mapped":
        continue_imports(now=now)
    return ImportFile.objects.get(id=file.id)


def an_accepted(brand, content: bytes, *, take: str = "good", now: datetime = NOW, **said) -> ImportFile:
    """A file that was taken: its records can be linked."""
    return accept_import(a_checked(brand, content, now=now, **said).id, take=take, by=None, now=now)


def customers(lines: int, *, seed: int = 1, broken: float = 0.1) -> tuple[bytes, dict[str, int]]:
    """A file of so many lines after its head, a share of them broken in all the ways there are; and how many of which.

    Each kind of damage touches one line only; what the lines around it say stays whole.
    """
    chance = random.Random(seed)
    out, counts = [HEAD.encode()], {"good": 0, "bad": 0, "noted": 0, "blank": 0}
    kinds = ("quote", "gb18030", "nul", "many", "few", "blank", "long", "phone", "email", "latin")
    for at in range(lines):
        name = chance.choice("赵钱孙李周吴郑王") + chance.choice("伟芳娜敏静强磊军")
        phone, card = f"1{chance.randint(3, 9)}{chance.randrange(10**9):09d}", f"C{at:08d}"
        born = f"{chance.randint(1950, 2005)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        line = f'{name},{phone},a{at}@example.com,{born},"上海市, 人民路{at}号",{card}'
        kind = chance.choice(kinds) if chance.random() < broken else ""
        if kind == "long" and chance.random() > 0.02:  # enough to be met, too few to make the file
            kind = "quote"
        out.append(_broken(line, kind, phone))
        counts["blank" if kind == "blank" else "good" if kind in {"", "email", "phone"} else "bad"] += 1
        counts["noted"] += kind in {"email", "phone"}
    return b"\n".join(out) + b"\n", counts


def _broken(line: str, kind: str, phone: str) -> bytes:
    plain = line.encode()
    return {
        "quote": b"".join(plain.rsplit(b'"', 1)), "gb18030": line.encode("gb18030"),
        "nul": plain.replace(b"@", b"\x00"), "many": plain + b",more", "few": plain.rpartition(b",")[0], "blank": b"  ",
        "long": plain + b"x" * 70_000, "phone": line.replace(phone, "12").encode(), "email": line.replace("@", " at ").encode(),
        "latin": plain.replace(b"example", b"ex\xe4mple"),
    }.get(kind, plain)  # fmt: skip
