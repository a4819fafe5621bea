"""Which column is which field: by the words at its head, else by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from sitong.member.imports.rules import CERTAIN, JOINED, plain, read_birthday, read_email, read_phone

HEAD_WORDS: dict[str, tuple[str, ...]] = {
    "phone": (
        "手机", "电话", "联系方式", "联系电话", "移动电话", "mobile", "phone", "tel", "cellphone", "msisdn", "contact number",
    ),
    "email": ("邮箱", "邮件", "电子信箱", "email", "e-mail", "mail"),
    "birthday": ("生日", "出生", "birthday", "birth", "dob"),
    "buyer": (
        "买家", "淘宝id", "旺旺", "京东pin", "平台账号", "用户id", "客户id", "会员名", "昵称", "buyer", "openid", "customer id", "user id", "account name",
    ),
    "card": ("卡号", "会员号", "会员编号", "会员卡", "card", "member no", "member number", "member id", "membership"),
    "city": ("城市", "所在市", "地市", "city", "town"),
    "address": ("地址", "住址", "收货", "省份", "区县", "街道", "address", "street", "province", "district"),
    "name": ("姓名", "名字", "收货人", "收件人", "联系人", "客户名", "会员姓名", "顾客", "name", "consignee", "recipient", "customer"),
}  # fmt: skip
NOT_THESE = re.compile(
    r"店|商品|门店|产品|公司|订单|金额|日期|时间|备注|类型|等级|store|shop|product|company|order|amount|remark|level|type|product|file"
)
"""Words by which a head speaks of something else than the person: 'shop name' is no name."""

NAME_OF_RECIPIENT = re.compile(r"收货人|收件人|consignee|recipient")
ALIKE = 0.6
SAMPLE_ROWS = 200
HAN_NAME = re.compile(r"[\u4e00-\u9fff·]{2,6}")
CARD_LIKE = re.compile(r"[A-Za-z]{0,4}[0-9]{6,19}")


def field_of_head(head: str) -> str:
    """Give the field that a column's head names, '' when it names none."""
    said = plain(head).lower().replace("_", " ")
    if not said:
        return ""
    if NAME_OF_RECIPIENT.search(said) and not re.search(r"地址|电话|手机|address|phone|mobile", said):
        return "name"
    for field, words in HEAD_WORDS.items():
        if any(_names(word, said) for word in words):
            if NOT_THESE.search(said) and not (field == "birthday" and re.search(r"出生|生日|birth", said)):
                return ""
            return field
    return ""


def _names(word: str, said: str) -> bool:
    if word.isascii():
        return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", said) is not None
    return word in said


def field_of_cells(cells: Sequence[str], today: date) -> str:
    """Give the field that most of a column's cells look like, '' for none."""
    said = [text for cell in cells[:SAMPLE_ROWS] if (text := plain(cell))]
    if not said:
        return ""

    def share(fits: int) -> bool:
        return fits / len(said) >= ALIKE

    if share(sum(bool(read_email(text)[0]) for text in said)):
        return "email"
    if share(sum(_like_a_phone(text) for text in said)):
        return "phone"
    if share(sum(bool(read_birthday(text, today)[0]) and not (text.isdecimal() and len(text) < 8) for text in said)):
        return "birthday"
    if share(sum(len(text) >= 8 and any(sign in text for sign in "省市区县路街号") for text in said)):
        return "address"
    if share(sum(bool(HAN_NAME.fullmatch(text)) for text in said)):
        return "city" if share(sum(text.endswith("市") for text in said)) else "name"
    return ""


def _like_a_phone(text: str) -> bool:
    bare = text.replace(" ", "").replace("-", "").removeprefix("+86")
    return (len(bare) == 11 and bare[0] == "1") and (bool(read_phone(text)[0]) or "*" in bare)


def guessed_mapping(columns: Sequence[str], rows: Sequence[Sequence[str]], *, headed: bool, today: date) -> list[str]:
    """Guess the field of each column, '' for none. A field that one column only may have goes to the best one.

    The head's words come first; a column whose head says nothing is judged by its cells. Among several columns with the
    same field the one whose cells are most often filled has it.
    """
    guessed = []
    for at, head in enumerate(columns):
        cells = [row[at] for row in rows if at < len(row)]
        by_cells = field_of_cells(cells, today)
        by_head = field_of_head(head) if headed else ""
        guessed.append(by_head or (by_cells if not headed or not plain(head) or by_cells in {"phone", "email"} else ""))
    for field in set(guessed) - {""} - JOINED:
        rivals = [at for at, one in enumerate(guessed) if one == field]
        if len(rivals) > 1:
            best = max(rivals, key=lambda at: (_filled(rows, at), -at))
            for at in rivals:
                if at != best:
                    guessed[at] = ""
    names = [at for at, one in enumerate(guessed) if one == "name"]
    for at in names[1:]:
        if not re.search(r"first|last|given|family|姓$|^名$", plain(columns[at]).lower()):
            guessed[at] = ""
    return guessed


def _filled(rows: Sequence[Sequence[str]], at: int) -> int:
    return sum(at < len(row) and bool(plain(row[at])) for row in rows)


def is_head(row: Sequence[str], below: Sequence[Sequence[str]], today: date) -> bool:
    """Tell whether the first row is the names of columns: it has words for fields, or nothing in it looks like a person's."""
    if any(field_of_cells([cell], today) in {*CERTAIN, "birthday"} for cell in row):
        return False
    return any(field_of_head(cell) for cell in row) or bool(below)
