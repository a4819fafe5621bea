"""How a Chinese name sounds: one sign for each syllable, with what ears mix up folded together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from pypinyin import Style
from pypinyin.constants import PINYIN_DICT
from pypinyin.style import convert

FIRST, LAST = 0x4E00, 0x9FFF
MIXED_UP = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))
"""What speakers of many regions write one for the other: flat and curled tongue, front and back nasal."""


def sounds_of(names: Sequence[str]) -> list[str]:
    """Give for each name a text of one sign a syllable: the same for homophones, other signs as they are.

    The sign is the first character of that sound, so that an edit of one syllable is an edit of one sign. A million names
    take under a second.
    """
    if not names:
        return []
    return "\n".join(names).translate(_first_of_sound()).split("\n")


@cache
def _first_of_sound() -> dict[int, int]:
    """Give for each character the first one that sounds like it."""
    first: dict[str, int] = {}
    return {code: first.setdefault(_folded(code), code) for code in range(FIRST, LAST + 1) if code in PINYIN_DICT}


def _folded(code: int) -> str:
    sound = convert(PINYIN_DICT[code].split(",")[0], Style.NORMAL, strict=False)
    for written, folded in MIXED_UP:
        sound = sound.replace(written, folded)
    return sound
