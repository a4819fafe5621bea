"""What a line of a file says, in normal form: one reader for each field, and when a line is enough to know somebody by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sitong.member.identity.rules import normal_key
from sitong.shared.access.phones import normal_phone

FIELDS = ("name", "phone", "email", "birthday", "address", "city", "card", "buyer")
JOINED = frozenset({"name", "address"})
"""Fields that may come from several columns: family and given name, province and street. Their cells are put one behind the other."""

CERTAIN = ("phone", "card", "buyer", "email")
NAME_MAX, CITY_MAX, ADDRESS_MAX, EMAIL_MAX = 60, 40, 200, 120
OLDEST_YEAR = 1900
SERIAL_FROM, SERIAL_UNTIL = 3_000, 60_000
SERIAL_ZERO = date(1899, 12, 30)
"""Excel counts days from here; what looks like such a number in a column of birthdays is one."""

NOTHING = frozenset({
    "", "-", "--", "/", "\\", "无", "無", "暂无", "未知", "不详", "空", "null", "none", "nil", "nan", "n/a", "na", "#n/a", "unknown", "undefined", "\\n",
})  # fmt: skip
NOTHING_LENGTH_MAX = max(map(len, NOTHING))
MARKED = frozenset({"=", "'"})
MOBILE = re.compile(r"1[3-9][0-9]{9}")
BETWEEN_DIGITS = str.maketrans("", "", " -()\u00a0\u3000\t.")
SEVERAL = re.compile(r"[,;/、，；|]")
ROUNDED = re.compile(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]{1,2}")
EMAIL = re.compile(r"[a-z0-9._%+'-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")
DIGITS_8 = re.compile(r"(19|20)[0-9]{6}")
DAY = re.compile(
    r"(?P<a>[0-9]{1,4})\s*[-/.年]\s*(?P<b>[0-9]{1,2})(?:\s*[-/.月]\s*(?P<c>[0-9]{1,4})\s*日?)?(?:[T ].*)?月?日?"
)
SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a line that cannot be read: in which column (0 for the line as a whole, else from 1 on), and what."""

    column: int
    code: str


@dataclass(frozen=True, slots=True)
class LineRead:
    """What one line says. `bad`: no record is made of it. A good line may have faults: those fields are left out."""

    fields: Mapping[str, str]
    faults: tuple[Fault, ...] = ()
    bad: bool = False


Read = tuple[str, str]
"""A field in normal form ('' for none), and the code of what is wrong ('' for nothing)."""


def plain(cell: str) -> str:
    """Give a cell without what tables put around it: full-width signs, spaces, ="…", a leading ' that says it is text."""
    text = cell.strip() if cell.isascii() else unicodedata.normalize("NFKC", cell).strip().strip("\ufeff\u200b")
    if text[:1] in MARKED:
        if text.startswith('="') and text.endswith('"'):
            text = text[2:-1]
        text = text.lstrip("'").strip()
    return "" if len(text) <= NOTHING_LENGTH_MAX and text.lower() in NOTHING else text


def read_phone(text: str) -> Read:
    """Read a phone number as E.164; of several in one cell the first."""
    if MOBILE.fullmatch(text):
        return "+86" + text, ""
    if "*" in text:
        return "", "phone_masked"
    if ROUNDED.fullmatch(text):
        return "", "phone_rounded"
    bare = text.removesuffix(".0").translate(BETWEEN_DIGITS)
    if MOBILE.fullmatch(bare):
        return "+86" + bare, ""
    parts = [part for part in SEVERAL.split(text) if part.strip()]
    found = normal_phone(parts[0][:40]) if parts else None
    if found is None:
        return "", "phone_malformed"
    return found, "phone_several" if len(parts) > 1 else ""


def read_email(text: str) -> Read:
    """Read an e-mail address, in small letters."""
    small = text.lower()
    if len(small) <= EMAIL_MAX and EMAIL.fullmatch(small):
        return small, ""
    return "", "email_malformed"


def read_birthday(text: str, today: date) -> Read:
    """Read a birthday as YYYY-MM-DD: year first, or last if it is clear which is the day, or a day as Excel counts them.

    1900-01-01 is what many systems write for "not known" and counts as nothing.
    """
    if text.isdecimal():
        if DIGITS_8.fullmatch(text):
            return _a_day(int(text[:4]), int(text[4:6]), int(text[6:]), today)
        if SERIAL_FROM <= int(text[:9]) <= SERIAL_UNTIL:
            counted = SERIAL_ZERO + timedelta(days=int(text))
            return _a_day(counted.year, counted.month, counted.day, today)
        return "", "birthday_malformed"
    found = DAY.fullmatch(text)
    if found is None:
        return "", "birthday_malformed"
    first, second, third = found["a"], found["b"], found["c"]
    if third is None:
        return "", "birthday_no_year"
    if len(first) == 4:
        return _a_day(int(first), int(second), int(third), today)
    if len(third) != 4:
        return "", "birthday_no_year"
    if int(first) > 12 or int(second) > 12 or first == second:
        day, month = (first, second) if int(first) > 12 else (second, first)
        return _a_day(int(third), int(month), int(day), today)
    return "", "birthday_unclear"


def _a_day(year: int, month: int, day: int, today: date) -> Read:
    try:
        found = date(year, month, day)
    except ValueError:
        return "", "birthday_malformed"
    if (year, month, day) == (1900, 1, 1):
        return "", ""
    return (found.isoformat(), "") if year >= OLDEST_YEAR and found <= today else ("", "birthday_malformed")


def read_card(text: str) -> Read:
    """Read the number of a card, as members' keys keep it."""
    found = normal_key("card", text.removesuffix(".0"))
    if not found and ROUNDED.fullmatch(text):
        return "", "card_rounded"
    return (found, "") if found else ("", "card_malformed")


def read_buyer(text: str) -> Read:
    """Read a marketplace's id of a buyer."""
    if "*" in text:
        return "", "buyer_masked"
    found = normal_key("buyer", text)
    return (found, "") if found else ("", "buyer_malformed")


def _short(most: int, code: str) -> Callable[[str], Read]:
    def read(text: str) -> Read:
        text = SPACES.sub(" ", text)
        return (text, "") if len(text) <= most else (text[:most], code)

    return read


@dataclass(frozen=True, slots=True)
class LineReader:
    """Reads the cells of lines under one mapping. `mapping` names the field of each column, '' for none."""

    mapping: tuple[str, ...]
    today: date
    marketplace: str = ""

    def plan(self) -> list[tuple[str, int, tuple[int, ...], Callable[[str], Read]]]:
        """Give for each field: its name, its first column, all its columns, and what reads it."""
        readers: dict[str, Callable[[str], Read]] = {
            "name": _short(NAME_MAX, "name_long"), "phone": read_phone, "email": read_email, "card": read_card, "buyer": read_buyer,
            "birthday": lambda text: read_birthday(text, self.today), "city": _short(CITY_MAX, "city_long"),
            "address": _short(ADDRESS_MAX, "address_long"),
        }  # fmt: skip
        columns = {field: tuple(at for at, one in enumerate(self.mapping) if one == field) for field in FIELDS}
        return [(field, columns[field][0], columns[field], readers[field]) for field in FIELDS if columns[field]]

    def read(
        self, cells: Sequence[str], plan: Sequence[tuple[str, int, tuple[int, ...], Callable[[str], Read]]]
    ) -> LineRead:
        """Read one line that has as many cells as there are columns. Wants `plan()`, made once for many lines.

        Bad is a line by which nobody can be known: one without a phone, card, buyer or e-mail, unless it has a name with a
        birthday or an address. What else cannot be read is left out of the record and noted.
        """
        fields: dict[str, str] = {}
        faults: list[Fault] = []
        for field, first, columns, read in plan:
            if len(columns) == 1:
                text = plain(cells[first])
            else:
                parts = [part for column in columns if (part := plain(cells[column]))]
                text = ("" if field == "address" or not all(map(str.isascii, parts)) else " ").join(parts)
            if not text:
                continue
            value, code = read(text)
            if value:
                fields[field] = value
            if code:
                faults.append(Fault(first + 1, code))
        if "buyer" in fields:
            fields["marketplace"] = self.marketplace
        known = any(field in fields for field in CERTAIN) or (
            "name" in fields and ("birthday" in fields or "address" in fields)
        )
        if not known and not faults:
            faults.append(Fault(0, "nobody"))
        return LineRead(fields, tuple(faults), not known)


FORMULA = re.compile(r"[=@\t\r\n]|[+-](?![0-9 ().-]*$)")


def safe_cell(text: str) -> str:
    """Give a cell for a file that a table program will open: what would run there as a formula is marked as text by a '."""
    return "'" + text if FORMULA.match(text) else text
