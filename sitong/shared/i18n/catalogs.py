"""The words' message catalogs: compiled, extracted and compared without the system's gettext."""

from __future__ import annotations

import ast
import io
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

HOUSE = Path(__file__).parents[2]
LOCALE = "zh_Hans"
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_LITERAL = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_CALL = re.compile(rf"(?<![\w.])(_|n?p?gettext)\(\s*{_LITERAL}(?:\s*,\s*{_LITERAL})?(?:\s*,\s*{_LITERAL})?")
_TOKENS = re.compile(r"%%|%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^<>]+>")


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """One text that people read, as it stands in the source. `place` is the file that says it first."""

    word: str
    msgid: str
    plural: str = ""
    context: str = ""
    place: str = ""


def compile_catalogs(house: Path = HOUSE) -> list[Path]:
    """Compile every catalog that is newer than its compiled form; give those that were compiled.

    Each is written to a temporary file and put in place in one step, so that a server that starts at the same time
    reads the old one or the new one.
    """
    compiled = []
    for source in sorted(house.glob("**/locale/*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        handle, name = tempfile.mkstemp(dir=target.parent, suffix=".mo.new")
        with os.fdopen(handle, "wb") as out:
            write_mo(out, catalog_at(source))
        Path(name).chmod(0o644)
        Path(name).replace(target)
        compiled.append(target)
    return compiled


def catalog_at(source: Path) -> Catalog:
    """Read one .po file."""
    with source.open("rb") as lines:
        return read_po(lines, locale=source.parents[1].name, abort_invalid=True)


def messages_said(house: Path = HOUSE) -> list[Message]:
    """Give every text that is marked for translation, once for each word, with the file that says it first."""
    found: dict[tuple[str, str, str], Message] = {}
    patterns = ("**/*.py", "**/templates/**/*.html", "**/templates/**/*.txt")
    for file in sorted(file for pattern in patterns for file in house.glob(pattern)):
        word = file.relative_to(house).parts[0]
        said = _said_in_python(file) if file.suffix == ".py" else _said_in_template(file)
        for msgid, plural, context in said:
            message = Message(word, msgid, plural, context, str(file.relative_to(house.parent)))
            found.setdefault((word, context, msgid), message)
    return list(found.values())


def missing(house: Path = HOUSE) -> list[Message]:
    """Give the texts that have no Chinese in the catalog of their own word or of `shared`, `console`."""
    known = translations(house)
    return [one for one in messages_said(house) if not known.get((one.context, one.msgid))]


def translations(house: Path = HOUSE) -> dict[tuple[str, str], list[str]]:
    """Give the Chinese forms of each (context, msgid) over all words; Django makes one catalog of them."""
    known: dict[tuple[str, str], list[str]] = {}
    for source in sorted(house.glob(f"**/locale/{LOCALE}/LC_MESSAGES/django.po")):
        for message in catalog_at(source):
            msgid = message.id[0] if isinstance(message.id, tuple | list) else message.id
            forms = message.string if isinstance(message.string, tuple | list) else [message.string]
            if msgid and not message.fuzzy and all(forms):
                known[(message.context or "", msgid)] = [str(form) for form in forms]
    return known


def unlike(house: Path = HOUSE) -> list[str]:
    """Tell of each translation whose placeholders or tags differ from the source text's, and of two that contradict."""
    known, wrong = translations(house), []
    for one in messages_said(house):
        for form in known.get((one.context, one.msgid), []):
            # Chinese has no plural, so its one form stands for the plural text where there is one.
            if tokens_of(form) not in (tokens_of(one.msgid), tokens_of(one.plural or one.msgid)):
                wrong.append(f"{one.place}: {one.msgid!r} and {form!r} differ in their placeholders")
    by_text: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for source in sorted(house.glob(f"**/locale/{LOCALE}/LC_MESSAGES/django.po")):
        for message in catalog_at(source):
            if message.id and isinstance(message.id, str) and message.string:
                by_text[(message.context or "", message.id)][str(message.string)] = str(source.relative_to(house))
    for (_, text), forms in sorted(by_text.items()):
        if len(forms) > 1:
            wrong.append(f"{text!r} has different translations: {forms}")
    return wrong


def tokens_of(text: str) -> list[str]:
    """Give what must survive translation, sorted: %(name)s, {name}, tags."""
    return sorted(token for token in _TOKENS.findall(text))


def _said_in_python(file: Path) -> Iterator[tuple[str, str, str]]:
    for _, said, _, context in extract("python", io.BytesIO(file.read_bytes()), keywords=KEYWORDS):
        if isinstance(said, tuple | list):
            yield str(said[0]), str(said[1]), context or ""
        elif said:
            yield said, "", context or ""


def _said_in_template(file: Path) -> Iterator[tuple[str, str, str]]:
    for call in _CALL.finditer(templatize(file.read_text(encoding="utf-8"), origin=str(file))):
        texts = [ast.literal_eval(text) for text in call.groups()[1:] if text]
        context = texts.pop(0) if "p" in call[1].replace("gettext", "") else ""
        yield texts[0], texts[1] if call[1].startswith("n") else "", context
