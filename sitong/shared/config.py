"""Every setting of Sitong: one environment variable each, declared once with its meaning.

docs/settings.md is made from this register.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    default: str
    meaning: str


REGISTER: dict[str, Setting] = {}


def setting(name: str, default: str, meaning: str, read: Callable[[str], Value]) -> Value:
    """Declare a setting and give its value: the environment's, else the default, through `read`."""
    REGISTER[name] = Setting(name, default, meaning)
    raw = os.environ.get(name, default)
    try:
        return read(raw)
    except ValueError as wrong:
        raise SystemExit(f"{name}={raw!r} is not understood ({wrong}). {meaning}") from None


def yes_or_no(raw: str) -> bool:
    """Read 1/true/yes/on and 0/false/no/off; anything else is refused."""
    word = raw.strip().lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError("use 1 or 0")


def counted(raw: str) -> int:
    """Read a whole number from 1 on."""
    number = int(raw)
    if number < 1:
        raise ValueError("use a whole number from 1 on")
    return number


def one_of(*words: str) -> Callable[[str], str]:
    """Read one of these words; anything else is refused."""

    def read(raw: str) -> str:
        if raw not in words:
            raise ValueError(f"use one of: {', '.join(words)}")
        return raw

    return read


def host_and_port(raw: str) -> tuple[str, int]:
    """Read "host:port"; an IPv6 address stands in brackets."""
    host, colon, port = raw.rpartition(":")
    if not colon or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("use host:port, as in 127.0.0.1:8000")
    return host.strip("[]"), int(port)
