"""What arrived on phones and in mailboxes: the demo's inbox."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from html import escape
from typing import Any

KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message as its receiver sees it. `key` names it to its carrier: the call's id and the address."""

    channel: str
    address: str
    sender: str
    text: str
    at: float
    key: str
    number: str
    link: str = ""


@dataclass(slots=True)
class Inbox:
    """All that arrived, the newest last; at most 2,000."""

    arrived: list[Arrived] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def put(self, one: Arrived) -> None:
        """Let one message arrive."""
        with self.guard:
            self.arrived.append(one)
            del self.arrived[:-KEPT]

    def to(self, address: str) -> list[Arrived]:
        """Give what an address got."""
        return [one for one in self.arrived if one.address == address]

    def page(self) -> bytes:
        """Show the inbox as a page."""
        rows = "".join(
            f"<li><b>{escape(one.channel)}</b> <span>{escape(one.address)}</span><p>【{escape(one.sender)}】{escape(one.text)}</p>"
            + (f'<a href="{escape(one.link)}">{escape(one.link)}</a>' if one.link else "")
            + "</li>"
            for one in reversed(self.arrived[-200:])
        )
        empty = "" if self.arrived else "<p>还没有消息 / Nothing has arrived yet</p>"
        style = (
            "body{font:16px system-ui;max-width:430px;margin:1rem auto;padding:0 1rem;background:#f5f5f5}"
            "ul{list-style:none;padding:0}li{background:#fff;border-radius:12px;padding:12px 16px;margin:10px 0}"
            "span{color:#888;float:right}p{margin:.4rem 0;white-space:pre-wrap}a{font-size:13px;word-break:break-all}"
        )
        head = (
            '<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        )
        return f"{head}<title>收件箱 Inbox</title><style>{style}</style><h1>收件箱 Inbox</h1>{empty}<ul>{rows}</ul></html>".encode()


@dataclass(slots=True)
class Rates:
    """How many one number may get: (seconds, how many). Counted as the providers count, by the time of each."""

    limits: tuple[tuple[int, int], ...] = ((60, 1), (3_600, 5), (86_400, 10))
    times: dict[str, list[float]] = field(default_factory=dict)

    def over(self, number: str, at: float) -> int:
        """Give the seconds of the limit that one more would pass, 0 for none."""
        mine = self.times.get(number, [])
        return next((span for span, most in self.limits if sum(1 for one in mine if one > at - span) >= most), 0)

    def count(self, number: str, at: float) -> None:
        """Count one."""
        self.times.setdefault(number, []).append(at)


@dataclass(frozen=True, slots=True)
class DemoTemplate:
    """A template as the provider has it: its text with the names of its fields, and whether it is approved."""

    text: str
    fields: tuple[str, ...] = ()
    approved: bool = True
    kinds: dict[str, Any] = field(default_factory=dict)
