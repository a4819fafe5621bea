"""Barcodes: check digits, and what an in-store number of weighed goods says."""

from __future__ import annotations

from dataclasses import dataclass

GTIN_LENGTHS = (8, 12, 13, 14)
KEPT_LENGTH = 14


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scanned number means: the GTIN to look up (14 digits), and the price that the scale printed into it."""

    gtin: str
    price_minor: int | None = None


def check_digit(digits: str) -> int:
    """Give the check digit of the digits before it: weights 3, 1, 3 … from the right (GS1 General Specifications 7.9)."""
    weighted = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(reversed(digits)))
    return -weighted % 10


def kept_gtin(number: str) -> str | None:
    """Give a GTIN-8, 12 (UPC-A), 13 (EAN-13) or 14 as 14 digits; None when its length or check digit is wrong."""
    number = number.strip().replace(" ", "").replace("-", "")
    if len(number) not in GTIN_LENGTHS or not (number.isascii() and number.isdigit()):
        return None
    if check_digit(number[:-1]) != int(number[-1]) or not number.strip("0"):
        return None
    return number.rjust(KEPT_LENGTH, "0")


def shown_gtin(kept: str) -> str:
    """Give the digits as printed under the bars: without the zeros that only fill up to 14."""
    for length in GTIN_LENGTHS:
        if kept[: KEPT_LENGTH - length].strip("0") == "":
            return kept[KEPT_LENGTH - length :]
    return kept


def is_in_store(kept: str) -> bool:
    """Tell whether a kept GTIN is an EAN-13 that the shop made itself: prefix 20 to 29 (GS1's restricted circulation)."""
    return kept[0] == "0" and kept[1] == "2"


def in_store_number(item: int, *, price_minor: int = 0, prefix: int = 20) -> str:
    """Make the EAN-13 that a scale prints: prefix, five digits of item, five of price in minor units, check digit."""
    if not (20 <= prefix <= 29 and 0 <= item <= 99_999 and 0 <= price_minor <= 99_999):
        raise ValueError("prefix 20 to 29, item and price of five digits")
    digits = f"{prefix}{item:05}{price_minor:05}"
    return f"{digits}{check_digit(digits)}"


def read_scan(number: str) -> Scan | None:
    """Read a scanned number; None when it is no GTIN.

    An in-store EAN-13 (prefix 20 to 29) carries its price: digits 3 to 7 are the item, 8 to 12 the price in minor units
    (商品条码 店内条码, GB/T 18283). It is looked up by the same number with a price of zero.
    """
    kept = kept_gtin(number)
    if kept is None or not is_in_store(kept):
        return Scan(kept) if kept else None
    digits = kept[1:]
    plain = f"{digits[:7]}00000"
    return Scan(f"0{plain}{check_digit(plain)}", int(digits[7:12]) or None)
