"""How numbers, money, weights and times are written in Chinese and in English (Babel; CLDR)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from django.utils.translation import get_language

from sitong.shared.money import MINOR_DIGITS, Money

SYMBOLS = {"CNY": "¥", "HKD": "HK$", "USD": "US$", "EUR": "€", "JPY": "JP¥"}
"""One symbol for each currency in both languages, so that a figure reads the same when the language is switched."""


def locale_now() -> str:
    """Give Babel's name of the active language."""
    return "en" if (get_language() or "").startswith("en") else "zh_Hans_CN"


def money_text(amount: Money | int, currency: str = "CNY") -> str:
    """Write an amount with its currency's sign: ¥1,234.50. An integer counts minor units of `currency`."""
    money = amount if isinstance(amount, Money) else Money(amount, currency)
    return _money(money.minor, money.currency, locale_now())


def number_text(value: int | float | Decimal, digits: int | None = None) -> str:
    """Write a number with its thousands set apart, and `digits` decimals if given."""
    pattern = None if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return numbers.format_decimal(value, format=pattern, locale=locale_now())


def percent_text(rate_bp: int, digits: int = 1) -> str:
    """Write basis points as a percentage: 1250 is 12.5%."""
    pattern = "#,##0." + "0" * digits + "%" if digits else "#,##0%"
    return numbers.format_percent(Decimal(rate_bp) / 10_000, format=pattern, locale=locale_now())


def quantity_text(units: int, weighed: bool = False) -> str:
    """Write base units: pieces as a number, grams as g or kg."""
    if not weighed:
        return number_text(units)
    return f"{number_text(units)} g" if abs(units) < 1000 else f"{number_text((Decimal(units) / 1000).normalize())} kg"


def moment_text(at: datetime, zone: str, form: str = "medium") -> str:
    """Write an instant in `zone`. `form` is short, medium or long, or `time` for the hour alone."""
    there = at.astimezone(ZoneInfo(zone))
    if form == "time":
        return f"{there:%H:%M}"
    if form == "short":
        return f"{day_text(there.date(), 'short')} {there:%H:%M}"
    return f"{day_text(there.date(), form)} {there:%H:%M}"


def day_text(on: date, form: str = "medium") -> str:
    """Write a date: 3月3日 / Mar 3 (short), 2026年3月3日 / Mar 3, 2026 (medium), with its weekday (long)."""
    chinese = locale_now() != "en"
    patterns = {
        "short": "M月d日" if chinese else "MMM d",
        "medium": "y年M月d日" if chinese else "MMM d, y",
        "long": "y年M月d日 EEEE" if chinese else "EEEE, MMM d, y",
    }
    return dates.format_date(on, format=patterns[form], locale=locale_now())


@lru_cache(maxsize=20_000)
def _money(minor: int, currency: str, locale: str) -> str:
    digits = MINOR_DIGITS[currency]
    pattern = numbers.parse_pattern("#,##0." + "0" * digits if digits else "#,##0")
    figure = pattern.apply(Decimal(abs(minor)).scaleb(-digits), Locale.parse(locale))
    return f"{'-' if minor < 0 else ''}{SYMBOLS[currency]}{figure}"
