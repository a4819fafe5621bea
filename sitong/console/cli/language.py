"""The command line's language. It needs no compiled catalog, since it is what compiles them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType

from sitong.console.cli.chinese import CHINESE
from sitong.shared.config import setting

LANGUAGES = ("zh", "en")


def chosen(arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """Give "zh" or "en": `--lang` first, then SITONG_LANG, then the terminal's locale; English when none of them says."""
    wanted = [environ.get(name, "") for name in ("SITONG_LANG", "LC_ALL", "LC_MESSAGES", "LANG")]
    for at, word in enumerate(arguments):
        if word.startswith("--lang="):
            wanted.insert(0, word.removeprefix("--lang="))
        elif word == "--lang" and at + 1 < len(arguments):
            wanted.insert(0, arguments[at + 1])
    first = next((one for one in wanted if one), "en")
    return "zh" if first.lower().startswith("zh") else "en"


setting(
    "SITONG_LANG", "", "Language of the command line, zh or en; empty: the terminal's (LC_ALL, LC_MESSAGES, LANG).", str
)
LANGUAGE = chosen(sys.argv[1:], os.environ)


def say(text: str, **facts: object) -> str:
    """Give the sentence in the chosen language, filled with its facts."""
    wanted = CHINESE[text] if LANGUAGE == "zh" else text
    return wanted.format(**facts) if facts else wanted


def teach(*modules: ModuleType) -> None:
    """Let click's own words ("Usage:", "No such option") come out of our table as well."""
    if LANGUAGE != "zh":
        return
    for module in modules:
        for name, own in (("_", _one), ("ngettext", _some)):
            if hasattr(module, name):
                setattr(module, name, own)


def _one(text: str) -> str:
    return CHINESE.get(text, text)


def _some(one: str, many: str, number: int) -> str:
    return CHINESE.get(one if number == 1 else many, one if number == 1 else many)
