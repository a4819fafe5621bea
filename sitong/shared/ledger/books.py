"""The register of everything that can be recomputed: each word says how to find out whether its figures agree."""

from __future__ import annotations

from collections.abc import Callable

BooksCheck = Callable[[], list[str]]

CHECKS: dict[str, BooksCheck] = {}


def books_check(name: str) -> Callable[[BooksCheck], BooksCheck]:
    """Register a check under "<word>.<topic>": it gives one plain sentence for each thing that does not agree."""

    def register(check: BooksCheck) -> BooksCheck:
        if name in CHECKS and CHECKS[name] is not check:
            raise ValueError(f"two checks of the books are named {name}")
        CHECKS[name] = check
        return check

    return register


def check_books() -> list[str]:
    """Run every registered check and give what does not agree, "<name>: <sentence>"; an empty list when all is well.

    Reads the brands that are shown: run it inside of `every_brand()` for the whole platform.
    """
    return [f"{name}: {sentence}" for name, check in sorted(CHECKS.items()) for sentence in check()]
