"""The words by which goods are found, as hashed grams: whole words, their beginnings, their misspellings, Chinese, pinyin.

A gram is a marked text hashed to 32 bits; a product keeps the grams of its names, a query asks for some of them, and
PostgreSQL compares the integer arrays under a GIN index. What the marks mean:

- `=word`  the whole word, lower case, accents taken off
- `^wo`    a beginning of 2 to 6 letters; longer words are compared by their first six
- `~wrd`   the word with one letter left out. Both sides leave one out, so one missing, added, wrong or swapped letter
           still meets ("yogrut" and "yogurt" are both "yogut" without one letter): the symmetric delete of SymSpell
- `字`      one and two Chinese characters that follow each other, and pairs with one character between them
- `@cnn`   2 to 5 pinyin initials that follow each other; `@niunai` one to four syllables that follow each other
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from pypinyin import Style, lazy_pinyin

BEGINNING_LETTERS = range(2, 7)
MISSPELLED_LETTERS_MIN = 4
MISSPELLED_LETTERS_MAX = 10
INITIALS = range(2, 6)
SYLLABLES = range(1, 5)
WORDS_MAX = 6
RUNS = re.compile(r"[0-9a-z]+|[\u3400-\u4dbf\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class WordAsked:
    """One word of a query: the grams that are this word, that begin like it, and that may be a misspelling of it."""

    exact: tuple[int, ...]
    begins: tuple[int, ...]
    nearly: tuple[int, ...]


def grams_of(*names: str) -> list[int]:
    """Give the grams by which something with these names is found, sorted, each once."""
    found: set[int] = set()
    for name in names:
        for run in _runs(name):
            found |= _grams_of_run(run)
    return sorted(found)


def words_asked(text: str) -> tuple[WordAsked, ...]:
    """Read a query: at most six words, the rest is left out. Empty when nothing can be searched for."""
    asked: list[WordAsked] = []
    for run in _runs(text):
        asked.append(_latin_asked(run) if run[0] < "\u3400" else _chinese_asked(run))
    return tuple(asked[:WORDS_MAX])


@lru_cache(maxsize=4096)
def sort_key(name: str) -> str:
    """Give a text by which Chinese names sort in the order of their pinyin, tones last, Latin ones by their letters."""
    plain = " ".join(lazy_pinyin(name.lower()))
    toned = "".join(lazy_pinyin(name.lower(), style=Style.TONE3))
    return f"{plain}\u0001{toned}"[:400]


def _runs(text: str) -> list[str]:
    text = text.lower()
    if not text.isascii():
        text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return RUNS.findall(text)


@lru_cache(maxsize=65_536)
def _grams_of_run(run: str) -> frozenset[int]:
    return frozenset(map(_hash, _latin_grams(run) if run[0] < "\u3400" else _chinese_grams(run)))


def _latin_grams(word: str) -> Iterator[str]:
    yield f"={word}"
    yield from (f"^{word[:length]}" for length in BEGINNING_LETTERS if length <= len(word))
    yield from (f"~{shorter}" for shorter in _one_left_out(word))


def _latin_asked(word: str) -> WordAsked:
    exact = (_hash(f"={word}"), _hash(f"@{word}"))
    begins = (_hash(f"^{word[: BEGINNING_LETTERS.stop - 1]}"),) if len(word) >= BEGINNING_LETTERS.start else ()
    return WordAsked(exact, begins, tuple(_hash(f"~{shorter}") for shorter in _one_left_out(word)))


def _one_left_out(word: str) -> set[str]:
    """The word itself and all that arise when one letter is left out; long words by their first letters only."""
    if len(word) < MISSPELLED_LETTERS_MIN or word.isdigit():
        return set()
    word = word[:MISSPELLED_LETTERS_MAX]
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _chinese_grams(run: str) -> Iterator[str]:
    yield from run
    yield from (run[at : at + 2] for at in range(len(run) - 1))
    yield from (f"{run[at]}_{run[at + 2]}" for at in range(len(run) - 2))
    syllables = _syllables(run)
    initials = "".join(syllable[0] for syllable in syllables)
    for length in INITIALS:
        yield from (f"@{initials[at : at + length]}" for at in range(len(initials) - length + 1))
    for length in SYLLABLES:
        yield from (f"@{''.join(syllables[at : at + length])}" for at in range(len(syllables) - length + 1))


def _chinese_asked(run: str) -> WordAsked:
    """All pairs of the text must be there; nearly: one of the pairs, or one with a character between."""
    if len(run) == 1:
        return WordAsked((_hash(run),), (), ())
    pairs = [run[at : at + 2] for at in range(len(run) - 1)]
    skipped = [f"{run[at]}_{run[at + 2]}" for at in range(len(run) - 2)]
    apart = [f"{pair[0]}_{pair[1]}" for pair in pairs]
    return WordAsked((), tuple(map(_hash, pairs)), tuple(map(_hash, [*pairs, *skipped, *apart])))


def _syllables(run: str) -> tuple[str, ...]:
    return tuple(syllable for syllable in lazy_pinyin(run) if syllable)


def _hash(gram: str) -> int:
    return crc32(gram.encode()) - 0x8000_0000


def as_array(grams: Iterable[int]) -> str:
    """Write grams as PostgreSQL reads an array."""
    return "{" + ",".join(map(str, grams)) + "}"
